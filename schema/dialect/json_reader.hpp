// A strict JSON reader that validates every byte it passes and knows where each value stands.
//
// simdjson's first stage (the kernel is chosen at run time) checks UTF-8 and finds the tokens of
// the whole text at once; this reader walks them all. simdjson's on-demand front end is not used
// for the walk: it leaves unread values unchecked and unescapes strings byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::dialect::json {

inline constexpr int depth_max = 64;
/// Keys of objects that are open at the same time, all depths together.
inline constexpr std::size_t open_keys_max = 65'536;
/// Longest text; longer ones are refused. The token index takes up to 4 bytes per byte of text.
inline constexpr std::size_t text_bytes_max = std::size_t{1} << 30U;

/// Whether an object that holds a key twice is an error. Keys are compared unescaped.
enum class Duplicates { refused, allowed };

/// Reads one document from front to back. Every call that reads returns false once something is
/// wrong; `why` and `where` then tell what. The text must outlive the reader; no byte beyond its
/// end is touched. Reading a document whole is O(text) (O(k log k) for an object of k keys).
class Reader {
 public:
  Reader(std::string_view text, Duplicates duplicates);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// First byte of the next token; '\0' at the end and after an error.
  char next() const { return at_ < count_ ? text_[tokens_[at_]] : '\0'; }

  /// Reads an object. `member(key)` must read exactly the member's value and return true, or
  /// return false to give up. `key` is unescaped and valid until the value is read.
  template <class Member>
  bool object(Member&& member) {
    const Opened opened = open('{');
    if (!opened.ok) return false;
    if (next() != '}') do {
        std::string_view name;
        if (!key(name) || !member(name)) return false;
      } while (comma());
    return close('}', opened);
  }
  /// Reads an array. `element()` must read exactly one value and return true.
  template <class Element>
  bool array(Element&& element) {
    const Opened opened = open('[');
    if (!opened.ok) return false;
    if (next() != ']') do {
        if (!element()) return false;
      } while (comma());
    return close(']', opened);
  }
  /// Reads any value, checking all of it.
  bool skip();
  /// Reads a string into `out`, unescaped.
  bool string(std::string& out);
  /// Reads true or false.
  bool boolean(bool& out);
  /// Reads a number; `out` is empty unless it is an integer that 64 bits hold.
  bool number(std::optional<std::int64_t>& out);
  /// True when the document is over and nothing follows.
  bool end();

  /// The value that was read last: its bytes [value_begin, value_end).
  std::size_t value_begin() const { return value_begin_; }
  std::size_t value_end() const { return value_end_; }
  /// Inside `member`, before its value is read: where the member's key begins, and the comma
  /// before it (absent for the first member).
  std::size_t key_begin() const { return tokens_[at_ - 2]; }
  std::optional<std::size_t> comma_before() const;
  /// Where the next token begins; the text's size at the end.
  std::size_t token_begin() const { return at_ < count_ ? tokens_[at_] : text_.size(); }

  const char* why() const { return why_ == nullptr ? "" : why_; }
  std::size_t where() const { return where_; }

 private:
  struct Scratch;
  struct Opened {
    bool ok = false;
    std::size_t begin = 0;  ///< the opening bracket
    std::size_t keys = 0;   ///< open keys before this object
    std::size_t arena = 0;  ///< unescaped bytes before this object
  };

  bool fail(const char* why, std::size_t where);
  bool index();
  bool escapes();
  Opened open(char bracket);
  bool close(char bracket, const Opened& opened);
  bool comma();
  bool key(std::string_view& out);
  bool keep_key(std::string_view raw, bool escaped);
  bool unique_keys(const Opened& opened);
  bool string_token(std::string_view& raw);
  bool literal(std::string_view word);
  bool number_token(bool& integral);
  bool delimited(std::size_t end);

  std::string_view text_;
  Duplicates duplicates_;
  std::unique_ptr<Scratch> scratch_;
  const std::uint32_t* tokens_ = nullptr;
  std::size_t count_ = 0;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool has_escapes_ = false;
  std::size_t value_begin_ = 0;
  std::size_t value_end_ = 0;
  const char* why_ = nullptr;
  std::size_t where_ = 0;
};

}  // namespace weir::dialect::json
