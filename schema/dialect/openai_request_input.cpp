#include "schema/dialect/openai_request_reader.hpp"

namespace weir::dialect::openai {

namespace {
bool digit(char c) { return c >= '0' && c <= '9'; }
}  // namespace

bool RequestReader::input() {
  has_input_ = true;
  if (reader_.next() == '"') return reader_.skip();
  return inputs();
}

/// All items are of one kind.
bool RequestReader::inputs() {
  const bool texts_only = endpoint_ == Endpoint::ollama_embed;
  const char* const shape = texts_only ? "must be a string or an array of strings"
                                       : "must be a string, or a non-empty array of strings, of "
                                         "token numbers, or of arrays of token numbers";
  if (reader_.next() != '[') return refuse("input", shape);
  char kind = '\0';
  const bool read = reader_.array([&] {
    const char first = digit(reader_.next()) ? '0' : reader_.next();
    const bool known = first == '"' || (!texts_only && (first == '0' || first == '['));
    if (!known || (kind != '\0' && kind != first)) return refuse("input", shape);
    kind = first;
    if (first == '"') return reader_.skip();
    facts_.text_only = false;
    if (first == '[') return tokens(shape);
    std::optional<std::int64_t> token;
    return reader_.number(token) && (token.has_value() || refuse("input", shape));
  });
  return read && (kind != '\0' || texts_only || refuse("input", shape));
}

bool RequestReader::encoding_format() {
  if (reader_.next() != '"') return reader_.skip();
  std::string format;
  if (!reader_.string(format)) return false;
  facts_.base64 = format == "base64";
  return true;
}

bool RequestReader::tokens(const char* shape) {
  bool some = false;
  const bool read = reader_.array([&] {
    std::optional<std::int64_t> token;
    if (!digit(reader_.next())) return refuse("input", shape);
    if (!reader_.number(token)) return false;
    some = true;
    return token.has_value() || refuse("input", shape);
  });
  return read && (some || refuse("input", shape));
}

bool RequestReader::query() {
  if (reader_.next() != '"') return refuse("query", "must be a string");
  has_query_ = true;
  return reader_.skip();
}

bool RequestReader::documents() {
  const char* const shape = "must be a non-empty array of strings or objects";
  if (reader_.next() != '[') return refuse("documents", shape);
  const bool read = reader_.array([&] {
    if (reader_.next() != '"' && reader_.next() != '{') return refuse("documents", shape);
    has_documents_ = true;
    return reader_.skip();
  });
  return read && (has_documents_ || refuse("documents", shape));
}

}  // namespace weir::dialect::openai
