#include "actors/domain/stream/chained_stream.hpp"

#include "schema/types/assert.hpp"

#include <utility>

namespace weir::domain {

ChainedStream::ChainedStream(std::unique_ptr<AnswerStream> first,
                             std::unique_ptr<AnswerStream> second)
    : AnswerStream{0}, first_{std::move(first)}, second_{std::move(second)} {}

Result<Done> ChainedStream::feed(std::string_view bytes, std::string& out) {
  std::string between;
  auto read = first_->feed(bytes, between);
  const auto told = second_->feed(between, out);
  take_note();
  if (!read) return read;
  return told;
}

Result<Done> ChainedStream::finish(std::string& out) {
  std::string between;
  auto read = first_->finish(between);
  auto told = second_->feed(between, out);
  if (read && told) told = second_->finish(out);
  take_note();
  if (!read) return read;
  return told;
}

/// Both stages read their bytes themselves.
Result<Done> ChainedStream::event(std::string_view, std::string&, std::string&) {
  WEIR_ASSERT(!"a chain has no events of its own");
}
Result<Done> ChainedStream::end(std::string&) { WEIR_ASSERT(!"a chain has no end of its own"); }

void ChainedStream::take_note() {
  begun_ = second_->begun();
  done_ = second_->done();
  engine_error_ = second_->error_forwarded();
  usage_ = first_->usage() ? first_->usage() : second_->usage();
}

}  // namespace weir::domain
