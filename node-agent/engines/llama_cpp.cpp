#include "node-agent/engines/llama_cpp.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace weir::engines {
namespace {

using nlohmann::json;

/// The value of the sample line `name` (no labels) of a Prometheus text; nullopt where absent.
std::optional<double> sample(const std::string& text, std::string_view name) {
  std::size_t line = 0;
  while (line < text.size()) {
    const auto end = std::min(text.find('\n', line), text.size());
    if (text.compare(line, name.size(), name) == 0 && line + name.size() < end &&
        text[line + name.size()] == ' ') {
      double value = 0;
      const char* from = text.data() + line + name.size() + 1;
      const auto parsed = std::from_chars(from, text.data() + end, value);
      if (parsed.ec == std::errc{} && std::isfinite(value) && value >= 0) return value;
    }
    line = end + 1;
  }
  return std::nullopt;
}

std::uint32_t count(double value) { return static_cast<std::uint32_t>(std::min(value, 65'535.0)); }

/// What stands at `pointer`; null where there is nothing. Its type is the engine's to choose.
json at(const json& document, const char* pointer) {
  const json::json_pointer where{pointer};
  return document.contains(where) ? document.at(where) : json{};
}

}  // namespace

bool read_props(const std::string& body, bool slots_configured, EngineSnapshot& snapshot) {
  const json props = json::parse(body, nullptr, false);
  if (!props.is_object()) return false;
  const auto slots = props.find("total_slots");
  if (!slots_configured && slots != props.end() && slots->is_number_unsigned() && *slots > 0U)
    snapshot.slots_total = count(slots->get<double>());
  const auto context = at(props, "/default_generation_settings/n_ctx");
  const bool vision = at(props, "/modalities/vision") == true;
  for (auto& model : snapshot.models) {
    if (context.is_number_unsigned() && context > 0U)
      model.context_tokens = static_cast<std::uint32_t>(std::min(context.get<double>(), 4e9));
    model.features = feature::tools | feature::json | (vision ? feature::vision : 0);
  }
  return true;
}

void read_slots(const std::string& body, EngineSnapshot& snapshot) {
  const json slots = json::parse(body, nullptr, false);
  if (!slots.is_array()) return;
  snapshot.counts_running = true;
  snapshot.running = 0;
  for (const auto& slot : slots)
    if (at(slot, "/is_processing") == true) ++snapshot.running;
}

void read_metrics(const std::string& body, EngineSnapshot& snapshot) {
  if (const auto running = sample(body, "llamacpp:requests_processing")) {
    snapshot.counts_running = true;
    snapshot.running = count(*running);
  }
  if (const auto waiting = sample(body, "llamacpp:requests_deferred"))
    snapshot.waiting = count(*waiting);
  if (const auto used = sample(body, "llamacpp:kv_cache_usage_ratio"))
    snapshot.kv_used_permille = static_cast<std::uint16_t>(std::min(*used, 1.0) * 1000);
}

Result<std::unique_ptr<LlamaCpp>> LlamaCpp::make(asio::io_context& io, std::uint32_t number,
                                                 const EngineSettings& settings, Millis look_max) {
  WEIR_TRY(Connection to, connection(settings));
  return std::unique_ptr<LlamaCpp>{
      new LlamaCpp{io, number, settings, std::move(to.origin), std::move(to.tls), look_max}};
}

void LlamaCpp::look_closer() {
  // The models are new with each look; what they can do is known until /props says otherwise.
  if (!props_.empty()) read_props(props_, settings_.slots > 0, seen());
  get("/props", [this](Result<net::http::Response> props) {
    if (props && props->status == 200 && read_props(props->body, settings_.slots > 0, seen()))
      props_ = std::move(props->body);
    get("/slots", [this](Result<net::http::Response> slots) {
      if (slots && slots->status == 200) read_slots(slots->body, seen());
      get("/metrics", [this](Result<net::http::Response> metrics) {
        if (metrics && metrics->status == 200) read_metrics(metrics->body, seen());
        end_look();
      });
    });
  });
}

}  // namespace weir::engines
