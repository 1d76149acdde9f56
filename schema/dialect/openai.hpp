// The OpenAI dialect: what the gateway must know of a request, and the few bytes it changes.
// Bodies are read with simdjson on demand and rewritten by splice: every other byte stays.
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::dialect::openai {

/// A place in the body: the bytes [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What one request body says. Holds positions, and of its text the model's name alone.
struct RequestFacts {
  Endpoint endpoint = Endpoint::chat_completions;
  std::string model;
  Range model_value;  ///< the JSON string of "model", quotes included
  bool stream = false;
  bool usage_asked = false;             ///< stream_options.include_usage is true
  std::optional<Range> stream_options;  ///< the value of "stream_options"
  std::size_t object_end = 0;           ///< position of the body's closing brace
  std::optional<Grade> grade;           ///< metadata.data_grade
  Features needs = 0;                   ///< what the model must be able to do
  std::uint32_t output_tokens_max = 0;  ///< the client's limit; 0: absent, or none
  std::uint32_t choices = 1;            ///< n
  bool plain = true;      ///< no field at the top that shapes more than how plain text is chosen
  bool text_only = true;  ///< no image, sound, file or token numbers: its bytes tell of its tokens
  bool load = false;      ///< Ollama's: there is nothing to answer, the model is to be loaded
  bool raw = false;       ///< Ollama's: the prompt goes to the model as it is
  bool thinks = true;     ///< Ollama's: false where the client said so
  bool base64 = false;    ///< embeddings: the client wants them so
};

/// Why a request is refused.
struct Refused {
  Error error;
  std::string param;  ///< the field's name, or empty
};

/// Either facts or a refusal.
struct Inspection {
  std::optional<RequestFacts> facts;
  Refused refused;  ///< valid when facts is absent
};

/// Validates the whole body once: one JSON document in UTF-8, an object, nested at most 64 deep,
/// no key twice in any object (compared unescaped; at most 65,536 keys open at a time), no lone
/// surrogate. Reads what RequestFacts names and checks these fields:
///   model                 required; string of 1 .. 256 bytes without control characters
///   messages              required for chat; non-empty array of objects with a string `role`.
///                         For Ollama's chat it may be absent or empty: `load`
///   prompt                required for completions; string or array. For Ollama's generate a
///                         string, absent or empty: `load`
///   input                 required for embeddings: string, or non-empty array of strings, of
///                         token numbers, or of non-empty arrays of token numbers; for Ollama's
///                         embed: string or array of strings
///   query, documents      required for rerank: string; non-empty array of strings or objects
///   stream                boolean or null; for Ollama's chat and generate null and absent mean
///                         true; embeddings and rerank never stream
///   stream_options        object or null; its include_usage boolean or null
///   n                     integer 1 .. 128 or null
///   max_tokens, max_completion_tokens    integer 0 .. 2^32-1 or null; 0 counts as absent
///   options               Ollama's: object or null; its num_predict an integer, counted where it
///                         is above 0
///   metadata              object or null; its data_grade "P0", "P1", "P2" in either case, empty
///                         or null (no label)
/// and refuses, at the top level, every field that redirects a request or carries credentials
/// for another place, in either case and with `-` for `_` (the list stands in
/// openai_fields.cpp: api_base, endpoint, extra_body, provider, … and whatever ends in _url,
/// _uri, _host or _endpoint). Other fields pass unread but valid.
/// `needs`: tools (a non-empty list of them), json (response_format, Ollama's format), vision
///   (image parts, Ollama's images), embeddings, rerank.
/// The Responses dialect and Anthropic's have readers of their own; inspect tells of their bodies
///   what all dialects share.
/// errors  invalid_request (detail and `param` say what), invalid_grade; a detail never quotes
///         the body. O(body), and up to 4 bytes of memory per byte while it runs.
Inspection inspect(Endpoint endpoint, std::string_view body);

/// The body for an engine: "model" becomes `engine_model`; for streams of chat/completions and
/// completions `stream_options.include_usage` becomes true, so that usage always comes. Every other
/// byte is as it was. O(body).
std::string rewrite(std::string_view body, const RequestFacts& facts,
                    std::string_view engine_model);

/// What a whole (unary) answer says. Absent parts: the engine did not tell, or the answer is not
/// one valid JSON object.
struct AnswerFacts {
  std::optional<Usage> usage;
  std::optional<Range> model_value;  ///< the JSON string of the top-level "model"
  bool object = false;               ///< the answer is one JSON object
};
AnswerFacts inspect_answer(std::string_view body);
/// The answer with its top-level "model" replaced by `model`; unchanged where there is none.
std::string rename_model(std::string body, const AnswerFacts& facts, std::string_view model);

/// One SSE event's `data` payload of a stream.
struct ChunkFacts {
  bool done = false;                  ///< "[DONE]"
  bool object = false;                ///< one valid JSON object; the rest is absent otherwise
  bool error = false;                 ///< the engine reports an error inside the stream
  bool has_choices = false;           ///< `choices` is a non-empty array
  bool finished = false;              ///< a choice has a `finish_reason`
  std::optional<Usage> usage;         ///< non-null `usage`
  std::optional<Range> usage_member;  ///< `"usage": …` with one neighbouring comma, to cut out
  std::optional<Range> model_value;
};
ChunkFacts inspect_chunk(std::string_view data);
/// What one chunk of a chat stream adds to the answer.
struct DeltaFacts {
  bool plain = false;  ///< nothing but text of the one choice: no tools, no reasoning, no logprobs
  bool role = false;   ///< it tells the role
  bool finished = false;
  bool usage = false;
  std::string content;            ///< unescaped
  std::optional<Range> id_value;  ///< of the top-level "id"
  std::optional<Range> created_value;
};
/// `plain` is false, and the rest of no meaning, where it is not one valid JSON object.
DeltaFacts inspect_delta(std::string_view data);
/// Appends `data` with the values of its "id" and "created" replaced by these JSON values.
void append_delta(std::string& out, std::string_view data, const DeltaFacts& facts,
                  std::string_view id, std::string_view created);
/// Appends `data` as the client gets it: "model" becomes `quoted_model` (a JSON string, quotes
/// included), and `usage_member` is cut out unless it is kept.
void append_chunk(std::string& out, std::string_view data, const ChunkFacts& facts,
                  std::string_view quoted_model, bool keep_usage);
/// `text` as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
std::string quoted(std::string_view text);

/// `{"error":{"message","type","param","code"}}`. `type` follows from the code as OpenAI's do.
std::string error_body(const Error& error, std::string_view param);
/// Whether an engine's answer of this HTTP status is its refusal of a prompt that is too long for
/// the model's context, in the words of llama.cpp, vLLM, Ollama or OpenAI. Looks at 400, 413 and
/// 5xx alone, and at JSON bodies of at most 64 KiB. O(body).
bool says_context_exceeded(int status, std::string_view body);
/// The HTTP status of each public code (499 for cancelled). Codes that never reach clients: 500.
int http_status(Code code);

}  // namespace weir::dialect::openai
