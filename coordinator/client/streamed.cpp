#include "coordinator/client/streamed.hpp"

#include <utility>

namespace weir::client {
namespace {

Error failure(const char* message) { return {0, "upstream_failed", message, {}, {}}; }

}  // namespace

void Streamed::on_event(const std::string& name, const std::string& data) {
  if (stopped_ || done_ || failed_) return;
  if (data == "[DONE]") {
    done_ = true;
    return;
  }
  auto delta = read_delta(data, answer_);
  if (delta.failed || name == "error") {
    failed_ = delta.failed ? delta.error : failure("the stream failed");
  } else if (!delta.understood) {
    failed_ = failure("an event of the stream is not JSON");
  } else if (delta.text.size() > answer_bytes_max - answer_.text.size()) {
    failed_ = Error{0, "answer_too_large", "the answer exceeds its limit", {}, {}};
  } else if (!delta.text.empty()) {
    answer_.text += delta.text;
    stopped_ = on_text_ && !on_text_(delta.text);
  }
}

bool Streamed::feed(const net::http::Headers& headers, std::string_view bytes) {
  if (!std::exchange(head_read_, true)) read_headers(headers, answer_);
  const bool fits = reader_.feed(
      bytes, [this](const std::string& name, const std::string& data) { on_event(name, data); });
  if (!fits && !done_ && !failed_)
    failed_ = Error{0, "answer_too_large", "an event of the stream exceeds its limit", {}, {}};
  return fits && !stopped_ && !failed_;
}

Outcome<ChatAnswer> Streamed::end(const Reply& reply) && {
  if (done_) return std::move(answer_);
  read_headers(reply.headers, answer_);
  auto why = failed_     ? *failed_
             : reply.cut ? *reply.cut
                         : failure("the stream ended before it was complete");
  why.request_id = answer_.request_id;
  return why;
}

}  // namespace weir::client
