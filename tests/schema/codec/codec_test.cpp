#include "schema/codec/codec.hpp"
#include "schema/wire/weir.capnp.h"

#include <capnp/serialize.h>
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
                {{"qwen", "qwen2", "Q4_K_M", 32'768, 2, feature::tools | feature::json, false,
                  MicroUsd{150'000}, MicroUsd{600'000}, "f00d", 5'000'000'000, 1'500, true, "base",
                  {"qwen:latest"}}}}};
  return m;
}

Sha256 digest(std::uint8_t value) {
  Sha256 d{};
  d.fill(value);
  return d;
}

Clearance clearance() {
  return {{attempt, 98, EngineKind::anthropic, "qwen", digest(3), 1'000, Grade::p1, true, 6,
           MicroUsd{12'345}, 60'000},
          digest(4)};
}

EngineLoad load() { return {2, EngineState::up, 8, 3, 1, 5, 750, 2'000, 40}; }

/// One of each kind, with nothing left at its default.
std::vector<Message> samples() {
  return {Hello{1, 3, 99, "weir", {{attempt, 1'234}}},
          inventory(),
          CapacityReport{9, true, true, 500, 1ULL << 34U, 250, {load()}},
          Dispatch{attempt, 2, Endpoint::completions, "qwen", true, Grade::p1, Priority::batch,
                   "eng", 1'000, 500, 600, 700, clearance(), 300},
          Accept{attempt, 4'096},
          Refuse{attempt, RefusalReason::draining, load()},
          Begin{attempt, 404, "application/json"},
          Credit{StreamId{77}, 65'536},
          Cancel{attempt, CancelReason::deadline},
          Resume{attempt, 55, 66},
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
          Ping{6, true},
          GuardKey{digest(5)}};
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

/// A message with fields that our own encoder would never write so.
template <class Write>
bool refused_raw(const Message& message, Write write) {
  const auto bytes = codec::encode(message);
  capnp::FlatArrayMessageReader reader{
      kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / 8)};
  capnp::MallocMessageBuilder builder;
  builder.setRoot(reader.getRoot<wire::Envelope>());
  write(builder.getRoot<wire::Envelope>());
  const auto words = capnp::messageToFlatArray(builder);
  const auto raw = words.asBytes();
  const auto back = codec::decode(
      {reinterpret_cast<const std::byte*>(raw.begin()), static_cast<std::size_t>(raw.size())});
  return !back && back.error().code == Code::invalid_frame;
}

template <class M>
M there_and_back(const M& message) {
  const auto back = codec::decode(codec::encode(message));
  REQUIRE(back);
  return std::get<M>(*back);
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
  CHECK(refused<Dispatch>(dispatch(), [](Dispatch& d) { d.prefix_bytes = d.body_bytes; }));
  CHECK(refused<Hello>({1, 1, 5, "", {}}, [](Hello& h) { h.incarnation = 0; }));
  CHECK(refused<Hello>({1, 1, 5, "", {}}, [](Hello& h) { h.version_min = 0; }));
  CHECK(refused<Hello>({2, 2, 5, "", {}}, [](Hello& h) { h.version_max = 1; }));
  CHECK(refused<Grant>({1, RequestId{1}}, [](Grant& g) { g.request = {}; }));
}

TEST_CASE("codec: what our encoder never writes is refused from others") {
  using E = wire::Envelope::Builder;
  CHECK_FALSE(refused_raw(dispatch(), [](E) {}));
  CHECK(refused_raw(dispatch(), [](E e) { e.getDispatch().setFirstByteMs(0); }));
  CHECK(refused_raw(dispatch(), [](E e) { e.getDispatch().setStallMs(0); }));
  CHECK(refused_raw(Credit{StreamId{1}, 1}, [](E e) { e.getCredit().setBytes(0); }));
  CHECK(refused_raw(Begin{attempt, 200, ""}, [](E e) { e.getBegin().setStatus(199); }));
  CHECK(refused_raw(Begin{attempt, 599, ""}, [](E e) { e.getBegin().setStatus(600); }));
  const auto finish = samples()[10];
  CHECK(refused_raw(finish, [](E e) { e.getFinish().setEngineStatus(99); }));
  CHECK(refused_raw(finish, [](E e) { e.getFinish().setEngineStatus(600); }));
  CHECK(refused_raw(Offer{1, 1, 1}, [](E e) { e.getOffer().setSlots(0); }));
  CapacityReport report;
  report.engines = {load()};
  CHECK(refused_raw(report, [](E e) { e.getReport().setCpuUsedPermille(1001); }));
  CHECK(refused_raw(report, [](E e) { e.getReport().getEngines()[0].setSlotsTotal(65'537); }));
  CHECK(refused_raw(report, [](E e) { e.getReport().getEngines()[0].setKvUsedPermille(1001); }));
  const auto model = [](E e) { return e.getInventory().getEngines()[0].getModels()[0]; };
  CHECK(refused_raw(inventory(), [&](E e) { model(e).setId(""); }));
  CHECK(refused_raw(inventory(), [&](E e) { model(e).setCapability(4); }));
}

TEST_CASE("codec: what an engine or a machine reports out of its range is sent within it") {
  for (const std::uint16_t odd : std::vector<std::uint16_t>{0, 50, 199, 600, 999, 65'535})
    CHECK(there_and_back(Begin{attempt, odd, ""}).status == 502);
  for (const std::uint16_t good : std::vector<std::uint16_t>{200, 404, 599})
    CHECK(there_and_back(Begin{attempt, good, ""}).status == good);
  Finish finish;
  finish.attempt = attempt;
  for (const auto& [engine, sent] : std::vector<std::pair<std::uint16_t, std::uint16_t>>{
           {0, 0}, {50, 0}, {99, 0}, {100, 100}, {503, 503}, {599, 599}, {600, 0}, {999, 0}}) {
    finish.engine_status = engine;
    CHECK(there_and_back(finish).engine_status == sent);
  }
  auto d = dispatch();
  d.first_byte_ms = d.stall_ms = 0;
  CHECK(there_and_back(d).first_byte_ms == 1);
  CHECK(there_and_back(d).stall_ms == 1);
  CHECK(there_and_back(Credit{StreamId{1}, 0}).bytes == 1);
  CHECK(there_and_back(Offer{1, 1, 100'000}).slots == 65'536);
  CapacityReport report;
  report.cpu_used_permille = report.gpu_used_permille = 2'000;
  report.engines = {load()};
  report.engines[0].kv_used_permille = 1'001;
  report.engines[0].slots_total = report.engines[0].slots_used = 70'000;
  report = there_and_back(report);
  CHECK(report.cpu_used_permille == 1'000);
  CHECK(report.engines[0].kv_used_permille == 1'000);
  CHECK(report.engines[0].slots_total == 65'536);
  auto i = inventory();
  i.engines[0].models.insert(i.engines[0].models.begin(), ModelInfo{});
  i.engines[0].models[1].capability = 9;
  i = there_and_back(i);
  REQUIRE(i.engines[0].models.size() == 1);
  CHECK(i.engines[0].models[0].id == "qwen");
  CHECK(i.engines[0].models[0].capability == 3);
}

TEST_CASE("codec: an inventory of a megabyte survives the way there and back") {
  Inventory i;
  i.engines.resize(4);
  for (auto& engine : i.engines)
    for (int m = 0; m < 700; ++m) engine.models.push_back({std::string(256, 'm'), "f", "q"});
  i.accept.tenants.assign(9'000, "tenant");
  const auto bytes = codec::encode(i);
  CHECK(bytes.size() > 1'000'000);
  CHECK(there_and_back(i).engines[3].models.size() == 700);
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
