// A chat request between two dialects: what every front says and every provider is told. Reading
// one takes an allow-list of fields and refuses the rest by name; writing one refuses by name what
// its dialect cannot say. So nothing is ever dropped without a word, except the hints that each
// reader names.
#pragma once

#include "schema/dialect/json_value.hpp"
#include "schema/dialect/openai.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::dialect {

struct TextPart {
  std::string text;
};
/// An image, by value or by address.
struct ImagePart {
  std::string media_type;  ///< "image/png", …; with `data`
  std::string data;        ///< base64; empty where `url` says where the image is
  std::string url;         ///< http:// or https://
};
/// A tool call of the assistant.
struct ToolUsePart {
  std::string id;
  std::string name;
  std::string arguments;  ///< JSON text as the model wrote it; not always valid
};
/// Reasoning before an answer. `signature` vouches for it to the provider that made it, who may
/// also have sealed the text: then `redacted` is all there is.
struct ThinkingPart {
  std::string text;
  std::string signature;
  std::string redacted;
};
/// What a tool answered.
struct ToolResultPart {
  std::string id;  ///< of the ToolUsePart
  std::vector<std::variant<TextPart, ImagePart>> content;
  bool error = false;
};
using ChatPart = std::variant<TextPart, ImagePart, ToolUsePart, ThinkingPart, ToolResultPart>;

/// The answers of tools stand in messages of the user.
enum class ChatRole : std::uint8_t { system, developer, user, assistant };

struct ChatMessage {
  ChatRole role = ChatRole::user;
  std::string name;  ///< of the participant; mostly empty
  std::vector<ChatPart> parts;
};

struct ChatTool {
  std::string name;
  std::optional<std::string> description;
  json::Value schema;  ///< of the arguments: an object, or null for none
  bool strict = false;
};

enum class ToolChoice : std::uint8_t { automatic, none, any, named };

struct ChatRequest {
  std::string model;
  std::vector<ChatMessage> messages;
  std::vector<ChatTool> tools;
  std::optional<ToolChoice> tool_choice;
  std::string tool_name;  ///< with ToolChoice::named
  bool one_tool_at_most = false;
  std::uint32_t output_tokens_max = 0;  ///< 0: not said
  bool stream = false;
  bool usage_asked = false;
  json::Value thinking;  ///< Anthropic's setting where the client asked for reasoning, else null
  std::optional<json::Number> temperature;
  std::optional<json::Number> top_p;
  std::optional<json::Number> top_k;
  std::vector<std::string> stop;
  std::string user;          ///< the end user's id, as the client calls them
  std::string data_grade;    ///< the label, as it was said; for our own engines only
  json::Object openai_only;  ///< fields that OpenAI's dialect alone can say, values as they were
  /// min_p, repeat_penalty, repeat_last_n: what engines of our own alone take.
  json::Object own_only;
};

/// Either a request or a refusal.
struct ChatReading {
  std::optional<ChatRequest> request;
  openai::Refused refused;
};

/// For whom a body is written.
struct WriteRules {
  std::string model;  ///< the provider's id for it
  bool cloud = true;  ///< false: an engine of our own, which also takes common extensions
  /// Told to the provider where the client set no limit; 0: it is told none.
  std::uint32_t output_tokens_default = 4096;
  std::size_t body_bytes_max = 8U << 20U;  ///< a cloud proxy buffers no more
  /// OpenAI's reasoning models take the limit under this name alone, others only as max_tokens.
  bool max_completion_tokens = false;
};

/// Either a body or a refusal.
struct Rendering {
  std::optional<std::string> body;
  std::uint32_t output_tokens_max = 0;  ///< as the body says: the bound to reserve and to bill by
  openai::Refused refused;
};

namespace openai {

/// Reads a chat request of OpenAI's dialect. The body is validated as by openai::inspect, and
/// holds at most 500,000 JSON values. A null is as good as an absent field, everywhere.
/// Taken: model, messages, max_tokens, max_completion_tokens, stream, stream_options.include_usage,
///   temperature (0..2), top_p (0..1), top_k, stop, tools (functions), tool_choice,
///   parallel_tool_calls, user, metadata.data_grade; for OpenAI's dialect alone
///   frequency_penalty, logit_bias, logprobs, n, presence_penalty, prompt_cache_key,
///   reasoning_effort, response_format, safety_identifier, seed, top_logprobs, verbosity.
///   Messages: role (system, developer, user, assistant, tool), content (text, images as data: or
///   http(s): URL, refusals), name, tool_calls (functions), tool_call_id, refusal.
/// Hints that stay behind: an image's `detail`, `store` false, `service_tier` "auto" and "default",
///   `modalities` of text, metadata beside the grade and `user`, a tool message's name, and the
///   `reasoning_content` of earlier answers, which by the convention of its makers is not sent
///   again.
/// errors  invalid_request, invalid_grade: the body is wrong; not_supported: it is right, but
///         holds a field or kind of content that is not on the list (audio, files, predictions,
///         storage, …). `param` names the place; a detail never quotes the body. O(body).
ChatReading read_chat(std::string_view body);

/// Writes a request in OpenAI's dialect. A stream always asks for usage. To a cloud nothing goes
/// that OpenAI does not define; an engine of our own also gets top_k, min_p, repeat_penalty,
/// repeat_last_n, metadata.data_grade and reasoning_content, and reasons as its own settings say. A
/// tool's answer that is marked as an error begins with "Error: ". Earlier reasoning does not go to
/// a cloud. errors  not_supported: an image in a tool's answer; for a cloud top_k, min_p, … or
/// `thinking`;
///         body_too_large. O(request).
Rendering write_chat(ChatRequest request, const WriteRules& rules);

}  // namespace openai

}  // namespace weir::dialect
