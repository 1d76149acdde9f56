// What the demo engine reads from requests and says in answers, in OpenAI's shapes. Pure.
#pragma once

#include "schema/types/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::demo {

struct Ask {
  std::string model;
  bool chat = true;
  bool stream = false;
  bool include_usage = false;
  std::uint64_t prompt_tokens = 1;  ///< bytes of text / 4
  std::uint64_t words = 0;          ///< in the last user message, or in the prompt
  std::uint32_t max_tokens = 0;     ///< 0: not stated
};

/// errors  invalid_request saying which field is wrong.
Result<Ask> read_ask(bool chat, const std::string& body);

/// The answer to one request: its tokens, and the JSON around them. `id` and `created` make
/// answers comparable in tests.
class Answer {
 public:
  Answer(Ask ask, std::string id, std::int64_t created);

  const Ask& ask() const { return ask_; }
  /// The sentence's length, or `max_tokens` where stated: a longer answer is filled up.
  std::uint32_t tokens() const { return tokens_; }
  std::string token(std::uint32_t index) const;

  std::string unary() const;
  std::string first_event() const;  ///< empty for completions
  std::string token_event(std::uint32_t index) const;
  std::string last_event() const;  ///< the reason it ended, and usage where asked for

 private:
  std::string usage() const;
  std::string head(std::string_view object) const;
  std::string event(std::string_view choice) const;
  const char* reason() const { return stopped_ ? "\"stop\"" : "\"length\""; }

  Ask ask_;
  std::string id_;
  std::string model_json_;
  std::int64_t created_;
  std::string sentence_;
  std::uint32_t sentence_tokens_ = 0;
  std::uint32_t tokens_ = 0;
  bool stopped_ = true;  ///< by itself, not at max_tokens
};

/// OpenAI's error shape.
std::string error_json(std::string_view message, std::string_view type, std::string_view code);

}  // namespace weir::demo
