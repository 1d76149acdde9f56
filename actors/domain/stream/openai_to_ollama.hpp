// Answer streams of OpenAI's chat for Ollama's clients: JSON lines. Pure.
// Source: Ollama's API reference and the types of its Python client.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "actors/domain/stream/tool_calls.hpp"
#include "schema/dialect/anthropic_terms.hpp"
#include "schema/dialect/json_value.hpp"
#include "schema/dialect/ollama.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

/// Turns chat.completion.chunk events (their first choice) into lines of a chat or a generate
/// answer: texts and reasoning at once, tool calls whole before the last line, which has
/// "done":true and the counts. It leaves when the engine's usage is known, or at the end. An error
/// of the engine's becomes a line {"error":"..."}.
/// Fails on data that is not a JSON object, on a tool call without a name or with arguments that
/// are no object (unless the token limit cut them), on calls over `event_bytes_max` together, and
/// on an end before a finish_reason, "[DONE]" or usage.
class OpenAiToOllama final : public AnswerStream {
 public:
  explicit OpenAiToOllama(dialect::ollama::AnswerRules rules,
                          std::size_t event_bytes_max = event_bytes_max_default);

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  Result<Done> choice(const dialect::json::Value& choice, std::string& out);
  Result<Done> tool_call(const dialect::json::Value& said);
  void say(std::string_view text, std::string_view thinking, std::string& out);
  Result<Done> tell_calls(std::string& out);
  Result<Done> stop(std::string& out);
  void line(dialect::json::Object answer, std::string& out);

  dialect::ollama::AnswerRules rules_;
  std::size_t held_max_;
  std::size_t held_ = 0;  ///< bytes of arguments
  dialect::anthropic::TokenCounts counts_;
  ToolCalls calls_;
  std::string finish_reason_ = "stop";
  dialect::json::Value timings_;
  bool finished_ = false;
};

}  // namespace weir::domain
