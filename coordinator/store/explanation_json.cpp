#include "coordinator/store/explanation_json.hpp"

#include <nlohmann/json.hpp>

namespace weir::store {
namespace {

using nlohmann::json;

json encode(const CandidateView& c) {
  return {
      {"node", c.node},
      {"tier", name_of(c.tier)},
      {"engine", c.engine},
      {"model", c.model},
      {"filtered", c.filtered},
      {"score", {c.score.safety, c.score.capability, c.score.latency, c.score.cost, c.score.total}},
      {"estimated_ttft_ms", c.estimated_ttft_ms}};
}

json encode(const AttemptView& a) {
  json candidates = json::array();
  for (const auto& c : a.candidates) candidates.push_back(encode(c));
  return {{"number", a.number},
          {"node", a.node},
          {"tier", name_of(a.tier)},
          {"model", a.model},
          {"why", a.why},
          {"outcome", a.outcome},
          {"queue_ms", a.queue_ms},
          {"first_byte_ms", a.first_byte_ms},
          {"total_ms", a.total_ms},
          {"prompt_tokens", a.usage.prompt.count()},
          {"completion_tokens", a.usage.completion.count()},
          {"candidates", std::move(candidates)}};
}

CandidateView candidate_of(const json& j) {
  CandidateView c;
  c.node = j.at("node");
  c.tier = parse_tier(j.at("tier").get<std::string>()).value_or(Tier::l0);
  c.engine = j.at("engine");
  c.model = j.at("model");
  c.filtered = j.at("filtered");
  const auto& s = j.at("score");
  c.score = {s.at(0), s.at(1), s.at(2), s.at(3), s.at(4)};
  c.estimated_ttft_ms = j.at("estimated_ttft_ms");
  return c;
}

AttemptView attempt_of(const json& j) {
  AttemptView a;
  a.number = j.at("number");
  a.node = j.at("node");
  a.tier = parse_tier(j.at("tier").get<std::string>()).value_or(Tier::l0);
  a.model = j.at("model");
  a.why = j.at("why");
  a.outcome = j.at("outcome");
  a.queue_ms = j.at("queue_ms");
  a.first_byte_ms = j.at("first_byte_ms");
  a.total_ms = j.at("total_ms");
  a.usage = {Tokens{j.at("prompt_tokens")}, Tokens{j.at("completion_tokens")}};
  for (const auto& c : j.at("candidates")) a.candidates.push_back(candidate_of(c));
  return a;
}

}  // namespace

std::string to_json(const Explanation& e) {
  json attempts = json::array();
  for (const auto& a : e.attempts) attempts.push_back(encode(a));
  const json whole{
      {"request", e.request},      {"tenant", e.tenant},       {"model", e.model},
      {"grade", name_of(e.grade)}, {"grade_why", e.grade_why}, {"priority", name_of(e.priority)},
      {"state", e.state},          {"error", e.error},         {"attempts", std::move(attempts)}};
  // Names come from outside: what is not UTF-8 is replaced, never thrown over.
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Explanation> from_json(const std::string& text) {
  try {
    const json j = json::parse(text);
    Explanation e;
    e.request = j.at("request");
    e.tenant = j.at("tenant");
    e.model = j.at("model");
    e.grade = parse_grade(j.at("grade").get<std::string>()).value_or(Grade::p0);
    e.grade_why = j.at("grade_why");
    e.priority =
        parse_priority(j.at("priority").get<std::string>()).value_or(Priority::interactive);
    e.state = j.at("state");
    e.error = j.at("error");
    for (const auto& a : j.at("attempts")) e.attempts.push_back(attempt_of(a));
    return e;
  } catch (const json::exception& failure) {
    return Error{Code::internal, "a stored decision cannot be read"};
  }
}

}  // namespace weir::store
