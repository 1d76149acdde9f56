// Assertions for what cannot happen. They stay in release builds: a process in an impossible
// state must not go on deciding where secrets may travel.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace weir {

[[noreturn]] inline void assert_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: impossible: %s\n", file, line, what);
  std::abort();
}

}  // namespace weir

#define WEIR_ASSERT(condition) \
  ((condition) ? void(0) : ::weir::assert_failed(#condition, __FILE__, __LINE__))
