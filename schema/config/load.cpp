#include "schema/config/load.hpp"

#include "schema/config/programs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace weir::config {

namespace {

/// The file's bytes, at most one more than a file may have; nullopt where it cannot be read.
std::optional<std::string> contents(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::nullopt;
  std::ifstream in{path, std::ios::binary};
  if (!in) return std::nullopt;
  std::string text(file_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string with_article(const std::string& kind) {
  return (kind == "agent" ? "an " : "a ") + kind;
}

void note_places(const Node& node, const std::string& path, const Report& report,
                 std::map<std::string, std::string>& places) {
  if (!path.empty()) places.emplace(path, report.at(node.place));
  for (std::size_t i = 0; i < node.items.size(); ++i)
    note_places(node.items[i], path + "[" + std::to_string(i) + "]", report, places);
  for (const auto& m : node.members)
    note_places(m.value, path.empty() ? m.key : path + "." + m.key, report, places);
}

template <class Settings>
Loaded<Settings> parse(const std::string& text, const std::string& name, const std::string& dir) {
  Loaded<Settings> loaded;
  Report report{name, dir};
  const auto tree = read_tree(text);
  for (const auto& p : tree.problems) report.add(p.place, "", p.what);
  if (report.clean()) {
    if (tree.root.kind == Node::Kind::map || tree.root.kind == Node::Kind::null) {
      Binder top{tree.root, "", report};
      read(top, loaded.settings);
      top.close();
    } else {
      report.add(tree.root.place, "", "the file must be a map of keys and values");
    }
  }
  loaded.errors = report.lines();
  loaded.file = name;
  note_places(tree.root, "", report, loaded.places);
  return loaded;
}

template <class Settings>
Loaded<Settings> load(const std::string& path) {
  const auto text = contents(path);
  if (!text) return {{}, {path + ":1:1: the file cannot be read"}, path, {}};
  return parse<Settings>(*text, path, std::filesystem::path{path}.parent_path().string());
}

}  // namespace

Loaded<CoordinatorSettings> load_coordinator(const std::string& path) {
  return load<CoordinatorSettings>(path);
}

Loaded<AgentSettings> load_agent(const std::string& path) { return load<AgentSettings>(path); }

Loaded<PolicySettings> load_policy(const std::string& path) { return load<PolicySettings>(path); }

Loaded<CoordinatorSettings> parse_coordinator(const std::string& text, const std::string& name,
                                              const std::string& dir) {
  return parse<CoordinatorSettings>(text, name, dir);
}

Loaded<AgentSettings> parse_agent(const std::string& text, const std::string& name,
                                  const std::string& dir) {
  return parse<AgentSettings>(text, name, dir);
}

Loaded<PolicySettings> parse_policy(const std::string& text, const std::string& name,
                                    const std::string& dir) {
  return parse<PolicySettings>(text, name, dir);
}

Result<std::string> kind_of(const std::string& path) {
  const auto text = contents(path);
  if (!text) return Error{Code::invalid_config, path + ":1:1: the file cannot be read"};
  const auto tree = read_tree(*text);
  Report report{path, ""};
  for (const auto& p : tree.problems) report.add(p.place, "", p.what);
  if (!report.clean()) return Error{Code::invalid_config, report.lines().front()};
  const std::vector<std::pair<std::string, std::vector<const char*>>> kinds{
      {"coordinator", {"listen", "cluster"}},
      {"agent", {"coordinators", "tier", "name"}},
      {"policy", {"rules", "detector", "redaction", "floors", "tests"}}};
  std::vector<std::string> found;
  for (const auto& [kind, keys] : kinds)
    if (std::any_of(keys.begin(), keys.end(),
                    [&tree](const char* key) { return tree.root.find(key) != nullptr; }))
      found.push_back(kind);
  if (found.size() == 1) return found[0];
  report.add(tree.root.place, "",
             found.empty() ? "the file has no key of a coordinator (cluster, listen), of an agent "
                             "(name, tier, coordinators) or of a policy (rules, detector, "
                             "redaction, floors, tests)"
                           : "the file has keys of " + with_article(found[0]) + " and of " +
                                 with_article(found[1]));
  return Error{Code::invalid_config, report.lines().front()};
}

}  // namespace weir::config
