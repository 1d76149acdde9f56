// One scan: layers within layers, and what they found in terms of the original bytes.
#pragma once

#include "actors/domain/grading/layer.hpp"
#include "actors/domain/grading/patterns.hpp"
#include "actors/domain/grading/scan.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace weir::domain {

/// What a scan goes by.
struct ScanRules {
  DetectorRules rules;
  std::unordered_set<std::string> allowed;  ///< folded
  std::unique_ptr<const Patterns> patterns;
};

class Scanner {
 public:
  Scanner(const ScanRules& rules, std::string_view text);

  void scan_text();
  /// Values that are split over strings which follow each other, and arrays of token ids.
  void scan_joined_strings();
  void incomplete() { complete_ = false; }
  Scan result();

 private:
  /// How a layer's bytes go back to those of the layer around it.
  struct Source {
    const Source* outer = nullptr;
    const OffsetMap* map = nullptr;  ///< null: unchanged
    Span whole;                      ///< of a decoded blob: all of it
    bool blob = false;
    const std::vector<std::size_t>* joints = nullptr;  ///< only what goes over one counts
    Span origin(Span span) const;
  };
  void layer(std::string_view text, const Source& source, unsigned depth);
  void read(std::string_view text, const Source& source, unsigned depth);
  void keep(const Finding& finding, std::string_view text, const Source& source);
  void join(std::string_view text, const Source& source);
  bool wanted(const Finding& finding) const;

  const ScanRules& rules_;
  std::string_view text_;
  std::size_t decoded_ = 0;  ///< bytes of all layers within the text
  bool complete_ = true;
  std::vector<Finding> found_;
};

}  // namespace weir::domain
