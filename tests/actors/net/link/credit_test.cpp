#include "actors/net/link/credit.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

using namespace weir;
using namespace weir::net::link;
using weir::ports::DataKind;
using Verdict = CreditBook::Verdict;

namespace {

constexpr CreditLimits limits{1000, 4000, 6000, 200, 100};
/// More streams than the caps can serve.
constexpr std::uint64_t many = 1'000;

/// What streams were granted after they had to wait, in order.
struct Grants {
  CreditBook::Grant take() {
    return [this](StreamId stream, std::uint32_t bytes) {
      streams.push_back(stream.value);
      total += bytes;
    };
  }
  std::vector<std::uint64_t> streams;
  std::size_t total = 0;
};

/// Streams of three links that come, read, stop and go at random.
class Crowd {
 public:
  explicit Crowd(std::uint32_t seed) : random_{seed} {
    for (auto& flows : flows_)
      books_.push_back(std::make_unique<CreditBook>(
          limits, process,
          [&flows](StreamId s, std::uint32_t n) { flows.at(s.value).credit += n; }));
  }

  void step() {
    const auto link = random_() % flows_.size();
    auto& mine = flows_[link];
    if (mine.size() < 30 && random_() % 3 == 0) open(link);
    if (mine.empty()) return;
    auto at = mine.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % mine.size()));
    const StreamId id{at->first};
    Flow& flow = at->second;
    if (random_() % 2 == 0) send(link, id, flow);
    flow.credit += books_[link]->consumed(id, std::exchange(flow.unread, 0));
    CHECK(process.promised() <= limits.process_bytes);
    if (random_() % 20 == 0 || flow.at == flow.total) close(link, id.value);
  }

  /// Closes those that can move, until all are gone: there must always be one.
  void leave() {
    for (;;) {
      std::size_t link = 0;
      std::uint64_t id = 0, most = 0, left = 0;
      for (std::size_t i = 0; i < flows_.size(); ++i)
        for (const auto& [stream, flow] : flows_[i]) {
          ++left;
          if (flow.credit <= most) continue;
          link = i;
          id = stream;
          most = flow.credit;
        }
      CHECK((most > 0) == (left > 0));
      if (most == 0) return;
      close(link, id);
    }
  }

  ProcessCredit process;

 private:
  struct Flow {
    std::uint64_t at = 0, credit = 0, unread = 0, total = CreditBook::open_ended;
  };

  void open(std::size_t link) {
    const StreamId id{++last_};
    Flow& flow = flows_[link][id.value];
    if (random_() % 2 == 0) flow.total = 1 + random_() % 3'000;
    flow.credit = books_[link]->open(id, DataKind::chunk, flow.total);
  }
  void send(std::size_t link, StreamId id, Flow& flow) {
    const auto most = std::min(flow.credit, flow.total - flow.at);
    if (most == 0) return;
    const auto bytes = 1 + random_() % most;
    REQUIRE(books_[link]->arrived(id, DataKind::chunk, flow.at, bytes) == Verdict::take);
    flow.at += bytes;
    flow.credit -= bytes;
    flow.unread += bytes;
  }
  void close(std::size_t link, std::uint64_t id) {
    flows_[link].erase(id);
    books_[link]->close(StreamId{id});
  }

  std::mt19937 random_;
  std::uint64_t last_ = 0;
  std::vector<std::map<std::uint64_t, Flow>> flows_{3};
  std::vector<std::unique_ptr<CreditBook>> books_;
};

}  // namespace

TEST_CASE("credit: bytes are taken in order, up to what was promised") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  const auto window = book.open(StreamId{1}, DataKind::chunk);
  CHECK(window == 1000);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 600) == Verdict::take);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 500, 10) == Verdict::broken);
  CHECK(book.arrived(StreamId{1}, DataKind::body, 600, 10) == Verdict::broken);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 600, 401) == Verdict::broken);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 600, 400) == Verdict::take);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 1000, 1) == Verdict::broken);
  CHECK(book.arrived(StreamId{2}, DataKind::chunk, 0, 1) == Verdict::stale);
}

TEST_CASE("credit: what was consumed is promised again, a quarter of the window at a time") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  book.open(StreamId{1}, DataKind::chunk);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 1000) == Verdict::take);
  CHECK(book.consumed(StreamId{1}, 249) == 0);
  CHECK(book.consumed(StreamId{1}, 1) == 250);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 1000, 250) == Verdict::take);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 1250, 1) == Verdict::broken);
}

TEST_CASE("credit: claiming to have consumed more than arrived promises no more than the window") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  book.open(StreamId{1}, DataKind::chunk);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 300) == Verdict::take);
  CHECK(book.consumed(StreamId{1}, 1'000'000) == 300);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 300, 1001) == Verdict::broken);
}

TEST_CASE("credit: a stream that is opened again stays as it is") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  book.open(StreamId{1}, DataKind::chunk);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 300) == Verdict::take);
  CHECK(book.open(StreamId{1}, DataKind::chunk) == 0);
  CHECK(process.promised() == 1000);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 300, 700) == Verdict::take);
}

