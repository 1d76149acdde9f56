// Counting the tokens of a chat's prompt: the requests that find it out, and the answer. Pure but
// for tell_count.
#pragma once

#include "actors/ports/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::engines {

/// The top-level "model" of a request; empty where there is none. O(body).
std::string model_of_request(std::string_view body);

/// The chat, asked for one token and no stream, so that its usage tells the prompt's tokens.
/// nullopt: it is no JSON object.
std::optional<std::string> one_token_chat(std::string_view chat);
std::optional<std::string> one_token_ollama_chat(std::string_view chat);
/// The tokens of the prompt, in the answer to either; nullopt where it does not tell.
std::optional<std::uint64_t> prompt_tokens(std::string_view answer);

/// vLLM's request of /tokenize for a chat, and the count in the answer.
std::optional<std::string> vllm_tokenize_chat(std::string_view chat);
std::optional<std::uint64_t> vllm_token_count(std::string_view answer);

/// llama-server's request of /tokenize for a rendered prompt, counted as a chat counts it. `chat`
/// names the model, which a router needs.
std::string llama_tokenize_prompt(std::string_view prompt, std::string_view chat);
/// Whether a chat may hold more than text: then a rendered prompt does not tell its tokens.
bool may_hold_media(std::string_view chat);

/// Ends the job with `{"input_tokens":N}`.
void tell_count(const ports::EngineAnswer& answer, std::uint64_t tokens);

}  // namespace weir::engines
