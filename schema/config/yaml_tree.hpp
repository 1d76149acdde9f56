// A YAML file as a small tree in which every part knows its line and column. No aliases, tags or
// second documents, so what is read is what stands in the file. Hides yaml-cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::config {

inline constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

/// A place in the file; both count from 1. Lines before columns in the order.
struct Place {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Node {
  enum class Kind { null, scalar, list, map };
  struct Member;

  Kind kind = Kind::null;
  Place place;
  std::string text;  ///< of a scalar; `${NAME}` still stands as reference_open … reference_close
  std::vector<Node> items;
  std::vector<Member> members;  ///< in file order; a key may stand twice

  const Node* find(std::string_view key) const;
};

struct Node::Member {
  std::string key;
  Place place;
  Node value;
};

/// `${NAME}` would end a plain value inside `{ }`. Before YAML is read its braces become these
/// two bytes, which no file may hold itself.
inline constexpr char reference_open = '\x02';
inline constexpr char reference_close = '\x03';
/// The text with its references as they were written.
std::string as_written(std::string text);

struct Problem {
  Place place;
  std::string what;
};

struct Tree {
  Node root;
  std::vector<Problem> problems;  ///< empty means that `root` is the whole file
};

/// Reads one document. O(text).
Tree read_tree(const std::string& text);

}  // namespace weir::config
