#include "actors/domain/grading/detector.hpp"

#include "actors/domain/grading/json_strings.hpp"
#include "actors/domain/grading/scanner.hpp"

namespace weir::domain {

struct Detector::Rules : ScanRules {};

Detector::Detector(std::unique_ptr<const Rules> rules) : rules_{std::move(rules)} {}
Detector::~Detector() = default;

Result<std::shared_ptr<const Detector>> Detector::make(const DetectorRules& rules) {
  auto made = std::make_unique<Rules>();
  WEIR_TRY(made->patterns, Patterns::make(rules));
  made->rules = rules;
  for (const auto& text : rules.allowed) {
    auto folding = fold_text(text);
    made->allowed.insert(folding.changed ? std::move(folding.text) : text);
  }
  return std::shared_ptr<const Detector>{new Detector{std::move(made)}};
}

Scan Detector::scan(std::string_view text) const {
  Scanner scanner{*rules_, text};
  scanner.scan_text();
  return scanner.result();
}

Scan Detector::scan_json(std::string_view document) const {
  Scanner scanner{*rules_, document};
  // The document is read as the text that it is: keys stand before their values as labels do, and
  // escapes are undone in place, so that offsets need no second map.
  scanner.scan_text();
  if (is_json(document)) {
    scanner.scan_joined_strings();
  } else {
    scanner.incomplete();
  }
  return scanner.result();
}

Grade Detector::grade_of(Sensitive kind) const { return rules_->rules.grades[index_of(kind)]; }

std::size_t Detector::pattern_bytes() const { return rules_->patterns->bytes(); }

Detected summary_of(const Scan& scan) {
  Detected detected{scan.grade, scan.complete, {}};
  for (const auto& finding : scan.findings) ++detected.counts[index_of(finding.kind)];
  return detected;
}

}  // namespace weir::domain
