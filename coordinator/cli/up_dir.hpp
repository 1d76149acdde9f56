// The folder that `weir up` works in: certificates, configuration, logs.
#pragma once

#include "schema/types/result.hpp"

#include <string>

namespace weir::cli {

class UpDir {
 public:
  /// Opens `dir`, made if absent; empty: a new private folder among the temporary ones, removed
  /// by the destructor. One `weir up` at a time works in a folder.
  /// errors  invalid_config: it cannot be made or is taken.
  static Result<UpDir> open(const std::string& dir);
  UpDir(UpDir&& other) noexcept;
  UpDir& operator=(UpDir&&) = delete;
  ~UpDir();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const;
  bool stays() const { return stays_; }
  /// Writes a new file that only its owner may read, in the place of what has that name.
  /// errors  invalid_config.
  Result<Done> write(const std::string& name, const std::string& text) const;
  void remove(const std::string& name) const;  ///< a file; nothing where there is none
  /// The file's text, its last 1 MiB at the most; empty where it cannot be read.
  std::string read(const std::string& name) const;

 private:
  UpDir(std::string path, bool stays, int lock)
      : path_{std::move(path)}, stays_{stays}, lock_{lock} {}

  std::string path_;
  bool stays_;
  int lock_;
};

/// Certificates for a coordinator, the agent called `agent`, and the one called `cloud` (tier L2;
/// empty: there is none). An authority that is there already is used.
/// returns  the cluster's name.
Result<std::string> make_certificates(const UpDir& dir, const std::string& agent,
                                      const std::string& cloud);

}  // namespace weir::cli
