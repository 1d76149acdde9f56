#include "actors/domain/stream/so_far.hpp"

#include <utility>

namespace weir::domain {

namespace openai = dialect::openai;

namespace {

/// Calls `visit(event, data)` for each event; `data` is empty where it carries none.
template <class Visit>
void each_event(std::string_view events, Visit&& visit) {
  constexpr std::string_view field = "data: ";
  while (!events.empty()) {
    const auto end = events.find("\n\n");
    const auto size = end == std::string_view::npos ? events.size() : end + 2;
    const auto event = events.substr(0, size);
    events.remove_prefix(size);
    const auto at = event.starts_with(field) ? 0 : event.find("\ndata: ");
    if (at == std::string_view::npos) {
      visit(event, std::string_view{});
      continue;
    }
    const auto begin = at + field.size() + (at == 0 ? 0 : 1);
    visit(event, event.substr(begin, event.find('\n', begin) - begin));
  }
}

std::string text_at(std::string_view data, const std::optional<openai::Range>& range) {
  return range ? std::string{data.substr(range->begin, range->end - range->begin)} : std::string{};
}

}  // namespace

void SoFar::add(std::string_view events) {
  each_event(events, [this](std::string_view, std::string_view data) {
    if (data == "[DONE]") finished_ = true;
    if (data.empty() || data == "[DONE]" || !plain_) return;
    const auto facts = openai::inspect_delta(data);
    plain_ = facts.plain && facts.content.size() <= text_bytes_max - text_.size();
    if (!plain_) return drop();
    text_ += facts.content;
    role_ = role_ || facts.role;
    finished_ = finished_ || facts.finished;
    if (id_.empty()) id_ = text_at(data, facts.id_value);
    if (created_.empty()) created_ = text_at(data, facts.created_value);
  });
}

std::string SoFar::adopt(std::string_view events) const {
  std::string out;
  out.reserve(events.size());
  each_event(events, [&](std::string_view event, std::string_view data) {
    if (data.empty() || data == "[DONE]") {
      out.append(event);
      return;
    }
    const auto facts = openai::inspect_delta(data);
    const bool nothing_new = facts.role && role_ && facts.content.empty() && !facts.finished;
    if (facts.plain && nothing_new && !facts.usage) return;
    out.append(event.substr(0, static_cast<std::size_t>(data.data() - event.data())));
    openai::append_delta(out, data, facts, id_, created_);
    out.append("\n\n");
  });
  return out;
}

std::string SoFar::hold(std::string_view events) {
  if (events.empty()) return {};
  std::string_view last, its_data;
  each_event(events, [&](std::string_view event, std::string_view data) {
    last = event;
    its_data = data;
  });
  const bool end = plain_ && !its_data.empty() && its_data != "[DONE]" &&
                   openai::inspect_delta(its_data).finished;
  if (end) events.remove_suffix(last.size());
  auto out = std::exchange(held_, {});
  out += events;
  if (end) held_ = last;
  return out;
}

}  // namespace weir::domain
