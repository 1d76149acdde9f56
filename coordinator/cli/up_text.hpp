// What `weir up` writes and says. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

/// The machine's name as an agent's: letters, digits, '.', '_', '-', at most 63; the domain is
/// cut. Never a name that the certificates of `weir up` need themselves.
std::string agent_name(std::string host);

struct UpCoordinator {
  std::string cluster;
  std::uint16_t http_port = 0, agents_port = 0;
};
std::string coordinator_yaml(const UpCoordinator& c);

struct UpEngine {
  std::string kind, url;
};
struct UpAgent {
  std::string name;
  std::string coordinator;        ///< host:port of its agents' listener
  std::vector<UpEngine> engines;  ///< empty: the agent looks on localhost
};
std::string agent_yaml(const UpAgent& a);

/// The coordinator's first line: `weir-coordinator: http HOST:PORT agents HOST:PORT`.
struct Listening {
  std::string http, agents;
};
/// nullopt: the line is not in `log`, or not whole yet.
std::optional<Listening> find_listening(const std::string& log);

struct UpReady {
  std::string url, node, dir;
  std::vector<std::string> models, engines;  ///< `engines`: the URLs that were named
  bool dir_stays = false;
};
/// Address, models, how to ask it, how to label. Models may be empty: it says what to do then.
std::string ready_text(const UpReady& ready);
std::string no_engine_text(const std::vector<std::string>& engines);
/// The last `most` lines of a log.
std::string last_lines(const std::string& log, std::size_t most);

}  // namespace weir::cli
