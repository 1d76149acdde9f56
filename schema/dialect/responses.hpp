// The Responses dialect of OpenAI: POST /v1/responses in and out, to and from OpenAI's chat.
// Source: OpenAI's public API reference and the types of its Python SDK. Streams:
// actors/domain/stream. Nothing of an answer is kept, so nothing can be asked for later.
#pragma once

#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/chat.hpp"
#include "schema/dialect/json_value.hpp"
#include "schema/types/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::dialect::responses {

using anthropic::Translated;

/// Reads a request of the Responses dialect. The body is validated as by openai::inspect, and holds
/// at most 500,000 JSON values. A null is as good as an absent field.
/// Taken: model, input (a string, or items: messages of text and images by URL or by value,
///   function_call, function_call_output), instructions (the first system message),
///   max_output_tokens (1 .. 2^32-1), temperature (0..2), top_p (0..1), stream, tools (functions),
///   tool_choice, parallel_tool_calls, text.format, text.verbosity, reasoning.effort, user,
///   safety_identifier, prompt_cache_key, metadata.data_grade, top_logprobs 0, truncation
///   "disabled", background false.
/// Hints that stay behind: `store`, reasoning items and their summaries, `include` of
///   reasoning.encrypted_content, `service_tier` "auto" and "default", stream_options, an image's
///   `detail`, ids and statuses of items, other metadata, prompt_cache_retention.
/// errors  invalid_request, invalid_grade: the body is wrong; not_supported: it is right, but asks
///         for what nobody here can do (previous_response_id, conversation, background, prompt,
///         files, hosted tools, …). `param` names the place; a detail never quotes the body.
///         O(body).
ChatReading read_chat(std::string_view body);

/// What of a request its answer repeats (tools, tool_choice, temperature, …; not the prompt), as
/// members of a Response. `body` is one that read_chat takes. O(body).
json::Object echo_of(std::string_view body);

/// What the client is told beside the answer itself.
struct AnswerRules {
  std::string model = {};           ///< the name the client asked for
  std::string id = {};              ///< of the Response: "resp_" and at most 128 bytes
  std::int64_t created_unix_s = 0;  ///< `created_at`
  json::Object echo = {};           ///< as echo_of says
};

/// OpenAI's chat.completion (its first choice) as a whole Response: the content as a message of
/// output_text (a refusal as a refusal part), tool calls as function_call items. Reasoning is left
/// out. `status` is "incomplete" after a limit or a filter. errors  upstream_failed: not one valid
/// answer. O(completion).
Result<Translated> from_openai(std::string_view completion, const AnswerRules& rules);

/// The data of an error event: as OpenAI's, with the error once more under "error", which makes its
/// SDKs raise it.
std::string error_event(const Error& error, std::int64_t sequence_number);

}  // namespace weir::dialect::responses
