#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/openai.hpp"
#include "schema/dialect/splice.hpp"

#include <array>

namespace weir::dialect::openai {

namespace {

/// `stream_options` as it was, with include_usage true.
std::string with_usage(std::string_view options) {
  std::optional<Range> asked;
  bool empty = true;
  json::Reader reader{options, json::Duplicates::allowed};
  const bool object = reader.object([&](std::string_view key) {
    const bool include_usage = key == "include_usage";
    empty = false;
    if (!reader.skip()) return false;
    if (include_usage) asked = Range{reader.value_begin(), reader.value_end()};
    return true;
  });
  if (!object) return R"({"include_usage":true})";  // it was null
  std::array<Edit, 1> edit{
      {{{1, 1}, empty ? R"("include_usage":true)" : R"("include_usage":true,)"}}};
  if (asked) edit[0] = {*asked, "true"};
  std::string out;
  append_spliced(out, options, edit);
  return out;
}

}  // namespace

std::string rewrite(std::string_view body, const RequestFacts& facts,
                    std::string_view engine_model) {
  const auto model = quoted(engine_model);
  std::string options;
  std::array<Edit, 2> edits{{{facts.model_value, model}, {}}};
  std::size_t count = 1;
  const bool tells_usage_if_asked =
      facts.endpoint == Endpoint::chat_completions || facts.endpoint == Endpoint::completions;
  if (facts.stream && !facts.usage_asked && tells_usage_if_asked) {
    if (facts.stream_options) {
      const auto was = *facts.stream_options;
      options = with_usage(body.substr(was.begin, was.end - was.begin));
      edits[count++] = {was, options};
    } else {
      options = R"(,"stream_options":{"include_usage":true})";
      edits[count++] = {{facts.object_end, facts.object_end}, options};
    }
  }
  std::string out;
  out.reserve(body.size() + model.size() + options.size());
  append_spliced(out, body, std::span{edits}.first(count));
  return out;
}

}  // namespace weir::dialect::openai
