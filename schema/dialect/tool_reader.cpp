#include "schema/dialect/tool_reader.hpp"

#include <utility>

namespace weir::dialect {

bool read_function(Checker& check, json::Object& function, const std::string& place,
                   SchemaField schema, ChatTool& tool) {
  if (!check.required(function, "name", place, tool.name)) return false;
  if (member(function, "description") != nullptr &&
      !check.optional(function, "description", place, tool.description.emplace()))
    return false;
  if (auto* strict = member(function, "strict");
      strict != nullptr && !check.flag(*strict, at(place, "strict"), tool.strict))
    return false;
  json::Value none;
  auto* described = member(function, schema.key);
  if (described == nullptr && !schema.required) return true;
  if (check.object(described == nullptr ? none : *described, at(place, schema.key)) == nullptr)
    return false;
  tool.schema = std::move(*described);
  return true;
}

bool read_choice_word(Checker& check, std::string_view word, ChatRequest& request) {
  request.tool_choice = word == "none"       ? ToolChoice::none
                        : word == "required" ? ToolChoice::any
                                             : ToolChoice::automatic;
  return word == "none" || word == "required" || word == "auto" ||
         check.refuse("tool_choice", "must be none, auto, required or a function");
}

}  // namespace weir::dialect
