#include "schema/codec/codec.hpp"

#include "schema/codec/limits.hpp"
#include "schema/codec/read.hpp"
#include "schema/codec/write.hpp"

#include <capnp/serialize.h>
#include <array>
#include <cstring>

namespace weir::codec {
namespace {

constexpr std::size_t word = sizeof(capnp::word);

/// Messages are small; hostile ones must not make us walk far.
capnp::ReaderOptions reader_options() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 256 * 1024 / word * 4;
  options.nestingLimit = 8;
  return options;
}

}  // namespace

std::vector<std::byte> encode(const Message& message) {
  std::array<capnp::word, 128> scratch{};
  capnp::MallocMessageBuilder builder{kj::arrayPtr(scratch.data(), scratch.size())};
  auto envelope = builder.initRoot<wire::Envelope>();
  std::visit([&](const auto& m) { write(m, envelope); }, message);

  const auto segments = builder.getSegmentsForOutput();
  std::vector<std::byte> bytes(capnp::computeSerializedSizeInWords(segments) * word);
  kj::ArrayOutputStream out{kj::arrayPtr(reinterpret_cast<kj::byte*>(bytes.data()), bytes.size())};
  capnp::writeMessage(out, segments);
  return bytes;
}

Result<Message> decode(std::span<const std::byte> bytes) {
  if (bytes.size() < word || bytes.size() % word != 0 || bytes.size() > message_bytes_max)
    return Error{Code::invalid_frame, "message length"};
  // A frame's payload may stand anywhere; Cap'n Proto reads aligned words.
  std::array<capnp::word, 128> small;
  std::vector<capnp::word> large;
  capnp::word* words = small.data();
  const std::size_t count = bytes.size() / word;
  if (count > small.size()) {
    large.resize(count);
    words = large.data();
  }
  std::memcpy(static_cast<void*>(words), bytes.data(), bytes.size());
  try {
    capnp::FlatArrayMessageReader reader{kj::arrayPtr(words, count), reader_options()};
    return read(reader.getRoot<wire::Envelope>());
  } catch (const kj::Exception&) {
    return Error{Code::invalid_frame, "malformed message"};
  }
}

}  // namespace weir::codec
