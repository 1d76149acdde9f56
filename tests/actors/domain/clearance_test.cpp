#include "actors/domain/clearance.hpp"

#include "schema/types/price.hpp"
#include "tests/actors/domain/detectors.hpp"
#include "tests/actors/domain/digests.hpp"

#include <doctest/doctest.h>
#include <type_traits>

namespace weir::domain {
namespace {

// The types are the gate: none of these compiles.
static_assert(!std::is_copy_constructible_v<Tainted> && !std::is_copy_assignable_v<Tainted>);
static_assert(!std::is_constructible_v<CloudBound, std::string, Clearance>);
static_assert(!std::is_constructible_v<CloudBound, Tainted>);
static_assert(!std::is_copy_constructible_v<CloudBound> &&
              !std::is_default_constructible_v<CloudBound>);
static_assert(!std::is_constructible_v<Cleared, std::string, ClearanceTerms, std::uint64_t>);
static_assert(!std::is_copy_constructible_v<Cleared> &&
              !std::is_constructible_v<Cleared, CloudBound>);
template <class T>
concept shows_bytes = requires(T t) {
  t.bytes_;
};
static_assert(!shows_bytes<Tainted> && !shows_bytes<CloudBound> && !shows_bytes<Cleared>);

constexpr std::uint64_t coordinator = 7, proxy = 99;
constexpr TimePoint start{};

Sha256 key_of(std::uint8_t seed) {
  Sha256 key{};
  key.fill(seed);
  return key;
}

std::string chat(std::string_view text) {
  return R"({"model":"auto","messages":[{"role":"user","content":")" + std::string{text} +
         R"("}]})";
}

CloudDraft draft(std::string body, Grade grade = Grade::p2, std::uint64_t request = 1) {
  return {{coordinator, RequestId{request}, 1},
          Endpoint::chat_completions,
          Tainted{std::move(body), grade},
          EngineKind::openai,
          "gpt-small",
          {proxy, MicroUsd{150'000}, MicroUsd{600'000}, 3}};
}

struct Desks {
  ClearanceOffice office{toy_digests, key_of(1), factory_detector()};
  Checkpoint checkpoint{toy_digests, proxy, factory_detector()};
  Desks() { checkpoint.learn(coordinator, office.key()); }

  /// As it arrives where nothing goes wrong on the way.
  Arrived arrived(std::string_view text = "hello", std::uint64_t request = 1) {
    auto answer = office.clear(draft(chat(text), Grade::p2, request));
    return arrived(std::get<CloudBound>(answer));
  }
  static Arrived arrived(CloudBound& bound) {
    Arrived a;
    a.dispatch.attempt = bound.clearance().terms.attempt;
    a.dispatch.model = bound.clearance().terms.model;
    a.dispatch.grade = bound.clearance().terms.grade;
    a.dispatch.clearance = bound.clearance();
    a.dispatch.body_bytes = bound.clearance().terms.bytes;
    a.body = std::move(bound).take_bytes();
    a.received = start;
    return a;
  }
  /// The first word of why it is refused; "" where it passes.
  std::string check(Arrived a, TimePoint now = start) {
    const auto result = checkpoint.check(now, std::move(a));
    if (result) return "";
    CHECK(result.error().code == Code::grade_forbids_cloud);
    return result.error().detail.substr(0, result.error().detail.find(':'));
  }
};

Denial denial(const ClearanceAnswer& answer) {
  const auto* denied = std::get_if<ClearanceDenied>(&answer);
  REQUIRE(denied != nullptr);
  return denied->why;
}

