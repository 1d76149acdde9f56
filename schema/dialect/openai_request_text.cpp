#include "schema/dialect/openai_request_reader.hpp"

#include <limits>

namespace weir::dialect::openai {

namespace {
constexpr std::int64_t choices_max = 128;
constexpr std::int64_t tokens_max = std::numeric_limits<std::uint32_t>::max();
}  // namespace

bool RequestReader::stream_options() {
  if (null()) {
    facts_.stream_options = Range{reader_.value_begin(), reader_.value_end()};
    return true;
  }
  if (reader_.next() != '{') return refuse("stream_options", "must be an object");
  const bool read = reader_.object([this](std::string_view key) {
    return key == "include_usage" ? flag("stream_options.include_usage", facts_.usage_asked)
                                  : reader_.skip();
  });
  if (!read) return false;
  facts_.stream_options = Range{reader_.value_begin(), reader_.value_end()};
  return true;
}

bool RequestReader::choices() { return integer("n", 1, choices_max, facts_.choices); }

bool RequestReader::max_tokens() {
  std::uint32_t tokens = 0;
  if (!integer("max_tokens", 0, tokens_max, tokens)) return false;
  if (facts_.output_tokens_max == 0) facts_.output_tokens_max = tokens;
  return true;
}

bool RequestReader::max_completion_tokens() {
  std::uint32_t tokens = 0;
  if (!integer("max_completion_tokens", 0, tokens_max, tokens)) return false;
  if (tokens != 0) facts_.output_tokens_max = tokens;
  return true;
}

bool RequestReader::tools() {
  if (reader_.next() != '[') return reader_.skip();
  return reader_.array([this] {
    facts_.needs |= feature::tools;
    return reader_.skip();
  });
}

bool RequestReader::response_format() {
  if (reader_.next() != '{') return reader_.skip();
  return reader_.object([this](std::string_view key) {
    if (key != "type" || reader_.next() != '"') return reader_.skip();
    std::string type;
    if (!reader_.string(type)) return false;
    if (type == "json_object" || type == "json_schema") facts_.needs |= feature::json;
    return true;
  });
}

bool RequestReader::messages() {
  const bool may_load = endpoint_ == Endpoint::ollama_chat;
  const char* const shape = may_load ? "must be an array of objects with a role each"
                                     : "must be a non-empty array of objects with a role each";
  if (may_load && null()) return true;
  if (reader_.next() != '[') return refuse("messages", shape);
  std::size_t count = 0;
  const bool read = reader_.array([&] {
    const auto param = [&count] { return "messages[" + std::to_string(count) + "]"; };
    if (reader_.next() != '{') return refuse(param(), "must be an object");
    bool role = false;
    const bool whole = reader_.object([&](std::string_view key) {
      if (key == "content") return content();
      if (key == "images" && may_load) return images();
      if (key != "role") return reader_.skip();
      if (reader_.next() != '"') return refuse(param() + ".role", "must be a string");
      role = true;
      return reader_.skip();
    });
    if (!whole) return false;
    if (!role) return refuse(param() + ".role", "the role is missing");
    ++count;
    return true;
  });
  has_messages_ = count > 0;
  return read && (has_messages_ || may_load || refuse("messages", shape));
}

/// A message's content: of an array of parts, those with an image need vision, and what is no text
/// has bytes that tell nothing of its tokens.
bool RequestReader::content() {
  if (reader_.next() != '[') return reader_.skip();
  return reader_.array([this] {
    if (reader_.next() != '{') return reader_.skip();
    return reader_.object([this](std::string_view key) {
      if (key != "type" || reader_.next() != '"') return reader_.skip();
      std::string type;
      if (!reader_.string(type)) return false;
      if (type == "image_url" || type == "input_image" || type == "image")
        facts_.needs |= feature::vision;
      facts_.text_only = facts_.text_only && (type == "text" || type == "refusal");
      return true;
    });
  });
}

bool RequestReader::prompt() {
  if (endpoint_ == Endpoint::ollama_generate) {
    if (null()) return true;
    if (reader_.next() != '"') return refuse("prompt", "must be a string");
    if (!reader_.skip()) return false;
    has_prompt_ = reader_.value_end() - reader_.value_begin() > 2;
    return true;
  }
  if (reader_.next() != '"' && reader_.next() != '[')
    return refuse("prompt", "must be a string or an array");
  has_prompt_ = true;
  if (reader_.next() == '"') return reader_.skip();
  return reader_.array([this] {
    facts_.text_only = facts_.text_only && reader_.next() == '"';
    return reader_.skip();
  });
}

bool RequestReader::images() {
  if (reader_.next() != '[') return reader_.skip();
  return reader_.array([this] {
    facts_.needs |= feature::vision;
    facts_.text_only = false;
    return reader_.skip();
  });
}

bool RequestReader::format() {
  const char first = reader_.next();
  if (!reader_.skip()) return false;
  const bool empty = first == '"' && reader_.value_end() - reader_.value_begin() == 2;
  if (first != 'n' && !empty) facts_.needs |= feature::json;
  return true;
}

bool RequestReader::raw() { return flag("raw", facts_.raw); }

/// Token numbers of what was said before.
bool RequestReader::context() {
  if (null()) return true;
  facts_.text_only = false;
  return reader_.skip();
}

/// A level of thinking is a wish for it.
bool RequestReader::think() {
  const bool boolean = reader_.next() == 't' || reader_.next() == 'f';
  return boolean ? reader_.boolean(facts_.thinks) : reader_.skip();
}

bool RequestReader::options() {
  if (null()) return true;
  if (reader_.next() != '{') return refuse("options", "must be an object");
  // Below 0: without an end, or up to the end of the context.
  return reader_.object([this](std::string_view key) {
    return key == "num_predict"
               ? integer("options.num_predict", std::numeric_limits<std::int32_t>::min(),
                         tokens_max, facts_.output_tokens_max)
               : reader_.skip();
  });
}

}  // namespace weir::dialect::openai
