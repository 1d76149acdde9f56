#include "coordinator/store/decision_store.hpp"

#include "coordinator/store/explanation_json.hpp"

#include <sqlite3.h>
#include <filesystem>

namespace weir::store {
namespace {

constexpr int schema_version = 1;

constexpr const char* schema = R"sql(
  CREATE TABLE IF NOT EXISTS decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL UNIQUE,
    at_unix_s INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    grade TEXT NOT NULL,
    state TEXT NOT NULL,
    explanation TEXT NOT NULL);
  PRAGMA user_version = 1;
)sql";

void bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

}  // namespace

Error DecisionStore::failure(const std::string& doing) const {
  return {Code::internal, "decision store: " + doing + ": " + sqlite3_errmsg(db_)};
}

Result<std::unique_ptr<DecisionStore>> DecisionStore::open(const std::string& data_dir,
                                                           std::int64_t rows_max) {
  std::error_code ec;
  std::filesystem::create_directories(data_dir, ec);
  const auto file = (std::filesystem::path{data_dir} / "decisions.db").string();
  std::unique_ptr<DecisionStore> store{new DecisionStore};
  store->rows_max_ = rows_max;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(file.c_str(), &store->db_, flags, nullptr) != SQLITE_OK)
    return Error{Code::invalid_config, file + ": " + sqlite3_errmsg(store->db_)};
  sqlite3_busy_timeout(store->db_, 2'000);
  auto prepared = store->prepare();
  if (!prepared) return Error{Code::invalid_config, file + ": " + prepared.error().detail};
  return store;
}

Result<Done> DecisionStore::prepare() {
  const auto run = [this](const char* sql) {
    return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  const auto statement = [this](const char* sql, sqlite3_stmt*& out) {
    return sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &out, nullptr) == SQLITE_OK;
  };
  if (!run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"))
    return failure("opening");
  sqlite3_stmt* version = nullptr;
  if (!statement("PRAGMA user_version", version)) return failure("reading its version");
  const int found = sqlite3_step(version) == SQLITE_ROW ? sqlite3_column_int(version, 0) : -1;
  sqlite3_finalize(version);
  if (found > schema_version)
    return Error{Code::internal, "decision store: made by a newer version of Weir"};
  if (!run(schema)) return failure("making its table");
  const bool ready = statement(
                         "INSERT OR REPLACE INTO decisions "
                         "(request, at_unix_s, tenant, grade, state, explanation) "
                         "VALUES (?1, unixepoch(), ?2, ?3, ?4, ?5)",
                         insert_) &&
                     statement(
                         "DELETE FROM decisions WHERE number <= "
                         "(SELECT max(number) FROM decisions) - ?1",
                         trim_) &&
                     statement("SELECT explanation FROM decisions WHERE request = ?1", select_);
  if (!ready) return failure("preparing");
  return Done{};
}

DecisionStore::~DecisionStore() {
  sqlite3_finalize(insert_);
  sqlite3_finalize(trim_);
  sqlite3_finalize(select_);
  sqlite3_close(db_);
}

Result<Done> DecisionStore::write(const std::vector<Explanation>& batch) {
  if (sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure("beginning a batch");
  const auto failed = [this] {
    const auto error = failure("writing a batch");
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    return error;
  };
  for (const auto& e : batch) {
    bind_text(insert_, 1, e.request);
    bind_text(insert_, 2, e.tenant);
    bind_text(insert_, 3, name_of(e.grade));
    bind_text(insert_, 4, e.state);
    bind_text(insert_, 5, to_json(e));
    sqlite3_step(insert_);
    if (sqlite3_reset(insert_) != SQLITE_OK) return failed();
  }
  sqlite3_bind_int64(trim_, 1, rows_max_);
  sqlite3_step(trim_);
  if (sqlite3_reset(trim_) != SQLITE_OK) return failed();
  if (sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) return failed();
  return Done{};
}

Result<std::optional<Explanation>> DecisionStore::find(const std::string& public_id) {
  bind_text(select_, 1, public_id);
  const int stepped = sqlite3_step(select_);
  std::string text;
  if (stepped == SQLITE_ROW)
    text.assign(reinterpret_cast<const char*>(sqlite3_column_text(select_, 0)),
                static_cast<std::size_t>(sqlite3_column_bytes(select_, 0)));
  sqlite3_reset(select_);
  if (stepped == SQLITE_DONE) return std::optional<Explanation>{};
  if (stepped != SQLITE_ROW) return failure("looking a request up");
  WEIR_TRY(Explanation found, from_json(text));
  return std::optional<Explanation>{std::move(found)};
}

}  // namespace weir::store
