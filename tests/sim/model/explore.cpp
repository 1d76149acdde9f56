#include "tests/sim/model/explore.hpp"

#include <memory>

namespace weir::model {
namespace {

/// A state by how one came there.
struct Node {
  std::size_t parent = 0;
  Action action;
  std::size_t depth = 0;
  std::vector<Action> enabled;
};

/// 128 bits of a state's text.
std::pair<std::uint64_t, std::uint64_t> key_of(const std::string& text) {
  std::uint64_t a = 0xCBF29CE484222325ULL;
  std::uint64_t b = 0x9E3779B97F4A7C15ULL;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    a = (a ^ byte) * 0x100000001B3ULL;
    b = (b + byte + 1) * 0xD6E8FEB86659FD93ULL;
    b ^= b >> 32U;
  }
  return {a, b};
}

std::vector<Action> path_to(const std::vector<Node>& nodes, std::size_t index) {
  std::vector<Action> path(nodes[index].depth);
  for (auto left = path.size(); left > 0; index = nodes[index].parent)
    path[--left] = nodes[index].action;
  return path;
}

}  // namespace

Explored explore(const Victim& victim, const Search& search) {
  Explored result;
  std::vector<Node> nodes;
  const auto visit = [&](World& world, std::size_t parent, const Action& action,
                         std::size_t depth) {
    const bool fresh = result.seen.insert(key_of(world.digest())).second;
    if (fresh) {
      ++result.states;
      if (world.reached()) ++result.reached;
    }
    result.depth = std::max(result.depth, depth);
    if (fresh || !search.pruning) nodes.push_back({parent, action, depth, world.enabled()});
  };
  World start{victim, search.bounds};
  visit(start, 0, {}, 0);
  for (std::size_t next = 0; next < nodes.size(); ++next) {
    auto path = path_to(nodes, next);
    const auto enabled = std::move(nodes[next].enabled);
    for (const auto& action : enabled) {
      World world{victim, search.bounds};
      for (const auto& step : path) world.apply(step);
      world.apply(action);
      ++result.transitions;
      if (world.violation()) {
        result.violation = world.violation();
        path.push_back(action);
        result.path = std::move(path);
        return result;
      }
      visit(world, next, action, path.size() + 1);
    }
  }
  return result;
}

}  // namespace weir::model
