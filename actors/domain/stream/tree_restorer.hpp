// Puts values back into a JSON tree, within a bound. Pure.
#pragma once

#include "actors/domain/stream/text_restorer.hpp"
#include "schema/dialect/json_value.hpp"

#include <cstddef>
#include <string>

namespace weir::domain {

class TreeRestorer {
 public:
  /// `calls_in_text`  the `arguments` of a `function` or `function_call` are JSON in a string.
  TreeRestorer(const Vault& vault, bool calls_in_text)
      : vault_{&vault}, calls_in_text_{calls_in_text} {}

  /// Begins a document, whose restored strings take at most `bytes_max`.
  void begin(std::size_t bytes_max);
  /// Restores each string of a tree within itself, keys too. O(tree).
  void strings(dialect::json::Value& value);
  /// Restores one string that is a piece of a longer text.
  void piece(TextRestorer& restorer, std::string& text);
  /// Puts `text` behind what there is.
  void append(std::string& to, std::string_view text);

  bool changed() const { return changed_; }       ///< since `begin`
  bool overflowed() const { return left_ == 0; }  ///< since `begin`; the document is of no use

 private:
  void whole(std::string& text, TextContext context);
  void call(dialect::json::Object& function);

  const Vault* vault_;
  bool calls_in_text_;
  bool changed_ = false;
  std::size_t left_ = 1;
};

}  // namespace weir::domain
