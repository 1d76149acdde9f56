#include "coordinator/cli/json_fields.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace weir::cli {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string text_in(const json& object, const char* key) {
  const auto& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

std::uint64_t number_in(const json& object, const char* key) {
  const auto& value = member(object, key);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  const auto real = real_in(object, key);
  return real > 0 && real < 9e18 ? static_cast<std::uint64_t>(std::llround(real)) : 0;
}

double real_in(const json& object, const char* key) {
  const auto& value = member(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

std::vector<std::string> texts_in(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto& value = member(object, key);
  if (!value.is_array()) return texts;
  for (const auto& item : value)
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace weir::cli
