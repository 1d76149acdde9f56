#include "actors/shells/store.hpp"

#include "actors/shells/system.hpp"

#include <doctest/doctest.h>
#include <condition_variable>
#include <future>
#include <mutex>

using namespace weir;
using namespace weir::shells;

namespace {

/// What the tests see of a store that lives on another thread.
struct Books {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> batches;
  std::vector<std::string> written;
  bool held = false;  ///< write() waits while this is set
  bool fails = false;

  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, std::chrono::seconds{10}, condition);
  }
  void hold(bool on) {
    const std::lock_guard lock{mutex};
    held = on;
    changed.notify_all();
  }
};

class NotedStore final : public ports::Store {
 public:
  explicit NotedStore(std::shared_ptr<Books> books) : books_{std::move(books)} {}
  Result<Done> write(const std::vector<Explanation>& batch) override {
    std::unique_lock lock{books_->mutex};
    books_->batches.push_back(batch.size());
    books_->changed.notify_all();
    books_->changed.wait(lock, [this] { return !books_->held; });
    if (books_->fails) return Error{Code::internal, "disk full"};
    for (const auto& e : batch) books_->written.push_back(e.request);
    books_->changed.notify_all();
    return Done{};
  }
  Result<std::optional<Explanation>> find(const std::string& id) override {
    const std::lock_guard lock{books_->mutex};
    for (const auto& w : books_->written)
      if (w == id) {
        Explanation e;
        e.request = id;
        return std::optional{e};
      }
    return std::optional<Explanation>{};
  }

 private:
  std::shared_ptr<Books> books_;
};

Explanation named(std::string id) {
  Explanation e;
  e.request = std::move(id);
  return e;
}

struct World {
  telemetry::Metrics metrics;
  System system{1};
  std::shared_ptr<Books> books = std::make_shared<Books>();
  std::unique_ptr<StoreShell> shell;

  void start(StoreLimits limits = {}) {
    shell = std::make_unique<StoreShell>(system.get(), std::make_unique<NotedStore>(books), metrics,
                                         limits);
  }
  double dropped() {
    return metrics
        .counter("weir_decisions_dropped_total", "Decisions that could not be written to the store")
        .Value();
  }
};

}  // namespace

TEST_CASE("store actor: what is kept is written soon, without being asked") {
  World w;
  w.start();
  w.shell->keep(named("a"));
  CHECK(w.books->wait([&] { return w.books->written.size() == 1; }));
}

TEST_CASE("store actor: many records are written at once, in their order") {
  World w;
  w.start({.records_per_flush = 50, .flush_every = Millis{3'600'000}});
  for (int i = 0; i < 50; ++i) w.shell->keep(named(std::to_string(i)));
  CHECK(w.books->wait([&] { return w.books->written.size() == 50; }));
  CHECK(w.books->batches.size() < 5);
  CHECK(w.books->written.back() == "49");
}

TEST_CASE("store actor: a look-up sees everything that was kept before it") {
  World w;
  w.start({.flush_every = Millis{3'600'000}});
  w.shell->keep(named("a"));
  std::promise<bool> known;
  std::promise<bool> unknown;
  w.shell->find("a", [&](const Result<std::optional<Explanation>>& r) {
    known.set_value(r && r->operator bool() && (**r).request == "a");
  });
  w.shell->find("b",
                [&](const Result<std::optional<Explanation>>& r) { unknown.set_value(r && !*r); });
  CHECK(known.get_future().get());
  CHECK(unknown.get_future().get());
}

TEST_CASE("store actor: while the store is busy the oldest records beyond the limit are dropped") {
  World w;
  w.books->held = true;
  w.start({.records_waiting_max = 3, .records_per_flush = 1});
  w.shell->keep(named("first"));
  REQUIRE(w.books->wait([&] { return w.books->batches.size() == 1; }));
  for (const char* id : {"a", "b", "c", "d", "e"}) w.shell->keep(named(id));
  CHECK(w.dropped() == 2);
  w.books->hold(false);
  w.shell.reset();
  CHECK(w.books->written == std::vector<std::string>{"first", "c", "d", "e"});
}

TEST_CASE("store actor: too many look-ups at once fail, and a failing write is counted") {
  World w;
  w.books->held = true;
  w.books->fails = true;
  w.start({.finds_waiting_max = 0, .records_per_flush = 1});
  bool refused = false;
  w.shell->find("a", [&](const Result<std::optional<Explanation>>& r) {
    refused = !r && r.error().code == Code::queue_full;
  });
  CHECK(refused);
  w.shell->keep(named("a"));
  w.books->hold(false);
  w.shell.reset();
  CHECK(w.dropped() == 1);
}

TEST_CASE("store actor: what waits at the end is still written") {
  World w;
  w.start({.flush_every = Millis{3'600'000}});
  for (int i = 0; i < 100; ++i) w.shell->keep(named(std::to_string(i)));
  w.shell.reset();
  CHECK(w.books->written.size() == 100);
}
