#include "node-agent/engines/usage_watch.hpp"

#include "schema/dialect/openai.hpp"

#include <charconv>

namespace weir::engines {
namespace {

namespace json = dialect::json;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Whether an event says something of its usage: many carry a null in each chunk.
bool says_usage(std::string_view data) {
  constexpr std::string_view key = "\"usage\"";
  const auto at = data.find(key);
  if (at == std::string_view::npos) return false;
  const auto value = data.find_first_not_of(": ", at + key.size());
  return value != std::string_view::npos && data[value] != 'n';
}

/// Whether the counts in `text`, if there are any, are of Anthropic's dialect.
bool anthropic(std::string_view text) { return has(text, "\"output_tokens\""); }

/// Takes the counts of Anthropic's message, or of an event of its stream.
void take(std::string_view text, dialect::anthropic::TokenCounts& counts) {
  const auto parsed = json::parse(text);
  if (!parsed.value) return;
  const auto* message = json::find(*parsed.value, "message");  // message_start holds one
  const auto* usage = json::find(message != nullptr ? *message : *parsed.value, "usage");
  if (usage != nullptr) counts.take_anthropic(*usage);
}

/// The last number at `key`, which holds its quotes and colon.
std::optional<std::int64_t> last_number(std::string_view text, std::string_view key) {
  const auto at = text.rfind(key);
  if (at == std::string_view::npos) return std::nullopt;
  const auto from = text.find_first_not_of(' ', at + key.size());
  std::int64_t value = 0;
  if (from == std::string_view::npos ||
      std::from_chars(text.data() + from, text.data() + text.size(), value).ec != std::errc{} ||
      value < 0)
    return std::nullopt;
  return value;
}

/// Ollama's counts, which stand behind everything else in its last document. No quote inside a
/// text stands without a backslash, so none of these keys can be part of one.
std::optional<Usage> ollama_usage(std::string_view text) {
  const auto prompt = last_number(text, "\"prompt_eval_count\":");
  const auto answer = last_number(text, "\"eval_count\":");
  if (!prompt && !answer) return std::nullopt;
  return Usage{Tokens{prompt.value_or(0)}, Tokens{answer.value_or(0)}};
}

}  // namespace

void UsageWatch::feed(std::span<const std::byte> bytes) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  if (stream_) return feed_lines(text);
  if (overflowed_) return;
  if (kept_.size() + text.size() > answer_bytes_max) {
    overflowed_ = true;
    kept_ = {};
    return;
  }
  kept_.append(text);
}

void UsageWatch::feed_lines(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    overflowed_ = overflowed_ || kept_.size() + part.size() > line_bytes_max;
    if (overflowed_) {
      const auto last = part.substr(part.size() - std::min(part.size(), line_end_bytes));
      kept_.append(last);
      kept_.erase(0, kept_.size() - std::min(kept_.size(), line_end_bytes));
    }
    if (end == std::string_view::npos) {
      if (!overflowed_) kept_.append(part);
      return;
    }
    if (overflowed_)
      long_line_ended();
    else if (kept_.empty())
      line(part);
    else
      line(kept_.append(part));
    kept_.clear();
    overflowed_ = false;
    bytes.remove_prefix(end + 1);
  }
}

void UsageWatch::long_line_ended() {
  ++pieces_;  // nothing else is that long
  if (const auto usage = ollama_usage(kept_)) said_ = *usage;
}

void UsageWatch::line(std::string_view line) {
  if (line.starts_with('{')) {
    if (has(line, "\"done\":false")) ++pieces_;
    if (has(line, "\"done\":true"))
      if (const auto usage = ollama_usage(line)) said_ = *usage;
    return;
  }
  if (!line.starts_with("data:")) return;
  const auto data = line.substr(5);
  if (has(data, "\"delta\"") || has(data, "\"text\"")) ++pieces_;
  if (!says_usage(data)) return;
  if (anthropic(data)) {
    take(data, counts_);
    if (counts_.known()) said_ = counts_.usage();
  } else if (const auto usage = dialect::openai::inspect_chunk(data).usage) {
    said_ = *usage;
  }
}

Usage UsageWatch::usage() const {
  if (stream_) {
    if (kept_.empty()) return said_;
    UsageWatch whole{*this};  // its last line was not ended
    whole.feed_lines("\n");
    return whole.said_;
  }
  if (const auto usage = dialect::openai::inspect_answer(kept_).usage) return *usage;
  if (!anthropic(kept_)) return ollama_usage(kept_).value_or(Usage{});
  dialect::anthropic::TokenCounts counts;
  take(kept_, counts);
  return counts.known() ? counts.usage() : Usage{};
}

}  // namespace weir::engines
