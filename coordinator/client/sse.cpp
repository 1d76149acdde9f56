#include "coordinator/client/sse.hpp"

namespace weir::client {

bool SseReader::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const auto end = bytes.find_first_of("\r\n");
    const auto part = bytes.substr(0, end);
    if (part.size() > event_bytes_max - line_.size() - data_.size()) return false;
    line_.append(part);
    if (end == std::string_view::npos) return true;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    line(on_event);
    line_.clear();
  }
  return true;
}

void SseReader::line(const OnEvent& on_event) {
  if (line_.empty()) {
    if (has_data_) on_event(name_, data_);
    name_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line_.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view field = std::string_view{line_}.substr(0, colon);
  std::string_view value;
  if (colon != std::string::npos) value = std::string_view{line_}.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "event") {
    name_ = value;
  } else if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  }
}

}  // namespace weir::client
