#include "actors/domain/grading/json_strings.hpp"

#include "actors/domain/grading/reading.hpp"

#include <simdjson.h>
#include <algorithm>
#include <array>
#include <memory>

namespace weir::domain {
namespace {

bool blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Members that hold no text of people.
bool technical(std::string_view key) {
  constexpr std::array<std::string_view, 12> all{
      "role",         "type", "model",  "id",   "object", "index",
      "tool_call_id", "name", "format", "user", "stop",   "finish_reason"};
  return std::find(all.begin(), all.end(), key) != all.end();
}

std::size_t after_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && blank(text[at])) ++at;
  return at;
}

/// The end of an array of at least eight numbers, or of arrays of them; 0: it is none.
std::size_t numbers_end(std::string_view text, std::size_t at) {
  constexpr std::size_t numbers_min = 8;
  std::size_t i = at, commas = 0, depth = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[') {
      ++depth;
    } else if (c == ']') {
      if (--depth == 0) return commas + 1 >= numbers_min ? i + 1 : 0;
    } else if (c == ',') {
      ++commas;
    } else if (!blank(c) && !is_digit(c)) {
      return 0;
    }
  }
  return 0;
}

}  // namespace

bool is_json(std::string_view document) {
  if (document.empty()) return false;
  constexpr std::size_t kept_max = 16u << 20, depth_max = 512;
  thread_local std::unique_ptr<simdjson::dom::parser> parser;
  if (parser == nullptr) parser = std::make_unique<simdjson::dom::parser>();
  if (parser->capacity() < document.size() || parser->max_depth() != depth_max)
    if (parser->allocate(std::max<std::size_t>(document.size(), 4096), depth_max) !=
        simdjson::SUCCESS)
      return false;
  simdjson::dom::element root;
  const bool good =
      parser->parse(document.data(), document.size(), true).get(root) == simdjson::SUCCESS;
  if (parser->capacity() > kept_max) parser.reset();
  return good;
}

JsonStrings json_strings(std::string_view document) {
  JsonStrings found;
  std::string_view key;
  for (auto i = document.find('"'); i != document.npos; i = document.find('"', i)) {
    std::size_t end = i + 1;
    while (end < document.size() && document[end] != '"') end += document[end] == '\\' ? 2 : 1;
    if (end >= document.size()) break;
    const auto next = after_blanks(document, end + 1);
    if (next < document.size() && document[next] == ':') {
      key = document.substr(i + 1, end - i - 1);
      const auto value = after_blanks(document, next + 1);
      if (value < document.size() && document[value] == '[' &&
          (key == "prompt" || key == "input" || key == "tokens"))
        if (const auto stop = numbers_end(document, value); stop != 0)
          found.token_ids.push_back({value, stop});
    } else if (!technical(key)) {
      found.texts.push_back({i + 1, end});
    }
    i = end + 1;
  }
  return found;
}

}  // namespace weir::domain
