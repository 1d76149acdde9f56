#include "actors/net/link/deframer.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::net::link;

namespace {

constexpr FrameSizes sizes{1024, 512};

std::string frame(codec::FrameType type, std::uint64_t stream, const std::string& payload) {
  std::string out;
  put_header(out, {static_cast<std::uint32_t>(payload.size()), type, stream});
  return out + payload;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// Feeds bytes and remembers the payloads that came out.
struct Taker {
  Result<bool> feed(std::string_view text) {
    return deframer.feed(
        bytes_of(text), [this](const FrameHeader& header, std::span<const std::byte> payload) {
          CHECK(header.payload_bytes == payload.size());
          payloads.emplace_back(reinterpret_cast<const char*>(payload.data()), payload.size());
          return payloads.size() < stop_after;
        });
  }
  Deframer deframer{sizes};
  std::vector<std::string> payloads;
  std::size_t stop_after = 1'000'000;
};

const std::string three = frame(codec::FrameType::message, 0, "first") +
                          frame(codec::FrameType::chunk, 7, "12345678second") +
                          frame(codec::FrameType::message, 0, std::string(1024, 'x'));

}  // namespace

TEST_CASE("deframer: frames come out whole wherever the bytes were cut") {
  for (std::size_t cut = 0; cut <= three.size(); ++cut) {
    Taker taker;
    REQUIRE(taker.feed(std::string_view{three}.substr(0, cut)));
    REQUIRE(taker.feed(std::string_view{three}.substr(cut)));
    REQUIRE(taker.payloads.size() == 3);
    CHECK(taker.payloads[0] == "first");
    CHECK(taker.payloads[1] == "12345678second");
    CHECK(taker.payloads[2] == std::string(1024, 'x'));
    CHECK(taker.deframer.kept() == 0);
  }
}

TEST_CASE("deframer: frames come out whole from single bytes") {
  Taker taker;
  for (const char& c : three) REQUIRE(taker.feed({&c, 1}));
  CHECK(taker.payloads.size() == 3);
  CHECK(taker.deframer.kept() == 0);
}

TEST_CASE("deframer: a header that claims four gigabytes is refused with nothing kept for it") {
  const std::string claim = frame(codec::FrameType::message, 0, "").replace(0, 4, 4, '\xff');
  Taker at_once;
  CHECK(at_once.feed(claim).error().code == Code::invalid_frame);
  CHECK(at_once.deframer.kept() == 0);
  Taker split;
  CHECK(split.feed(claim.substr(0, 9)));
  CHECK(split.feed(claim.substr(9)).error().code == Code::invalid_frame);
  CHECK(split.deframer.kept() == header_bytes);
}

TEST_CASE("deframer: only bytes that came are kept, not what a header promises") {
  Taker taker;
  const auto whole = frame(codec::FrameType::message, 0, std::string(1024, 'x'));
  CHECK(taker.feed(whole.substr(0, 20)));
  CHECK(taker.deframer.kept() == 20);
}

TEST_CASE("deframer: once its user has had enough, nothing more comes") {
  Taker taker;
  taker.stop_after = 1;
  const auto more = taker.feed(three);
  REQUIRE(more);
  CHECK_FALSE(*more);
  CHECK(taker.payloads.size() == 1);
}

TEST_CASE("deframer: frames before a broken one are handed on, the broken one is not") {
  Taker taker;
  const auto broken = frame(static_cast<codec::FrameType>(9), 0, "12345678x");
  CHECK_FALSE(taker.feed(frame(codec::FrameType::message, 0, "good") + broken));
  CHECK(taker.payloads == std::vector<std::string>{"good"});
}
