// What all dialects' readers of tools have in common.
#pragma once

#include "schema/dialect/chat.hpp"
#include "schema/dialect/checker.hpp"

#include <string>
#include <string_view>

namespace weir::dialect {

/// Where a tool's function describes its arguments.
struct SchemaField {
  std::string_view key;
  bool required = false;
};

/// Reads the name, description, `strict` and arguments' schema of a function, whose members stand
/// at `place` and are known to be no others.
bool read_function(Checker& check, json::Object& function, const std::string& place,
                   SchemaField schema, ChatTool& tool);

/// Reads OpenAI's words for `tool_choice`: none, auto, required.
bool read_choice_word(Checker& check, std::string_view word, ChatRequest& request);

}  // namespace weir::dialect
