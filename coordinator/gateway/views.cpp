#include "coordinator/gateway/views.hpp"

#include "schema/types/assert.hpp"
#include "schema/types/code_points.hpp"

#include <nlohmann/json.hpp>

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
                      {"loaded", m.loaded},
                      {"aliases", m.aliases},
                      {"parent", m.parent},
                      {"digest", m.digest},
                      {"bytes", m.bytes},
                      {"load_ms", m.load_ms}});
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

json counts_of(const PerKind<std::uint32_t>& found) {
  json counts = json::object();
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] > 0) counts[std::string{name_of(static_cast<Sensitive>(i))}] = found[i];
  return counts;
}

}  // namespace

std::string nodes_json(const FleetView& fleet) {
  json nodes = json::array();
  for (const auto& node : fleet.nodes) nodes.push_back(view(node));
  return text_of({{"nodes", std::move(nodes)}});
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
                  {"found", counts_of(e.found)},
                  {"priority", name_of(e.priority)},
                  {"state", e.state},
                  {"error", e.error},
                  {"attempts", std::move(attempts)}});
}

std::string supposition_json(const Explanation& e) {
  WEIR_ASSERT(!e.attempts.empty());
  const auto& attempt = e.attempts.front();
  json placement;
  if (!attempt.node.empty())
    placement = {{"node", attempt.node},
                 {"tier", name_of(attempt.tier)},
                 {"model", attempt.model},
                 {"why", attempt.why},
                 {"redacted", attempt.tier == Tier::l2 && e.grade == Grade::p1}};
  json candidates = json::array();
  for (const auto& c : attempt.candidates) candidates.push_back(view(c));
  constexpr std::string_view would = "would ";
  return text_of({{"object", "weir.dry_run"},
                  {"request", e.request},
                  {"would", e.state.substr(would.size())},
                  {"error", e.error},
                  {"grade", name_of(e.grade)},
                  {"grade_why", e.grade_why},
                  {"found", counts_of(e.found)},
                  {"model", e.model},
                  {"placement", std::move(placement)},
                  {"candidates", std::move(candidates)}});
}

std::string scan_json(std::string_view text, const Scan& scan) {
  constexpr double percent = 100.0;
  CodePoints points{text};
  json spans = json::array();
  for (const auto& f : scan.findings) {
    const auto start = points.before(f.begin);
    const auto end = points.before(f.end);
    spans.push_back({{"start", start},
                     {"end", end},
                     {"type", name_of(f.kind)},
                     {"confidence", f.confidence / percent}});
  }
  return text_of(
      {{"grade", name_of(scan.grade)}, {"complete", scan.complete}, {"spans", std::move(spans)}});
}

std::string drain_json(const DrainAnswer& answer) {
  return text_of({{"node", answer.node}, {"draining", answer.draining}});
}

}  // namespace weir::gateway
