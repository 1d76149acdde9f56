// Which drafts are not even looked at. Alone in its file: a test puts another in its place.
#include "actors/domain/clearance.hpp"

namespace weir::domain {

bool ClearanceOffice::never_leaves(const CloudDraft& draft) {
  return draft.body.grade() == Grade::p0;
}

}  // namespace weir::domain
