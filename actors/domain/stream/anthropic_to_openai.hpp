// Answer streams of Anthropic's dialect for OpenAI's clients. Pure.
// Source: Anthropic's reference of message streams, anthropic-version 2023-06-01.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/anthropic_terms.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::domain {

/// Content blocks of one message that may be open at a time.
inline constexpr std::size_t open_blocks_max = 64;

/// Turns message_start, content blocks, message_delta and message_stop into chat.completion.chunk
/// events and "[DONE]": text as content, thinking as reasoning_content, tool_use as tool_calls
/// numbered from 0, a stop_reason as finish_reason, and, where the client asked for it, one chunk
/// of usage. Pings and events, blocks and deltas of kinds that it does not know are left out. An
/// error of the engine's becomes an error event in OpenAI's shape.
/// Fails on data that is not a JSON object, on events out of order, and on an end before the
/// stop_reason; a missing message_stop behind it is made up for.
class AnthropicToOpenAi final : public AnswerStream {
 public:
  AnthropicToOpenAi(dialect::anthropic::AnswerRules rules, bool keep_usage,
                    std::size_t event_bytes_max = event_bytes_max_default);

 private:
  /// A content block that has not ended.
  struct Block {
    std::int64_t index = 0;
    std::int64_t call = -1;    ///< number of the tool call; -1: something else
    bool deltas = false;       ///< parts of its input have come
    std::string input = "{}";  ///< stands for them where none come
  };

  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  Result<Done> message_start(const dialect::json::Value& event, std::string& out);
  Result<Done> block_start(const dialect::json::Value& event, std::string& out);
  Result<Done> block_delta(const dialect::json::Value& event, std::string& out);
  Result<Done> block_stop(const dialect::json::Value& event, std::string& out);
  Result<Done> message_delta(const dialect::json::Value& event, std::string& out);
  Result<Done> open_call(const dialect::json::Value& block, Block& open, std::string& out);
  void take_usage(const dialect::json::Value* holder);
  Block* find(const dialect::json::Value& event);
  void chunk(dialect::json::Object delta, dialect::json::Value finish_reason, std::string& out);
  void arguments(std::int64_t call, std::string_view text, std::string& out);
  void append(dialect::json::Object chunk, std::string& out);
  dialect::json::Object head() const;
  void complete(std::string& out);

  dialect::anthropic::AnswerRules rules_;
  bool keep_usage_;
  dialect::anthropic::TokenCounts counts_;
  std::vector<Block> open_;
  std::int64_t calls_ = 0;
  bool stopped_ = false;  ///< the stop_reason has come
};

}  // namespace weir::domain
