// An old program and a newer one on the same link.
#include "schema/codec/codec.hpp"
#include "schema/wire/weir.capnp.h"
#include "tests/schema/codec/newer.capnp.h"

#include <capnp/serialize.h>
#include <doctest/doctest.h>

using namespace weir;

namespace {

std::vector<std::byte> flat(capnp::MessageBuilder& builder) {
  const auto words = capnp::messageToFlatArray(builder);
  const auto bytes = words.asBytes();
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.begin());
  return {begin, begin + bytes.size()};
}

std::vector<std::byte> newer_accept() {
  capnp::MallocMessageBuilder builder;
  auto envelope = builder.initRoot<newer::Envelope>();
  envelope.setTrace(4711);
  auto accept = envelope.initAccept();
  auto attempt = accept.initAttempt();
  attempt.setIncarnation(1);
  attempt.setRequest(2);
  attempt.setNumber(3);
  accept.setCreditBytes(4);
  accept.setStartsInMs(250);
  accept.setReason("warming up");
  return flat(builder);
}

void put_attempt(newer::AttemptId::Builder out) {
  out.setIncarnation(1);
  out.setRequest(2);
  out.setNumber(3);
}

void put_dispatch(newer::Dispatch::Builder out, std::uint8_t endpoint) {
  put_attempt(out.initAttempt());
  out.setEndpoint(endpoint);
  out.setModel("m");
  out.setGrade(3);
  out.setPriority(3);
  out.setBodyBytes(10);
  out.setFirstByteMs(1);
  out.setStallMs(1);
  out.setProject("apollo");
}

/// What old code makes of a newer message, and of its own copy of that.
template <class M, class Write>
M old_view(Write write) {
  capnp::MallocMessageBuilder builder;
  write(builder.initRoot<newer::Envelope>());
  const auto message = codec::decode(flat(builder));
  REQUIRE(message);
  const auto again = codec::decode(codec::encode(*message));
  REQUIRE(again);
  return std::get<M>(*again);
}

}  // namespace

TEST_CASE("evolution: old code reads a newer message and ignores what was added") {
  const auto message = codec::decode(newer_accept());
  REQUIRE(message);
  const auto& accept = std::get<Accept>(*message);
  CHECK(accept.attempt == AttemptId{1, RequestId{2}, 3});
  CHECK(accept.credit_bytes == 4);
}

TEST_CASE("evolution: added fields survive a round trip through old code that passes it on") {
  const auto bytes = newer_accept();
  capnp::FlatArrayMessageReader received{
      kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / 8)};
  // What old generated code does with a message it forwards: read it, copy it, send it.
  capnp::MallocMessageBuilder copy;
  copy.setRoot(received.getRoot<wire::Envelope>());
  const auto again = flat(copy);
  capnp::FlatArrayMessageReader back{
      kj::arrayPtr(reinterpret_cast<const capnp::word*>(again.data()), again.size() / 8)};
  const auto envelope = back.getRoot<newer::Envelope>();
  CHECK(envelope.getTrace() == 4711);
  CHECK(envelope.getAccept().getStartsInMs() == 250);
  CHECK(envelope.getAccept().getReason() == "warming up");
}

TEST_CASE("evolution: a message kind from a newer version is not supported, not malformed") {
  capnp::MallocMessageBuilder builder;
  builder.initRoot<newer::Envelope>().initSurprise().setWhat("?");
  const auto message = codec::decode(flat(builder));
  REQUIRE_FALSE(message);
  CHECK(message.error().code == Code::not_supported);
}

TEST_CASE("evolution: newer code reads an old message, added fields have their defaults") {
  const auto bytes = codec::encode(Accept{{1, RequestId{2}, 3}, 4});
  capnp::FlatArrayMessageReader reader{
      kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / 8)};
  const auto envelope = reader.getRoot<newer::Envelope>();
  CHECK(envelope.getTrace() == 0);
  CHECK(envelope.getAccept().getCreditBytes() == 4);
  CHECK(envelope.getAccept().getStartsInMs() == 0);
}

TEST_CASE("evolution: enumerators of a newer version are read as the cautious ones") {
  using E = newer::Envelope::Builder;
  const auto inventory = old_view<Inventory>([](E e) {
    auto engine = e.initInventory().initEngines(1)[0];
    engine.setKind(5);
    engine.setRegion("north");
    auto model = engine.initModels(1)[0];
    model.setId("m");
    model.setFeatures(1U << 20U | feature::tools);
    model.setLicence("open");
  });
  CHECK(inventory.engines.at(0).kind == EngineKind::openai);
  CHECK(inventory.engines[0].models.at(0).features == feature::tools);
  const auto report = old_view<CapacityReport>([](E e) {
    auto load = e.initReport().initEngines(1)[0];
    load.setState(3);
    load.setSlotsTotal(4);
    load.setWatts(700);
  });
  CHECK(report.engines.at(0).state == EngineState::down);
  CHECK(report.engines[0].slots_free() == 0);
  const auto dispatch = old_view<Dispatch>([](E e) { put_dispatch(e.initDispatch(), 0); });
  CHECK(dispatch.grade == Grade::p0);
  CHECK(dispatch.priority == Priority::batch);
  const auto refuse = old_view<Refuse>([](E e) {
    put_attempt(e.initRefuse().initAttempt());
    e.getRefuse().setReason(9);
  });
  CHECK(refuse.reason == RefusalReason::no_free_slot);
  const auto cancel = old_view<Cancel>([](E e) {
    put_attempt(e.initCancel().initAttempt());
    e.getCancel().setReason(7);
  });
  CHECK(cancel.reason == CancelReason::superseded);
  CHECK(old_view<Bid>([](E e) { e.initBid().setPriority(3); }).priority == Priority::batch);
}

TEST_CASE("evolution: a dispatch to a newer endpoint is not supported, and can be refused") {
  capnp::MallocMessageBuilder builder;
  put_dispatch(builder.initRoot<newer::Envelope>().initDispatch(), 10);
  const auto bytes = flat(builder);
  const auto message = codec::decode(bytes);
  REQUIRE_FALSE(message);
  CHECK(message.error().code == Code::not_supported);
  CHECK(codec::dispatched_attempt(bytes) == AttemptId{1, RequestId{2}, 3});
  CHECK_FALSE(codec::dispatched_attempt(newer_accept()));
  CHECK_FALSE(codec::dispatched_attempt(std::span{bytes}.first(8)));
}
