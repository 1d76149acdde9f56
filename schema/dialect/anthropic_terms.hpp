// The words and counts of answers, between Anthropic's dialect and OpenAI's; whole answers and
// streams share them.
#pragma once

#include "schema/dialect/json_value.hpp"
#include "schema/types/messages.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::dialect::anthropic {

/// Deepest nesting of a tool call's arguments: they stand five levels deep in bodies of 64.
inline constexpr int arguments_depth_max = 48;

/// The tokens of one answer; each count 0 .. 10^12, larger ones are taken for nonsense.
class TokenCounts {
 public:
  /// Takes the counts of a `usage` object of either dialect; what it does not say stays as it is
  /// (a stream's counts are cumulative).
  void take_anthropic(const json::Value& usage);
  void take_openai(const json::Value& usage);

  bool known() const { return known_; }
  Usage usage() const { return {Tokens{prompt()}, Tokens{output_}}; }
  /// Whole `usage` objects.
  json::Object anthropic() const;
  json::Object openai() const;

 private:
  std::int64_t prompt() const { return fresh_ + read_ + written_; }

  std::int64_t fresh_ = 0;    ///< input that was neither read from a cache nor written to one
  std::int64_t read_ = 0;     ///< input from a cache
  std::int64_t written_ = 0;  ///< input to a cache
  std::int64_t output_ = 0;
  bool known_ = false;
};

/// OpenAI's finish_reason for Anthropic's stop_reason; an unknown one is a plain "stop".
std::string_view finish_reason(std::string_view stop_reason);
/// Anthropic's stop_reason for OpenAI's finish_reason; some engines say "stop" after tool calls.
std::string_view stop_reason(std::string_view finish_reason, bool tools_called);

/// Why an answer of OpenAI's dialect ended, in Anthropic's words.
struct Stop {
  std::string_view reason = "end_turn";
  json::Value sequence;  ///< the stop sequence that was met, else null
};
/// Some engines name the stop sequence that they met and call it an "end_turn" all the same: makes
/// a "stop_sequence" of the stop_reason in `holder` (a message, or a message_delta's delta).
/// returns  whether it changed anything.
bool name_stop(json::Object& holder);

/// Reads `finish_reason` and `stop_reason` of a choice. `stop` are the client's sequences.
Stop stop_of(const json::Value& choice, bool tools_called, const std::vector<std::string>& stop);

}  // namespace weir::dialect::anthropic
