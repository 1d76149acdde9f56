#include "schema/codec/codec.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace weir;

namespace {

const AttemptId attempt{11, RequestId{22}, 3};

Inventory inventory() {
  Inventory m;
  m.revision = 4;
  m.host = {16, 1ULL << 36U, {"NVIDIA H100"}, 80ULL << 30U};
  m.accept = {false, true, true, {"eng", "*"}};
  m.engines = {{2,
                EngineKind::llama_cpp,
                false,
                {{"qwen", "qwen2", "Q4_K_M", 32'768, 2, feature::tools | feature::json, false}}}};
  return m;
}

EngineLoad load() { return {2, EngineState::up, 8, 3, 1, 5, 750, 2'000, 40}; }

/// One of each kind, with nothing left at its default.
std::vector<Message> samples() {
  return {Hello{1, 3, 99, "weir", {{attempt, 1'234}}},
          inventory(),
          CapacityReport{9, true, true, 500, 1ULL << 34U, 250, {load()}},
          Dispatch{attempt, 2, Endpoint::completions, "qwen", true, Grade::p1, Priority::batch,
                   "eng", 1'000, 500, 600, 700},
          Accept{attempt, 4'096},
          Refuse{attempt, RefusalReason::draining, load()},
          Begin{attempt, 404, "application/json"},
          Credit{StreamId{77}, 65'536},
          Cancel{attempt, CancelReason::deadline},
          Resume{attempt, 55},
          Finish{attempt,
                 10,
                 {Tokens{5}, Tokens{6}},
                 {7, 8},
                 Error{Code::upstream_failed, "the engine answered 503"},
                 503},
          Offer{1, 2, 3},
          Bid{1, Priority::normal, 20, RequestId{5}},
          Grant{1, RequestId{5}},
          Drain{false},
          Ping{6, true}};
}

/// encode ∘ decode ∘ encode: equal bytes mean that nothing was lost on the way.
std::vector<std::byte> again(const std::vector<std::byte>& bytes) {
  auto back = codec::decode(bytes);
  REQUIRE(back);
  return codec::encode(*back);
}

template <class M>
bool refused(M message, void (*spoil)(M&)) {
  CHECK(codec::decode(codec::encode(message)));
  spoil(message);
  const auto back = codec::decode(codec::encode(message));
  return !back && back.error().code == Code::invalid_frame;
}

Dispatch dispatch() { return std::get<Dispatch>(samples()[3]); }

}  // namespace

TEST_CASE("codec: every message survives the way there and back") {
  const auto all = samples();
  CHECK(all.size() == std::variant_size_v<Message>);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    CHECK(all[i].index() == i);
    const auto bytes = codec::encode(all[i]);
    CHECK(bytes.size() % 8 == 0);
    CHECK(codec::decode(bytes)->index() == i);
    CHECK(again(bytes) == bytes);
  }
}

TEST_CASE("codec: fields arrive with their values") {
  const auto d = std::get<Dispatch>(*codec::decode(codec::encode(dispatch())));
  CHECK(d.attempt == attempt);
  CHECK(d.engine == 2);
  CHECK(d.endpoint == Endpoint::completions);
  CHECK(d.grade == Grade::p1);
  CHECK(d.priority == Priority::batch);
  CHECK(d.body_bytes == 1'000);
  CHECK(d.first_byte_ms == 500);
  CHECK(d.stall_ms == 600);
  CHECK(d.credit_bytes == 700);
  const auto i = std::get<Inventory>(*codec::decode(codec::encode(inventory())));
  CHECK(i.engines.at(0).models.at(0).quantization == "Q4_K_M");
  CHECK(i.engines[0].models[0].features == (feature::tools | feature::json));
  CHECK_FALSE(i.accept.p0);
  CHECK(i.accept.tenants == std::vector<std::string>{"eng", "*"});
  const auto f = std::get<Finish>(*codec::decode(codec::encode(samples()[10])));
  CHECK(f.error->code == Code::upstream_failed);
  CHECK(f.usage.completion == Tokens{6});
  Finish good;
  good.attempt = attempt;
  CHECK_FALSE(std::get<Finish>(*codec::decode(codec::encode(good))).error);
}

TEST_CASE("codec: what is outside its range is refused, whoever sent it") {
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.attempt.incarnation = 0; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.attempt.request = {}; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.attempt.request = {1ULL << 56U}; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.attempt.number = 0; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.model.clear(); }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.body_bytes = 0; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.body_bytes = body_bytes_max + 1; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.first_byte_ms = 0; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.stall_ms = 0; }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.grade = static_cast<Grade>(3); }));
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.endpoint = static_cast<Endpoint>(2); }));
  CHECK(refused<Hello>({1, 1, 5, "", {}}, [](Hello& h) { h.incarnation = 0; }));
  CHECK(refused<Hello>({1, 1, 5, "", {}}, [](Hello& h) { h.version_min = 0; }));
  CHECK(refused<Hello>({2, 2, 5, "", {}}, [](Hello& h) { h.version_max = 1; }));
  CHECK(refused<Credit>({StreamId{1}, 1}, [](Credit& c) { c.bytes = 0; }));
  CHECK(refused<Begin>({attempt, 200, ""}, [](Begin& b) { b.status = 199; }));
  CHECK(refused<Begin>({attempt, 599, ""}, [](Begin& b) { b.status = 600; }));
  CHECK(refused<Offer>({1, 1, 1}, [](Offer& o) { o.slots = 0; }));
  CHECK(refused<Grant>({1, RequestId{1}}, [](Grant& g) { g.request = {}; }));
  CapacityReport report;
  report.engines = {load()};
  CHECK(refused<CapacityReport>(report, [](CapacityReport& r) { r.cpu_used_permille = 1001; }));
  CHECK(
      refused<CapacityReport>(report, [](CapacityReport& r) { r.engines[0].slots_total = 65537; }));
  CHECK(refused<CapacityReport>(report,
                                [](CapacityReport& r) { r.engines[0].kv_used_permille = 1001; }));
  Inventory i = inventory();
  CHECK(refused<Inventory>(i, [](Inventory& m) { m.engines[0].models[0].id.clear(); }));
  CHECK(refused<Inventory>(i, [](Inventory& m) { m.engines[0].models[0].capability = 4; }));
}

TEST_CASE("codec: over-long names are cut by the sender, so that they never cost the link") {
  auto d = dispatch();
  d.tenant = std::string(1'000, 't');
  CHECK(std::get<Dispatch>(*codec::decode(codec::encode(d))).tenant.size() == 256);
  Hello h{1, 1, 5, "", std::vector<AttemptProgress>(5'000, {attempt, 0})};
  CHECK(std::get<Hello>(*codec::decode(codec::encode(h))).attempts.size() == 4'096);
}

TEST_CASE("codec: cut or damaged messages are refused or read, and never crash") {
  std::mt19937 random{1};
  for (const auto& message : samples()) {
    const auto bytes = codec::encode(message);
    for (std::size_t n = 0; n < bytes.size(); n += 8)
      (void)codec::decode(std::span{bytes}.first(n));
    CHECK_FALSE(codec::decode(std::span{bytes}.first(bytes.size() - 1)));
    for (int round = 0; round < 2'000; ++round) {
      auto damaged = bytes;
      for (int flips = 0; flips < 3; ++flips)
        damaged[random() % damaged.size()] ^= static_cast<std::byte>(1U << random() % 8);
      (void)codec::decode(damaged);
    }
  }
}

TEST_CASE("codec: a payload at any address is read") {
  const auto bytes = codec::encode(dispatch());
  std::vector<std::byte> shifted(bytes.size() + 8);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::copy(bytes.begin(), bytes.end(), shifted.begin() + static_cast<std::ptrdiff_t>(shift));
    CHECK(codec::decode(std::span{shifted}.subspan(shift, bytes.size())));
  }
}
