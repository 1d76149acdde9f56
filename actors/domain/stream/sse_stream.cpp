#include "actors/domain/stream/sse_stream.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace openai = dialect::openai;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view done_event = "data: [DONE]\n\n";

/// Finds line ends, each byte looked at once for either kind.
class LineEnds {
 public:
  explicit LineEnds(std::string_view bytes) : bytes_{bytes} {}

  /// The first CR or LF at or after `from`; npos where none is left. `from` never decreases.
  std::size_t next(std::size_t from) {
    if (lf_ < from || !searched_) lf_ = bytes_.find('\n', from);
    if (cr_ < from || !searched_) cr_ = bytes_.find('\r', from);
    searched_ = true;
    return std::min(lf_, cr_);
  }

 private:
  std::string_view bytes_;
  std::size_t lf_ = 0;
  std::size_t cr_ = 0;
  bool searched_ = false;
};

}  // namespace

SseStream::SseStream(StreamRules rules)
    : rules_{std::move(rules)}, quoted_model_{openai::quoted(rules_.model)} {}

Result<Done> SseStream::fail(std::string detail) {
  failed_ = Error{Code::upstream_failed, std::move(detail)};
  return *failed_;
}

Result<Done> SseStream::feed(std::string_view bytes, std::string& out) {
  if (failed_) return *failed_;
  LineEnds ends{bytes};
  for (std::size_t from = 0; from < bytes.size();) {
    if (std::exchange(skip_lf_, false) && bytes[from] == '\n') {
      ++from;
      continue;
    }
    const auto end = ends.next(from);
    const auto part = bytes.substr(from, end - from);
    const auto held = line_buffer_.size() + data_.size() + name_.size();
    if (part.size() > rules_.event_bytes_max || held > rules_.event_bytes_max - part.size())
      return fail("an event of the engine's stream is too long");
    if (end == std::string_view::npos) {
      line_buffer_.append(part);
      return Done{};
    }
    skip_lf_ = bytes[end] == '\r';
    from = end + 1;
    if (line_buffer_.empty()) {
      if (auto read = line(part, out); !read) return read;
      continue;
    }
    line_buffer_.append(part);
    const auto read = line(line_buffer_, out);
    line_buffer_.clear();
    if (!read) return read;
  }
  return Done{};
}

Result<Done> SseStream::line(std::string_view text, std::string& out) {
  if (std::exchange(first_line_, false) && text.substr(0, 3) == byte_order_mark)
    text.remove_prefix(3);
  if (text.empty()) return event(out);
  const auto colon = text.find(':');
  const auto field = text.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "data") {
    if (std::exchange(has_data_, true)) data_.push_back('\n');
    data_.append(value);
  } else if (field == "event") {
    name_.assign(value);
  }
  return Done{};
}

Result<Done> SseStream::event(std::string& out) {
  const bool due = has_data_ && !done_ && !engine_error_;
  const auto read = due ? chunk(out) : Result<Done>{Done{}};
  has_data_ = false;
  name_.clear();
  data_.clear();
  return read;
}

Result<Done> SseStream::chunk(std::string& out) {
  const auto facts = openai::inspect_chunk(data_);
  if (facts.done) {
    done_ = begun_ = true;
    out.append(done_event);
    return Done{};
  }
  if (!facts.object) return fail("an event of the engine's stream is not a JSON object");
  if (facts.usage) usage_ = facts.usage;
  finish_seen_ = finish_seen_ || facts.finished;
  engine_error_ = facts.error || name_ == "error";
  if (facts.usage && !facts.has_choices && !rules_.keep_usage && !engine_error_) return Done{};
  if (!name_.empty()) out.append("event: ").append(name_).push_back('\n');
  out.append("data: ");
  std::replace(data_.begin(), data_.end(), '\n', ' ');  // between tokens: the JSON is valid
  openai::append_chunk(out, data_, facts, quoted_model_, rules_.keep_usage);
  out.append("\n\n");
  begun_ = true;
  return Done{};
}

Result<Done> SseStream::finish(std::string& out) {
  if (failed_) return *failed_;
  // A last event may lack its empty line, or even its line end.
  const auto last = std::exchange(line_buffer_, {});
  if (!last.empty())
    if (auto read = line(last, out); !read) return read;
  if (auto read = event(out); !read) return read;
  if (engine_error_) return fail("the engine reported an error inside its stream");
  if (done_) return Done{};
  if (!finish_seen_ && !usage_) return fail("the engine's stream ended in the middle");
  out.append(done_event);
  done_ = begun_ = true;
  return Done{};
}

std::string sse_event(std::string_view json) {
  std::string out{"data: "};
  out.append(json);
  std::replace(out.begin(), out.end(), '\n', ' ');
  out.append("\n\n");
  return out;
}

}  // namespace weir::domain
