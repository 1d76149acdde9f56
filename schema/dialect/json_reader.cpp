#include "schema/dialect/json_reader.hpp"

#include "schema/types/assert.hpp"

#include <simdjson.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

namespace weir::dialect::json {

namespace {

/// A scratch of at most this text size is kept by its thread for the next reader.
constexpr std::size_t kept_text_max = std::size_t{1} << 20U;
constexpr std::size_t kept_text_min = std::size_t{1} << 14U;
/// Objects with more keys are checked for duplicates by sorting.
constexpr std::size_t pairwise_keys_max = 16;

bool space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

/// Per byte: the value of a hexadecimal digit, 16 for other bytes.
constexpr auto hex_values = [] {
  std::array<std::uint8_t, 256> table{};
  for (auto& value : table) value = 16;
  for (std::uint8_t i = 0; i < 10; ++i) table[std::size_t{'0'} + i] = i;
  for (std::uint8_t i = 10; i < 16; ++i)
    table[std::size_t{'a'} + i - 10] = table[std::size_t{'A'} + i - 10] = i;
  return table;
}();

/// Per byte: what `\` and that byte stand for; 0 where they are no escape.
constexpr auto short_escapes = [] {
  std::array<char, 256> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['/'] = '/';
  table['b'] = '\b';
  table['f'] = '\f';
  table['n'] = '\n';
  table['r'] = '\r';
  table['t'] = '\t';
  return table;
}();

std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

/// Four hexadecimal digits; -1 where they are not.
int hex4(const char* p) {
  const int a = hex_values[index_of(p[0])], b = hex_values[index_of(p[1])];
  const int c = hex_values[index_of(p[2])], d = hex_values[index_of(p[3])];
  return ((a | b | c | d) & 16) != 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

bool high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// Bytes of the escape at `p` (its backslash); 0 where it is not one. A lone surrogate is none.
std::size_t escape_bytes(const char* p, const char* end) {
  if (end - p < 2) return 0;
  if (p[1] != 'u') return short_escapes[index_of(p[1])] != 0 ? 2 : 0;
  if (end - p < 6) return 0;
  const int unit = hex4(p + 2);
  if (unit < 0 || low_surrogate(unit)) return 0;
  if (!high_surrogate(unit)) return 6;
  const bool paired = end - p >= 12 && p[6] == '\\' && p[7] == 'u' && low_surrogate(hex4(p + 8));
  return paired ? 12 : 0;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t b) { out.push_back(static_cast<char>(b)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | c >> 6U);
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12U);
    byte(0x80 | (c >> 6U & 0x3F));
  } else {
    byte(0xF0 | c >> 18U);
    byte(0x80 | (c >> 12U & 0x3F));
    byte(0x80 | (c >> 6U & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

/// Appends one escape of `bytes` bytes, already checked by escape_bytes.
void append_unescaped(std::string& out, const char* p, std::size_t bytes) {
  if (bytes == 2) {
    out.push_back(short_escapes[index_of(p[1])]);
  } else if (bytes == 6) {
    append_utf8(out, static_cast<char32_t>(hex4(p + 2)));
  } else {
    append_utf8(out, 0x10000U + (static_cast<char32_t>(hex4(p + 2) - 0xD800) << 10U) +
                         static_cast<char32_t>(hex4(p + 8) - 0xDC00));
  }
}

/// Appends the inside of a string whose escapes were checked before.
void append_string(std::string& out, std::string_view raw) {
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p < end) {
    const auto* slash =
        static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
    if (slash == nullptr) slash = end;
    out.append(p, slash);
    if (slash == end) return;
    const auto bytes = escape_bytes(slash, end);
    WEIR_ASSERT(bytes != 0);
    append_unescaped(out, slash, bytes);
    p = slash + bytes;
  }
}

/// A key of an open object. `head` holds its first eight bytes, so that most comparisons are one.
struct Key {
  std::uint64_t head = 0;
  std::uint32_t begin = 0;
  std::uint32_t bytes = 0;
  bool unescaped = false;  ///< `begin` counts in the arena, not in the text
};

std::uint64_t head_of(std::string_view key) {
  std::uint64_t head = 0;
  if (key.size() >= sizeof head) {
    std::memcpy(&head, key.data(), sizeof head);
  } else {
    for (const char c : key) head = head << 8U | index_of(c);
  }
  return head;
}

const char* stage1_error(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return "there is no value";
    case simdjson::UTF8_ERROR:
      return "it is not UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "a string holds a control character";
    default:
      return "it cannot be read";
  }
}

}  // namespace

/// What a reader allocates; handed from reader to reader of a thread.
struct Reader::Scratch {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
  std::vector<Key> keys;
  std::string arena;

