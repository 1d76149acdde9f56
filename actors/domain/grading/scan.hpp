// What a scan of a text found: see schema/types/sensitive.hpp.
#pragma once

#include "schema/types/sensitive.hpp"

namespace weir::domain {

using weir::Finding;
using weir::Scan;

}  // namespace weir::domain
