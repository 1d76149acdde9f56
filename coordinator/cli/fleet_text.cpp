#include "coordinator/cli/fleet_text.hpp"

#include "coordinator/cli/json_fields.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

namespace weir::cli {
namespace {

using nlohmann::json;

/// The array `key` of the document; nullopt where there is none.
std::optional<json> list_in(const std::string& text, const char* key) {
  const auto document = json::parse(text, nullptr, false);
  const auto& list = member(document, key);
  if (!list.is_array()) return std::nullopt;
  return list;
}

Tint tint_of(const std::string& state) {
  if (state == "up") return Tint::good;
  return state == "suspect" ? Tint::bad : Tint::warn;
}

std::string slots_text(const json& object) {
  const auto& slots = member(object, "slots");
  if (!slots.is_object()) return "";
  return fmt::format("{}/{}", number_in(slots, "used"), number_in(slots, "total"));
}

std::string host_text(const json& host) {
  std::vector<std::string> parts;
  if (const auto cores = number_in(host, "cpu_cores"); cores != 0)
    parts.push_back(fmt::format("{} core{}", cores, cores == 1 ? "" : "s"));
  if (const auto memory = number_in(host, "memory_bytes"); memory != 0)
    parts.push_back(bytes_text(memory));
  if (const auto gpus = texts_in(host, "gpus"); !gpus.empty()) {
    const auto memory = number_in(host, "gpu_memory_bytes");
    parts.push_back((gpus.size() == 1 ? gpus[0] : fmt::format("{} GPUs", gpus.size())) +
                    (memory != 0 ? " " + bytes_text(memory) : ""));
  }
  return joined(parts);
}

std::string context_text(const json& model) {
  auto tokens = number_in(model, "context");
  if (tokens == 0) tokens = number_in(model, "context_tokens");
  return tokens == 0 ? "" : std::to_string(tokens);
}

std::string nodes_of(const json& model) {
  const auto& nodes = member(model, "nodes");
  return std::to_string(nodes.is_array() ? nodes.size() : number_in(model, "nodes"));
}

}  // namespace

std::optional<std::string> nodes_text(const std::string& text, const Look& look) {
  const auto nodes = list_in(text, "nodes");
  if (!nodes) return std::nullopt;
  if (nodes->empty()) return "no node is connected\n";
  Table table{{{"NODE", false, true},
               {"TIER"},
               {"STATE"},
               {"SLOTS", true},
               {"MODELS", false, true, 1},
               {"HOST", false, true, 2}}};
  for (const auto& node : *nodes) {
    const auto state = text_in(node, "state");
    table.row({text_in(node, "id"), text_in(node, "tier"), Cell{state, tint_of(state)},
               slots_text(node), joined(texts_in(node, "models")),
               host_text(member(node, "host"))});
  }
  return table.text(look);
}

std::optional<std::string> models_text(const std::string& text, const Look& look) {
  const auto models = list_in(text, "models");
  if (!models) return std::nullopt;
  if (models->empty()) return "no model is offered by any node\n";
  Table table{{{"MODEL", false, true},
               {"NODES", true},
               {"TIERS", false, false, 1},
               {"CONTEXT", true},
               {"FEATURES", false, true, 3},
               {"STANDS FOR", false, true, 2}}};
  for (const auto& model : *models) {
    auto members = texts_in(model, "alias_of");
    if (members.empty()) members = texts_in(model, "members");
    table.row({text_in(model, "id"), nodes_of(model), joined(texts_in(model, "tiers")),
               context_text(model), joined(texts_in(model, "features")), joined(members)});
  }
  return table.text(look);
}

std::optional<std::string> queues_text(const std::string& text, const Look& look) {
  const auto document = json::parse(text, nullptr, false);
  if (!member(document, "waiting").is_number()) return std::nullopt;
  auto out = fmt::format("{} waiting (at most {}), {} running\n", number_in(document, "waiting"),
                         number_in(document, "waiting_max"), number_in(document, "running"));
  const auto& classes = member(document, "classes");
  if (!classes.is_array() || classes.empty()) return out;
  Table table{{{"MODEL", false, true},
               {"GRADE"},
               {"PRIORITY", false, false, 1},
               {"WAITING", true},
               {"OLDEST", true}}};
  for (const auto& c : classes)
    table.row({text_in(c, "model"), text_in(c, "grade"), text_in(c, "priority"),
               std::to_string(number_in(c, "waiting")), duration_text(number_in(c, "oldest_ms"))});
  return out + table.text(look);
}

std::optional<FleetFacts> fleet_facts(const std::string& nodes_json) {
  const auto nodes = list_in(nodes_json, "nodes");
  if (!nodes) return std::nullopt;
  std::set<std::string> models;
  std::size_t engines = 0;
  for (const auto& node : *nodes) {
    for (auto& id : texts_in(node, "models")) models.insert(std::move(id));
    const auto& offered = member(node, "engines");
    if (!offered.is_array()) continue;
    for (const auto& engine : offered) engines += member(engine, "models").empty() ? 0 : 1;
  }
  return FleetFacts{nodes->size(), engines, {models.begin(), models.end()}};
}

std::optional<std::uint64_t> running_on(const std::string& nodes_json, const std::string& node) {
  const auto nodes = list_in(nodes_json, "nodes");
  if (!nodes) return std::nullopt;
  for (const auto& known : *nodes)
    if (text_in(known, "id") == node) return number_in(member(known, "slots"), "used");
  return std::nullopt;
}

std::string drained_json(const std::string& node, bool connected) {
  return json{{"node", node}, {"draining", connected}, {"connected", connected}, {"running", 0}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace weir::cli
