// The Anthropic dialect: POST /v1/messages in and out, both ways between it and OpenAI's chat.
// Source: Anthropic's public API reference (messages, streaming, errors) and the types of its
// Python SDK, anthropic-version 2023-06-01. Streams: actors/domain/stream.
#pragma once

#include "schema/dialect/chat.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::dialect::anthropic {

/// What a body asks for: an answer, or how many tokens it has (max_tokens may then be absent).
enum class Call : std::uint8_t { messages, count_tokens };

/// Reads a request of Anthropic's dialect. The body is validated as by openai::inspect, and holds
/// at most 500,000 JSON values. A null is as good as an absent field.
/// Taken: model (1 .. 256 bytes without control characters), messages, max_tokens (1 .. 2^32-1),
///   system, stop_sequences, stream, temperature (0..1), top_p (0..1), top_k, tools (custom ones),
///   tool_choice with disable_parallel_tool_use, thinking, metadata.user_id and, our own,
///   metadata.data_grade. Blocks: text, image (base64, url), tool_use, tool_result, thinking,
///   redacted_thinking, document (plain text, which becomes a text).
/// Hints that stay behind: cache_control, service_tier, eager_input_streaming, a document's title
///   and context.
/// errors  invalid_request, invalid_grade: the body is wrong or holds a field that Anthropic does
///         not define; not_supported: it holds one that has no counterpart (server tools, PDF
///         documents, containers, output_config, …). A detail never quotes the body. O(body).
ChatReading read_chat(std::string_view body, Call call = Call::messages);

/// Writes a request for Anthropic's API. System and developer messages become `system`; turns of
/// one role that follow each other become one, a tool's answers before the rest; empty texts are
/// left out. max_tokens is always set; a temperature above 1, the most there is, becomes 1.
/// `rules.output_tokens_default` must not be 0. Reasoning that carries no signature of Anthropic's
/// stays behind.
/// errors  not_supported: fields of OpenAI's dialect alone (n > 1, logprobs, response_format, …),
///         a participant's name, an image that is not JPEG, PNG, GIF or WebP; invalid_request:
///         a tool call's arguments are not a JSON object nested at most 48 deep, or no message
///         holds anything; body_too_large. O(request).
Rendering write_chat(ChatRequest request, const WriteRules& rules);

/// An answer in the client's dialect.
struct Translated {
  std::string body;
  std::optional<Usage> usage;
};

/// What the client is told beside the answer itself.
struct AnswerRules {
  std::string model = {};              ///< the name the client asked for
  std::string id = {};                 ///< where the answer has none of its own
  std::int64_t created_unix_s = 0;     ///< OpenAI's `created`
  bool thinking = false;               ///< the client of an Anthropic answer asked for reasoning
  std::vector<std::string> stop = {};  ///< its stop sequences
};

/// Anthropic's whole answer as OpenAI's chat.completion: the texts as one content, tool_use as
/// tool_calls, thinking as reasoning_content; prompt_tokens count cached input too. Blocks of
/// other kinds are left out. errors  upstream_failed: not one valid message. O(message).
Result<Translated> to_openai(std::string_view message, const AnswerRules& rules);
/// Anthropic's whole answer for its own clients: its "model" becomes `model`, every other byte
/// stays, unless a stop sequence that it names is to be its stop_reason.
/// errors  upstream_failed: not one valid message. O(message).
Result<Translated> renamed(std::string message, std::string_view model);
/// OpenAI's chat.completion (its first choice) as Anthropic's message. An engine that names the
/// stop sequence it met (`stop_reason`, as vLLM does) makes the stop_reason "stop_sequence".
/// A tool call that the token limit cut short is left out.
/// errors  upstream_failed: not one valid answer, or a tool call whose arguments are not a JSON
///         object. O(completion).
Result<Translated> from_openai(std::string_view completion, const AnswerRules& rules);

/// An error body of Anthropic's, or anything that came with an error's `status`, as an Error: the
/// code follows from Anthropic's type, else from the status; the detail is Anthropic's message (it
/// may echo a prompt: for the caller only), at most 4096 bytes of it.
Error error_of(int status, std::string_view body);
/// The same for an error body of OpenAI's shape.
Error error_of_openai(int status, std::string_view body);
/// `{"type":"error","error":{"type","message"}}` in the shape of Anthropic's API.
std::string error_body(const Error& error);

}  // namespace weir::dialect::anthropic
