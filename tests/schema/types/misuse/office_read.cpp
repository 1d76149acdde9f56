// Nobody else takes the bytes out through the office.
#include "actors/domain/clearance.hpp"

namespace weir {

auto redact(const domain::ClearanceOffice& office, const CloudDraft& draft,
            dialect::ChatRequest& request) {
  return office.redact(draft, request);  // must not compile: is private
}

}  // namespace weir
