// A JSON document as a tree, for the translations between dialects. The path of a local request
// does not build one: it edits bytes (openai.hpp).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weir::dialect::json {

class Value;
struct Member;
using Array = std::vector<Value>;
/// Members in the order they were written. No key stands twice in what `parse` returns.
using Object = std::vector<Member>;
/// A number as it was written: translating a body never rounds one.
struct Number {
  std::string text;
};

/// Valid JSON in its shortest form, written as it is: spares a tree that nobody reads.
struct Verbatim {
  std::string text;
};

class Value {
 public:
  Value() = default;  ///< null
  Value(std::same_as<bool> auto truth) : v_{truth} {}
  Value(const char* text) : v_{std::string{text}} {}
  Value(std::string_view text) : v_{std::string{text}} {}
  Value(std::string text) : v_{std::move(text)} {}
  Value(Number number) : v_{std::move(number)} {}
  Value(Verbatim text) : v_{std::move(text)} {}
  Value(Array items) : v_{std::move(items)} {}
  Value(Object members) : v_{std::move(members)} {}
  static Value of(std::int64_t integer) { return Number{std::to_string(integer)}; }

  bool null() const { return std::holds_alternative<std::monostate>(v_); }
  /// The content where the value is of that kind, null otherwise.
  const bool* boolean() const { return std::get_if<bool>(&v_); }
  const Number* number() const { return std::get_if<Number>(&v_); }
  const Verbatim* verbatim() const { return std::get_if<Verbatim>(&v_); }
  const std::string* string() const { return std::get_if<std::string>(&v_); }
  const Array* array() const { return std::get_if<Array>(&v_); }
  const Object* object() const { return std::get_if<Object>(&v_); }
  std::string* string() { return std::get_if<std::string>(&v_); }
  Array* array() { return std::get_if<Array>(&v_); }
  Object* object() { return std::get_if<Object>(&v_); }

  /// The integer that the value is; absent for all else, also for 1.0 and 1e0.
  std::optional<std::int64_t> integer() const;
  /// The number that the value is, rounded; absent for all else.
  std::optional<double> real() const;
  bool operator==(const Value& other) const;  ///< members in order, numbers as written

 private:
  std::variant<std::monostate, bool, Number, Verbatim, std::string, Array, Object> v_;
};

struct Member {
  std::string key;
  Value value;
  bool operator==(const Member& other) const = default;
};

/// The member `key`; null where `object` is no object or has no such member. O(members).
const Value* find(const Value& object, std::string_view key);
/// The same where it is a string; null otherwise.
const std::string* find_string(const Value& object, std::string_view key);

/// `object("a", 1, "b", 2)`: the keys and values in turn, moved in.
inline void put(Object&) {}
template <class... Rest>
void put(Object& object, std::string key, Value value, Rest&&... rest) {
  object.push_back({std::move(key), std::move(value)});
  put(object, std::forward<Rest>(rest)...);
}
template <class... Parts>
Object object(Parts&&... parts) {
  Object made;
  put(made, std::forward<Parts>(parts)...);
  return made;
}

struct ParseLimits {
  std::size_t bytes_max = std::size_t{32} << 20U;
  /// Values of all kinds together; each costs up to 72 bytes beside its text.
  std::size_t values_max = 500'000;
  int depth_max = 64;  ///< at most json::depth_max
};

/// Either `value`, or why there is none: `why` never quotes the text.
struct Parsed {
  std::optional<Value> value;
  const char* why = "";
  std::size_t where = 0;
};

/// Reads one document whole: UTF-8, no lone surrogate, no key twice in one object (compared
/// unescaped). Every limit is checked before what it bounds is allocated. O(text).
Parsed parse(std::string_view text, const ParseLimits& limits = {});

/// Appends the value in its shortest form. Strings are written in their one canonical form: only
/// what must be escaped is, so that text is found in the output as its plain UTF-8. The text of a
/// parsed document never grows by this.
void append(std::string& out, const Value& value);
std::string text_of(const Value& value);
/// Appends `text`, which must be UTF-8, as a JSON string in that form.
void append_string(std::string& out, std::string_view text);

}  // namespace weir::dialect::json
