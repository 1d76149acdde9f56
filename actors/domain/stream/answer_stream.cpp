#include "actors/domain/stream/answer_stream.hpp"

#include "schema/dialect/ollama.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view event_end = "\n\n";

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

Result<Done> AnswerStream::fail(std::string detail) {
  failed_ = Error{Code::upstream_failed, std::move(detail)};
  return *failed_;
}

Result<Done> AnswerStream::feed(std::string_view bytes, std::string& out) {
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
    if (part.size() > event_bytes_max_ || held > event_bytes_max_ - part.size())
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

Result<Done> AnswerStream::line(std::string_view text, std::string& out) {
  if (std::exchange(first_line_, false) && text.substr(0, 3) == byte_order_mark)
    text.remove_prefix(3);
  if (framing_ == Framing::lines) {
    data_.assign(text);
    has_data_ = text.find_first_not_of(" \t") != std::string_view::npos;
    return dispatch(out);
  }
  if (text.empty()) return dispatch(out);
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

Result<Done> AnswerStream::dispatch(std::string& out) {
  const bool due = has_data_ && !done_ && !engine_error_;
  const auto read = due ? event(name_, data_, out) : Result<Done>{Done{}};
  has_data_ = false;
  name_.clear();
  data_.clear();
  return read;
}

Result<Done> AnswerStream::finish(std::string& out) {
  if (failed_) return *failed_;
  // A last event may lack its empty line, or even its line end.
  const auto last = std::exchange(line_buffer_, {});
  if (!last.empty())
    if (auto read = line(last, out); !read) return read;
  if (auto read = dispatch(out); !read) return read;
  if (engine_error_) return fail("the engine reported an error inside its stream");
  return done_ ? Result<Done>{Done{}} : end(out);
}

std::string sse_event(std::string_view json) {
  std::string out{"data: "};
  out.append(json);
  std::replace(out.begin(), out.end(), '\n', ' ');
  out.append("\n\n");
  return out;
}

bool ends_whole(std::string_view stream) {
  if (stream.ends_with(openai_last_event) || stream.ends_with(anthropic_last_event)) return true;
  const bool sse = stream.ends_with(event_end);
  const std::string_view separator = sse ? event_end : "\n";
  if (!stream.ends_with(separator)) return false;
  stream.remove_suffix(separator.size());
  const auto before = stream.rfind(separator);
  if (before != std::string_view::npos) stream.remove_prefix(before + separator.size());
  if (!sse) return dialect::ollama::inspect_line(stream).done;
  return stream.starts_with("event: response.completed\n") ||
         stream.starts_with("event: response.incomplete\n");
}

}  // namespace weir::domain
