// Answer streams of Ollama's chat for OpenAI's clients. Pure.
// Source: Ollama's API reference and the types of its Python client.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/json_value.hpp"
#include "schema/dialect/ollama.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

/// Turns the JSON lines of a chat into chat.completion.chunk events: the role first, texts,
/// thinking as reasoning_content, each tool call whole with an id of its own, a finish_reason,
/// usage where it is asked for, "[DONE]". A line {"error":"..."} becomes an error event. Fails on a
/// line that is not a JSON object or has a tool call without a name, and on an end before
/// "done":true.
class OllamaToOpenAi final : public AnswerStream {
 public:
  OllamaToOpenAi(dialect::ollama::AnswerRules rules, bool keep_usage,
                 std::size_t event_bytes_max = event_bytes_max_default);

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  Result<Done> message(const dialect::json::Value& message, std::string& out);
  void chunk(dialect::json::Object delta, dialect::json::Value finish_reason, std::string& out);
  void append(dialect::json::Object fields, std::string& out);
  void complete(const dialect::json::Value& line, std::string& out);

  dialect::ollama::AnswerRules rules_;
  bool keep_usage_;
  std::size_t calls_ = 0;  ///< so far
};

}  // namespace weir::domain