  /// A scratch for `bytes` of text; null when memory is short.
  static std::unique_ptr<Scratch> take(std::size_t bytes) {
    auto scratch = std::exchange(kept, nullptr);
    if (!scratch) scratch = std::make_unique<Scratch>();
    if (scratch->stage1 && scratch->stage1->capacity() >= bytes) return scratch;
    auto capacity = kept_text_min;
    while (capacity < bytes && capacity < kept_text_max) capacity *= 2;
    capacity = std::max(capacity, bytes);
    const auto* kernel =
        static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
    if (kernel->create_dom_parser_implementation(capacity, 1, scratch->stage1) != simdjson::SUCCESS)
      return nullptr;
    return scratch;
  }
  static void give_back(std::unique_ptr<Scratch> scratch) {
    if (!scratch || scratch->stage1->capacity() > kept_text_max) return;
    scratch->keys.clear();
    scratch->arena.clear();
    if (scratch->arena.capacity() > kept_text_max) scratch->arena.shrink_to_fit();
    kept = std::move(scratch);
  }

  static thread_local std::unique_ptr<Scratch> kept;
};
thread_local std::unique_ptr<Reader::Scratch> Reader::Scratch::kept;

Reader::Reader(std::string_view text, Duplicates duplicates)
    : text_{text}, duplicates_{duplicates} {
  if (!index() || !escapes()) count_ = 0;
}

Reader::~Reader() { Scratch::give_back(std::move(scratch_)); }

bool Reader::fail(const char* why, std::size_t where) {
  if (why_ == nullptr) {
    why_ = why;
    where_ = where;
    count_ = 0;
  }
  return false;
}

bool Reader::index() {
  if (text_.empty()) return fail("there is no value", 0);
  if (text_.size() > text_bytes_max) return fail("it is too long", 0);
  scratch_ = Scratch::take(text_.size());
  if (!scratch_) return fail("there is no memory to read it", 0);
  // Stage 1 copies the last block aside, so the text needs no padding behind it.
  const auto error = scratch_->stage1->stage1(reinterpret_cast<const std::uint8_t*>(text_.data()),
                                              text_.size(), simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) return fail(stage1_error(error), 0);
  tokens_ = scratch_->stage1->structural_indexes.get();
  count_ = scratch_->stage1->n_structural_indexes;
  return true;
}

/// Checks every escape of the text at once. A backslash outside a string begins a token that no
/// rule accepts, so all others stand in strings.
bool Reader::escapes() {
  const char* p = text_.data();
  const char* const end = p + text_.size();
  while (p < end) {
    if (*p != '\\') {
      p = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
      if (p == nullptr) return true;
    }
    has_escapes_ = true;
    const auto bytes = escape_bytes(p, end);
    if (bytes == 0)
      return fail("an escape is not valid", static_cast<std::size_t>(p - text_.data()));
    p += bytes;
  }
  return true;
}

Reader::Opened Reader::open(char bracket) {
  if (next() != bracket) {
    fail(bracket == '{' ? "an object is expected" : "an array is expected", token_begin());
    return {};
  }
  if (++depth_ > depth_max) {
    fail("it is nested too deeply", token_begin());
    return {};
  }
  return {true, tokens_[at_++], scratch_->keys.size(), scratch_->arena.size()};
}

bool Reader::close(char bracket, const Opened& opened) {
  if (next() != bracket) return fail("a comma or closing bracket is expected", token_begin());
  value_begin_ = opened.begin;
  value_end_ = tokens_[at_++] + 1;
  --depth_;
  const bool unique = bracket == ']' || duplicates_ == Duplicates::allowed || unique_keys(opened);
  scratch_->keys.resize(opened.keys);
  scratch_->arena.resize(opened.arena);
  return unique || fail("a key stands twice in one object", opened.begin);
}

bool Reader::comma() {
  if (next() != ',') return false;
  ++at_;
  return true;
}

bool Reader::string_token(std::string_view& raw) {
  if (next() != '"') return fail("a string is expected", token_begin());
  const std::size_t begin = tokens_[at_++];
  auto end = token_begin();
  while (end > begin + 1 && space(text_[end - 1])) --end;
  // Stage 1 has paired the quotes; anything behind the closing one is a token of its own.
  if (end < begin + 2 || text_[end - 1] != '"') return fail("a string is not closed", begin);
  value_begin_ = begin;
  value_end_ = end;
  raw = text_.substr(begin + 1, end - begin - 2);
  return true;
}

bool Reader::key(std::string_view& out) {
  if (!string_token(out)) return false;
  if (next() != ':') return fail("a colon is expected", token_begin());
  ++at_;
  const bool escaped = has_escapes_ && out.find('\\') != std::string_view::npos;
  if (!escaped && duplicates_ == Duplicates::allowed) return true;
  if (!keep_key(out, escaped)) return false;
  if (escaped) {
    const auto& kept = scratch_->keys.back();
    out = std::string_view{scratch_->arena}.substr(kept.begin, kept.bytes);
  }
  return true;
}

bool Reader::keep_key(std::string_view raw, bool escaped) {
  auto& keys = scratch_->keys;
  auto& arena = scratch_->arena;
  if (keys.size() >= open_keys_max) return fail("it has too many keys", value_begin_);
  if (escaped) {
    const auto begin = arena.size();
    append_string(arena, raw);
    const auto key = std::string_view{arena}.substr(begin);
    keys.push_back({head_of(key), static_cast<std::uint32_t>(begin),
                    static_cast<std::uint32_t>(key.size()), true});
  } else {
    keys.push_back({head_of(raw), static_cast<std::uint32_t>(raw.data() - text_.data()),
                    static_cast<std::uint32_t>(raw.size()), false});
  }
  return true;
}

bool Reader::unique_keys(const Opened& opened) {
  auto& keys = scratch_->keys;
  const auto first = keys.begin() + static_cast<std::ptrdiff_t>(opened.keys);
  const auto view = [this](const Key& k) {
    return (k.unescaped ? std::string_view{scratch_->arena} : text_).substr(k.begin, k.bytes);
  };
  const auto same = [&](const Key& a, const Key& b) {
    return a.head == b.head && a.bytes == b.bytes && (a.bytes <= 8 || view(a) == view(b));
  };
  bool twice = false;
  if (static_cast<std::size_t>(keys.end() - first) <= pairwise_keys_max) {
    for (auto a = first; a != keys.end(); ++a)
      for (auto b = first; b != a; ++b) twice = twice || same(*a, *b);
  } else {
    std::sort(first, keys.end(), [&](const Key& a, const Key& b) {
      if (a.head != b.head) return a.head < b.head;
      if (a.bytes != b.bytes) return a.bytes < b.bytes;
      return a.bytes > 8 && view(a) < view(b);
    });
    twice = std::adjacent_find(first, keys.end(), same) != keys.end();
  }
  return !twice;
}

bool Reader::delimited(std::size_t end) {
  if (end >= text_.size()) return true;
  const char c = text_[end];
  return space(c) || c == ',' || c == '}' || c == ']' || c == ':' || c == '{' || c == '[';
}

bool Reader::literal(std::string_view word) {
  const std::size_t begin = token_begin();
  if (text_.substr(begin, word.size()) != word || !delimited(begin + word.size()))
    return fail("a value is expected", begin);
  ++at_;
  value_begin_ = begin;
  value_end_ = begin + word.size();
  return true;
}

bool Reader::number_token(bool& integral) {
  const std::size_t begin = token_begin();
  std::size_t p = begin;
  const auto at = [this](std::size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  const auto digits = [&] {
    const auto from = p;
    while (digit(at(p))) ++p;
    return p > from;
  };
  integral = true;
  if (at(p) == '-') ++p;
  if (at(p) == '0') {
    ++p;
  } else if (!digits()) {
    return fail("a value is expected", begin);
  }
  if (at(p) == '.') {
    integral = false;
    ++p;
    if (!digits()) return fail("a number is not valid", begin);
  }
  if (at(p) == 'e' || at(p) == 'E') {
    integral = false;
    ++p;
    if (at(p) == '+' || at(p) == '-') ++p;
    if (!digits()) return fail("a number is not valid", begin);
  }
  if (!delimited(p)) return fail("a number is not valid", begin);
  ++at_;
  value_begin_ = begin;
  value_end_ = p;
  return true;
}

bool Reader::skip() {
  std::string_view raw;
  bool integral = false;
  switch (next()) {
    case '"':
      return string_token(raw);
    case '{':
      return object([this](std::string_view) { return skip(); });
    case '[':
      return array([this] { return skip(); });
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default:
      return number_token(integral);
  }
}

bool Reader::string(std::string& out) {
  std::string_view raw;
  if (!string_token(raw)) return false;
  out.clear();
  if (has_escapes_) {
    append_string(out, raw);
  } else {
    out.assign(raw);
  }
  return true;
}

bool Reader::boolean(bool& out) {
  out = next() == 't';
  return literal(out ? "true" : "false");
}

bool Reader::number(std::optional<std::int64_t>& out) {
  bool integral = false;
  if (!number_token(integral)) return false;
  std::int64_t value = 0;
  const auto parsed =
      std::from_chars(text_.data() + value_begin_, text_.data() + value_end_, value);
  const bool fits = integral && parsed.ec == std::errc{};
  out = fits ? std::optional{value} : std::nullopt;
  return true;
}

bool Reader::end() {
  if (why_ != nullptr) return false;
  return at_ == count_ || fail("something follows the document", token_begin());
}

std::optional<std::size_t> Reader::comma_before() const {
  const std::size_t before = tokens_[at_ - 3];
  return text_[before] == ',' ? std::optional{before} : std::nullopt;
}

}  // namespace weir::dialect::json
