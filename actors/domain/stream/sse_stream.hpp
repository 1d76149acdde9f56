// Answer streams of OpenAI's dialect for its own clients. Pure.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/openai.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

struct StreamRules {
  std::string model;        ///< the name the client asked for; put into every chunk
  bool keep_usage = false;  ///< the client asked for usage; otherwise it is cut out
  std::size_t event_bytes_max = event_bytes_max_default;  ///< one event, as the engine sent it
};

/// Forwards each whole event, takes note of usage, and knows whether the stream ended as its
/// dialect demands. `event:` and `data:` lines pass; an event that brings usage alone is dropped
/// where the client did not ask for it. An error of the engine passes as it is. Data that is not a
/// JSON object is a failure. finish() appends "[DONE]" where the stream was complete without it
/// (some engines leave it out after a finish_reason or a usage event).
class SseStream final : public AnswerStream {
 public:
  explicit SseStream(StreamRules rules);

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  std::string quoted_model_;
  bool keep_usage_;
  bool finish_seen_ = false;
};

}  // namespace weir::domain
