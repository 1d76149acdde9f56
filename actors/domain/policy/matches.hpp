// How a policy's lists match: an empty one matches everything.
#pragma once

#include <algorithm>

namespace weir::domain {

template <class List, class Value>
bool matches(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace weir::domain
