#include "actors/domain/grading.hpp"

#include <doctest/doctest.h>

using namespace weir;
using domain::Grading;
using domain::SessionGrades;

namespace {

RequestSpec spec(std::optional<Grade> label, std::optional<Grade> key_default = {},
                 std::string tenant = "t", std::string session = "") {
  RequestSpec s;
  s.label = label;
  s.key_default = key_default;
  s.tenant = std::move(tenant);
  s.session = std::move(session);
  s.found = Detected::nothing();
  return s;
}

}  // namespace

TEST_CASE("grading: without label or key default the configuration's default counts") {
  Grading grading{Grade::p0, {}};
  const auto g = grading.grade(spec({}));
  CHECK(g.grade == Grade::p0);
  CHECK(g.why == "default");
}

TEST_CASE("grading: the key's default replaces the configuration's, in both directions") {
  Grading strict{Grade::p0, {}};
  CHECK(strict.grade(spec({}, Grade::p2)).grade == Grade::p2);
  CHECK(strict.grade(spec({}, Grade::p2)).why == "key default");
  Grading lax{Grade::p2, {}};
  CHECK(lax.grade(spec({}, Grade::p1)).grade == Grade::p1);
}

TEST_CASE("grading: a label replaces every default, a laxer one too") {
  Grading grading{Grade::p0, {}};
  const auto g = grading.grade(spec(Grade::p2, Grade::p1));
  CHECK(g.grade == Grade::p2);
  CHECK(g.why == "label");
}

TEST_CASE("grading: a tenant's floor makes a label stricter and never laxer") {
  Grading grading{Grade::p0, {{"finance", Grade::p0}, {"law", Grade::p1}, {"law", Grade::p2}}};
  const auto g = grading.grade(spec(Grade::p2, {}, "finance"));
  CHECK(g.grade == Grade::p0);
  CHECK(g.why == "tenant floor");
  CHECK(grading.grade(spec(Grade::p2, {}, "law")).grade == Grade::p1);
  const auto stricter = grading.grade(spec(Grade::p0, {}, "law"));
  CHECK(stricter.grade == Grade::p0);
  CHECK(stricter.why == "label");
  CHECK(grading.grade(spec(Grade::p2, {}, "other")).grade == Grade::p2);
}

TEST_CASE("grading: a session never gets laxer, whatever later labels say") {
  Grading grading{Grade::p2, {}};
  CHECK(grading.grade(spec(Grade::p2, {}, "t", "s")).grade == Grade::p2);
  CHECK(grading.grade(spec(Grade::p1, {}, "t", "s")).why == "label");
  const auto later = grading.grade(spec(Grade::p2, {}, "t", "s"));
  CHECK(later.grade == Grade::p1);
  CHECK(later.why == "session");
  CHECK(grading.grade(spec(Grade::p0, {}, "t", "s")).grade == Grade::p0);
  CHECK(grading.grade(spec(Grade::p2, {}, "t", "s")).grade == Grade::p0);
}

TEST_CASE("grading: sessions of the same name do not bind another tenant or another session") {
  Grading grading{Grade::p2, {}};
  CHECK(grading.grade(spec(Grade::p0, {}, "a", "s")).grade == Grade::p0);
  CHECK(grading.grade(spec(Grade::p2, {}, "b", "s")).grade == Grade::p2);
  CHECK(grading.grade(spec(Grade::p2, {}, "a", "s2")).grade == Grade::p2);
  CHECK(grading.grade(spec(Grade::p2, {}, "a", "")).grade == Grade::p2);
  // "a" + ":" + "s" must not be spelled by another pair.
  CHECK(grading.grade(spec(Grade::p2, {}, "a:", "s")).grade == Grade::p2);
}

TEST_CASE("sessions: the one unused for longest is forgotten when the table is full") {
  SessionGrades sessions{2};
  CHECK(sessions.tighten("t", "old", Grade::p0) == Grade::p0);
  CHECK(sessions.tighten("t", "mid", Grade::p0) == Grade::p0);
  CHECK(sessions.tighten("t", "old", Grade::p2) == Grade::p0);  // used again
  CHECK(sessions.tighten("t", "new", Grade::p1) == Grade::p1);
  CHECK(sessions.size() == 2);
  CHECK(sessions.tighten("t", "old", Grade::p2) == Grade::p0);
  CHECK(sessions.tighten("t", "mid", Grade::p2) == Grade::p2);
}

TEST_CASE("sessions: P2 sessions take no room and push nobody out") {
  SessionGrades sessions{1};
  CHECK(sessions.tighten("t", "secret", Grade::p0) == Grade::p0);
  for (int i = 0; i < 100; ++i) (void)sessions.tighten("t", std::to_string(i), Grade::p2);
  CHECK(sessions.size() == 1);
  CHECK(sessions.tighten("t", "secret", Grade::p2) == Grade::p0);
}

TEST_CASE("sessions: names beyond the kept length can only become stricter") {
  SessionGrades sessions{10};
  const std::string base(600, 'x');
  CHECK(sessions.tighten("t", base + "a", Grade::p0) == Grade::p0);
  CHECK(sessions.tighten("t", base + "b", Grade::p2) == Grade::p0);
}

TEST_CASE("grading: what the detector found counts whatever the label says, and never loosens it") {
  Grading grading{Grade::p2, {}};
  auto s = spec(Grade::p2);
  s.found.grade = Grade::p1;
  CHECK(grading.grade(s).grade == Grade::p1);
  CHECK(grading.grade(s).why == "detector");
  s.label = Grade::p0;
  CHECK(grading.grade(s).grade == Grade::p0);
  CHECK(grading.grade(s).why == "label");
}

TEST_CASE("grading: what nobody could look at is P0") {
  Grading grading{Grade::p2, {}};
  RequestSpec unseen;
  unseen.label = Grade::p2;
  CHECK(grading.grade(unseen).grade == Grade::p0);
  CHECK(grading.grade(unseen).why == "guard");
  auto cut = spec(Grade::p2);
  cut.found.complete = false;
  CHECK(grading.grade(cut).grade == Grade::p0);
}

TEST_CASE("grading: what was found binds the session; what is only supposed does not") {
  Grading grading{Grade::p2, {}};
  auto secret = spec(Grade::p2, {}, "t", "s");
  secret.found.grade = Grade::p0;
  CHECK(grading.suppose(secret).grade == Grade::p0);
  CHECK(grading.grade(spec(Grade::p2, {}, "t", "s")).grade == Grade::p2);
  CHECK(grading.grade(secret).grade == Grade::p0);
  CHECK(grading.suppose(spec(Grade::p2, {}, "t", "s")).why == "session");
  CHECK(grading.grade(spec(Grade::p2, {}, "t", "s")).grade == Grade::p0);
}
