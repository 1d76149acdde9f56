// Typed reads of a JSON tree that remember the first thing that is wrong.
#pragma once

#include "schema/dialect/json_value.hpp"
#include "schema/dialect/openai.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace weir::dialect {

/// "messages[3]", for refusals.
std::string at(std::string_view list, std::size_t index);
/// "messages[3].role". A key that a client made up is cut at 64 bytes.
std::string at(std::string_view object, std::string_view key);

/// Reads values that it may move from. Every read returns false once it has refused; a null leaves
/// `out` as it is and is fine, unless the comment says otherwise.
class Checker {
 public:
  bool refuse(std::string param, std::string detail, Code code = Code::invalid_request);
  /// Refuses what is well-formed but cannot be translated.
  bool unsupported(std::string param, std::string detail);
  bool refused() const { return refused_.has_value(); }
  openai::Refused take_refused();

  bool text(json::Value& value, const std::string& param, std::string& out);
  /// A string of at least one byte; null is refused.
  bool name(json::Value& value, const std::string& param, std::string& out);
  /// The member `key` of `object`, which stands at `param`: a string that must be there and not be
  /// empty; or a string that may be absent.
  bool required(json::Object& object, std::string_view key, std::string_view param,
                std::string& out);
  bool optional(json::Object& object, std::string_view key, std::string_view param,
                std::string& out);
  bool flag(const json::Value& value, const std::string& param, bool& out);
  bool integer(const json::Value& value, const std::string& param, std::int64_t least,
               std::int64_t most, std::uint32_t& out);
  /// A number from `least` to `most`, kept as it was written.
  bool number(const json::Value& value, const std::string& param, double least, double most,
              std::optional<json::Number>& out);
  /// The members of an object, or the items of an array; null where it is none, which is refused.
  json::Object* object(json::Value& value, const std::string& param);
  json::Array* array(json::Value& value, const std::string& param);
  /// Calls `read(item, "list[i]")` for the items of an array, until one returns false.
  template <class Read>
  bool each(json::Value& value, const std::string& param, Read&& read) {
    auto* items = array(value, param);
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i)
      if (!read((*items)[i], at(param, i))) return false;
    return true;
  }
  /// Refuses every member of `object` that is not null and not one of `known`.
  bool only(const json::Object& object, std::string_view param,
            std::initializer_list<std::string_view> known);

 private:
  std::optional<openai::Refused> refused_;
};

/// The member's value for moving from; null where there is none or it is a JSON null.
json::Value* member(json::Object& object, std::string_view key);

}  // namespace weir::dialect
