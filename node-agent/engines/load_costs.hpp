// What it costs an engine to load a model that it keeps on disk, learned from the loads seen. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::engines {

/// How long loading takes: as last measured, else what its bytes take at the rate of the others,
/// else at that of a plain disk.
class LoadTimes {
 public:
  static constexpr double bytes_per_ms_first = 1e6;  ///< 1 GB/s

  /// `model` was loaded in `ms`. `bytes` 0: unknown.
  void loaded(const std::string& model, std::uint64_t bytes, double ms);
  /// In milliseconds; 0: nothing is known. O(1).
  std::uint32_t expected(const std::string& model, std::uint64_t bytes) const;

 private:
  std::unordered_map<std::string, std::uint32_t> measured_;  ///< at most 1024
  double bytes_per_ms_ = 0;                                  ///< 0: not measured yet
};

/// How many models fit at once: known only once loading one was seen to push another out.
class LoadRoom {
 public:
  struct Loaded {
    std::string model;
    bool expired = false;  ///< by now the engine may have dropped it for its age
  };
  /// The models loaded now.
  void look(const std::vector<Loaded>& now);
  /// Whether one more would push one out, as far as was seen. O(1).
  bool full() const { return room_ > 0 && last_.size() >= room_; }

 private:
  std::vector<Loaded> last_;
  std::size_t room_ = 0;  ///< 0: nothing was pushed out yet
};

}  // namespace weir::engines
