// The parts of a Response; whole answers and streams share them.
#pragma once

#include "schema/dialect/json_value.hpp"
#include "schema/dialect/responses.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::dialect::responses {

/// The `status` of a Response and the reason of its `incomplete_details`, for a finish_reason.
struct Ending {
  std::string_view status = "completed";
  std::string_view reason = "";  ///< empty: complete
};
Ending ending_of(std::string_view finish_reason);
/// A Response of these items. `usage` is null where it is not known. O(output).
json::Object response_of(const AnswerRules& rules, std::string_view status,
                         std::string_view incomplete_reason, json::Array output, json::Value usage);
/// A `usage` object of the Responses dialect from one of OpenAI's chat; null where there is none.
json::Value usage_of(const json::Value* chat_usage);
/// The items of an output. `status` is "in_progress", "completed" or "incomplete".
json::Object message_item(std::string id, std::string_view status, json::Array content);
json::Object call_item(std::string id, std::string_view status, std::string call_id,
                       std::string name, std::string arguments);
json::Object text_part(std::string_view text);
json::Object refusal_part(std::string_view text);
/// The id of a part of the answer: "msg_…_0", where `kind` is "msg". It follows from the
/// Response's.
std::string item_id(const AnswerRules& rules, std::string_view kind, std::size_t number);

}  // namespace weir::dialect::responses
