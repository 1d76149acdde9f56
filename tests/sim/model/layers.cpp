#include "tests/sim/model/layers.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace weir::model {
namespace {

constexpr std::uint64_t proxy = 99;
constexpr TimePoint start{};
constexpr std::array grades{Grade::p0, Grade::p1, Grade::p2};

struct Judge {
  Layers layers;
  void require(bool holds, const char* property, const std::string& what) {
    ++layers.questions;
    const bool known = std::any_of(layers.violations.begin(), layers.violations.end(),
                                   [&](const Violation& v) { return v.property == property; });
    if (!holds && !known) layers.violations.push_back({property, what});
  }
};

CloudDraft draft(const std::string& body, Grade grade, EngineKind provider) {
  return {{coordinator_incarnation, RequestId{1}, 1},
          Endpoint::chat_completions,
          Tainted{body, grade},
          provider,
          "m",
          {proxy, MicroUsd{1'000}, MicroUsd{1'000}, 1}};
}

/// An order and its body as a lying office would send them: signed with the true key, or not.
Arrived arrived(std::string body, Grade grade, bool desensitised, bool signed_truly) {
  Arrived a;
  a.received = start;
  auto& d = a.dispatch;
  d.attempt = {coordinator_incarnation, RequestId{1}, 1};
  d.model = "m";
  d.grade = grade;
  d.body_bytes = body.size();
  ClearanceTerms terms;
  terms.attempt = d.attempt;
  terms.proxy = proxy;
  terms.model = d.model;
  terms.digest = domain::toy_digest(body);
  terms.bytes = body.size();
  terms.grade = grade;
  terms.desensitised = desensitised;
  terms.ttl_ms = 60'000;
  auto key = guard_key();
  if (!signed_truly) key[0] ^= 1U;
  const auto mac = domain::toy_mac(key, domain::canonical(terms));
  d.clearance = Clearance{std::move(terms), mac};
  a.body = std::move(body);
  return a;
}

domain::Checkpoint checkpoint() {
  domain::Checkpoint made{domain::toy_digests, proxy, domain::factory_detector()};
  made.learn(coordinator_incarnation, office().key());
  return made;
}

/// Given any draft, the office returns no byte that may not leave. What only a label tells, it must
/// be told; what stands in the text, it finds, whatever it is told.
void judge_office(Judge& judge, const Victim& victim) {
  for (const auto grade : grades)
    for (const auto provider : {EngineKind::openai, EngineKind::anthropic}) {
      if (victim.told && grade > victim.truth) continue;
      auto answer = office().clear(draft(chat_of(victim.text), grade, provider));
      std::string bytes;
      bool vault = false;
      if (auto* bound = std::get_if<CloudBound>(&answer)) {
        vault = bound->vault() != nullptr;
        bytes = std::move(*bound).take_bytes();
      }
      const auto told = " of " + victim.name + ", told " + std::string{name_of(grade)};
      judge.require(canary_in(victim, bytes).empty(), "office", "it cleared the bytes" + told);
      judge.require(bytes.empty() || grade != Grade::p0, "office", "it cleared P0" + told);
      judge.require(bytes.empty() || grade != Grade::p1 || vault, "office",
                    "it replaced nothing" + told);
    }
  // Of P0 it does not even say what is wrong with it.
  const auto unread = office().clear(draft("no JSON: " + victim.text, Grade::p0, {}));
  const auto* denied = std::get_if<ClearanceDenied>(&unread);
  judge.require(denied != nullptr && denied->why == Denial::grade && !denied->error, "unread",
                "it looks into P0: " + victim.name);
}

/// Given any order and body, a proxy passes no byte that may not leave.
void judge_checkpoint(Judge& judge, const Victim& victim) {
  const auto passes = [](Arrived a) { return static_cast<bool>(checkpoint().check(start, a)); };
  const auto body = chat_of(victim.text);
  for (const auto grade : grades)
    for (const bool desensitised : {false, true}) {
      const auto told = victim.name + ", told " + std::string{name_of(grade)};
      judge.require(!passes(arrived(body, grade, desensitised, false)), "forged",
                    "it passes what the guard did not sign: " + told);
      const auto out = passes(arrived(body, grade, desensitised, true));
      judge.require(!out || grade != Grade::p0, "proxy", "it passes P0: " + told);
      judge.require(!out || grade != Grade::p1 || desensitised, "proxy", "it passes P1: " + told);
      if (!victim.told && victim.truth != Grade::p2)
        judge.require(!out, "proxy", "it passes the bytes of " + told);
    }
}

/// Each way in which an order, or what comes with it, is not what was cleared.
void judge_orders(Judge& judge) {
  using Lie = std::function<void(Arrived&)>;
  const auto terms = [](Arrived& a) -> ClearanceTerms& { return a.dispatch.clearance->terms; };
  const std::vector<std::pair<const char*, Lie>> before{
      {"P0", [](Arrived& a) { a.dispatch.grade = Grade::p0; }},
      {"P1 as it is", [](Arrived& a) { a.dispatch.grade = Grade::p1; }},
      {"no clearance", [](Arrived& a) { a.dispatch.clearance.reset(); }},
      {"a clearance of P0", [&](Arrived& a) { terms(a).grade = Grade::p0; }},
      {"a clearance of P1 as it is", [&](Arrived& a) { terms(a).grade = Grade::p1; }},
      {"another attempt", [](Arrived& a) { a.dispatch.attempt.number = 2; }},
      {"another request", [](Arrived& a) { a.dispatch.attempt.request = RequestId{2}; }},
      {"another model", [](Arrived& a) { a.dispatch.model = "n"; }},
      {"another length", [](Arrived& a) { ++a.dispatch.body_bytes; }},
  };
  for (const auto& [name, lie] : before) {
    auto a = arrived(chat_of("hello"), Grade::p2, false, true);
    lie(a);
    judge.require(domain::cloud_refusal(a.dispatch).has_value(), "order",
                  std::string{"a proxy takes an order with "} + name);
    judge.require(
        !checkpoint().check(start, std::move(a)) || std::string_view{name} == "another length",
        "proxy", std::string{"it passes an order with "} + name);
  }
  const std::vector<std::pair<const char*, Lie>> with_body{
      {"another proxy's clearance", [&](Arrived& a) { ++terms(a).proxy; }},
      {"other bytes", [](Arrived& a) { a.body.back() = ' '; }},
      {"more bytes", [](Arrived& a) { a.body += ' '; }},
      {"a stranger's key", [](Arrived& a) { ++a.dispatch.attempt.incarnation; }},
      {"a stale clearance", [](Arrived& a) { a.received -= Millis{60'001}; }},
  };
  for (const auto& [name, lie] : with_body) {
    auto a = arrived(chat_of("hello"), Grade::p2, false, true);
    lie(a);
    judge.require(!checkpoint().check(start, std::move(a)), "proxy",
                  std::string{"it passes "} + name);
  }
  auto once = checkpoint();
  const auto order = arrived(chat_of("hello"), Grade::p2, false, true);
  judge.require(static_cast<bool>(once.check(start, order)), "control", "nothing passes a proxy");
  judge.require(!once.check(start, order), "replay", "a proxy sends one attempt twice");
}

}  // namespace

Layers judge_layers() {
  Judge judge;
  for (const auto& victim : victims()) {
    judge_office(judge, victim);
    judge_checkpoint(judge, victim);
  }
  judge_orders(judge);
  return std::move(judge.layers);
}

}  // namespace weir::model