TEST_CASE("P2 is rendered, cleared and passes the proxy's check, once") {
  Desks d;
  auto a = d.arrived();
  CHECK(a.body.find("\"gpt-small\"") != std::string::npos);
  CHECK(a.dispatch.clearance->terms.cost_cap ==
        cost_cap(a.body.size(), 4'096, {proxy, MicroUsd{150'000}, MicroUsd{600'000}, 3}));
  CHECK(cloud_refusal(a.dispatch) == std::nullopt);
  CHECK(d.check(a) == "");
  CHECK(d.check(a) == "replayed");
}

TEST_CASE("the office denies whatever is not surely allowed") {
  const ClearanceOffice office{toy_digests, key_of(1), factory_detector()};
  CHECK(denial(office.clear(draft(chat("x"), Grade::p0))) == Denial::grade);
  CHECK(denial(office.clear(draft(chat("x"), Grade::p1))) == Denial::grade);
  CHECK(denial(office.clear(draft("no JSON"))) == Denial::dialect);
  auto completions = draft(R"({"model":"auto","prompt":"x"})");
  completions.front = Endpoint::completions;
  CHECK(denial(office.clear(std::move(completions))) == Denial::dialect);
  CHECK(denial(office.clear(draft(chat(std::string(9U << 20U, 'a'))))) == Denial::too_large);
  const auto card = office.clear(draft(chat("card 4111 1111 1111 1111")));
  CHECK(denial(card) == Denial::sensitive);
  CHECK(std::get<ClearanceDenied>(card).grade == Grade::p1);
  const auto secret = office.clear(draft(chat("AKIAQ3EGR7ZTYHBM4KWD")));
  CHECK(std::get<ClearanceDenied>(secret).grade == Grade::p0);
  // Escapes hide nothing: the bytes that are scanned are written anew.
  CHECK(denial(office.clear(draft(chat(R"(\u0034111111111111111)")))) == Denial::sensitive);
}

TEST_CASE("P1 leaves with what makes it so replaced, and its values stay in the vault") {
  Desks d;
  const auto text = "mail anna.meier@contoso.de or call 13812345678, again anna.meier@contoso.de";
  auto answer = d.office.clear(draft(chat(text), Grade::p1));
  REQUIRE(std::holds_alternative<CloudBound>(answer));
  auto& bound = std::get<CloudBound>(answer);
  CHECK(bound.clearance().terms.desensitised);
  CHECK(bound.clearance().terms.grade == Grade::p1);
  REQUIRE(bound.vault());
  CHECK(bound.vault()->size() == 2);
  const auto a = Desks::arrived(bound);
  CHECK(a.body.find("anna") == std::string::npos);
  CHECK(a.body.find("138") == std::string::npos);
  CHECK(a.body.find("PII:EMAIL:1:") != std::string::npos);
  CHECK(cloud_refusal(a.dispatch) == std::nullopt);
  CHECK(d.check(a) == "");
}

TEST_CASE("each attempt has placeholders of its own") {
  const Desks d;
  const auto body = [&](std::uint64_t request, const ClearanceOffice& office) {
    auto answer = office.clear(draft(chat("to anna.meier@contoso.de"), Grade::p1, request));
    auto& bound = std::get<CloudBound>(answer);
    return std::move(bound).take_bytes();
  };
  CHECK(body(1, d.office) == body(1, d.office));
  CHECK(body(1, d.office) != body(2, d.office));
  CHECK(body(1, d.office) != body(1, {toy_digests, key_of(2), factory_detector()}));
}

TEST_CASE("P1 that cannot be replaced whole stays") {
  const Desks d;
  const auto why = [&](const std::string& body) {
    return denial(d.office.clear(draft(body, Grade::p1)));
  };
  CHECK(why(chat("nothing to find")) == Denial::grade);
  CHECK(why(chat("a@contoso.de, and AKIAQ3EGR7ZTYHBM4KWD")) == Denial::grade);
  CHECK(why(R"({"model":"m","messages":[{"role":"user","content":"to a@contoso.de"}],)"
            R"("stop":["b@contoso.de"]})") == Denial::grade);
}

TEST_CASE("the office tells what a body holds, and what of it nobody can read") {
  const Desks d;
  const auto found = d.office.inspect(chat("to anna.meier@contoso.de"), 0);
  CHECK(found.grade == Grade::p1);
  CHECK(found.complete);
  CHECK(found.counts[index_of(Sensitive::email)] == 1);
  const auto image = d.office.inspect(chat("hello"), 2);
  CHECK(image.grade == Grade::p0);
  CHECK(image.counts[index_of(Sensitive::unreadable)] == 2);
  CHECK(d.office.inspect(chat("hello"), 0).grade == Grade::p2);
  CHECK(d.office.inspect("no JSON", 0).grade == Grade::p0);
}

TEST_CASE("the proxy refuses on its own, whatever the coordinator said") {
  Desks d;
  const auto refused = [&](const char* why, auto&& tamper, TimePoint now = start) {
    auto a = d.arrived();
    tamper(a);
    CHECK(d.check(std::move(a), now) == why);
  };
  refused("clearance", [](Arrived& a) { a.dispatch.clearance.reset(); });
  refused("key", [](Arrived& a) { a.dispatch.attempt.incarnation = 8; });
  refused("mac", [](Arrived& a) { a.dispatch.clearance->mac[0] ^= 1; });
  refused("mac", [](Arrived& a) { a.dispatch.clearance->terms.ttl_ms = UINT32_MAX; });
  refused("mac", [](Arrived& a) { a.dispatch.clearance->terms.cost_cap = MicroUsd{1LL << 40}; });
  refused("mac", [](Arrived& a) { a.dispatch.clearance->terms.provider = EngineKind::anthropic; });
  refused("attempt", [](Arrived& a) { a.dispatch.attempt.number = 2; });
  refused("model", [](Arrived& a) { a.dispatch.model = "gpt-large"; });
  refused("length", [](Arrived& a) { a.body += ' '; });
  refused("digest", [](Arrived& a) { a.body[0] = '['; });
  refused("grade", [](Arrived& a) { a.dispatch.grade = Grade::p0; });
  refused("grade", [](Arrived& a) { a.dispatch.grade = Grade::p1; });
  refused(
      "expired", [](Arrived&) {}, start + Millis{60'001});
  CHECK(d.check(d.arrived()) == "");
}

TEST_CASE("a clearance for another proxy, or under another coordinator's key, is worth nothing") {
  Desks d;
  Checkpoint other{toy_digests, proxy + 1, factory_detector()};
  other.learn(coordinator, d.office.key());
  CHECK(other.check(start, d.arrived()).error().detail.starts_with("proxy"));
  Checkpoint stranger{toy_digests, proxy, factory_detector()};
  stranger.learn(coordinator, {key_of(2)});
  CHECK(stranger.check(start, d.arrived()).error().detail.starts_with("mac"));
}

TEST_CASE("the proxy's own detector refuses what a lying guard signed") {
  Desks d;
  auto a = d.arrived();
  a.body = chat("card 4111 1111 1111 1111");
  auto& t = a.dispatch.clearance->terms;
  t.bytes = a.dispatch.body_bytes = a.body.size();
  t.digest = toy_digest(a.body);
  a.dispatch.clearance->mac = toy_mac(key_of(1), canonical(t));
  CHECK(d.check(std::move(a)) == "sensitive");
}

TEST_CASE("what was forgotten of replays counts as replayed") {
  Desks d;
  for (std::uint64_t i = 1; i <= Checkpoint::attempts_max + 1; ++i)
    REQUIRE(d.check(d.arrived("x", i)) == "");
  CHECK(d.check(d.arrived("x", 1)) == "replayed");
  CHECK(d.check(d.arrived("x", Checkpoint::attempts_max + 2)) == "");
}

TEST_CASE("an L2 agent refuses before the body what its clearance cannot cover") {
  Desks d;
  auto a = d.arrived();
  const auto refusal = [&](auto&& change) {
    auto dispatch = a.dispatch;
    change(dispatch);
    return cloud_refusal(dispatch);
  };
  using enum RefusalReason;
  CHECK(refusal([](Dispatch& x) { x.grade = Grade::p0; }) == grade_forbidden);
  CHECK(refusal([](Dispatch& x) { x.grade = Grade::p1; }) == grade_forbidden);
  CHECK(refusal([](Dispatch& x) { x.clearance->terms.grade = Grade::p0; }) == grade_forbidden);
  CHECK(refusal([](Dispatch& x) { x.clearance.reset(); }) == not_cleared);
  CHECK(refusal([](Dispatch& x) { x.model = "other"; }) == not_cleared);
  CHECK(refusal([](Dispatch& x) { x.body_bytes += 1; }) == not_cleared);
  CHECK(refusal([](Dispatch& x) { x.attempt.number = 9; }) == not_cleared);
}

TEST_CASE("money rounds against us and never overflows") {
  const CloudTarget dear{0, MicroUsd{INT64_MAX}, MicroUsd{INT64_MAX}, 0};
  CHECK(cost_cap(1ULL << 62U, UINT32_MAX, dear).count() > 0);
  const CloudTarget cheap{0, MicroUsd{150'000}, MicroUsd{600'000}, 0};
  CHECK(cost_cap(1, 0, cheap) == MicroUsd{308});  // 2,049 tokens
  CHECK(cost_cap(1'000'000, 1'000'000, cheap) == MicroUsd{750'308});
  CHECK(cost_of({Tokens{10}, Tokens{10}}, MicroUsd{150'000}, MicroUsd{600'000}) == MicroUsd{8});
}

}  // namespace
}  // namespace weir::domain
