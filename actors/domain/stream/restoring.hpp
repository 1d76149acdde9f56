// Restoration: the values come back into an answer, in the provider's own dialect, before any
// translation. What the provider wrote stays as it is otherwise. Pure.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"
#include "schema/types/vault.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace weir::domain {

inline constexpr std::size_t restored_bytes_max_default = std::size_t{64} << 20U;

/// The provider's stream with the values put back; goes before the stream that translates it, which
/// knows usage and whether the stream is whole. Each choice, tool call and content block is a text
/// of its own: of each, a last part that may become a placeholder waits until it is known, and
/// leaves, as it is, in an event of its own before the end of the choice, block or stream, or
/// before an error. An event in which nothing is restored or held keeps its bytes; others keep
/// their values, numbers as written. A text that waits whole leaves an empty string behind.
/// Restored as texts over several events:
///   OpenAI     every string of a delta but its role; arguments of tool_calls and function_call, as
///              JSON; a choice's `text`
///   Anthropic  text, thinking, partial_json (as JSON), and what content_block_start holds of them
///   Ollama     content and thinking of the message, `response`
/// and each other string within itself, an error's too. logprobs keep the tokens as they came.
/// errors  upstream_failed: as AnswerStream; data that is not one valid JSON object; a restored
///         event over `event_bytes_max`; too many texts at once.
std::unique_ptr<AnswerStream> restoring_stream(
    EngineKind provider, std::shared_ptr<const Vault> vault,
    std::size_t event_bytes_max = event_bytes_max_default);

/// A whole answer, or an error body, with the values put back; the same bytes where there are none.
/// errors  upstream_failed: not one valid JSON document, or over `bytes_max`. O(answer).
Result<std::string> restore_answer(EngineKind provider, std::string body, const Vault& vault,
                                   std::size_t bytes_max = restored_bytes_max_default);

/// One plain text, such as an error's message, with the values put back. Longer than
/// restored_bytes_max_default it would be cut. O(text).
std::string restore_text(std::string_view text, const Vault& vault);

}  // namespace weir::domain
