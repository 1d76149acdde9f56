// Answer streams of OpenAI's chat for clients of the Responses dialect. Pure.
// Source: OpenAI's reference of response streams and the types of its Python SDK.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "actors/domain/stream/tool_calls.hpp"
#include "schema/dialect/json_value.hpp"
#include "schema/dialect/responses.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::domain {

/// Turns chat.completion.chunk events (their first choice) into response.created,
/// response.in_progress, items with their parts and deltas, and response.completed or
/// response.incomplete, numbered from 0. Content and refusals are parts of message items, each tool
/// call is a function_call item; calls may interleave, so that they end with the answer. Reasoning
/// is left out. The whole answer is told once more at the end, so it is held: at most
/// `answer_bytes_max`. An error of the engine's becomes an error event.
/// Fails on data that is not a JSON object, on a tool call without a name, on an answer over its
/// limit, and on an end before a finish_reason, "[DONE]" or usage.
class OpenAiToResponses final : public AnswerStream {
 public:
  static constexpr std::size_t answer_bytes_max = std::size_t{16} << 20U;
  static constexpr std::size_t items_max = 1024;  ///< also of the parts of one item

  explicit OpenAiToResponses(dialect::responses::AnswerRules rules,
                             std::size_t event_bytes_max = event_bytes_max_default);

 private:
  struct Part {
    bool refusal = false;
    std::string text;
  };
  /// A message that has parts, or a call that has a name.
  struct Item {
    std::string id;
    std::vector<Part> parts{};  ///< all but the last are whole
    std::string call_id{};
    std::string name{};
    std::string arguments{};
    bool whole = false;
  };

  Result<Done> event(std::string_view name, std::string& data, std::string& out) override;
  Result<Done> end(std::string& out) override;

  Result<Done> choice(const dialect::json::Value& choice, std::string& out);
  Result<Done> say(bool refusal, std::string_view text, std::string& out);
  Result<Done> tool_call(const dialect::json::Value& said, std::string& out);
  Result<Done> hold(std::string_view text, std::string& into);
  void open_message(std::string& out);
  void open_call(const ToolCallSoFar& call, std::string& out);
  void open_part(bool refusal, std::string& out);
  void close_part(std::string& out);
  void close_message(std::string_view status, std::string& out);
  void close_call(std::size_t at, std::string_view status, std::string& out);
  static dialect::json::Object item_of(const Item& item, std::string_view status);
  void start(std::string& out);
  void stop(std::string& out);
  /// The members that tell the place of an item, or of the last part of the last item.
  dialect::json::Object place_of(std::size_t item) const;
  dialect::json::Object part_place() const;
  void emit(std::string_view name, dialect::json::Object fields, std::string& out);

  dialect::responses::AnswerRules rules_;
  std::vector<Item> items_;
  ToolCalls calls_;
  std::vector<std::size_t> call_items_;  ///< of each of calls_ its place in items_
  std::size_t held_ = 0;
  std::int64_t sequence_ = 0;
  std::string finish_reason_ = "stop";
  dialect::json::Value chat_usage_;
  bool finished_ = false;
};

}  // namespace weir::domain
