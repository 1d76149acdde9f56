// Decisions in SQLite: one row per request, the explanation as JSON, found again by request id.
#pragma once

#include "actors/ports/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace weir::store {

/// Rows kept; the oldest go first.
inline constexpr std::int64_t decisions_max = 1'000'000;

/// ports::Store over `decisions.db` in a data directory (WAL, synchronous=NORMAL: a power cut may
/// lose the last moments of explanations, never the file). Used by one thread at a time.
class DecisionStore final : public ports::Store {
 public:
  /// Opens or makes the file; the directory is made if absent.
  /// errors  invalid_config: not writable, damaged, or made by a newer Weir.
  static Result<std::unique_ptr<DecisionStore>> open(const std::string& data_dir,
                                                     std::int64_t rows_max = decisions_max);
  ~DecisionStore() override;
  DecisionStore(const DecisionStore&) = delete;
  DecisionStore& operator=(const DecisionStore&) = delete;

  Result<Done> write(const std::vector<Explanation>& batch) override;
  Result<std::optional<Explanation>> find(const std::string& public_id) override;

 private:
  DecisionStore() = default;
  Result<Done> prepare();
  Error failure(const std::string& doing) const;

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* trim_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
  std::int64_t rows_max_ = decisions_max;
};

}  // namespace weir::store
