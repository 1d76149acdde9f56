// Reading the JSON pages of engines: what is missing or of another type is done without.
#pragma once

#include "schema/dialect/json_value.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace weir::engines {

using dialect::json::Value;

/// The page, where it is one JSON document.
inline std::optional<Value> read_page(std::string_view text) {
  return dialect::json::parse(text).value;
}
/// The member at the end of the path; null where there is none.
inline const Value* at(const Value& page, std::initializer_list<std::string_view> path) {
  const Value* here = &page;
  for (const auto key : path) {
    here = dialect::json::find(*here, key);
    if (here == nullptr) return nullptr;
  }
  return here;
}
/// The text at `key`, at most `bytes_max` of it; empty where there is none.
inline std::string text_at(const Value& object, std::string_view key, std::size_t bytes_max = 256) {
  const auto* text = dialect::json::find_string(object, key);
  return text == nullptr || text->size() > bytes_max ? std::string{} : *text;
}
/// The whole number at the end of the path, bounded to T; 0 where there is none above 0.
template <class T = std::uint32_t>
T number_at(const Value& page, std::initializer_list<std::string_view> path) {
  const auto* value = at(page, path);
  const auto number = value == nullptr ? std::nullopt : value->integer();
  if (!number || *number <= 0) return 0;
  return static_cast<T>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(*number), std::numeric_limits<T>::max()));
}
inline bool true_at(const Value& page, std::initializer_list<std::string_view> path) {
  const auto* value = at(page, path);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}
/// The items of the array at `key`; none where there is no such array.
inline const dialect::json::Array& items_at(const Value& object, std::string_view key) {
  static const dialect::json::Array none;
  const auto* value = dialect::json::find(object, key);
  const auto* array = value == nullptr ? nullptr : value->array();
  return array == nullptr ? none : *array;
}
/// Whether the array at `key` holds this text.
inline bool holds(const Value& object, std::string_view key, std::string_view text) {
  const auto& items = items_at(object, key);
  return std::any_of(items.begin(), items.end(), [text](const Value& item) {
    return item.string() != nullptr && *item.string() == text;
  });
}

}  // namespace weir::engines
