// Tolerant reading of a coordinator's answers: a field that is absent or of another type reads as
// empty.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace weir::cli {

/// The member `key` of `object`, or null.
const nlohmann::json& member(const nlohmann::json& object, const char* key);
std::string text_in(const nlohmann::json& object, const char* key);
/// Rounded; 0 where it is no number or negative.
std::uint64_t number_in(const nlohmann::json& object, const char* key);
double real_in(const nlohmann::json& object, const char* key);
/// The texts of an array.
std::vector<std::string> texts_in(const nlohmann::json& object, const char* key);
/// "a, b, c".
std::string joined(const std::vector<std::string>& texts);

}  // namespace weir::cli
