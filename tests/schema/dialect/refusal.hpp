// What a reading was refused with, to compare.
#pragma once

#include "schema/dialect/chat.hpp"

#include <doctest/doctest.h>
#include <string>
#include <utility>

namespace weir::test {

struct Refusal {
  Code code = Code::internal;
  std::string param;
  bool operator==(const Refusal&) const = default;
};
inline Refusal refusal_of(const dialect::ChatReading& reading) {
  if (reading.request) return {};
  CHECK_FALSE(reading.refused.error.detail.empty());
  return {reading.refused.error.code, reading.refused.param};
}
inline Refusal unsupported(std::string param) { return {Code::not_supported, std::move(param)}; }
inline Refusal invalid(std::string param) { return {Code::invalid_request, std::move(param)}; }

}  // namespace weir::test
