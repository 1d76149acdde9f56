#include "schema/dialect/json_value.hpp"

#include "schema/dialect/json_reader.hpp"

#include <algorithm>
#include <charconv>

namespace weir::dialect::json {

namespace {

/// Builds the tree of one text.
class Builder {
 public:
  Builder(std::string_view text, const ParseLimits& limits)
      : text_{text}, limits_{limits}, reader_{text, Duplicates::refused} {}

  Parsed run() {
    Parsed parsed;
    Value root;
    if (value(root) && reader_.end()) {
      parsed.value = std::move(root);
    } else {
      parsed.why = why_ != nullptr ? why_ : reader_.why();
      parsed.where = why_ != nullptr ? where_ : reader_.where();
    }
    return parsed;
  }

 private:
  bool stop(const char* why) {
    why_ = why;
    where_ = reader_.token_begin();
    return false;
  }

  bool value(Value& out) {
    if (++count_ > limits_.values_max) return stop("it has too many values");
    switch (reader_.next()) {
      case '"': {
        std::string text;
        if (!reader_.string(text)) return false;
        out = std::move(text);
        return true;
      }
      case '{':
        return nested([&] { return object(out); });
      case '[':
        return nested([&] { return array(out); });
      case 't':
      case 'f': {
        bool truth = false;
        if (!reader_.boolean(truth)) return false;
        out = truth;
        return true;
      }
      case 'n':
        return reader_.skip();
      default:
        return number(out);
    }
  }

  template <class Read>
  bool nested(Read&& read) {
    if (++depth_ > limits_.depth_max) return stop("it is nested too deeply");
    if (!read()) return false;
    --depth_;
    return true;
  }

  bool object(Value& out) {
    Object members;
    const bool whole = reader_.object([&](std::string_view key) {
      members.push_back({std::string{key}, {}});
      return value(members.back().value);
    });
    out = std::move(members);
    return whole;
  }

  bool array(Value& out) {
    Array items;
    const bool whole = reader_.array([&] { return value(items.emplace_back()); });
    out = std::move(items);
    return whole;
  }

  bool number(Value& out) {
    std::optional<std::int64_t> integer;
    if (!reader_.number(integer)) return false;
    const auto begin = reader_.value_begin();
    out = Number{std::string{text_.substr(begin, reader_.value_end() - begin)}};
    return true;
  }

  std::string_view text_;
  ParseLimits limits_;
  Reader reader_;
  std::size_t count_ = 0;
  int depth_ = 0;
  const char* why_ = nullptr;
  std::size_t where_ = 0;
};

bool must_escape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

void append_escape(std::string& out, char c) {
  static constexpr std::string_view hex = "0123456789abcdef";
  static constexpr std::string_view named = "\"\\\b\f\n\r\t";
  static constexpr std::string_view names = "\"\\bfnrt";
  if (const auto at = named.find(c); at != std::string_view::npos) {
    out.append({'\\', names[at]});
  } else {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\u00").append({hex[byte >> 4U], hex[byte & 15U]});
  }
}

/// Appends `open`, the items with commas between them, and `close`.
template <class Items, class Item>
void append_list(std::string& out, char open, const Items& items, char close, Item&& item) {
  out.push_back(open);
  bool first = true;
  for (const auto& each : items) {
    if (!std::exchange(first, false)) out.push_back(',');
    item(each);
  }
  out.push_back(close);
}

template <class T>
std::optional<T> whole_number(const Number* number) {
  T value{};
  if (number == nullptr) return std::nullopt;
  const auto* const end = number->text.data() + number->text.size();
  const auto parsed = std::from_chars(number->text.data(), end, value);
  return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional{value} : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> Value::integer() const { return whole_number<std::int64_t>(number()); }
std::optional<double> Value::real() const { return whole_number<double>(number()); }

bool Value::operator==(const Value& other) const {
  if (v_.index() != other.v_.index()) return false;
  if (const auto* n = number()) return n->text == other.number()->text;
  if (const auto* v = verbatim()) return v->text == other.verbatim()->text;
  if (const auto* s = string()) return *s == *other.string();
  if (const auto* b = boolean()) return *b == *other.boolean();
  if (const auto* a = array()) return *a == *other.array();
  return object() == nullptr || *object() == *other.object();
}

const Value* find(const Value& object, std::string_view key) {
  const auto* members = object.object();
  if (members == nullptr) return nullptr;
  const auto at = std::find_if(members->begin(), members->end(),
                               [key](const Member& member) { return member.key == key; });
  return at == members->end() ? nullptr : &at->value;
}

const std::string* find_string(const Value& object, std::string_view key) {
  const auto* value = find(object, key);
  return value == nullptr ? nullptr : value->string();
}

Parsed parse(std::string_view text, const ParseLimits& limits) {
  if (text.size() > limits.bytes_max) return {std::nullopt, "it is too long", 0};
  return Builder{text, limits}.run();
}

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if(text.begin(), text.end(), must_escape) - text.begin());
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out.push_back('"');
}

void append(std::string& out, const Value& value) {
  if (const auto* s = value.string()) return append_string(out, *s);
  if (const auto* n = value.number()) {
    out.append(n->text);
  } else if (const auto* v = value.verbatim()) {
    out.append(v->text);
  } else if (const auto* b = value.boolean()) {
    out.append(*b ? "true" : "false");
  } else if (const auto* a = value.array()) {
    append_list(out, '[', *a, ']', [&out](const Value& item) { append(out, item); });
  } else if (const auto* o = value.object()) {
    append_list(out, '{', *o, '}', [&out](const Member& member) {
      append_string(out, member.key);
      out.push_back(':');
      append(out, member.value);
    });
  } else {
    out.append("null");
  }
}

std::string text_of(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace weir::dialect::json
