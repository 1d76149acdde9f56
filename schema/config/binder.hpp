// Binds a YAML tree to settings: each call reads one key, checks it and collects what is wrong.
#pragma once

#include "schema/config/address.hpp"
#include "schema/config/yaml_tree.hpp"
#include "schema/types/settings.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// The errors of one file, and where it stands.
class Report {
 public:
  Report(std::string file, std::string dir) : file_{std::move(file)}, dir_{std::move(dir)} {}

  void add(Place place, const std::string& key, const std::string& what);
  /// A line about a file that this one names at `place`: it stands as it is.
  void add_line(Place place, std::string line) { problems_.push_back({place, std::move(line)}); }
  /// "file:line:column".
  std::string at(Place place) const;
  /// "file:line:column: key: what", in file order.
  std::vector<std::string> lines() const;
  bool clean() const { return problems_.empty(); }
  /// `path` as seen from the file's directory.
  std::string path(const std::string& path) const;

 private:
  std::string file_;
  std::string dir_;
  std::vector<Problem> problems_;  ///< whole lines
};

enum class Need { required, optional };

/// Reads the members of one map. Each reader leaves its target alone where the key is absent or
/// wrong, and returns the value's node only where it is right. `close` reports what was not read.
class Binder {
 public:
  /// `path` names the map in errors, for example "engines[0]"; empty at the top.
  Binder(const Node& node, std::string path, Report& report);

  const Node* text(const char* key, Need need, std::size_t bytes_max, std::string& out);
  /// A name of 1 .. 64 letters, digits, '.', '_' or '-', the first a letter or digit.
  const Node* name(const char* key, Need need, std::string& out);
  /// A path; relative ones start at the file's directory.
  const Node* path(const char* key, Need need, std::string& out);
  /// A secret: text, or `file:PATH` for a file's first line. Never quoted in an error.
  const Node* secret(const char* key, Need need, std::string& out);
  const Node* integer(const char* key, Need need, std::uint32_t least, std::uint32_t most,
                      std::uint32_t& out);
  const Node* capability(const char* key, std::uint8_t& out);
  /// A weight from 0 to 1.
  const Node* weight(const char* key, double& out);
  /// US dollars with up to 9 digits before the point, rounded up to MicroUsd.
  const Node* price(const char* key, MicroUsd& out);
  const Node* boolean(const char* key, bool& out);
  const Node* grade(const char* key, Need need, std::optional<Grade>& out);
  const Node* tier(const char* key, Need need, Tier& out);
  /// "host:port" or "[v6]:port". `port_least` 0 lets the system choose.
  const Node* host_port(const char* key, Need need, std::uint16_t port_least, HostPort& out);
  /// A list of texts, none twice.
  const Node* texts(const char* key, Need need, std::size_t least, std::vector<std::string>& out);
  /// A list of `least` .. `most` different texts of 1 .. `bytes_max` printable bytes, or one such
  /// text in the place of a list of one. `read` gets each with its node and its key in errors.
  const Node* values(const char* key, std::size_t least, std::size_t most, std::size_t bytes_max,
                     const std::function<void(const Node&, const std::string&, std::string)>& read);
  const Node* map(const char* key, Need need, const std::function<void(Binder&)>& read);
  /// A list of maps; `read` gets each with its number.
  const Node* maps(const char* key, Need need, std::size_t most,
                   const std::function<void(Binder&)>& read);

  /// Reports a problem of this map's `key` at `where` (null: at the map itself).
  void wrong(const Node* where, const std::string& key, const std::string& what);
  /// Reports `key`, which must not stand here, with the reason.
  void refuse(const char* key, const std::string& why);
  /// Reports `value` where `seen` holds it already.
  void unique(std::set<std::string>& seen, const Node* where, const std::string& key,
              const std::string& value);
  /// Reports every key that no call has asked for.
  void close();
  const Node& node() const { return node_; }
  Report& report() { return report_; }

 private:
  const Node* take(const char* key, Need need);
  /// The scalar under `key` with its references replaced.
  const Node* scalar(const char* key, Need need, std::string& out);
  bool resolve(const Node& node, const std::string& key, std::string& out);
  std::string full(const std::string& key) const;

  const Node& node_;
  std::string path_;
  Report& report_;
  std::set<std::string> asked_;
};

}  // namespace weir::config
