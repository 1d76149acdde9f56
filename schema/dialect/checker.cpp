#include "schema/dialect/checker.hpp"

#include "schema/types/assert.hpp"

#include <algorithm>

namespace weir::dialect {

namespace {
constexpr std::size_t key_bytes_max = 64;
}  // namespace

std::string at(std::string_view list, std::size_t index) {
  return std::string{list} + "[" + std::to_string(index) + "]";
}

std::string at(std::string_view object, std::string_view key) {
  std::string place{object};
  if (!place.empty()) place += '.';
  return place.append(key.substr(0, key_bytes_max));
}

bool Checker::refuse(std::string param, std::string detail, Code code) {
  if (!refused_) refused_ = openai::Refused{{code, std::move(detail)}, std::move(param)};
  return false;
}

bool Checker::unsupported(std::string param, std::string detail) {
  return refuse(std::move(param), std::move(detail), Code::not_supported);
}

openai::Refused Checker::take_refused() {
  WEIR_ASSERT(refused_);
  return std::move(*refused_);
}

bool Checker::text(json::Value& value, const std::string& param, std::string& out) {
  if (value.null()) return true;
  if (value.string() == nullptr) return refuse(param, "must be a string");
  out = std::move(*value.string());
  return true;
}

bool Checker::name(json::Value& value, const std::string& param, std::string& out) {
  if (value.string() == nullptr || value.string()->empty())
    return refuse(param, "must be a string that is not empty");
  out = std::move(*value.string());
  return true;
}

bool Checker::required(json::Object& object, std::string_view key, std::string_view param,
                       std::string& out) {
  json::Value none;
  auto* value = member(object, key);
  return name(value == nullptr ? none : *value, at(param, key), out);
}

bool Checker::optional(json::Object& object, std::string_view key, std::string_view param,
                       std::string& out) {
  auto* value = member(object, key);
  return value == nullptr || text(*value, at(param, key), out);
}

bool Checker::flag(const json::Value& value, const std::string& param, bool& out) {
  if (value.null()) return true;
  if (value.boolean() == nullptr) return refuse(param, "must be true or false");
  out = *value.boolean();
  return true;
}

bool Checker::integer(const json::Value& value, const std::string& param, std::int64_t least,
                      std::int64_t most, std::uint32_t& out) {
  if (value.null()) return true;
  const auto integer = value.integer();
  if (!integer || *integer < least || *integer > most)
    return refuse(
        param, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  out = static_cast<std::uint32_t>(*integer);
  return true;
}

bool Checker::number(const json::Value& value, const std::string& param, double least, double most,
                     std::optional<json::Number>& out) {
  if (value.null()) return true;
  const auto real = value.real();
  if (!real || *real < least || *real > most) return refuse(param, "must be a number in its range");
  out = *value.number();
  return true;
}

json::Object* Checker::object(json::Value& value, const std::string& param) {
  if (value.object() == nullptr) refuse(param, "must be an object");
  return value.object();
}

json::Array* Checker::array(json::Value& value, const std::string& param) {
  if (value.array() == nullptr) refuse(param, "must be an array");
  return value.array();
}

bool Checker::only(const json::Object& object, std::string_view param,
                   std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object)
    if (!value.null() && std::find(known.begin(), known.end(), key) == known.end())
      return unsupported(at(param, key), "this field cannot be translated for the provider");
  return true;
}

json::Value* member(json::Object& object, std::string_view key) {
  for (auto& m : object)
    if (m.key == key) return m.value.null() ? nullptr : &m.value;
  return nullptr;
}

}  // namespace weir::dialect
