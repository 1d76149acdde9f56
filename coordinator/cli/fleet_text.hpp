// What `weir nodes`, `models` and `queues` print: the coordinator's JSON as tables. Pure. A field
// that is missing is left out, so that older and newer coordinators can be asked.
#pragma once

#include "coordinator/cli/text.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weir::cli {

/// nullopt: `json` is not such an answer.
std::optional<std::string> nodes_text(const std::string& json, const Look& look);
std::optional<std::string> models_text(const std::string& json, const Look& look);
std::optional<std::string> queues_text(const std::string& json, const Look& look);

/// What `weir up` waits for.
struct FleetFacts {
  std::size_t nodes = 0;            ///< connected
  std::size_t engines = 0;          ///< of all nodes, those that offer a model
  std::vector<std::string> models;  ///< of all nodes, sorted, none twice
};
std::optional<FleetFacts> fleet_facts(const std::string& nodes_json);

/// What runs on a node by the same document; nullopt: it is not connected.
std::optional<std::uint64_t> running_on(const std::string& nodes_json, const std::string& node);
/// What `weir drain --wait` prints with --json at its end.
std::string drained_json(const std::string& node, bool connected);

}  // namespace weir::cli
