// Answer streams of Ollama's dialect for its own clients. Pure.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::domain {

/// Forwards each JSON line as it is but for "model", which becomes `model`, takes note of usage,
/// and knows whether the stream ended as its dialect demands: with "done":true. A line
/// {"error":"..."} of the engine's passes. Fails on a line that is not a JSON object.
class OllamaStream final : public AnswerStream {
 public:
  explicit OllamaStream(std::string_view model,
                        std::size_t event_bytes_max = event_bytes_max_default);

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  std::string quoted_model_;
};

}  // namespace weir::domain
