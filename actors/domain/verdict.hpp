// What becomes of a request that cannot start at this moment.
#pragma once

#include "actors/domain/placement.hpp"
#include "schema/types/result.hpp"

#include <cstdint>

namespace weir::domain {

struct Verdict {
  enum class Kind : std::uint8_t {
    wait,      ///< for a slot, until its deadline
    hopeless,  ///< nothing connected may serve it: `code` unless that changes soon
    fail,      ///< `code`, at once: waiting cannot help
  };
  Kind kind = Kind::wait;
  Code code = Code::no_capacity;
};

struct VerdictFacts {
  bool model_known = false;      ///< an alias, "auto", or offered by an agent at some time
  bool somebody_serves = false;  ///< at least one agent is up and said what it offers
  bool failed_before = false;    ///< an engine failed this request
};

/// Judges by what stood in the way of all candidates; none of them was free and allowed.
Verdict judge(const Survey& survey, const VerdictFacts& facts);

/// For the caller, without any text of the request.
const char* detail_of(Code code);

}  // namespace weir::domain
