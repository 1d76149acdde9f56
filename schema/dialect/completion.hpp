// OpenAI's plain completions as what they share with chats: for clients of Ollama's raw generate,
// whose prompt goes to the model as it is.
#pragma once

#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/chat.hpp"
#include "schema/dialect/json_value.hpp"

#include <string>
#include <string_view>

namespace weir::dialect::completion {

/// A generate request with `raw` true as one to /v1/completions. Taken, beside model, prompt,
/// stream and the hints that ollama::read_generate names: of options temperature, top_p, top_k,
/// seed, num_predict, stop, presence_penalty, frequency_penalty, min_p, repeat_penalty.
/// errors  not_supported: system, images, format, think, or another field. O(body).
Rendering from_raw_generate(std::string_view body, std::string_view model);

/// One text_completion object, whole or an event of a stream, with its choices as a chat's: `text`
/// becomes a message's, or a delta's, content. Other members stay.
json::Value as_chat(json::Value completion, bool chunk);
/// A whole answer. errors  upstream_failed: not one JSON object. O(completion).
Result<anthropic::Translated> to_chat(std::string_view completion);

}  // namespace weir::dialect::completion
