#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/ollama.hpp"

namespace weir::dialect::ollama {

namespace {

constexpr std::int64_t count_max = 1'000'000'000'000;

/// Reads a count where one stands, anything else where not.
bool count(json::Reader& reader, std::optional<std::int64_t>& out) {
  const char c = reader.next();
  if (c != '-' && (c < '0' || c > '9')) return reader.skip();
  if (!reader.number(out)) return false;
  if (out && (*out < 0 || *out > count_max)) out.reset();
  return true;
}

}  // namespace

LineFacts inspect_line(std::string_view line) {
  LineFacts facts;
  std::optional<std::int64_t> prompt, answer;
  json::Reader reader{line, json::Duplicates::allowed};
  const bool whole = reader.object([&](std::string_view key) {
    if (key == "prompt_eval_count") return count(reader, prompt);
    if (key == "eval_count") return count(reader, answer);
    if (key == "error") facts.error = reader.next() != 'n';
    if (key == "done" && (reader.next() == 't' || reader.next() == 'f'))
      return reader.boolean(facts.done);
    const bool model = key == "model" && reader.next() == '"';
    if (!reader.skip()) return false;
    if (model) facts.model_value = openai::Range{reader.value_begin(), reader.value_end()};
    return true;
  });
  if (!whole || !reader.end()) return {};
  facts.object = true;
  if (prompt || answer) facts.usage = Usage{Tokens{prompt.value_or(0)}, Tokens{answer.value_or(0)}};
  return facts;
}

}  // namespace weir::dialect::ollama
