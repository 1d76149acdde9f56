// What makes a request P1 is replaced before it is written. Alone in its file: a test puts another
// in its place.
#include "actors/domain/clearance.hpp"
#include "actors/domain/redaction/redaction.hpp"

#include <utility>

namespace weir::domain {

ClearanceOffice::Redacted ClearanceOffice::redact(const CloudDraft& draft,
                                                  dialect::ChatRequest& request) const {
  if (draft.body.grade() != Grade::p1) return {draft.body.grade() == Grade::p2, nullptr};
  const auto scan = [this](std::string_view text) {
    auto found = detector_->scan(text);
    std::erase_if(found.findings,
                  [this](const Finding& f) { return detector_->grade_of(f.kind) == Grade::p2; });
    if (found.grade == Grade::p0) found.complete = false;
    return found;
  };
  auto vault = std::make_shared<Vault>(nonce_for(draft.attempt));
  const bool whole = domain::redact(request, scan, *vault).whole;
  return {whole && !vault->empty(), std::move(vault)};
}

}  // namespace weir::domain
