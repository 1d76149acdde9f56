#include "coordinator/client/sse.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace {

using weir::client::SseReader;
using Events = std::vector<std::pair<std::string, std::string>>;

Events read(const std::string& bytes, std::size_t step) {
  SseReader reader;
  Events events;
  for (std::size_t i = 0; i < bytes.size(); i += step)
    CHECK(
        reader.feed(std::string_view{bytes}.substr(i, step),
                    [&](const auto& name, const auto& data) { events.emplace_back(name, data); }));
  return events;
}

}  // namespace

TEST_CASE("sse: line ends of all three kinds, comments, names and several data lines are read") {
  const std::string bytes =
      ": comment\n\nevent: error\r\ndata: a\r\ndata:b\r\n\r\ndata\rid: 7\r\rdata: c\n\nevent: "
      "x\n\n";
  const Events expected{{"error", "a\nb"}, {"", ""}, {"", "c"}};
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{5}, bytes.size()})
    CHECK(read(bytes, step) == expected);
}

TEST_CASE("sse: an event above its limit, the reader refuses") {
  SseReader reader;
  const std::string line = "data: " + std::string(1000, 'x') + "\n";
  bool fits = true;
  std::size_t fed = 0;
  for (; fits && fed < 2 * weir::client::event_bytes_max; fed += line.size())
    fits = reader.feed(line, [](const auto&, const auto&) {});
  CHECK_FALSE(fits);
  CHECK(fed > weir::client::event_bytes_max - 100'000);
  CHECK(fed < weir::client::event_bytes_max + 100'000);
}

TEST_CASE("sse: an unfinished line above the limit, the reader refuses") {
  SseReader reader;
  const std::string piece(weir::client::event_bytes_max, 'x');
  const auto ignore = [](const auto&, const auto&) {};
  CHECK(reader.feed(piece, ignore));
  CHECK_FALSE(reader.feed("x", ignore));
}
