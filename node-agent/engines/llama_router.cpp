// LlamaCpp's looks at a router.
#include "node-agent/engines/llama_cpp.hpp"

#include <algorithm>

namespace weir::engines {

struct LlamaCpp::RouterLook {
  std::unordered_map<std::string, LlamaRouted> routed;
  std::vector<std::string> loaded;  ///< still to be looked at, the next one last
  std::uint32_t slots = 0;          ///< of the loaded ones so far
  EngineSnapshot sum;               ///< their load so far
};

void LlamaCpp::look_at_router(const LlamaRouter& router, const std::string& models) {
  const auto look = std::make_shared<RouterLook>();
  look->routed = read_routed(models);
  cost_loads(router, *look);
  for (const auto& model : seen().models)
    if (model.loaded) look->loaded.push_back(model.id);
  std::erase_if(model_props_, [&look](const auto& entry) {
    return std::find(look->loaded.begin(), look->loaded.end(), entry.first) == look->loaded.end();
  });
  look_at_next(look);
}

void LlamaCpp::cost_loads(const LlamaRouter& router, RouterLook& look) {
  auto& models = seen().models;
  const auto now = net::http::now();
  std::size_t held = 0;
  for (auto& model : models) {
    const auto& routed = look.routed[model.id];
    held += model.loaded || routed.loading ? 1 : 0;
    model.features = routed.features;
    if (!model.loaded && routed.context_tokens > 0) model.context_tokens = routed.context_tokens;
    if (model.bytes > 0) bytes_[model.id] = model.bytes;
    if (const auto known = bytes_.find(model.id); known != bytes_.end())
      model.bytes = known->second;
    if (routed.loading) loading_.try_emplace(model.id, now);
    if (const auto since = loading_.find(model.id); since != loading_.end() && !routed.loading) {
      if (model.loaded)
        times_.loaded(model.id, model.bytes,
                      static_cast<double>(millis_between(since->second, now)));
      loading_.erase(since);
    }
    model.load_ms = times_.expected(model.id, model.bytes);
  }
  for (auto& model : models)
    model.evicts = !model.loaded && !look.routed[model.id].loading && router.models_max > 0 &&
                   held >= router.models_max;
  if (!router.autoload) std::erase_if(models, [](const ModelInfo& model) { return !model.loaded; });
}

void LlamaCpp::look_at_next(const std::shared_ptr<RouterLook>& look) {
  if (look->loaded.empty()) return end_router_look(*look);
  const auto id = look->loaded.back();
  const auto query = "?model=" + url_encoded(id) + "&autoload=false";
  if (model_props_.count(id) == 0)
    return get("/props" + query, [this, look, id](Result<net::http::Response> props) {
      model_props_[id] = props && props->status == 200 ? std::move(props->body) : std::string{};
      look_at_next(look);
    });
  look->loaded.pop_back();
  EngineSnapshot one;
  const auto& models = seen().models;
  const auto model =
      std::find_if(models.begin(), models.end(), [&id](const ModelInfo& m) { return m.id == id; });
  if (model != models.end()) one.models.push_back(*model);
  const auto features = look->routed[id].features;
  const LlamaProbed can{features == feature::embeddings, features == feature::rerank};
  read_props(model_props_[id], false, can, one);
  look->slots += one.slots_total > 0 ? one.slots_total : look->routed[id].slots;
  for (auto& m : seen().models)
    if (m.id == id && !one.models.empty()) m = one.models.front();
  get("/slots" + query, [this, look, query](Result<net::http::Response> slots) {
    EngineSnapshot load;
    if (slots && slots->status == 200) read_slots(slots->body, load);
    get("/metrics" + query, [this, look, load](Result<net::http::Response> metrics) mutable {
      if (metrics && metrics->status == 200) read_metrics(metrics->body, load);
      look->sum.counts_running = look->sum.counts_running || load.counts_running;
      look->sum.running += load.running;
      look->sum.waiting += load.waiting;
      look->sum.kv_used_permille = std::max(look->sum.kv_used_permille, load.kv_used_permille);
      look_at_next(look);
    });
  });
}

void LlamaCpp::end_router_look(const RouterLook& look) {
  auto& snapshot = seen();
  snapshot.counts_running = look.sum.counts_running;
  snapshot.running = look.sum.running;
  snapshot.waiting = look.sum.waiting;
  snapshot.kv_used_permille = look.sum.kv_used_permille;
  if (settings_.slots == 0) {
    // Nothing is loaded: the slots of the model that will be.
    std::uint32_t first = 0;
    for (const auto& [id, model] : look.routed) first = std::max(first, model.slots);
    snapshot.slots_total = look.slots > 0 ? look.slots : first > 0 ? first : slots_default;
  }
  end_look();
}

}  // namespace weir::engines
