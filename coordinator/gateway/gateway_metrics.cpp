#include "coordinator/gateway/gateway_metrics.hpp"

namespace weir::gateway {
namespace {

constexpr std::array grades{Grade::p0, Grade::p1, Grade::p2};
constexpr std::array tiers{Tier::l0, Tier::l1, Tier::l2};
constexpr std::array priorities{Priority::interactive, Priority::normal, Priority::batch};
constexpr std::array<const char*, 4> node_states{"up", "suspect", "draining", "owner"};
/// Distinct reasons that get a label of their own.
constexpr std::size_t reasons_max = 32;

template <class Name>
std::string text(Name name) {
  return std::string{name_of(name)};
}

template <class Name>
int number(const std::optional<Name>& name) {
  return name ? static_cast<int>(*name) : -1;
}

template <class Name>
std::string text(const std::optional<Name>& name) {
  return name ? text(*name) : "none";
}

std::vector<double> token_bounds() {
  return {0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2};
}

/// Of requests that came in: "found", or "unknown" where the guard could not look. Of those that
/// were to leave: "cleared", or why they were not.
prometheus::Counter& verdict(telemetry::Metrics& metrics, std::string grade, std::string reason) {
  return metrics.counter("weir_guard_verdicts_total", "What the guard said of requests",
                         {{"grade", std::move(grade)}, {"reason", std::move(reason)}});
}

}  // namespace

GatewayMetrics::GatewayMetrics(telemetry::Metrics& metrics) : metrics_{metrics} {
  const auto bounds = telemetry::latency_bounds();
  for (const auto tier : tiers) {
    const telemetry::Labels label{{"tier", text(tier)}};
    first_token_[index(tier)] =
        &metrics.histogram("weir_time_to_first_token_seconds",
                           "Time from a request to the first byte of its answer", bounds, label);
    per_token_[index(tier)] =
        &metrics.histogram("weir_time_per_output_token_seconds",
                           "Mean time per answer token after the first", token_bounds(), label);
    for (const bool prompt : {false, true})
      tokens_[index(tier)][prompt] =
          &metrics.counter("weir_tokens_total", "Tokens that engines reported",
                           {{"tier", text(tier)}, {"kind", prompt ? "prompt" : "completion"}});
  }
  for (const auto grade : grades)
    queue_[index(grade)] = &metrics.histogram(
        "weir_queue_seconds", "Time a request waited for a slot", bounds, {{"grade", text(grade)}});
  for (const auto priority : priorities)
    for (const auto grade : grades)
      depth_[index(priority)][index(grade)] =
          &metrics.gauge("weir_queue_depth", "Requests that wait for a slot",
                         {{"class", text(priority) + "/" + text(grade)}});
  for (const auto tier : tiers)
    cost_[index(tier)] = &metrics.counter(
        "weir_cost_usd_total", "What attempts cost, in US dollars", {{"tier", text(tier)}});
  saved_ = &metrics.counter("weir_saved_usd_total",
                            "What the cheapest cloud engine would have asked for local answers");
  for (const auto grade : {Grade::p0, Grade::p1, Grade::p2})
    inspected_[index(grade)] = {&verdict(metrics, text(grade), "unknown"),
                                &verdict(metrics, text(grade), "found")};
  spill_mode_ =
      &metrics.gauge("weir_spill_mode", "1 while work leaves because the local machines are full");
  spill_changes_ = &metrics.counter("weir_spill_mode_changes_total", "Changes of weir_spill_mode");
  seconds_ =
      &metrics.histogram("weir_request_seconds", "Time from a request to its answer's end", bounds);
  stale_ = &metrics.counter("weir_stale_messages_total",
                            "Messages and data of attempts that are no longer current");
}

void GatewayMetrics::ended(std::optional<Grade> grade, std::optional<Tier> tier, int status,
                           double seconds) {
  auto& counter = requests_[{number(grade), number(tier), status}];
  if (counter == nullptr)
    counter = &metrics_.counter(
        "weir_requests_total", "Requests by effective grade, layer that served them, and status",
        {{"grade", text(grade)}, {"tier", text(tier)}, {"code", std::to_string(status)}});
  counter->Increment();
  seconds_->Observe(seconds);
}

void GatewayMetrics::spill_changed(bool on) {
  spill_mode_->Set(on ? 1 : 0);
  spill_changes_->Increment();
}

void GatewayMetrics::settled(const Settled& settled) {
  constexpr double micro = 1e6;
  cost_[index(settled.tier)]->Increment(static_cast<double>(settled.cost.count()) / micro);
  saved_->Increment(static_cast<double>(settled.saved.count()) / micro);
}

void GatewayMetrics::guard_verdict(Grade grade, const ClearanceDenied* denied) {
  const auto found = denied != nullptr && denied->grade ? *denied->grade : grade;
  verdict(metrics_, text(found), denied == nullptr ? "cleared" : text(denied->why)).Increment();
}

void GatewayMetrics::inspected(const Detected& found) {
  inspected_[index(found.grade)][found.complete ? 1 : 0]->Increment();
}

void GatewayMetrics::dispatched(const Placement& placement) {
  if (!placement.spilled.empty()) {
    auto& counter = spilled_[placement.spilled];
    if (counter == nullptr)
      counter = &metrics_.counter("weir_spilled_total", "Attempts that left for the cloud",
                                  {{"reason", placement.spilled}});
    counter->Increment();
  }
  if (placement.attempt <= 1) {
    queue_[index(placement.grade)]->Observe(placement.queue_ms / 1000.0);
    return;
  }
  std::string_view reason = placement.redispatch_reason;
  if (reason.empty() || (redispatched_.size() >= reasons_max && !redispatched_.contains(reason)))
    reason = "other";
  auto& counter = redispatched_[std::string{reason}];
  if (counter == nullptr)
    counter = &metrics_.counter("weir_redispatched_total", "Further attempts of requests",
                                {{"reason", std::string{reason}}});
  counter->Increment();
}

void GatewayMetrics::tokens(Tier tier, const Usage& usage) {
  auto& kinds = tokens_[index(tier)];
  kinds[true]->Increment(static_cast<double>(usage.prompt.count()));
  kinds[false]->Increment(static_cast<double>(usage.completion.count()));
}

void GatewayMetrics::refused(Code code) {
  auto& counter = refused_[code];
  if (counter == nullptr)
    counter = &metrics_.counter("weir_refused_total", "Requests that Weir itself refused",
                                {{"code", text(code)}});
  counter->Increment();
}

std::string GatewayMetrics::render(const FleetView& fleet, const QueueView& queues) {
  constexpr const char* nodes = "weir_nodes";
  constexpr const char* slots = "weir_engine_slots";
  for (auto& row : depth_)
    for (auto* gauge : row) gauge->Set(0);
  for (const auto& c : queues.classes)
    depth_[index(c.priority)][index(c.grade)]->Increment(c.waiting);
  metrics_.drop_gauges(nodes);
  metrics_.drop_gauges(slots);
  for (const auto tier : tiers)
    for (const auto* state : node_states)
      metrics_.gauge(nodes, "Connected node agents", {{"tier", text(tier)}, {"state", state}});
  const bool each = fleet.nodes.size() <= nodes_with_gauges_max;
  for (const auto& node : fleet.nodes) {
    metrics_
        .gauge(nodes, "Connected node agents", {{"tier", text(node.tier)}, {"state", node.state}})
        .Increment();
    if (!each) continue;
    const auto set = [&](const char* state, std::uint32_t value) {
      metrics_.gauge(slots, "Engine slots of a node", {{"node", node.name}, {"state", state}})
          .Set(value);
    };
    set("used", node.slots_used);
    set("free", node.slots_total - std::min(node.slots_used, node.slots_total));
  }
  return metrics_.render();
}

}  // namespace weir::gateway
