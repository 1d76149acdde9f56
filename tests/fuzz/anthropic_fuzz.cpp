// Anthropic's dialect from arbitrary bytes: requests, answers, errors and streams, both ways. What
// is translated is valid in its new dialect, and streams do not care how they are cut.
#include "actors/domain/stream/anthropic_to_openai.hpp"
#include "actors/domain/stream/openai_to_anthropic.hpp"
#include "schema/dialect/anthropic.hpp"
#include "schema/types/assert.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace weir;
using namespace weir::dialect;
using domain::AnswerStream;

const WriteRules cloud{.model = "m"};
const WriteRules own{.model = "m", .cloud = false, .output_tokens_default = 0};
const anthropic::AnswerRules answer{
    .model = "m", .id = "id", .created_unix_s = 1, .thinking = true};

/// A refusal names its reason; a body is JSON that our own strict reader takes.
void check(const Rendering& rendering) {
  if (!rendering.body) return WEIR_ASSERT(!rendering.refused.error.detail.empty());
  WEIR_ASSERT(json::parse(*rendering.body).value);
  WEIR_ASSERT(rendering.body->size() <= cloud.body_bytes_max);
}

void requests(std::string_view text) {
  auto theirs = openai::read_chat(text);
  if (theirs.request) {
    check(openai::write_chat(*theirs.request, cloud));
    const auto there = anthropic::write_chat(std::move(*theirs.request), cloud);
    check(there);
    // What is written for Anthropic is what Anthropic's reader takes.
    if (there.body) WEIR_ASSERT(anthropic::read_chat(*there.body).request);
  } else {
    WEIR_ASSERT(!theirs.refused.error.detail.empty());
  }
  auto ours = anthropic::read_chat(text);
  if (!ours.request) return WEIR_ASSERT(!ours.refused.error.detail.empty());
  check(anthropic::write_chat(*ours.request, cloud));
  check(openai::write_chat(std::move(*ours.request), own));
}

void answers(std::string_view text) {
  if (const auto there = anthropic::to_openai(text, answer)) {
    WEIR_ASSERT(openai::inspect_answer(there->body).object);
    WEIR_ASSERT(anthropic::from_openai(there->body, answer));
  }
  if (const auto there = anthropic::from_openai(text, answer))
    WEIR_ASSERT(anthropic::to_openai(there->body, answer));
  for (const auto& error : {anthropic::error_of(400, text), anthropic::error_of_openai(400, text)})
    WEIR_ASSERT(json::parse(anthropic::error_body(error)).value);
}

struct Run {
  std::string out;
  bool ok = true;
};

Run run(AnswerStream& stream, std::string_view text, std::size_t piece) {
  Run result;
  for (std::size_t at = 0; result.ok && at < text.size(); at += piece)
    result.ok = bool(stream.feed(text.substr(at, piece), result.out));
  if (result.ok) result.ok = bool(stream.finish(result.out));
  WEIR_ASSERT(!result.ok || stream.done());
  return result;
}

std::unique_ptr<AnswerStream> stream(bool to_openai, bool keep_usage) {
  if (to_openai) return std::make_unique<domain::AnthropicToOpenAi>(answer, keep_usage, 4096);
  return std::make_unique<domain::OpenAiToAnthropic>(answer, Tokens{1}, 4096);
}

void streams(std::string_view text, bool to_openai, bool keep_usage) {
  const auto whole = run(*stream(to_openai, keep_usage), text, text.size());
  WEIR_ASSERT(whole.out.empty() || whole.out.ends_with("\n\n"));
  for (const std::size_t piece : {1U, 2U, 13U}) {
    const auto cut = run(*stream(to_openai, keep_usage), text, piece);
    WEIR_ASSERT(cut.ok == whole.ok && cut.out == whole.out);
  }
  // What leaves is whole events of the other dialect, though perhaps with arguments of no sense.
  run(*stream(!to_openai, true), whole.out, whole.out.size() + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  requests(text);
  answers(text);
  for (const bool to_openai : {true, false}) streams(text, to_openai, (data[0] & 1U) != 0);
  return 0;
}
