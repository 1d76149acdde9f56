#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/openai.hpp"
#include "schema/dialect/splice.hpp"

#include <array>

namespace weir::dialect::openai {

namespace {

/// More tokens than any answer has; larger counts are taken for nonsense.
constexpr std::int64_t count_max = 1'000'000'000'000;

/// Reads a token count; leaves `out` alone where the value is not one.
bool count(json::Reader& reader, Tokens& out, bool& found) {
  const char c = reader.next();
  if (c < '0' || c > '9') return reader.skip();
  std::optional<std::int64_t> value;
  if (!reader.number(value)) return false;
  if (value && *value <= count_max) {
    out = Tokens{*value};
    found = true;
  }
  return true;
}

/// Reads `usage`; anything but an object with a count leaves `out` empty.
bool usage(json::Reader& reader, std::optional<Usage>& out) {
  out.reset();
  if (reader.next() != '{') return reader.skip();
  Usage read;
  bool found = false;
  const bool whole = reader.object([&](std::string_view key) {
    if (key == "prompt_tokens") return count(reader, read.prompt, found);
    if (key == "completion_tokens") return count(reader, read.completion, found);
    return reader.skip();
  });
  if (whole && found) out = read;
  return whole;
}

bool model(json::Reader& reader, std::optional<Range>& out) {
  const bool is_string = reader.next() == '"';
  if (!reader.skip()) return false;
  if (is_string) out = Range{reader.value_begin(), reader.value_end()};
  return true;
}

/// Reads `choices` of a chunk.
bool choices(json::Reader& reader, ChunkFacts& facts) {
  if (reader.next() != '[') return reader.skip();
  return reader.array([&] {
    facts.has_choices = true;
    if (reader.next() != '{') return reader.skip();
    return reader.object([&](std::string_view key) {
      if (key == "finish_reason" && reader.next() == '"') facts.finished = true;
      return reader.skip();
    });
  });
}

/// Reads the member `usage` of a chunk and where to cut it out.
bool usage_member(json::Reader& reader, ChunkFacts& facts) {
  const auto comma = reader.comma_before();
  Range cut{comma.value_or(reader.key_begin()), 0};
  if (!usage(reader, facts.usage)) return false;
  cut.end = reader.value_end();
  if (!comma && reader.next() == ',') cut.end = reader.token_begin() + 1;
  facts.usage_member = cut;
  return true;
}

/// Some servers tell of an error by `"object":"error"`.
bool object_member(json::Reader& reader, ChunkFacts& facts) {
  if (reader.next() != '"') return reader.skip();
  std::string kind;
  if (!reader.string(kind)) return false;
  facts.error = facts.error || kind == "error";
  return true;
}

bool done_marker(std::string_view data) {
  const auto first = data.find_first_not_of(" \t\r\n");
  const auto last = data.find_last_not_of(" \t\r\n");
  return first != std::string_view::npos && data.substr(first, last - first + 1) == "[DONE]";
}

}  // namespace

AnswerFacts inspect_answer(std::string_view body) {
  AnswerFacts facts;
  json::Reader reader{body, json::Duplicates::allowed};
  const bool whole = reader.object([&](std::string_view key) {
    if (key == "model") return model(reader, facts.model_value);
    if (key == "usage") return usage(reader, facts.usage);
    return reader.skip();
  });
  if (!whole || !reader.end()) return {};
  facts.object = true;
  return facts;
}

std::string rename_model(std::string body, const AnswerFacts& facts, std::string_view model) {
  if (!facts.model_value) return body;
  const auto name = quoted(model);
  std::array<Edit, 1> edit{{{*facts.model_value, name}}};
  std::string out;
  out.reserve(body.size() + name.size());
  append_spliced(out, body, edit);
  return out;
}

ChunkFacts inspect_chunk(std::string_view data) {
  ChunkFacts facts;
  if (done_marker(data)) {
    facts.done = true;
    return facts;
  }
  json::Reader reader{data, json::Duplicates::allowed};
  const bool whole = reader.object([&](std::string_view key) {
    if (key == "choices") return choices(reader, facts);
    if (key == "usage") return usage_member(reader, facts);
    if (key == "model") return model(reader, facts.model_value);
    if (key == "object") return object_member(reader, facts);
    if (key == "error") facts.error = facts.error || reader.next() != 'n';
    return reader.skip();
  });
  if (!whole || !reader.end()) return {};
  facts.object = true;
  return facts;
}

void append_chunk(std::string& out, std::string_view data, const ChunkFacts& facts,
                  std::string_view quoted_model, bool keep_usage) {
  std::array<Edit, 2> edits{};
  std::size_t count = 0;
  if (facts.model_value) edits[count++] = {*facts.model_value, quoted_model};
  if (facts.usage_member && !keep_usage) edits[count++] = {*facts.usage_member, ""};
  append_spliced(out, data, std::span{edits}.first(count));
}

}  // namespace weir::dialect::openai
