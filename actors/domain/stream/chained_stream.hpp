// Two answer streams, one behind the other. Pure.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace weir::domain {

/// What `first` makes of the engine's bytes goes into `second`, which makes what the client gets:
/// an engine's dialect becomes OpenAI's and that the client's. `first` must keep usage. What has
/// begun, is done, or was told of an error is as the second says; usage as the first, else the
/// second, knows it. Fails as soon as either fails.
class ChainedStream final : public AnswerStream {
 public:
  ChainedStream(std::unique_ptr<AnswerStream> first, std::unique_ptr<AnswerStream> second);

  Result<Done> feed(std::string_view bytes, std::string& out) override;
  Result<Done> finish(std::string& out) override;

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;
  void take_note();

  std::unique_ptr<AnswerStream> first_;
  std::unique_ptr<AnswerStream> second_;
};

}  // namespace weir::domain
