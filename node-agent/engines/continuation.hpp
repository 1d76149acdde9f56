// How llama-server goes on from the beginning of an answer: its raw completion of the chat's
// rendered prompt and the text so far, shown as a chat stream. Pure.
#pragma once

#include "schema/types/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::engines {

/// The prompt in an answer of /apply-template; nullopt where there is none.
std::optional<std::string> rendered_prompt(const std::string& answer);
/// The request of /tokenize for this text, and the count in its answer. `model` is what a router
/// needs to know; empty: not told.
std::string tokenize_body(std::string_view text, const std::string& model = {});
std::optional<std::int64_t> token_count(const std::string& answer);

/// The chat request as a raw completion that goes on from `prefix`, which counts
/// `prefix_tokens`. nullopt: the answer's token limit is reached, nothing is left to say.
/// errors  internal: `chat` is not a JSON object.
Result<std::optional<std::string>> completion_body(const std::string& chat,
                                                   const std::string& prompt,
                                                   std::string_view prefix,
                                                   std::int64_t prefix_tokens);

/// Turns the stream of such a completion into one of a chat: no role is told, and its usage counts
/// the tokens of the prefix as the answer's.
class TextToChat {
 public:
  static constexpr std::size_t line_bytes_max = 1U << 20U;

  explicit TextToChat(std::int64_t prefix_tokens) : prefix_tokens_{prefix_tokens} {}

  /// Takes bytes at any boundary, appends whole events to `out`.
  /// errors  upstream_failed: a line that is too long, or an event that is no JSON object.
  Result<Done> feed(std::string_view bytes, std::string& out);
  /// The events of an answer whose token limit was reached by the prefix.
  static std::string at_limit();

 private:
  Result<Done> line(std::string_view text, std::string& out) const;

  std::int64_t prefix_tokens_;
  std::string line_;
};

}  // namespace weir::engines
