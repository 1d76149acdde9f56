#include "coordinator/store/explanation_json.hpp"

#include "schema/dialect/openai.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace weir::store {
namespace {

using nlohmann::json;

// Written as text, not as a document: this runs once for every request (a document took 12 µs of
// the 70 µs that a request costs, tests/bench/gateway.py).
using Text = fmt::memory_buffer;

template <class... Values>
void put(Text& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

/// `,"name":"text"`. Texts come from outside: what is not UTF-8 is replaced.
void put_text(Text& out, std::string_view name, std::string_view text) {
  put(out, ",\"{}\":{}", name, dialect::openai::quoted(text));
}

template <class Items, class Put>
void put_list(Text& out, std::string_view name, const Items& items, Put put_item) {
  put(out, ",\"{}\":[", name);
  const char* separator = "";
  for (const auto& item : items) {
    put(out, "{}", std::exchange(separator, ","));
    put_item(out, item);
  }
  out.push_back(']');
}

void put_candidate(Text& out, const CandidateView& c) {
  const auto& s = c.score;
  put(out, R"({{"engine":{},"estimated_ttft_ms":{},"score":[{},{},{},{},{}])", c.engine,
      c.estimated_ttft_ms, s.safety, s.capability, s.latency, s.cost, s.total);
  put_text(out, "node", c.node);
  put_text(out, "tier", name_of(c.tier));
  put_text(out, "model", c.model);
  put_text(out, "filtered", c.filtered);
  out.push_back('}');
}

void put_attempt(Text& out, const AttemptView& a) {
  put(out, R"({{"number":{},"queue_ms":{},"first_byte_ms":{},"total_ms":{})", a.number, a.queue_ms,
      a.first_byte_ms, a.total_ms);
  put(out, R"(,"prompt_tokens":{},"completion_tokens":{})", a.usage.prompt.count(),
      a.usage.completion.count());
  put_text(out, "node", a.node);
  put_text(out, "tier", name_of(a.tier));
  put_text(out, "model", a.model);
  put_text(out, "why", a.why);
  put_text(out, "outcome", a.outcome);
  put_list(out, "candidates", a.candidates, put_candidate);
  out.push_back('}');
}

void put_found(Text& out, const PerKind<std::uint32_t>& found) {
  put(out, R"(,"found":{{)");
  bool first = true;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] > 0)
      put(out, R"({}"{}":{})", std::exchange(first, false) ? "" : ",",
          name_of(static_cast<Sensitive>(i)), found[i]);
  out.push_back('}');
}

/// Rows of before the detector have none; kinds of a later version are dropped.
PerKind<std::uint32_t> found_of(const json& j) {
  PerKind<std::uint32_t> found{};
  if (!j.contains("found")) return found;
  for (const auto& [name, count] : j.at("found").items())
    if (const auto kind = parse_sensitive(name)) found[index_of(*kind)] = count;
  return found;
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
  Text out;
  put(out, R"({{"request":{})", dialect::openai::quoted(e.request));
  put_text(out, "tenant", e.tenant);
  put_text(out, "model", e.model);
  put_text(out, "grade", name_of(e.grade));
  put_text(out, "grade_why", e.grade_why);
  put_found(out, e.found);
  put_text(out, "priority", name_of(e.priority));
  put_text(out, "state", e.state);
  put_text(out, "error", e.error);
  put_list(out, "attempts", e.attempts, put_attempt);
  out.push_back('}');
  return fmt::to_string(out);
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
    e.found = found_of(j);
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
