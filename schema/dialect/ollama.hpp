// The dialect of Ollama's own API: /api/chat, /api/generate and /api/embed in and out, to and from
// OpenAI's chat and embeddings. Source: Ollama's API reference and the types of its Python client.
// Streams (JSON lines): actors/domain/stream.
#pragma once

#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/chat.hpp"
#include "schema/types/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::dialect::ollama {

using anthropic::Translated;

/// Reads a chat of Ollama's dialect. The body is validated as by openai::inspect, and holds at most
/// 500,000 JSON values. A null is as good as an absent field; `stream` absent means true.
/// No messages at all (a wish to load the model) make a request without messages.
/// Taken: model, messages (role system, user, assistant, tool; content, images in base64,
///   thinking, tool_calls, tool_name, tool_call_id), tools, format ("json" or a schema), think,
///   stream, metadata.data_grade, and of options: temperature, top_p, top_k, seed, num_predict,
///   stop, presence_penalty, frequency_penalty, min_p, repeat_penalty, repeat_last_n.
/// Calls without an id get "call_0", "call_1", … in turn; a tool's answer without one belongs to
///   the first unanswered call of its tool_name, else to the first unanswered call.
/// Hints that stay behind, for they say how the engine is to run the model: keep_alive, truncate,
///   shift; of options num_ctx, num_keep, num_batch, num_gpu, main_gpu, num_thread, use_mmap,
///   use_mlock, low_vram, vocab_only, numa, f16_kv, logits_all, penalize_newline; and mirostat*,
///   tfs_z, typical_p at the values that change nothing.
/// Images are JPEG, PNG, GIF or WebP, of users and tools; logprobs false and 0 are as if absent.
/// errors  invalid_request, invalid_grade: the body is wrong; not_supported: it is right, but holds
///         a field that is not on the list. `param` names the place; a detail never quotes the
///         body. O(body).
ChatReading read_chat(std::string_view body);
/// The same for a generate request: `system`, `prompt` and `images` become a chat; no prompt makes
/// a request without messages.
/// errors  as read_chat; not_supported too: raw true, suffix, template, context.
ChatReading read_generate(std::string_view body);

/// Writes a chat request for an engine that speaks Ollama's dialect (/api/chat). Developer messages
/// become system messages, the texts of a message one, with line feeds between; a tool's answer
/// that is marked as an error begins with "Error: ". A tool_choice of none leaves the tools out.
/// The engine is told to refuse a prompt that is too long, and not to forget its beginning.
/// Hints that stay behind: user, data_grade, prompt_cache_key, safety_identifier, a tool's
///   `strict`, and reasoning that its maker has sealed.
/// errors  not_supported: an image by URL or in a tool's answer, a participant's name, a
///         tool_choice that forces a call, parallel_tool_calls false, n > 1, logprobs, logit_bias
///         and whatever else has no counterpart; invalid_request: a tool call's arguments are not a
///         JSON object; body_too_large. O(request).
Rendering write_chat(ChatRequest request, const WriteRules& rules);

/// Which answer of Ollama's is written.
enum class Call : std::uint8_t { chat, generate };

/// What the client is told beside the answer itself.
struct AnswerRules {
  std::string model = {};           ///< the name the client asked for
  std::string id = {};              ///< of an OpenAI answer; calls' ids are made from it too
  std::int64_t created_unix_s = 0;  ///< `created`, `created_at`
  Call call = Call::chat;           ///< for Ollama's clients
  bool thinking = true;             ///< false: an Ollama client wants no reasoning
  bool base64 = false;              ///< an OpenAI client wants its embeddings so
  /// Nanoseconds since the request came; empty: durations are told as they are known. Called once.
  std::function<std::int64_t()> elapsed = {};
};

/// Ollama's whole answer to a chat as OpenAI's chat.completion.
/// errors  upstream_failed: not one valid answer that is done. O(answer).
Result<Translated> to_openai(std::string_view answer, const AnswerRules& rules);
/// OpenAI's chat.completion (its first choice) as Ollama's answer to a chat or a generate request.
/// A tool call that the token limit cut short is left out. `timings`, as llama.cpp's answers have
/// them, become durations.
/// errors  upstream_failed: not one valid answer, or a tool call whose arguments are not a JSON
///         object; a generate answer that calls tools. O(completion).
Result<Translated> from_openai(std::string_view completion, const AnswerRules& rules);
/// Ollama's whole answer for its own clients (chat, generate or embed): its "model" becomes
/// `model`, every other byte stays. errors  upstream_failed: not one JSON object. O(answer).
Result<Translated> renamed(std::string answer, std::string_view model);

/// What one line of a stream, or a whole answer, says. Absent parts: it does not tell, or it is not
/// one valid JSON object.
struct LineFacts {
  bool object = false;                       ///< one valid JSON object
  bool done = false;                         ///< `done` is true
  bool error = false;                        ///< `error` is there
  std::optional<Usage> usage;                ///< the counts of prompt and answer
  std::optional<openai::Range> model_value;  ///< the JSON string of the top-level "model"
};
LineFacts inspect_line(std::string_view line);

/// A request to /api/embed as one to /v1/embeddings. Taken: model, input, dimensions, truncate true
/// (a hint), metadata.data_grade; keep_alive and options stay behind.
/// errors  invalid_request; not_supported: truncate false, or another field. O(body).
Rendering embed_to_openai(std::string_view body, std::string_view model);
/// OpenAI's embeddings as Ollama's answer, in the order of their indexes.
/// errors  upstream_failed: not one valid answer of float arrays. O(answer).
Result<Translated> embed_from_openai(std::string_view answer, const AnswerRules& rules);
/// A request to /v1/embeddings as one to /api/embed. Taken: model, input (texts), dimensions,
/// encoding_format; user and metadata stay behind.
/// errors  invalid_request; not_supported: token arrays, or another field. O(body).
Rendering embed_to_ollama(std::string_view body, std::string_view model);
/// Ollama's embeddings as OpenAI's answer. errors  upstream_failed. O(answer).
Result<Translated> embed_to_openai_answer(std::string_view answer, const AnswerRules& rules);

/// `{"error":"..."}`, or anything that came with an error's `status`, as an Error: the code follows
/// from the status, and from Ollama's words where they tell of the context; the detail is Ollama's
/// message (it may echo a prompt: for the caller only), at most 4096 bytes of it.
Error error_of(int status, std::string_view body);
/// `{"error":"..."}`. For an unknown model the text holds "not found", as Ollama's clients expect.
std::string error_body(const Error& error);
/// 2026-01-31T12:00:00Z. `unix_s` 0 .. 253402300799; what is beyond is moved into that range.
std::string timestamp(std::int64_t unix_s);

}  // namespace weir::dialect::ollama
