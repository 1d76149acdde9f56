#include "node-agent/engines/llama_pages.hpp"

#include "node-agent/engines/page.hpp"
#include "node-agent/engines/prometheus_text.hpp"

#include <charconv>

namespace weir::engines {
namespace {

constexpr double slots_most = 65'535;

std::uint32_t count(double value) {
  return static_cast<std::uint32_t>(std::min(value, slots_most));
}

/// What a server that completes text can do.
constexpr Features completes = feature::tools | feature::json | feature::continues;

/// The value of an option in a router's argument list; empty where it is not given.
std::string option(const dialect::json::Array& args, std::string_view name) {
  for (std::size_t i = 0; i + 1 < args.size(); ++i)
    if (const auto* text = args[i].string(); text != nullptr && *text == name)
      if (const auto* value = args[i + 1].string()) return *value;
  return {};
}

std::uint32_t number_of(const std::string& text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

LlamaRouted read_routed_model(const Value& item) {
  LlamaRouted model;
  const auto* status = at(item, {"status"});
  static const Value nothing;
  const Value& told = status == nullptr ? nothing : *status;
  model.loading = text_at(told, "value") == "loading";
  const auto& args = items_at(told, "args");
  model.slots = std::min(number_of(option(args, "--parallel")), 1'024U);
  const auto context = number_of(option(args, "--ctx-size"));
  model.context_tokens = context / std::max(model.slots, 1U);
  const auto* architecture = at(item, {"architecture"});
  const bool vision = architecture != nullptr && holds(*architecture, "input_modalities", "image");
  const auto given = [&told](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(),
                       [&told](const char* name) { return holds(told, "args", name); });
  };
  if (given({"--reranking", "--rerank"}))
    model.features = feature::rerank;
  else if (given({"--embeddings", "--embedding"}))
    model.features = feature::embeddings;
  else
    model.features = completes | (vision ? feature::vision : 0);
  return model;
}

}  // namespace

bool read_props(const std::string& body, bool slots_configured, const LlamaProbed& probed,
                EngineSnapshot& snapshot) {
  const auto props = read_page(body);
  if (!props || props->object() == nullptr) return false;
  const auto slots = number_at(*props, {"total_slots"});
  if (!slots_configured && slots > 0) snapshot.slots_total = count(slots);
  const auto context = number_at(*props, {"default_generation_settings", "n_ctx"});
  const bool vision = true_at(*props, {"modalities", "vision"});
  for (auto& model : snapshot.models) {
    if (context > 0) model.context_tokens = context;
    model.features = probed.rerank       ? feature::rerank
                     : probed.embeddings ? feature::embeddings
                                         : completes | (vision ? feature::vision : 0) |
                                               (probed.messages ? feature::messages : 0);
  }
  return true;
}

void read_slots(const std::string& body, EngineSnapshot& snapshot) {
  const auto page = read_page(body);
  if (!page || page->array() == nullptr) return;
  snapshot.counts_running = true;
  snapshot.running = 0;
  for (const auto& slot : *page->array())
    if (true_at(slot, {"is_processing"})) ++snapshot.running;
}

void read_metrics(const std::string& body, EngineSnapshot& snapshot) {
  if (const auto running = samples(body, "llamacpp:requests_processing")) {
    snapshot.counts_running = true;
    snapshot.running = count(running->sum);
  }
  if (const auto waiting = samples(body, "llamacpp:requests_deferred"))
    snapshot.waiting = count(waiting->sum);
  if (const auto used = samples(body, "llamacpp:kv_cache_usage_ratio"))
    snapshot.kv_used_permille = static_cast<std::uint16_t>(std::min(used->sum, 1.0) * 1'000);
}

std::string start_of(const std::string& props) {
  const auto page = read_page(props);
  if (!page || true_at(*page, {"is_sleeping"})) return {};
  // Newer servers make their marker anew at each start.
  return "/" + text_at(*page, "build_info") + "/" + text_at(*page, "model_path", 4'096) + "/" +
         text_at(*page, "media_marker");
}

std::optional<LlamaRouter> read_router(const std::string& props) {
  const auto page = read_page(props);
  if (!page || text_at(*page, "role") != "router") return std::nullopt;
  LlamaRouter router;
  router.models_max = number_at(*page, {"max_instances"});
  const auto* autoload = at(*page, {"models_autoload"});
  router.autoload = autoload == nullptr || autoload->boolean() == nullptr || *autoload->boolean();
  return router;
}

std::unordered_map<std::string, LlamaRouted> read_routed(const std::string& models) {
  std::unordered_map<std::string, LlamaRouted> found;
  const auto page = read_page(models);
  if (!page) return found;
  for (const auto& item : items_at(*page, "data"))
    if (auto id = text_at(item, "id"); !id.empty()) found[std::move(id)] = read_routed_model(item);
  return found;
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      plain.find(c) != std::string_view::npos;
    if (kept) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
  }
  return out;
}

}  // namespace weir::engines
