// Answer streams of OpenAI's dialect for Anthropic's clients. Pure.
// Source: Anthropic's reference of message streams, anthropic-version 2023-06-01.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/anthropic_terms.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::domain {

/// Tool calls of one answer.
inline constexpr std::size_t tool_calls_max = 128;

/// Blocks of one answer that wait for their turn.
inline constexpr std::size_t waiting_blocks_max = 256;

/// Watches the pieces of a JSON object go by and knows when it is whole.
class ObjectEnd {
 public:
  /// False once the text is no object, or something follows it. Looks at brackets and strings
  /// alone: what stands between them is the client's to read. O(text).
  bool take(std::string_view text);
  bool whole() const { return begun_ && depth_ == 0; }
  bool begun() const { return begun_; }

 private:
  std::size_t depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Turns chat.completion.chunk events (their first choice) into message_start, content blocks one
/// after the other, message_delta and message_stop. Content and refusals become text blocks,
/// reasoning thinking blocks where the client asked for them, tool calls tool_use blocks. Engines
/// may interleave tool calls: the block that is open gets its deltas at once, later ones wait
/// (at most `event_bytes_max` together) until it is whole. The usage of message_start is the
/// engine's where it is known by then, else `prompt_estimate`; message_delta has the engine's. An
/// error of the engine's becomes an error event in Anthropic's shape.
/// Fails on data that is not a JSON object, on a tool call without a name or with arguments that
/// are no object, and on an end before a finish_reason, "[DONE]" or usage.
class OpenAiToAnthropic final : public AnswerStream {
 public:
  OpenAiToAnthropic(dialect::anthropic::AnswerRules rules, Tokens prompt_estimate,
                    std::size_t event_bytes_max = event_bytes_max_default);

 private:
  enum class Kind : std::uint8_t { text, thinking, tool_use };
  /// A content block that has not ended; all but the first wait.
  struct Block {
    Kind kind = Kind::text;
    std::size_t call = 0;  ///< tool_use: its place in calls_
    std::string held;      ///< what its deltas will bring, once it is the first
  };
  struct Call {
    std::optional<std::int64_t> index;  ///< as the engine numbers it
    std::string id;
    std::string name;
    ObjectEnd arguments;
  };

  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  Result<Done> choice(const dialect::json::Value& choice, std::string& out);
  Result<Done> tool_call(const dialect::json::Value& said, std::string& out);
  Result<Done> arguments(std::size_t call, std::string_view text, std::string& out);
  Result<Done> add(Kind kind, std::string_view text, std::string& out);
  std::optional<std::size_t> find(const dialect::json::Value& said) const;
  Result<Done> hold(Block& block, std::string_view text, std::string& out);
  bool whole(const Block& block) const;
  void advance(std::string& out);
  void open(Block& block, std::string& out);
  void delta(const Block& block, std::string_view text, std::string& out);
  void close(std::string& out);
  void close_all(std::string& out);
  void start(std::string& out);
  void stop(std::string& out);
  void emit(std::string_view name, dialect::json::Object event, std::string& out);

  dialect::anthropic::AnswerRules rules_;
  Tokens prompt_estimate_;
  std::size_t held_max_;
  std::size_t held_ = 0;
  dialect::anthropic::TokenCounts counts_;
  std::deque<Block> blocks_;
  std::vector<Call> calls_;
  std::int64_t index_ = 0;  ///< of the first block
  bool open_ = false;       ///< its content_block_start has left
  bool finished_ = false;
  dialect::anthropic::Stop stop_;
};

}  // namespace weir::domain
