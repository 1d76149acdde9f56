#include "schema/types/grade.hpp"
#include "schema/types/ids.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"
#include "schema/types/units.hpp"

#include <doctest/doctest.h>

using namespace weir;

namespace {
Result<int> half(int x) {
  if (x % 2 != 0) return Error{Code::invalid_request, "odd"};
  return x / 2;
}
Result<int> quarter(int x) {
  WEIR_TRY(const int h, half(x));
  WEIR_TRY(const int q, half(h));
  return q;
}
}  // namespace

TEST_CASE("result: WEIR_TRY passes values on and returns the first error") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).error().detail == "odd");
  CHECK(quarter(7).error().code == Code::invalid_request);
}

TEST_CASE("ids: a stream names its attempt within an incarnation") {
  for (const std::uint64_t request : {1ULL, 255ULL, 256ULL, (1ULL << 56U) - 1})
    for (const auto number : std::initializer_list<std::uint8_t>{1, 2, 255}) {
      const AttemptId a{77, RequestId{request}, number};
      CHECK(attempt_of(77, a.stream()) == a);
    }
  CHECK(AttemptId{1, RequestId{1}, 2}.stream() != AttemptId{1, RequestId{2}, 1}.stream());
  CHECK(public_id(0xAB, RequestId{255}) == "req-00000000000000ab-ff");
}

TEST_CASE("grade: names are read back, anything else is nothing, the strictest is the smallest") {
  CHECK(parse_grade("P0") == Grade::p0);
  CHECK(parse_grade("p1") == Grade::p1);
  for (const char* wrong : {"", "P", "P3", "PP0", "P0 ", "0", "secret"})
    CHECK_FALSE(parse_grade(wrong));
  CHECK(strictest(Grade::p2, Grade::p0) == Grade::p0);
  CHECK(parse_tier("L1") == Tier::l1);
  CHECK_FALSE(parse_tier("l1"));
  CHECK(parse_priority("batch") == Priority::batch);
  CHECK_FALSE(parse_priority("urgent"));
}

TEST_CASE(
    "messages: free slots are what is neither ours nor taken by others, on engines that are up") {
  EngineLoad l;
  l.slots_total = 4;
  l.slots_used = 1;
  l.slots_foreign = 1;
  CHECK(l.slots_free() == 0);
  l.state = EngineState::up;
  CHECK(l.slots_free() == 2);
  l.slots_foreign = 9;
  CHECK(l.slots_free() == 0);
}

TEST_CASE("messages: an owner's policy names grades and tenants") {
  AcceptPolicy p;
  p.p0 = false;
  CHECK_FALSE(p.accepts(Grade::p0, "eng"));
  CHECK(p.accepts(Grade::p1, "eng"));
  p.tenants = {"eng"};
  CHECK(p.accepts(Grade::p2, "eng"));
  CHECK_FALSE(p.accepts(Grade::p2, "engineering"));
  p.tenants.clear();
  CHECK_FALSE(p.accepts(Grade::p2, "eng"));
}

TEST_CASE("messages: features are named and read back") {
  for (const auto name : names_of(feature::known)) CHECK(parse_feature(name));
  CHECK(names_of(feature::known).size() == 7);
  CHECK_FALSE(parse_feature("telepathy"));
}

TEST_CASE("units: durations never go below zero") {
  const TimePoint t{std::chrono::seconds(5)};
  CHECK(millis_between(t, t + Millis{7}) == 7);
  CHECK(millis_between(t + Millis{7}, t) == 0);
}
