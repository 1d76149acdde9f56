// The guard and the checkpoint on threads of their own: answers come back to the io thread, once,
// and whatever does not fit is a denial.
#include "actors/shells/guard.hpp"
#include "actors/shells/system.hpp"
#include "tests/actors/domain/detectors.hpp"
#include "tests/actors/domain/digests.hpp"

#include <doctest/doctest.h>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace weir::shells {
namespace {

/// An io thread that runs what it is given when the test says so.
class Io {
 public:
  Defer defer() {
    return [this](std::function<void()> call) {
      const std::lock_guard lock{mutex_};
      calls_.push_back(std::move(call));
      more_.notify_one();
    };
  }
  /// Waits for one call and runs it here.
  void run_one() {
    std::function<void()> call;
    {
      std::unique_lock lock{mutex_};
      REQUIRE(more_.wait_for(lock, Millis{10'000}, [this] { return !calls_.empty(); }));
      call = std::move(calls_.front());
      calls_.erase(calls_.begin());
    }
    call();
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::function<void()>> calls_;
};

constexpr std::uint64_t coordinator = 7, proxy = 9;

CloudDraft draft(Grade grade = Grade::p2) {
  return {{coordinator, RequestId{1}, 1},
          Endpoint::chat_completions,
          Tainted{R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})", grade},
          EngineKind::openai,
          "far",
          {proxy, {}, {}, 1}};
}

domain::ClearanceOffice office() {
  return {domain::toy_digests, Sha256{1, 2, 3}, domain::factory_detector()};
}

/// What the guard answers to one draft.
ClearanceAnswer answer_of(GuardLimits limits, Grade grade = Grade::p2) {
  Io io;
  System system{1};
  GuardShell guard{system.get(), office(), io.defer(), limits};
  std::optional<ClearanceAnswer> got;
  guard.clear(draft(grade), [&](ClearanceAnswer answer) {
    CHECK_FALSE(got);
    got.emplace(std::move(answer));
  });
  CHECK_FALSE(got);  // never from within the call
  io.run_one();
  REQUIRE(got);
  return std::move(*got);
}

Denial denial_of(GuardLimits limits, Grade grade = Grade::p2) {
  const auto answer = answer_of(limits, grade);
  REQUIRE(std::holds_alternative<ClearanceDenied>(answer));
  return std::get<ClearanceDenied>(answer).why;
}

TEST_CASE("guard: clears on its own thread, and denies what is late, too much, or not allowed") {
  CHECK(std::holds_alternative<CloudBound>(answer_of({})));
  CHECK(denial_of({}, Grade::p0) == Denial::grade);
  CHECK(denial_of({.waiting_max = 0}) == Denial::busy);
  CHECK(denial_of({.late_after = Millis{-1}}) == Denial::late);
}

/// What the guard finds in one body.
Detected found_in(const std::string& body, GuardLimits limits) {
  Io io;
  System system{1};
  GuardShell guard{system.get(), office(), io.defer(), limits};
  std::optional<Detected> got;
  const auto held = std::make_shared<const std::string>(body);
  guard.inspect(held, 0, [&](const Detected& found) { got = found; });
  CHECK_FALSE(got);  // never from within the call
  io.run_one();
  REQUIRE(got);
  return *got;
}

TEST_CASE("guard: looks at what comes in, and what it cannot look at in time is P0") {
  const std::string plain = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  CHECK(found_in(plain, {}).grade == Grade::p2);
  for (const GuardLimits limits :
       {GuardLimits{.inspections_max = 0}, GuardLimits{.late_after = Millis{-1}}}) {
    const auto unknown = found_in(plain, limits);
    CHECK_FALSE(unknown.complete);
    CHECK(unknown.grade == Grade::p0);
  }
}

TEST_CASE("guard: goes by other rules once they are given to it") {
  Io io;
  System system{1};
  GuardShell guard{system.get(), office(), io.defer()};
  DetectorRules lax;
  lax.grades[index_of(Sensitive::email)] = Grade::p2;
  guard.replace(*domain::Detector::make(lax));
  std::vector<Grade> grades;
  guard.scan(std::make_shared<const std::string>("write to anna.meier@contoso.de"),
             [&](const Scan& scan) { grades.push_back(scan.grade); });
  io.run_one();
  CHECK(grades == std::vector<Grade>{Grade::p2});
}

TEST_CASE("guard: its key is for agents of L2 alone") {
  Io io;
  System system{1};
  const GuardShell guard{system.get(), office(), io.defer()};
  CHECK(guard.key_for({"c", "agent", "n", Tier::l2}));
  CHECK_FALSE(guard.key_for({"c", "agent", "n", Tier::l1}));
  CHECK_FALSE(guard.key_for({"c", "agent", "n", std::nullopt}));
  CHECK_FALSE(guard.key_for({"c", "coordinator", "n", Tier::l2}));
}

TEST_CASE("checkpoint: knows the key before the first check, and passes a clearance once") {
  Io io;
  System system{1};
  auto answer = office().clear(draft());
  auto& bound = std::get<CloudBound>(answer);
  Arrived arrived;
  arrived.dispatch.attempt = {coordinator, RequestId{1}, 1};
  arrived.dispatch.model = "far";
  arrived.dispatch.grade = Grade::p2;
  arrived.dispatch.clearance = bound.clearance();
  arrived.body = std::move(bound).take_bytes();
  arrived.received = std::chrono::steady_clock::now();

  CheckpointShell checkpoint{
      system.get(), {domain::toy_digests, proxy, domain::factory_detector()}, io.defer()};
  checkpoint.learn(coordinator, office().key());
  std::vector<bool> passed;
  for (int i = 0; i < 2; ++i)
    checkpoint.check(arrived, [&](Result<Cleared> cleared) { passed.push_back(bool{cleared}); });
  io.run_one();
  io.run_one();
  CHECK(passed == std::vector<bool>{true, false});
}

}  // namespace
}  // namespace weir::shells
