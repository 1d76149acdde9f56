// The allowed arrows between folders: who may include whom, and which foreign headers.
// A source belongs to the longest folder of this table that its path begins with.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>

namespace weir::tidy {

struct Folder {
  std::set<std::string> may;   ///< other folders; its own is always allowed
  std::set<std::string> uses;  ///< foreign libraries, by their first path element or header
};

// Foreign libraries that are more than the C and C++ standard libraries and POSIX.
inline const std::regex foreign_library{
    R"(^(caf|capnp|kj|asio|openssl|llhttp|simdjson|spdlog|fmt|yaml-cpp|sqlite3|CLI|nlohmann|)"
    R"(prometheus|hwloc|seccomp|sdbus-c\+\+|re2|hs|doctest|boost)(/|\.h|\.hpp|$))"};

inline const std::set<std::string> net_all{"actors/net", "actors/net/tls", "actors/net/http",
                                           "actors/net/link", "actors/net/certs"};

inline std::set<std::string> operator+(std::set<std::string> a, const std::set<std::string>& b) {
  a.insert(b.begin(), b.end());
  return a;
}

inline const std::map<std::string, Folder>& folders() {
  static const std::string types = "schema/types", dialect = "schema/dialect",
                           ports = "actors/ports", telemetry = "actors/telemetry";
  static const std::set<std::string> edge =
      std::set<std::string>{types, dialect, ports, telemetry} + net_all;
  static const std::map<std::string, Folder> table{
      {"schema/types", {{}, {}}},
      {"schema/codec", {{types, "schema/wire"}, {"capnp", "kj"}}},
      {"schema/dialect", {{types}, {"simdjson"}}},
      {"schema/config", {{types}, {"yaml-cpp"}}},
      {"actors/domain",
       {{types, dialect, "actors/domain/grading", "actors/domain/redaction",
         "actors/domain/policy"},
        {"simdjson"}}},
      {"actors/domain/policy", {{types}, {}}},
      {"actors/domain/grading", {{types}, {"simdjson", "hs"}}},
      {"actors/domain/redaction", {{types, dialect, "actors/domain/grading"}, {}}},
      {"actors/domain/stream", {{types, dialect}, {"simdjson"}}},
      {"actors/ports", {{types, dialect}, {}}},
      {"actors/telemetry", {{types}, {"spdlog", "fmt", "prometheus"}}},
      {"actors/shells",
       {{types, "actors/domain", "actors/domain/stream", ports, telemetry}, {"caf", "spdlog"}}},
      {"actors/net", {{}, {"asio"}}},
      {"actors/net/tls", {{types, ports, telemetry, "actors/net"}, {"openssl"}}},
      {"actors/net/certs", {{types, ports, telemetry, "actors/net/tls"}, {"openssl"}}},
      {"actors/net/confine", {{types}, {"seccomp"}}},
      {"actors/net/http",
       {{types, ports, telemetry, "actors/net", "actors/net/tls"}, {"llhttp", "openssl"}}},
      {"actors/net/link",
       {{types, "schema/codec", ports, telemetry, "actors/net", "actors/net/tls"},
        {"openssl", "spdlog"}}},
      {"node-agent/engines", {edge, {"nlohmann", "spdlog", "simdjson"}}},
      {"node-agent/probe", {edge, {"hwloc", "sdbus-c++", "spdlog"}}},
      {"coordinator/gateway",
       {edge + std::set<std::string>{"actors/domain/stream"},
        {"nlohmann", "spdlog", "openssl", "prometheus"}}},
      {"coordinator/store", {edge, {"sqlite3", "nlohmann", "fmt", "spdlog"}}},
      {"coordinator/client",
       {{types, dialect, "actors/net", "actors/net/http", "actors/net/tls"}, {"nlohmann"}}},
      {"coordinator/cli",
       {{types, "coordinator/client", "schema/config", "actors/domain", "actors/domain/grading",
         "actors/domain/policy", "actors/net/certs", "coordinator/store"},
        {"CLI", "nlohmann", "fmt"}}},
      {"examples/demo-engine",
       {std::set<std::string>{types, dialect} + net_all, {"CLI", "nlohmann"}}},
      {"examples/client", {{}, {}}},
  };
  return table;
}

/// The two composition roots may include their program's parts and everything below.
inline const std::map<std::string, std::set<std::string>>& roots() {
  static const std::set<std::string> below =
      std::set<std::string>{"schema/types",          "schema/config",        "actors/shells",
                            "actors/domain",         "actors/telemetry",     "actors/ports",
                            "actors/domain/grading", "actors/domain/policy", "actors/net/confine"} +
      net_all;
  static const std::map<std::string, std::set<std::string>> table{
      {"coordinator/main.cpp",
       below + std::set<std::string>{"actors/domain/policy", "coordinator/gateway",
                                     "coordinator/store"}},
      {"node-agent/main.cpp",
       below + std::set<std::string>{"node-agent/engines", "node-agent/probe"}},
  };
  return table;
}

/// The folder of the table that `path` belongs to; nullopt for tests and the roots.
inline std::optional<std::string> folder_of(const std::string& path) {
  std::optional<std::string> best;
  for (const auto& [name, folder] : folders())
    if (path.rfind(name + "/", 0) == 0 && (!best || name.size() > best->size())) best = name;
  return best;
}

}  // namespace weir::tidy
