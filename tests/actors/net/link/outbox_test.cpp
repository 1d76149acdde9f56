#include "actors/net/link/outbox.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::net::link;

namespace {

constexpr FrameSizes sizes{1024, 1024};
constexpr std::size_t piece = 1024 - header_bytes - offset_bytes;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

std::vector<std::byte> message_of(std::size_t size) { return std::vector<std::byte>(size); }

struct Frame {
  FrameHeader header;
  std::string payload;
};

/// All frames that `fill` gives in one go of at most `most` bytes.
std::vector<Frame> take(Outbox& box, std::size_t most, std::vector<StreamId>* drained = nullptr,
                        std::vector<StreamId>* closed = nullptr) {
  std::string out;
  std::vector<StreamId> d, c;
  box.fill(out, most, drained != nullptr ? *drained : d, closed != nullptr ? *closed : c);
  std::vector<Frame> frames;
  const auto all = bytes_of(out);
  for (std::size_t at = 0; at < all.size();) {
    const auto header = parse_header(
        std::span<const std::byte, header_bytes>{all.data() + at, header_bytes}, sizes);
    REQUIRE(header);
    frames.push_back({*header, out.substr(at + header_bytes, header->payload_bytes)});
    at += header_bytes + header->payload_bytes;
  }
  return frames;
}

bool is_data(const Frame& f) { return f.header.type != codec::FrameType::message; }

}  // namespace

TEST_CASE("frame: a header survives the way there and back") {
  std::string out;
  put_header(out, {77, codec::FrameType::chunk, 0x0102030405060708ULL});
  REQUIRE(out.size() == header_bytes);
  const auto back = parse_header(std::span<const std::byte, header_bytes>{bytes_of(out)}, sizes);
  REQUIRE(back);
  CHECK(back->payload_bytes == 77);
  CHECK(back->type == codec::FrameType::chunk);
  CHECK(back->stream == 0x0102030405060708ULL);
}

TEST_CASE("frame: lengths, types and flags outside the protocol are refused") {
  const auto parse = [](std::uint32_t length, std::uint16_t type, char flags) {
    std::string out;
    put_header(out, {length, static_cast<codec::FrameType>(type), 1});
    out[6] = flags;
    return static_cast<bool>(
        parse_header(std::span<const std::byte, header_bytes>{bytes_of(out)}, sizes));
  };
  CHECK(parse(1024, 1, 0));
  CHECK_FALSE(parse(1025, 1, 0));
  CHECK_FALSE(parse(0xFFFFFFFFU, 1, 0));
  CHECK_FALSE(parse(0, 1, 0));
  CHECK_FALSE(parse(8, 2, 0));
  CHECK(parse(9, 3, 0));
  CHECK_FALSE(parse(1025, 3, 0));
  CHECK_FALSE(parse(16, 4, 0));
  CHECK_FALSE(parse(16, 0, 0));
  CHECK_FALSE(parse(16, 1, 1));
}

TEST_CASE("outbox: a message overtakes data that was queued before it") {
  Outbox box{sizes};
  box.open(StreamId{1}, ports::DataKind::chunk, 1 << 20);
  box.data(StreamId{1}, bytes_of(std::string(10 * piece, 'x')));
  CHECK(take(box, 1).size() == 1);  // one data frame is on its way
  box.message(message_of(64));
  const auto frames = take(box, 1 << 20);
  REQUIRE(frames.size() == 10);
  CHECK_FALSE(is_data(frames[0]));
  for (std::size_t i = 1; i < frames.size(); ++i) CHECK(is_data(frames[i]));
}

TEST_CASE("outbox: begin and finish keep their place among the stream's data") {
  Outbox box{sizes};
  box.open(StreamId{1}, ports::DataKind::chunk, 1 << 20);
  box.message_in_order(StreamId{1}, message_of(8), false);
  box.data(StreamId{1}, bytes_of("hello"));
  box.message_in_order(StreamId{1}, message_of(16), true);
  std::vector<StreamId> closed;
  const auto frames = take(box, 1 << 20, nullptr, &closed);
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].payload.size() == 8);
  CHECK(frames[1].payload.substr(offset_bytes) == "hello");
  CHECK(frames[2].payload.size() == 16);
  REQUIRE(closed.size() == 1);
  CHECK_FALSE(box.has(StreamId{1}));
}

TEST_CASE("outbox: no byte leaves beyond the stream's credit, and more credit lets more out") {
  Outbox box{sizes};
  box.open(StreamId{1}, ports::DataKind::chunk, 100);
  CHECK(box.data(StreamId{1}, bytes_of(std::string(300, 'x'))) == 300);
  box.message_in_order(StreamId{1}, message_of(8), true);
  auto frames = take(box, 1 << 20);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].payload.size() == offset_bytes + 100);
  CHECK(take(box, 1 << 20).empty());
  box.credit(StreamId{1}, 1000);
  frames = take(box, 1 << 20);
  REQUIRE(frames.size() == 2);
  CHECK(get_u64(bytes_of(frames[0].payload).data()) == 100);
  CHECK(frames[0].payload.size() == offset_bytes + 200);
  CHECK_FALSE(is_data(frames[1]));
}

TEST_CASE("outbox: streams take turns, so that a long one does not starve a short one") {
  Outbox box{sizes};
  for (std::uint64_t id : {1, 2}) box.open(StreamId{id}, ports::DataKind::chunk, 1 << 20);
  box.data(StreamId{1}, bytes_of(std::string(8 * piece, 'a')));
  box.data(StreamId{2}, bytes_of("b"));
  const auto frames = take(box, 1 << 20);
  REQUIRE(frames.size() == 9);
  CHECK(frames[1].header.stream == 2);
}

TEST_CASE("outbox: a writer that was stopped is told once the stream is nearly empty") {
  Outbox box{sizes};
  box.open(StreamId{1}, ports::DataKind::chunk, 1 << 30);
  CHECK(box.data(StreamId{1}, bytes_of(std::string(high_water_bytes + 1, 'x'))) ==
        high_water_bytes + 1);
  std::vector<StreamId> drained;
  take(box, 64 * 1024, &drained);
  CHECK(drained.empty());
  take(box, 1 << 20, &drained);
  REQUIRE(drained.size() == 1);
  CHECK(drained[0] == StreamId{1});
}

TEST_CASE("outbox: data of a stream that is not open, or was forgotten, goes nowhere") {
  Outbox box{sizes};
  CHECK(box.data(StreamId{9}, bytes_of("x")) == 0);
  box.open(StreamId{1}, ports::DataKind::chunk, 1000);
  box.data(StreamId{1}, bytes_of("x"));
  box.forget(StreamId{1});
  CHECK(take(box, 1 << 20).empty());
  box.message_in_order(StreamId{1}, message_of(8), true);  // a Finish still leaves, as control
  CHECK(take(box, 1 << 20).size() == 1);
}
