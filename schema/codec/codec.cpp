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

/// Hostile messages must not make us walk far: honest ones are read about once.
capnp::ReaderOptions reader_options(std::size_t words) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = words * 2 + 8 * 1024;
  options.nestingLimit = 8;
  return options;
}

/// What `use` makes of the envelope in `bytes`.
/// errors  invalid_frame: malformed.
template <class T, class Use>
Result<T> with_envelope(std::span<const std::byte> bytes, Use use) {
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
    capnp::FlatArrayMessageReader reader{kj::arrayPtr(words, count), reader_options(count)};
    return use(reader.getRoot<wire::Envelope>());
  } catch (const kj::Exception&) {
    return Error{Code::invalid_frame, "malformed message"};
  }
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
  return with_envelope<Message>(bytes, read);
}

std::optional<AttemptId> dispatched_attempt(std::span<const std::byte> bytes) {
  using Found = std::optional<AttemptId>;
  auto found = with_envelope<Found>(bytes, dispatched);
  return found ? *found : std::nullopt;
}

}  // namespace weir::codec
