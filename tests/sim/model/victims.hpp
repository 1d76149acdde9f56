// Whose bytes the model of the guard watches: one request each, and what may become of its text.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/clearance.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::model {

struct Victim {
  std::string name;
  std::string text;
  std::optional<Grade> label;
  bool session = false;     ///< a companion of its session, which holds P0, may come beside it
  bool grows = false;       ///< only so may it become P0: by its session
  Grade truth = Grade::p0;  ///< by its label and by what it really holds
  bool told = false;        ///< that it is so, only its label tells
  bool reaches = false;     ///< it must be ABLE to reach a cloud, or the model proves nothing
  std::vector<std::string> canaries;  ///< of its text: what may not stand in a cloud's request
  Detected found;                     ///< what an honest look finds
};

const std::vector<Victim>& victims();
std::string chat_of(const std::string& text);

/// Of the P0 request beside it, and of what our own machines answer: never in a cloud's request.
inline constexpr std::string_view companion_canary = "companion-canary-2207";
inline constexpr std::string_view answer_canary = "answer-canary-5501";

/// The first of them that stands in `bytes`; "" where none does.
std::string canary_in(const Victim& victim, std::string_view bytes);

}  // namespace weir::model
