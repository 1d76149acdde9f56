// Answer streams of OpenAI's plain completions in the shape of its chats. Pure.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

/// Turns each text_completion event into a chat.completion.chunk with the same text, usage and
/// finish_reason, for a stream behind this one that reads chats (ChainedStream). An error of the
/// engine's passes as it is. Fails on data that is not a JSON object, and on an end before
/// "[DONE]".
class CompletionToChat final : public AnswerStream {
 public:
  explicit CompletionToChat(std::size_t event_bytes_max = event_bytes_max_default)
      : AnswerStream{event_bytes_max} {}

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  bool finish_seen_ = false;
};

}  // namespace weir::domain
