// What whole answers and streams of OpenAI's chat have in common for those who translate them.
#pragma once

#include "schema/dialect/json_value.hpp"
#include "schema/types/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::dialect::openai {

/// The first choice of an answer or a chunk; null where there is none. O(choices).
const json::Value* first_choice(const json::Value& answer);
/// The string `key` of `object`; empty where there is none.
std::string_view text_at(const json::Value& object, std::string_view key);
/// Whether an event's data is "[DONE]".
bool is_done_marker(std::string_view data);
/// Whether an event tells of an error, by its name or its content.
bool tells_of_error(std::string_view name, const json::Value& event);
/// "the engine's answer " and `what` is wrong with it.
Error broken_answer(std::string_view what);

/// The parts of a whole answer.
struct Said {
  std::string content;
  std::string refusal;
  std::string reasoning;
  struct Call {
    std::string id;
    std::string name;
    std::string arguments;  ///< as the model wrote them
  };
  std::vector<Call> calls;
  std::string finish_reason = "stop";
};
/// What the first choice of a chat.completion says. errors  upstream_failed: it is none, or has a
/// call without a name. O(answer).
Result<Said> said_of(const json::Value& completion);

/// A call's arguments as the text of one JSON object, empty ones as {}; absent where they are none.
std::optional<json::Verbatim> object_of(std::string_view arguments);

}  // namespace weir::dialect::openai
