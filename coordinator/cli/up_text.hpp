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

struct UpAgent {
  std::string name;
  std::string coordinator;           ///< host:port of its agents' listener
  std::vector<std::string> engines;  ///< URLs; the agent finds out what they are. Empty: it looks
                                     ///< on localhost
};
std::string agent_yaml(const UpAgent& a);

struct UpCloud {
  std::string name;
  std::string coordinator;  ///< host:port of its agents' listener
  std::string dir;          ///< where its certificates are
};
/// The configuration of the agent for clouds: `file_text`, which lists its engines, then what
/// `weir up` knows; so that errors name the lines of the file.
std::string cloud_yaml(const std::string& file_text, const UpCloud& cloud);

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
  std::string cloud_file;  ///< empty: no cloud
};
/// Address, models, how to ask it, how to label. Models may be empty: it says what to do then.
std::string ready_text(const UpReady& ready);
std::string no_engine_text(const std::vector<std::string>& engines);
/// The last `most` lines of a log.
std::string last_lines(const std::string& log, std::size_t most);

}  // namespace weir::cli
