#include "node-agent/engines/pace.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace weir;
using weir::engines::Pace;

namespace {

const AttemptId one{7, RequestId{1}, 1}, two{7, RequestId{2}, 1};
constexpr TimePoint start{};
TimePoint after(int ms) { return start + std::chrono::milliseconds(ms); }

std::vector<double> measured(Pace& pace) {
  std::vector<double> all;
  pace.measure([&](double ms) { all.push_back(ms); });
  return all;
}

}  // namespace

TEST_CASE("pace: the time between the events of a stream is that of a token") {
  Pace pace;
  pace.begin(one);
  for (int i = 0; i <= 10; ++i) pace.bytes(one, "data: {}\n\n", after(1'000 + 20 * i));
  CHECK(measured(pace) == std::vector{20.0});
  CHECK(measured(pace).empty());  // nothing came since
  pace.bytes(one, "data: {}\n\ndata: {}\r\n\r\n", after(1'300));
  CHECK(measured(pace) == std::vector{50.0});
}

TEST_CASE("pace: an event that comes in pieces is one") {
  Pace pace;
  pace.begin(one);
  pace.bytes(one, "data: {}\n\n", after(0));
  for (const char* piece : {"da", "ta: {\"a\":1}", "\n", "\n"}) pace.bytes(one, piece, after(40));
  CHECK(measured(pace) == std::vector{40.0});
}

TEST_CASE("pace: a stream that was not read is not measured until the next time") {
  Pace pace;
  pace.begin(one);
  pace.begin(two);
  for (const auto& stream : {one, two}) {
    pace.bytes(stream, "data: {}\n\n", after(0));
    pace.bytes(stream, "data: {}\n\n", after(10));
  }
  pace.pause(one);
  CHECK(measured(pace) == std::vector{10.0});
  pace.end(two);
  pace.bytes(one, "data: {}\n\n", after(30));
  CHECK(measured(pace) == std::vector{20.0});
}

TEST_CASE("pace: answers that are no streams are not measured") {
  Pace pace;
  pace.bytes(one, "data: {}\n\ndata: {}\n\n", after(0));
  pace.pause(one);
  pace.end(one);
  CHECK(measured(pace).empty());
  CHECK(pace.streams() == 0);
}
