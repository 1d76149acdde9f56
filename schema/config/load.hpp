// Configuration files: YAML into schema/types/settings.hpp. Unknown keys are errors; all errors
// of a file are reported at once, each as "file:line:column: key: what".
#pragma once

#include "schema/types/result.hpp"
#include "schema/types/settings.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace weir::config {

/// Errors of one file, in file order; empty means `settings` is valid.
template <class Settings>
struct Loaded {
  Settings settings;
  std::vector<std::string> errors;
  std::string file;
  /// "file:line:column" of each value, by its key: "tls.ca", "engines[0].ca".
  std::map<std::string, std::string> places;

  /// For what only a program can find wrong (files that a key names): adds an error at `key`.
  void wrong(const std::string& key, const std::string& what) {
    const auto at = places.find(key);
    errors.push_back((at == places.end() ? file + ":1:1" : at->second) + ": " + key + ": " + what);
  }
};

/// Reads and checks a file of at most 1 MiB: one YAML document without anchors, aliases or tags,
/// no key twice. Relative TLS paths and data_dir are taken from the file's own directory. `${NAME}`
/// in a value is the environment variable (an error where it is unset); a value `file:PATH` of a
/// secret is the file's first line. No error shows a secret or what a reference stands for.
///
/// Checked across keys: HTTP listeners (`http`, `admin`) beyond loopback need http_tls and
/// api_keys; names, aliases, digests and listen addresses are used once; cloud engines need tier
/// L2 and https (http to loopback only), and an L2 agent has cloud engines alone, at least one.
/// Factory value of `accepts.grades`: all on L1; P1 and P2 on L0 (its owner's machine: no core
/// secrets of others unless the file says so) and on L2 (where P0 is refused even if named).
/// The file that `policy` names is read, too, and its errors stand among this one's, each with the
/// policy file's own place; an agent takes its `detector` alone.
/// An engine's `url` may end in "/v1"; it is stored without, and without a closing slash.
Loaded<CoordinatorSettings> load_coordinator(const std::string& path);
Loaded<AgentSettings> load_agent(const std::string& path);

/// A policy file; every key is optional, and what is absent keeps its factory value. At most 1,000
/// rules and 1,000 tests, 10,000 terms. `rules` replaces the factory's; one value may stand where a
/// list may. A rule's attributes are grade, tier, tenant, region, provider and feature; a permit
/// that names both P0 and L2 is an error. Whether its tests pass, actors/domain/policy knows.
Loaded<PolicySettings> load_policy(const std::string& path);

/// The same from text; `name` stands in the errors, `dir` is where relative paths start.
Loaded<CoordinatorSettings> parse_coordinator(const std::string& text, const std::string& name,
                                              const std::string& dir);
Loaded<AgentSettings> parse_agent(const std::string& text, const std::string& name,
                                  const std::string& dir);
Loaded<PolicySettings> parse_policy(const std::string& text, const std::string& name,
                                    const std::string& dir);

/// "coordinator", "agent" or "policy" by the keys of the file; for `weir config check`.
/// errors  invalid_config: not readable, not YAML, none of them, or more than one.
Result<std::string> kind_of(const std::string& path);

}  // namespace weir::config