TEST_CASE(
    "credit: a body is promised no more than its length, and holds nothing once it is there") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  CHECK(book.open(StreamId{1}, DataKind::body, 300) == 300);
  CHECK(book.open(StreamId{2}, DataKind::body, 1500) == 1000);
  CHECK(book.arrived(StreamId{1}, DataKind::body, 0, 300) == Verdict::take);
  CHECK(process.promised() == 1000);  // before anybody consumed it
  CHECK(book.arrived(StreamId{1}, DataKind::body, 300, 1) == Verdict::broken);
  CHECK(book.consumed(StreamId{1}, 300) == 0);
  CHECK(book.arrived(StreamId{2}, DataKind::body, 0, 1000) == Verdict::take);
  CHECK(book.consumed(StreamId{2}, 1000) == 500);
  CHECK(process.promised() == 500);
  CHECK(book.arrived(StreamId{2}, DataKind::body, 1000, 500) == Verdict::take);
  CHECK(process.promised() == 0);
  book.close(StreamId{1});
  book.close(StreamId{2});
  CHECK(process.promised() == 0);
}

TEST_CASE("credit: a link's cap is never exceeded; who comes late waits, in order, for others") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  std::uint64_t id = 0;
  std::size_t promised = 0;
  for (std::uint32_t first = 1; first > 0 && id < many; promised += first) {
    first = book.open(StreamId{++id}, DataKind::chunk);
    CHECK(process.promised() <= limits.link_bytes);
  }
  CHECK(promised == process.promised());
  CHECK(limits.link_bytes - promised < limits.smallest_bytes);
  CHECK(book.open(StreamId{++id}, DataKind::chunk) == 0);
  CHECK(book.arrived(StreamId{id}, DataKind::chunk, 0, 1) == Verdict::broken);
  book.close(StreamId{1});
  CHECK(grants.streams == std::vector<std::uint64_t>{id - 1, id});
  CHECK(book.arrived(StreamId{id}, DataKind::chunk, 0, 1) == Verdict::take);
  CHECK(process.promised() <= limits.link_bytes);
}

TEST_CASE(
    "credit: under pressure large windows shrink as they are consumed, and grow again after") {
  ProcessCredit process;
  Grants grants;
  CreditBook book{limits, process, grants.take()};
  std::uint64_t last = 0;
  while (book.open(StreamId{++last}, DataKind::chunk) > 0 && last < many) {}
  CHECK(grants.streams.empty());
  // The first has a large window: what it gives back lets the last one begin.
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 200) == Verdict::take);
  CHECK(book.consumed(StreamId{1}, 200) == 0);
  CHECK(grants.streams == std::vector<std::uint64_t>{last});
  for (std::uint64_t other = 1; other < last; ++other) book.close(StreamId{other});
  std::uint64_t at = 0;
  std::uint32_t credit = static_cast<std::uint32_t>(grants.total);
  for (int round = 0; round < 10; ++round) {
    CHECK(book.arrived(StreamId{last}, DataKind::chunk, at, credit) == Verdict::take);
    at += credit;
    credit = book.consumed(StreamId{last}, credit);
  }
  CHECK(credit == limits.stream_bytes);
}

TEST_CASE("credit: links that wait for the process's cap are served in turn") {
  ProcessCredit process;
  Grants a_grants, b_grants, c_grants;
  auto first = std::make_unique<CreditBook>(limits, process, Grants{}.take());
  auto second = std::make_unique<CreditBook>(limits, process, Grants{}.take());
  std::uint64_t id = 0;
  while (first->open(StreamId{++id}, DataKind::chunk) > 0 && id < many) {}
  first->close(StreamId{id});
  while (second->open(StreamId{++id}, DataKind::chunk) > 0 && id < many) {}
  second->close(StreamId{id});
  CHECK(process.promised() <= limits.process_bytes);
  CreditBook a{limits, process, a_grants.take()}, b{limits, process, b_grants.take()};
  for (std::uint64_t n = 1; n <= 3; ++n) {
    CHECK(a.open(StreamId{n}, DataKind::chunk) == 0);
    CHECK(b.open(StreamId{n}, DataKind::chunk) == 0);
  }
  CreditBook c{limits, process, c_grants.take()};
  CHECK(c.open(StreamId{1}, DataKind::chunk) == 0);
  while (a_grants.streams.size() + b_grants.streams.size() < 4 && id > 0)
    second->close(StreamId{id--});
  CHECK(a_grants.streams == std::vector<std::uint64_t>{1, 2});
  CHECK(b_grants.streams == std::vector<std::uint64_t>{1, 2});
  CHECK(c_grants.streams == std::vector<std::uint64_t>{1});
  // A link that ends gives back too; the sweep then serves whoever still waits.
  first.reset();
  second.reset();
  process.serve();
  CHECK(a_grants.streams.size() + b_grants.streams.size() == 6);
  CHECK(process.promised() <= limits.process_bytes);
}

TEST_CASE("credit: whatever streams do, no cap is exceeded and nobody waits for ever") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Crowd crowd{seed};
    for (int step = 0; step < 3'000; ++step) crowd.step();
    crowd.leave();
    CHECK(crowd.process.promised() == 0);
  }
}
