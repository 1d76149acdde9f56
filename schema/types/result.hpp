// Expected failure is a value: Result<T> holds a T or an Error. Nothing of ours throws.
#pragma once

#include "schema/types/assert.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace weir {

/// Why something did not happen. The first block is the public contract: each name appears
/// verbatim as `error.code` in the HTTP API. The second block never reaches a client.
enum class Code : std::uint16_t {
  invalid_request = 1,
  invalid_grade,
  context_length_exceeded,
  body_too_large,
  model_not_found,
  unauthorized,
  forbidden,
  budget_exhausted,
  rate_limited,
  queue_full,
  no_capacity,
  grade_forbids_cloud,
  deadline_exceeded,
  not_supported,
  upstream_failed,
  cancelled,
  internal,

  invalid_config = 100,  ///< a file or a flag is wrong; the detail carries file:line:column
  invalid_frame,         ///< bytes from a peer violate the protocol
  unreachable,           ///< no connection, or it broke
  timed_out,             ///< a peer did not answer in time
};

/// The code's public name, for example "queue_full".
std::string_view name_of(Code code);

struct Error {
  Code code = Code::internal;
  std::string detail;  ///< for people; never holds prompt or answer text
};

/// A value or an Error. Reading the absent side is a programming error and ends the process.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_{std::in_place_index<0>, std::move(value)} {}
  Result(Error error) : v_{std::in_place_index<1>, std::move(error)} {}

  explicit operator bool() const { return v_.index() == 0; }
  T& operator*() {
    WEIR_ASSERT(v_.index() == 0);
    return *std::get_if<0>(&v_);
  }
  const T& operator*() const {
    WEIR_ASSERT(v_.index() == 0);
    return *std::get_if<0>(&v_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Error& error() const {
    WEIR_ASSERT(v_.index() == 1);
    return *std::get_if<1>(&v_);
  }

 private:
  std::variant<T, Error> v_;
};

/// The value of a Result that carries none.
struct Done {};

}  // namespace weir

#define WEIR_CAT2(a, b) a##b
#define WEIR_CAT(a, b) WEIR_CAT2(a, b)
#define WEIR_TRY_IMPL(tmp, decl, expr) \
  auto tmp = (expr);                   \
  if (!tmp) return tmp.error();        \
  decl = std::move(*tmp)
/// Declares `decl` from the Result `expr`, or returns its Error from the enclosing function.
#define WEIR_TRY(decl, expr) WEIR_TRY_IMPL(WEIR_CAT(weir_try_, __COUNTER__), decl, expr)
