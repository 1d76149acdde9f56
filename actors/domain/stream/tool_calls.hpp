// The tool calls of one chat answer, as their pieces come in. Pure.
#pragma once

#include "schema/dialect/json_value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::domain {

/// One call; what the engine says of it beside the arguments comes with its first piece.
struct ToolCallSoFar {
  std::optional<std::int64_t> index;  ///< as the engine numbers it
  std::string id;                     ///< may be empty
  std::string name;
  std::string arguments;  ///< for whoever holds them
};

class ToolCalls {
 public:
  static constexpr std::size_t calls_max = 128;

  /// The call that a delta of `tool_calls` belongs to, a new one where it begins one. Some servers
  /// leave the index out, or give each whole call the same one. Null: a call without a name, or one
  /// too many. Valid until the next call of this. O(calls).
  ToolCallSoFar* find_or_add(const dialect::json::Value& said);
  const std::vector<ToolCallSoFar>& all() const { return calls_; }

 private:
  std::vector<ToolCallSoFar> calls_;
};

}  // namespace weir::domain
