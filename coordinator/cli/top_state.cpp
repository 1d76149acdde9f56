#include "coordinator/cli/top_state.hpp"

#include "coordinator/cli/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;

constexpr std::uint64_t window_ms = 10'000;

TopNode node_of(const json& object) {
  TopNode node;
  node.id = text_in(object, "id");
  node.tier = text_in(object, "tier");
  node.state = text_in(object, "state");
  node.models = texts_in(object, "models");
  const auto& slots = member(object, "slots");
  node.slots_used = number_in(slots, "used");
  node.slots_total = number_in(slots, "total");
  const auto& load = member(object, "load");
  node.gpu_permille = number_in(load, "gpu_used_permille");
  node.cpu_permille = number_in(load, "cpu_used_permille");
  const auto& owner = member(load, "owner_present");
  node.owner_present = owner.is_boolean() && owner.get<bool>();
  const auto& engines = member(load, "engines");
  if (engines.is_array())
    for (const auto& engine : engines) {
      node.waiting += number_in(engine, "waiting");
      node.decode_per_s = std::max(node.decode_per_s, number_in(engine, "decode_tokens_per_s"));
    }
  return node;
}

std::vector<TopQueue> queues_of(const json& classes) {
  std::vector<TopQueue> queues;
  if (classes.is_array())
    for (const auto& c : classes)
      queues.push_back({text_in(c, "model"), text_in(c, "grade"), text_in(c, "priority"),
                        number_in(c, "waiting"), number_in(c, "oldest_ms")});
  std::stable_sort(queues.begin(), queues.end(),
                   [](const auto& a, const auto& b) { return a.waiting > b.waiting; });
  return queues;
}

double failed_of(const std::vector<Sample>& samples) {
  double failed = 0;
  for (const auto& s : samples)
    if (s.name == "weir_requests_total")
      if (const auto code = s.labels.find("code"); code != s.labels.end())
        if (code->second == "429" || code->second >= "500") failed += s.value;
  return failed;
}

}  // namespace

std::uint64_t TopState::nodes_up() const {
  return static_cast<std::uint64_t>(
      std::count_if(nodes.begin(), nodes.end(), [](const auto& n) { return n.state == "up"; }));
}

std::uint64_t TopState::slots_used() const {
  std::uint64_t sum = 0;
  for (const auto& node : nodes) sum += node.slots_used;
  return sum;
}

std::uint64_t TopState::slots_total() const {
  std::uint64_t sum = 0;
  for (const auto& node : nodes) sum += node.slots_total;
  return sum;
}

TopHistory::TopHistory(std::string url) { state_.url = std::move(url); }

bool TopHistory::take(const TopRead& read) {
  const auto nodes = json::parse(read.nodes, nullptr, false);
  const auto queues = json::parse(read.queues, nullptr, false);
  const auto& list = member(nodes, "nodes");
  if (!list.is_array() || !member(queues, "waiting").is_number()) {
    failed("the answer is not a coordinator's");
    return false;
  }
  state_.trouble.clear();
  state_.nodes.clear();
  for (const auto& node : list) state_.nodes.push_back(node_of(node));
  state_.queues = queues_of(member(queues, "classes"));
  state_.waiting = number_in(queues, "waiting");
  state_.waiting_max = number_in(queues, "waiting_max");
  state_.running = number_in(queues, "running");
  const auto samples = parse_prometheus(read.metrics);
  state_.spill = sum_of(samples, "weir_spill_mode") > 0;
  rates({read.at_ms, sum_of(samples, "weir_requests_total"), failed_of(samples),
         sum_of(samples, "weir_tokens_total", "kind", "completion"),
         sum_of(samples, "weir_tokens_total", "tier", "L2"),
         buckets_of(samples, "weir_time_to_first_token_seconds")});
  return true;
}

void TopHistory::rates(Mark now) {
  // A coordinator that started anew counts from zero.
  if (!marks_.empty() && now.requests < marks_.back().requests) marks_.clear();
  while (marks_.size() > 1 && now.at_ms - marks_[1].at_ms >= window_ms) marks_.pop_front();
  const auto& first = marks_.empty() ? now : marks_.front();
  state_.window_ms = now.at_ms - first.at_ms;
  const auto per_s = [&](double Mark::*count) {
    if (state_.window_ms == 0) return 0.0;
    return (now.*count - first.*count) * 1000 / static_cast<double>(state_.window_ms);
  };
  state_.requests_per_s = per_s(&Mark::requests);
  state_.failed_per_s = per_s(&Mark::failed);
  state_.tokens_per_s = per_s(&Mark::tokens);
  state_.cloud_tokens_per_s = per_s(&Mark::cloud_tokens);
  const auto seen = state_.window_ms == 0 ? Buckets{} : minus(now.first_token, first.first_token);
  const auto ms = [&](double q) -> std::optional<double> {
    const auto seconds = quantile(seen, q);
    return seconds < 0 ? std::nullopt : std::optional{seconds * 1000};
  };
  state_.first_token_p50_ms = ms(0.5);
  state_.first_token_p95_ms = ms(0.95);
  marks_.push_back(std::move(now));
}

std::string top_json(const TopState& state, std::int64_t unix_ms) {
  json nodes = json::array(), queues = json::array();
  for (const auto& n : state.nodes)
    nodes.push_back({{"id", n.id},
                     {"tier", n.tier},
                     {"state", n.state},
                     {"slots", {{"used", n.slots_used}, {"total", n.slots_total}}},
                     {"models", n.models},
                     {"waiting", n.waiting},
                     {"decode_tokens_per_s", n.decode_per_s},
                     {"owner_present", n.owner_present}});
  for (const auto& q : state.queues)
    queues.push_back({{"model", q.model},
                      {"grade", q.grade},
                      {"priority", q.priority},
                      {"waiting", q.waiting},
                      {"oldest_ms", q.oldest_ms}});
  const auto maybe = [](const std::optional<double>& ms) { return ms ? json(*ms) : json(nullptr); };
  const json line{
      {"at_unix_ms", unix_ms},
      {"url", state.url},
      {"nodes_up", state.nodes_up()},
      {"nodes_total", state.nodes.size()},
      {"running", state.running},
      {"waiting", state.waiting},
      {"waiting_max", state.waiting_max},
      {"spill_mode", state.spill},
      {"window_ms", state.window_ms},
      {"requests_per_s", state.requests_per_s},
      {"failed_per_s", state.failed_per_s},
      {"tokens_per_s", state.tokens_per_s},
      {"first_token_ms",
       {{"p50", maybe(state.first_token_p50_ms)}, {"p95", maybe(state.first_token_p95_ms)}}},
      {"nodes", std::move(nodes)},
      {"queues", std::move(queues)}};
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace weir::cli
