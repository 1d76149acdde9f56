// How many bytes of request a model takes for one token, learnt from what engines reported: the
// estimate that lets a prompt be refused which surely exceeds the context. Pure.
#pragma once

#include "schema/types/units.hpp"

#include <cstdint>

namespace weir::domain {

class TokenRate {
 public:
  /// An answer says that a body of so many bytes had a prompt of `prompt` tokens. Short bodies
  /// teach nothing: they are mostly JSON, and their tokens mostly the model's own template.
  void learn(std::uint64_t body_bytes, Tokens prompt);
  /// Fewer tokens than a prompt of such a body has, whatever its text: twice the most bytes a token
  /// that were seen lately are allowed for, but at least 3 bytes, whatever an engine reports, and
  /// 24 where little was seen yet.
  std::uint64_t least_tokens(std::uint64_t body_bytes) const;

 private:
  double most_ = 0;  ///< bytes a token; fades
  std::uint32_t seen_ = 0;
};

}  // namespace weir::domain
