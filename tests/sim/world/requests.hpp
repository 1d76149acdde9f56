// What clients asked for, and the truth about it that the product never learns.
#pragma once

#include "schema/types/brain.hpp"

#include <cstdint>
#include <unordered_map>

namespace weir::sim {

/// A request of one life of the coordinator.
struct RequestKey {
  std::uint64_t incarnation = 0;
  RequestId request;
  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};
inline RequestKey key_of(AttemptId attempt) { return {attempt.incarnation, attempt.request}; }

struct Truth {
  RequestSpec spec;
  Grade content = Grade::p2;   ///< what its text holds, whatever its label says
  std::uint64_t text_end = 0;  ///< bytes of its whole answer
};

struct KeyHash {
  std::size_t operator()(const RequestKey& key) const noexcept {
    return std::hash<std::uint64_t>{}(key.incarnation << 32U ^ key.request.value);
  }
};

using Requests = std::unordered_map<RequestKey, Truth, KeyHash>;

}  // namespace weir::sim
