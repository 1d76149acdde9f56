#include "actors/net/link/credit.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::net::link;
using weir::ports::DataKind;
using Verdict = CreditBook::Verdict;

namespace {
constexpr CreditLimits limits{1000, 4000, 6000, 100};
}

TEST_CASE("credit: bytes are taken in order, up to what was promised") {
  ProcessCredit process;
  CreditBook book{limits, process};
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
  CreditBook book{limits, process};
  book.open(StreamId{1}, DataKind::chunk);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 1000) == Verdict::take);
  CHECK(book.consumed(StreamId{1}, 249) == 0);
  CHECK(book.consumed(StreamId{1}, 1) == 250);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 1000, 250) == Verdict::take);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 1250, 1) == Verdict::broken);
}

TEST_CASE("credit: claiming to have consumed more than arrived promises no more than the window") {
  ProcessCredit process;
  CreditBook book{limits, process};
  book.open(StreamId{1}, DataKind::chunk);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 0, 300) == Verdict::take);
  CHECK(book.consumed(StreamId{1}, 1'000'000) == 300);
  CHECK(book.arrived(StreamId{1}, DataKind::chunk, 300, 1001) == Verdict::broken);
}

TEST_CASE("credit: link and process caps bound all promises, and closing gives them back") {
  ProcessCredit process;
  {
    CreditBook a{limits, process}, b{limits, process};
    for (std::uint64_t id = 1; id <= 20; ++id) a.open(StreamId{id}, DataKind::chunk);
    // Beyond the cap only the smallest window is given, so that every stream moves.
    CHECK(process.promised <= limits.link_bytes + 20 * limits.smallest_bytes);
    CHECK(a.open(StreamId{21}, DataKind::chunk) == limits.smallest_bytes);
    for (std::uint64_t id = 1; id <= 21; ++id) a.close(StreamId{id});
    a.close(StreamId{21});
    CHECK(process.promised == 0);
    b.open(StreamId{1}, DataKind::body);
    CHECK(process.promised > 0);
  }
  CHECK(process.promised == 0);
}
