#include "node-agent/engines/ollama_pages.hpp"

#include "node-agent/engines/http_engine.hpp"
#include "node-agent/engines/page.hpp"

#include <charconv>
#include <chrono>

namespace weir::engines {
namespace {

constexpr std::string_view latest = ":latest";

/// The array under "models"; null where the page has none.
const dialect::json::Array* models_of(const std::optional<Value>& page) {
  const auto* models = page ? dialect::json::find(*page, "models") : nullptr;
  return models == nullptr ? nullptr : models->array();
}

std::string name_in(const Value& item) {
  auto name = text_at(item, "name", name_bytes_max);
  return name.empty() ? text_at(item, "model", name_bytes_max) : name;
}

/// The number after `num_ctx` in a Modelfile's parameters, one to a line; 0 where there is none.
std::uint32_t num_ctx(std::string_view parameters) {
  constexpr std::string_view key = "num_ctx";
  while (!parameters.empty()) {
    auto line = parameters.substr(0, parameters.find('\n'));
    parameters.remove_prefix(std::min(line.size() + 1, parameters.size()));
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    const auto from = line.find_first_not_of(" \t");
    std::uint32_t tokens = 0;
    if (from != std::string_view::npos && from > 0)
      std::from_chars(line.data() + from, line.data() + line.size(), tokens);
    return tokens;
  }
  return 0;
}

/// The digits [from, from + length) of `text` as a number; -1 where they are none.
int digits(std::string_view text, std::size_t from, std::size_t length) {
  int value = 0;
  if (text.size() < from + length) return -1;
  const auto* end = text.data() + from + length;
  const auto read = std::from_chars(text.data() + from, end, value);
  return read.ec == std::errc{} && read.ptr == end && value >= 0 ? value : -1;
}

}  // namespace

std::optional<std::vector<ModelInfo>> read_ollama_tags(const std::string& text) {
  const auto page = read_page(text);
  const auto* models = models_of(page);
  if (models == nullptr) return std::nullopt;
  std::vector<ModelInfo> found;
  for (const auto& item : *models) {
    ModelInfo model;
    model.id = name_in(item);
    const auto* host = dialect::json::find_string(item, "remote_host");
    const auto* remote = dialect::json::find_string(item, "remote_model");
    if (model.id.empty() || (host != nullptr && !host->empty()) ||
        (remote != nullptr && !remote->empty()) || found.size() == models_max)
      continue;
    if (model.id.ends_with(latest) && model.id.size() > latest.size())
      model.aliases.push_back(model.id.substr(0, model.id.size() - latest.size()));
    model.bytes = number_at<std::uint64_t>(item, {"size"});
    model.digest = text_at(item, "digest", 128);
    if (const auto* details = at(item, {"details"})) {
      model.family = text_at(*details, "family", 64);
      model.quantization = text_at(*details, "quantization_level", 64);
    }
    model.loaded = false;
    found.push_back(std::move(model));
  }
  return found;
}

std::optional<std::vector<OllamaLoaded>> read_ollama_ps(const std::string& text) {
  const auto page = read_page(text);
  const auto* models = models_of(page);
  if (models == nullptr) return std::nullopt;
  std::vector<OllamaLoaded> found;
  for (const auto& item : *models) {
    OllamaLoaded one;
    one.name = name_in(item);
    one.digest = text_at(item, "digest", 128);
    one.context_tokens = number_at(item, {"context_length"});
    one.expires_unix_s = unix_seconds(text_at(item, "expires_at", 64));
    if (!one.name.empty() && found.size() < models_max) found.push_back(std::move(one));
  }
  return found;
}

std::optional<OllamaShown> read_ollama_show(const std::string& text) {
  const auto page = read_page(text);
  if (!page || page->object() == nullptr) return std::nullopt;
  OllamaShown shown;
  const auto can = [&page](std::string_view what) { return holds(*page, "capabilities", what); };
  if (can("completion"))
    shown.features |=
        feature::json | (can("tools") ? feature::tools : 0) | (can("vision") ? feature::vision : 0);
  if (can("embedding")) shown.features |= feature::embeddings;
  if (const auto* parameters = dialect::json::find_string(*page, "parameters"))
    shown.context_tokens = num_ctx(*parameters);
  const auto* info = at(*page, {"model_info"});
  if (shown.context_tokens == 0 && info != nullptr)
    shown.context_tokens =
        number_at(*info, {text_at(*info, "general.architecture", 64) + ".context_length"});
  return shown;
}

std::optional<std::int64_t> unix_seconds(std::string_view time) {
  const int year = digits(time, 0, 4), month = digits(time, 5, 2), day = digits(time, 8, 2);
  const int hour = digits(time, 11, 2), minute = digits(time, 14, 2), second = digits(time, 17, 2);
  const bool shaped = time.size() >= 20 && time[4] == '-' && time[7] == '-' && time[10] == 'T' &&
                      time[13] == ':' && time[16] == ':';
  if (!shaped || year < 0 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t seconds = std::chrono::sys_days{date}.time_since_epoch().count();
  seconds = ((seconds * 24 + hour) * 60 + minute) * 60 + second;
  const auto zone = time.substr(19).find_first_of("Z+-");
  if (zone == std::string_view::npos) return std::nullopt;
  const auto offset = time.substr(19 + zone);
  if (offset == "Z") return seconds;
  const int hours = digits(offset, 1, 2), minutes = digits(offset, 4, 2);
  if (hours < 0 || minutes < 0) return std::nullopt;
  const int east = (hours * 60 + minutes) * 60;
  return offset.front() == '+' ? seconds - east : seconds + east;
}

std::optional<double> load_duration_ms(std::string_view end_of_answer) {
  constexpr std::string_view key = "\"load_duration\":";
  const auto found = end_of_answer.rfind(key);
  if (found == std::string_view::npos) return std::nullopt;
  const auto rest = end_of_answer.substr(found + key.size());
  std::uint64_t ns = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), ns).ec != std::errc{})
    return std::nullopt;
  return static_cast<double>(ns) / 1e6;
}

}  // namespace weir::engines
