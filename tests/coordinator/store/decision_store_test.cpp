#include "coordinator/store/decision_store.hpp"

#include "coordinator/store/explanation_json.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace weir;
using store::DecisionStore;

namespace {

/// A folder of its own, removed at the end.
struct Folder {
  Folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "weir-store-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string data() const { return (path / "data").string(); }
  std::string file() const { return (path / "data" / "decisions.db").string(); }
  std::filesystem::path path;
};

Explanation explanation(const std::string& id) {
  Explanation e;
  e.request = id;
  e.tenant = "eng";
  e.model = "m";
  e.grade = Grade::p1;
  e.grade_why = "label";
  e.priority = Priority::batch;
  e.state = "failed";
  e.error = "upstream_failed";
  AttemptView a;
  a.number = 2;
  a.node = "gpu-1";
  a.tier = Tier::l1;
  a.model = "m-q4";
  a.why = "it \"was\" free";
  a.outcome = "engine_failed";
  a.queue_ms = 3;
  a.first_byte_ms = 4;
  a.total_ms = 5;
  a.usage = {Tokens{6}, Tokens{7}};
  a.candidates = {{"gpu-1", Tier::l1, 1, "m-q4", "", {1, 0.5, 0.25, 0.125, 0.6}, 40},
                  {"ws-1", Tier::l0, 0, "m", "no free slot", {}, 0}};
  e.attempts = {a};
  return e;
}

std::unique_ptr<DecisionStore> open(const Folder& folder, std::int64_t rows_max = 1000) {
  auto opened = DecisionStore::open(folder.data(), rows_max);
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().detail));
  return std::move(*opened);
}

}  // namespace

TEST_CASE("store: a decision comes back as it was, also after the file was opened again") {
  Folder folder;
  REQUIRE(open(folder)->write({explanation("req-1"), explanation("req-2")}));
  const auto again = open(folder);
  const auto found = again->find("req-2");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK(store::to_json(**found) == store::to_json(explanation("req-2")));
  CHECK((*found)->attempts.at(0).candidates.at(0).score.latency == 0.25);
  CHECK((*found)->priority == Priority::batch);
  CHECK((*found)->attempts[0].usage.completion == Tokens{7});
}

TEST_CASE("store: an unknown id is empty, not an error") {
  Folder folder;
  const auto found = open(folder)->find("req-1");
  REQUIRE(found);
  CHECK_FALSE(*found);
}

TEST_CASE("store: a decision written again replaces the old one") {
  Folder folder;
  const auto s = open(folder);
  auto e = explanation("req-1");
  REQUIRE(s->write({e}));
  e.state = "done";
  REQUIRE(s->write({e}));
  CHECK((*s->find("req-1"))->state == "done");
}

TEST_CASE("store: beyond its bound the oldest decisions go, the newest stay") {
  Folder folder;
  const auto s = open(folder, 100);
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<Explanation> some;
    for (int i = 0; i < 50; ++i) some.push_back(explanation("r" + std::to_string(batch * 50 + i)));
    REQUIRE(s->write(some));
  }
  CHECK_FALSE(*s->find("r0"));
  CHECK_FALSE(*s->find("r399"));
  CHECK(*s->find("r400"));
  CHECK(*s->find("r499"));
}

TEST_CASE("store: a damaged file and a file of a newer version are refused with their name") {
  Folder folder;
  std::filesystem::create_directories(folder.data());
  std::ofstream{folder.file()} << std::string(8192, 'x');
  const auto damaged = DecisionStore::open(folder.data());
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code == Code::invalid_config);
  CHECK(damaged.error().detail.find("decisions.db") != std::string::npos);
  std::filesystem::remove(folder.file());
  {
    open(folder);
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(folder.file().c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, "PRAGMA user_version = 99", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
  }
  const auto newer = DecisionStore::open(folder.data());
  REQUIRE_FALSE(newer);
  CHECK(newer.error().detail.find("newer") != std::string::npos);
}

TEST_CASE("store: a folder that cannot be made is refused") {
  Folder folder;
  std::ofstream{folder.path / "data"} << "a file stands here";
  const auto opened = DecisionStore::open(folder.data());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::invalid_config);
}

TEST_CASE("store: a row that was tampered with is an error, not a crash") {
  Folder folder;
  const auto s = open(folder);
  REQUIRE(s->write({explanation("req-1")}));
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &db) == SQLITE_OK);
  for (const char* text : {"{}", "[", "{\"request\":5}"}) {
    const auto sql = "UPDATE decisions SET explanation = '" + std::string{text} + "'";
    REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    const auto found = s->find("req-1");
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Code::internal);
  }
  sqlite3_close(db);
}

TEST_CASE("store: text that is not UTF-8 is stored with replacements") {
  Folder folder;
  const auto s = open(folder);
  auto e = explanation("req-1");
  e.model = "m\xFF";
  REQUIRE(s->write({e}));
  CHECK((*s->find("req-1"))->model == "m\xEF\xBF\xBD");
}

TEST_CASE("store: a batch is written whole or not at all") {
  Folder folder;
  const auto s = open(folder);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db,
                       "CREATE TRIGGER t BEFORE INSERT ON decisions WHEN NEW.request = 'bad' "
                       "BEGIN SELECT RAISE(ABORT, 'no'); END",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK_FALSE(s->write({explanation("good"), explanation("bad")}));
  CHECK_FALSE(*s->find("good"));
  REQUIRE(s->write({explanation("good")}));
  CHECK(*s->find("good"));
  sqlite3_close(db);
}
