// The words that tell what stands around them, in Chinese and English.
#pragma once

#include "actors/domain/grading/reading.hpp"

#include <string_view>
#include <vector>

namespace weir::domain {

struct Words {
  Role role;
  std::string_view all;  ///< separated by '|'; ASCII ones in any case, as whole words
};
const std::vector<Words>& lexicon();

/// The parts of `all` between '|'.
std::vector<std::string_view> split_words(std::string_view all);

}  // namespace weir::domain
