#include "coordinator/gateway/views.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace weir::gateway {
namespace {

using nlohmann::json;

/// Names come from outside: what is not UTF-8 is replaced.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json view(const EngineLoad& load) {
  return {{"engine", load.engine},
          {"state", name_of(load.state)},
          {"slots_total", load.slots_total},
          {"slots_used", load.slots_used},
          {"slots_foreign", load.slots_foreign},
          {"waiting", load.engine_waiting},
          {"kv_used_permille", load.kv_used_permille},
          {"prefill_tokens_per_s", load.prefill_tokens_per_s},
          {"decode_tokens_per_s", load.decode_tokens_per_s}};
}

json view(const EngineInventory& engine) {
  json models = json::array();
  for (const auto& m : engine.models)
    models.push_back({{"id", m.id},
                      {"family", m.family},
                      {"quantization", m.quantization},
                      {"context_tokens", m.context_tokens},
                      {"capability", m.capability},
                      {"features", names_of(m.features)},
                      {"loaded", m.loaded}});
  return {{"engine", engine.engine},
          {"kind", name_of(engine.kind)},
          {"cloud", engine.cloud},
          {"models", std::move(models)}};
}

json view(const NodeView& node) {
  json loads = json::array();
  for (const auto& load : node.report.engines) loads.push_back(view(load));
  json engines = json::array();
  for (const auto& engine : node.engines) engines.push_back(view(engine));
  return {{"id", node.name},
          {"tier", name_of(node.tier)},
          {"state", node.state},
          {"models", node.models},
          {"slots", {{"used", node.slots_used}, {"total", node.slots_total}}},
          {"host",
           {{"cpu_cores", node.host.cpu_cores},
            {"memory_bytes", node.host.memory_bytes},
            {"gpus", node.host.gpus},
            {"gpu_memory_bytes", node.host.gpu_memory_bytes}}},
          {"load",
           {{"report", node.report.number},
            {"draining", node.report.draining},
            {"owner_present", node.report.owner_present},
            {"cpu_used_permille", node.report.cpu_used_permille},
            {"memory_free_bytes", node.report.memory_free_bytes},
            {"gpu_used_permille", node.report.gpu_used_permille},
            {"engines", std::move(loads)}}},
          {"engines", std::move(engines)}};
}

json view(const CandidateView& c) {
  return {{"node", c.node},
          {"tier", name_of(c.tier)},
          {"engine", c.engine},
          {"model", c.model},
          {"filtered", c.filtered},
          {"score",
           {{"safety", c.score.safety},
            {"capability", c.score.capability},
            {"latency", c.score.latency},
            {"cost", c.score.cost},
            {"total", c.score.total}}},
          {"estimated_ttft_ms", c.estimated_ttft_ms}};
}

json view(const AttemptView& a) {
  json candidates = json::array();
  for (const auto& c : a.candidates) candidates.push_back(view(c));
  return {{"number", a.number},
          {"node", a.node},
          {"tier", name_of(a.tier)},
          {"model", a.model},
          {"why", a.why},
          {"outcome", a.outcome},
          {"queue_ms", a.queue_ms},
          {"first_byte_ms", a.first_byte_ms},
          {"total_ms", a.total_ms},
          {"usage",
           {{"prompt_tokens", a.usage.prompt.count()},
            {"completion_tokens", a.usage.completion.count()}}},
          {"candidates", std::move(candidates)}};
}

/// One name that requests may use, with all that offer it.
struct Offered {
  std::set<std::string> nodes;
  std::set<std::string> tiers;
  std::vector<std::string> members;  ///< of an alias
  bool alias = false;
  unsigned capability = 0;
  Features features = 0;
  std::uint32_t context_tokens = 0;
};
using Offers = std::map<std::string, Offered, std::less<>>;

Offers offers_of(const FleetView& fleet) {
  Offers offers;
  for (const auto& node : fleet.nodes) {
    for (const auto& id : node.models) {
      offers[id].nodes.insert(node.name);
      offers[id].tiers.insert(std::string{name_of(node.tier)});
    }
    for (const auto& engine : node.engines)
      for (const auto& m : engine.models) {
        const auto at = offers.find(m.id);
        if (at == offers.end()) continue;
        at->second.capability = std::max<unsigned>(at->second.capability, m.capability);
        at->second.features |= m.features;
        at->second.context_tokens = std::max(at->second.context_tokens, m.context_tokens);
      }
  }
  for (const auto& alias : fleet.aliases) {
    Offered all;
    for (const auto& member : alias.members)
      if (const auto at = offers.find(member); at != offers.end() && !at->second.alias) {
        all.nodes.insert(at->second.nodes.begin(), at->second.nodes.end());
        all.tiers.insert(at->second.tiers.begin(), at->second.tiers.end());
        all.members.push_back(member);
      }
    all.alias = true;
    all.capability = alias.capability;
    all.features = alias.features;
    if (!all.nodes.empty()) offers.insert_or_assign(alias.alias, std::move(all));
  }
  return offers;
}

json openai_model(const std::string& id, std::int64_t created_unix_s) {
  return {{"id", id}, {"object", "model"}, {"created", created_unix_s}, {"owned_by", "weir"}};
}

}  // namespace

std::string nodes_json(const FleetView& fleet) {
  json nodes = json::array();
  for (const auto& node : fleet.nodes) nodes.push_back(view(node));
  return text_of({{"nodes", std::move(nodes)}});
}

std::string fleet_models_json(const FleetView& fleet) {
  json models = json::array();
  for (const auto& [id, offered] : offers_of(fleet))
    models.push_back({{"id", id},
                      {"alias", offered.alias},
                      {"members", offered.members},
                      {"nodes", offered.nodes},
                      {"tiers", offered.tiers},
                      {"capability", offered.capability},
                      {"features", names_of(offered.features)},
                      {"context_tokens", offered.context_tokens}});
  return text_of({{"models", std::move(models)}});
}

std::string queues_json(const QueueView& queues) {
  json classes = json::array();
  for (const auto& c : queues.classes)
    classes.push_back({{"model", c.model},
                       {"grade", name_of(c.grade)},
                       {"priority", name_of(c.priority)},
                       {"waiting", c.waiting},
                       {"oldest_ms", c.oldest_ms}});
  return text_of({{"waiting", queues.waiting},
                  {"waiting_max", queues.waiting_max},
                  {"running", queues.running},
                  {"classes", std::move(classes)}});
}

std::string explanation_json(const Explanation& e) {
  json attempts = json::array();
  for (const auto& a : e.attempts) attempts.push_back(view(a));
  return text_of({{"request", e.request},
                  {"tenant", e.tenant},
                  {"model", e.model},
                  {"grade", name_of(e.grade)},
                  {"grade_why", e.grade_why},
                  {"priority", name_of(e.priority)},
                  {"state", e.state},
                  {"error", e.error},
                  {"attempts", std::move(attempts)}});
}

std::string drain_json(const DrainAnswer& answer) {
  return text_of({{"node", answer.node}, {"draining", answer.draining}});
}

std::string models_json(const FleetView& fleet, std::int64_t created_unix_s) {
  json data = json::array();
  for (const auto& [id, offered] : offers_of(fleet))
    data.push_back(openai_model(id, created_unix_s));
  return text_of({{"object", "list"}, {"data", std::move(data)}});
}

std::string model_json(const FleetView& fleet, std::string_view id, std::int64_t created_unix_s) {
  const auto offers = offers_of(fleet);
  const auto at = offers.find(id);
  return at == offers.end() ? "" : text_of(openai_model(at->first, created_unix_s));
}

}  // namespace weir::gateway
