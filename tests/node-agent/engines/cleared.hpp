// Stands for the checkpoint of actors/domain, which these tests are not linked with: the only way
// to a `Cleared`, here for whatever a test wants to see sent.
#pragma once

#include "schema/types/clearance.hpp"

#include <string>
#include <utility>

namespace weir::domain {

class Checkpoint {
 public:
  static Cleared pass(std::string bytes, ClearanceTerms terms, std::uint64_t sensitive_bytes = 0) {
    terms.bytes = bytes.size();
    return {std::move(bytes), std::move(terms), sensitive_bytes};
  }
};

}  // namespace weir::domain
