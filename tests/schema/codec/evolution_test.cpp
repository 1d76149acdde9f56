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
