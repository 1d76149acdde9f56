// The detector: what of a text is personal, secret, a contract or unpublished finance, whatever its
// disguise. The coordinator's guard and, independently, every cloud proxy run it.
#pragma once

#include "actors/domain/grading/scan.hpp"
#include "schema/types/result.hpp"
#include "schema/types/sensitive.hpp"

#include <memory>
#include <string_view>

namespace weir::domain {

/// Immutable; any thread may scan.
class Detector {
 public:
  /// Compiles the patterns. errors  invalid_config: the rules cannot be used.
  static Result<std::shared_ptr<const Detector>> make(const DetectorRules& rules);
  ~Detector();
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// Of plain text, which should be UTF-8; other bytes are read as best they can. O(text).
  Scan scan(std::string_view text) const;
  /// Of data that holds one of this kind, by the rules.
  Grade grade_of(Sensitive kind) const;
  /// Of a JSON document: every string, key and number of it, decoded; strings that follow each
  /// other also joined. Offsets are those of the document's own bytes. Not JSON: scanned as text,
  /// and not complete. O(document).
  Scan scan_json(std::string_view document) const;
  /// Of the compiled patterns, shared by all threads.
  std::size_t pattern_bytes() const;

 private:
  struct Rules;
  explicit Detector(std::unique_ptr<const Rules> rules);
  std::unique_ptr<const Rules> rules_;
};

/// The counts of a scan, without its offsets.
Detected summary_of(const Scan& scan);

}  // namespace weir::domain
