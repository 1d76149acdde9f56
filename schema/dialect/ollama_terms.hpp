// The parts of Ollama's answers; whole answers and streams share them.
#pragma once

#include "schema/dialect/json_value.hpp"
#include "schema/dialect/ollama.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::dialect::ollama {

/// The head of an answer, or of a line of one: model, created_at, and what is said as a message or
/// as a response.
json::Object said(const AnswerRules& rules, std::string_view text, std::string_view thinking,
                  json::Array calls);
json::Object call_of(std::size_t index, std::string_view id, std::string_view name,
                     json::Value arguments);
/// Ollama's done_reason for OpenAI's finish_reason.
std::string_view done_reason(std::string_view finish_reason);
/// OpenAI's finish_reason for Ollama's done_reason.
std::string_view finish_reason(std::string_view done_reason, bool tools_called);
/// Appends `done` true with its reason, the counts, and the durations as they are known: the whole
/// from `rules.elapsed`, the parts from llama.cpp's `timings` (null: there are none).
void put_end(json::Object& answer, const AnswerRules& rules, std::string_view finish_reason,
             const std::optional<Usage>& usage, const json::Value* timings);

/// What a message of Ollama's calls, as OpenAI's tool_calls. Ids that are not told are made of
/// `rules.id` and the call's number, which goes on from `before`. `indexed`: for a chunk.
/// errors  upstream_failed: a call without a name, or whose arguments are not an object.
Result<json::Array> openai_calls(const json::Value& message, const AnswerRules& rules,
                                 std::size_t before, bool indexed);
/// A `usage` object of OpenAI's chat.
json::Object openai_usage(const Usage& usage);

}  // namespace weir::dialect::ollama
