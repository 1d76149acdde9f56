#include "actors/domain/queue.hpp"

#include <doctest/doctest.h>

using namespace weir;
using domain::QueueKey;
using domain::WaitingQueue;

namespace {

const TimePoint start{std::chrono::hours{1}};
const auto anything = [](RequestId) { return true; };

QueueKey key(std::string tenant, Priority priority = Priority::interactive,
             std::string model = "m") {
  QueueKey k;
  k.priority = priority;
  k.tenant = std::move(tenant);
  k.model = std::move(model);
  return k;
}

/// Takes the next one out, as a dispatch does.
std::uint64_t take(WaitingQueue& queue, Priority priority, const std::string& tenant) {
  const auto next = queue.next(anything);
  REQUIRE(next);
  queue.served(priority, tenant);
  queue.remove(*next);
  return next->value;
}

}  // namespace

TEST_CASE("queue: one tenant's requests leave in the order of arrival") {
  WaitingQueue queue;
  queue.add(RequestId{2}, key("t"), 2, start);
  queue.add(RequestId{1}, key("t", Priority::interactive, "other"), 1, start);
  queue.add(RequestId{3}, key("t"), 3, start);
  CHECK(take(queue, Priority::interactive, "t") == 1);
  CHECK(take(queue, Priority::interactive, "t") == 2);
  CHECK(take(queue, Priority::interactive, "t") == 3);
  CHECK(queue.empty());
  CHECK(!queue.next(anything));
}

TEST_CASE("queue: a higher priority goes first, a lower one where the higher does not fit") {
  WaitingQueue queue;
  queue.add(RequestId{1}, key("t", Priority::batch), 1, start);
  queue.add(RequestId{2}, key("t", Priority::interactive), 2, start);
  CHECK(queue.next(anything) == RequestId{2});
  CHECK(queue.next([](RequestId id) { return id != RequestId{2}; }) == RequestId{1});
  CHECK(!queue.next([](RequestId) { return false; }));
}

TEST_CASE("queue: tenants take turns however many requests one of them has") {
  WaitingQueue queue;
  for (std::uint64_t i = 1; i <= 10; ++i) queue.add(RequestId{i}, key("greedy"), i, start);
  queue.add(RequestId{11}, key("small"), 11, start);
  queue.add(RequestId{12}, key("small"), 12, start);
  CHECK(take(queue, Priority::interactive, "greedy") == 1);
  CHECK(take(queue, Priority::interactive, "small") == 11);
  CHECK(take(queue, Priority::interactive, "greedy") == 2);
  CHECK(take(queue, Priority::interactive, "small") == 12);
  CHECK(take(queue, Priority::interactive, "greedy") == 3);
}

TEST_CASE("queue: tenants that come and go do not starve one that waits all the time") {
  WaitingQueue queue;
  std::uint64_t arrival = 0;
  for (std::uint64_t i = 0; i < 5; ++i, ++arrival)
    queue.add(RequestId{1000 + i}, key("steady"), arrival, start);
  int steady = 0;
  // Two visitors with one request each are always there.
  for (const std::string name : {"v1", "v2"})
    queue.add(RequestId{++arrival}, key(name), arrival, start);
  std::map<std::uint64_t, std::string> visitors{{6, "v1"}, {7, "v2"}};
  for (int turn = 0; turn < 9; ++turn) {
    const auto next = queue.next(anything);
    REQUIRE(next);
    const bool is_steady = next->value >= 1000;
    const auto tenant = is_steady ? std::string{"steady"} : visitors[next->value];
    queue.served(Priority::interactive, tenant);
    queue.remove(*next);
    steady += is_steady ? 1 : 0;
    if (is_steady) continue;
    visitors[++arrival] = tenant;
    queue.add(RequestId{arrival}, key(tenant), arrival, start);
  }
  CHECK(steady >= 3);
}

TEST_CASE("queue: a request that comes back keeps its place by arrival") {
  WaitingQueue queue;
  queue.add(RequestId{1}, key("t"), 1, start);
  queue.add(RequestId{2}, key("t"), 2, start);
  queue.remove(RequestId{1});
  auto alone = key("t");
  alone.alone = RequestId{1};
  queue.add(RequestId{1}, alone, 1, start);
  CHECK(queue.next(anything) == RequestId{1});
}

TEST_CASE("queue: a slot looks past requests that do not fit it") {
  WaitingQueue queue;
  for (std::uint64_t i = 1; i <= 20; ++i) queue.add(RequestId{i}, key("t"), i, start);
  CHECK(queue.next([](RequestId id) { return id.value >= 15; }) == RequestId{15});
  std::size_t asked = 0;
  for (std::uint64_t i = 21; i <= 200; ++i) queue.add(RequestId{i}, key("t"), i, start);
  CHECK(!queue.next([&](RequestId) { return ++asked, false; }));
  CHECK(asked == WaitingQueue::scan_max);
}

TEST_CASE("queue: removing tells whether the request waited, and leaves nothing behind") {
  WaitingQueue queue;
  CHECK(!queue.remove(RequestId{1}));
  queue.add(RequestId{1}, key("t"), 1, start);
  CHECK(queue.contains(RequestId{1}));
  CHECK(queue.remove(RequestId{1}));
  CHECK(!queue.remove(RequestId{1}));
  CHECK(queue.size() == 0);
  CHECK(queue.view(start).empty());
}

TEST_CASE("queue: its view merges tenants and shows the oldest wait of each class") {
  WaitingQueue queue;
  queue.add(RequestId{1}, key("a"), 1, start);
  queue.add(RequestId{2}, key("b"), 2, start + Millis{100});
  queue.add(RequestId{3}, key("a", Priority::batch), 3, start);
  const auto view = queue.view(start + Millis{150});
  REQUIRE(view.size() == 2);
  CHECK(view[0].priority == Priority::interactive);
  CHECK(view[0].waiting == 2);
  CHECK(view[0].oldest_ms == 150);
  CHECK(view[1].waiting == 1);
}
