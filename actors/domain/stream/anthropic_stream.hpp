// Answer streams of Anthropic's dialect for its own clients. Pure.
// Source: Anthropic's reference of message streams, anthropic-version 2023-06-01.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/anthropic_terms.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

/// Forwards each event as it is but for message_start, whose model becomes `model`, takes note of
/// usage, and knows whether the stream ended as its dialect demands. Events and fields that it does
/// not know pass, an error of the engine's too; pings before the message_start do not.
/// Fails on data that is not a JSON object with a type, on events before the message_start, and on
/// an end before the stop_reason; a missing message_stop behind it is made up for.
class AnthropicStream final : public AnswerStream {
 public:
  explicit AnthropicStream(std::string model,
                           std::size_t event_bytes_max = event_bytes_max_default);

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  Result<Done> message_start(dialect::json::Value& event, std::string& out);
  void message_delta(dialect::json::Value& event, std::string& data);
  void take_usage(const dialect::json::Value& holder);
  void forward(std::string_view name, std::string_view data, std::string& out);
  void complete(std::string& out);

  std::string model_;
  dialect::anthropic::TokenCounts counts_;
  bool stopped_ = false;  ///< the stop_reason has come
};

}  // namespace weir::domain
