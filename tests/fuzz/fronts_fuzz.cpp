// The dialects of Responses and of Ollama from arbitrary bytes: requests, answers, errors and
// streams. What is translated is valid in its new dialect, and streams do not care how they are
// cut.
#include "actors/domain/stream/chained_stream.hpp"
#include "actors/domain/stream/ollama_stream.hpp"
#include "actors/domain/stream/ollama_to_openai.hpp"
#include "actors/domain/stream/openai_to_ollama.hpp"
#include "actors/domain/stream/openai_to_responses.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/responses.hpp"
#include "schema/types/assert.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace weir;
using namespace weir::dialect;
using domain::AnswerStream;

const WriteRules cloud{.model = "m"};
const WriteRules own{.model = "m", .cloud = false, .output_tokens_default = 0};
const ollama::AnswerRules chat{.model = "m", .id = "id", .created_unix_s = 1};
const ollama::AnswerRules generate{
    .model = "m", .id = "id", .created_unix_s = 1, .call = ollama::Call::generate};
const responses::AnswerRules response{.model = "m", .id = "resp_1", .created_unix_s = 1};

/// A refusal names its reason; a body is JSON that our own strict reader takes.
void check(const Rendering& rendering) {
  if (!rendering.body) return WEIR_ASSERT(!rendering.refused.error.detail.empty());
  WEIR_ASSERT(json::parse(*rendering.body).value);
}

void request(const ChatReading& reading) {
  if (!reading.request) return WEIR_ASSERT(!reading.refused.error.detail.empty());
  check(openai::write_chat(*reading.request, own));
  check(openai::write_chat(*reading.request, cloud));
  check(anthropic::write_chat(*reading.request, cloud));
  const auto there = ollama::write_chat(*reading.request, own);
  check(there);
  // What is written for Ollama is what Ollama's reader takes, but for images in other formats.
  if (!there.body) return;
  const auto back = ollama::read_chat(*there.body);
  WEIR_ASSERT(back.request || !back.refused.param.empty());
}

void requests(std::string_view text) {
  for (int endpoint = 0; endpoint <= static_cast<int>(Endpoint::ollama_embed); ++endpoint) {
    const auto inspection = openai::inspect(static_cast<Endpoint>(endpoint), text);
    if (inspection.facts)
      WEIR_ASSERT(json::parse(openai::rewrite(text, *inspection.facts, "e")).value);
    else
      WEIR_ASSERT(!inspection.refused.error.detail.empty());
  }
  const auto reading = responses::read_chat(text);
  if (reading.request) WEIR_ASSERT(json::parse(json::text_of(responses::echo_of(text))).value);
  request(reading);
  request(ollama::read_chat(text));
  request(ollama::read_generate(text));
  request(openai::read_chat(text));
  check(ollama::embed_to_openai(text, "m"));
  check(ollama::embed_to_ollama(text, "m"));
}

void valid(const Result<anthropic::Translated>& answer) {
  if (answer) WEIR_ASSERT(openai::inspect_answer(answer->body).object);
}

void answers(std::string_view text) {
  const auto there = ollama::to_openai(text, chat);
  valid(there);
  if (there) {
    WEIR_ASSERT(responses::from_openai(there->body, response));
    const auto back = ollama::from_openai(there->body, chat);
    if (back) WEIR_ASSERT(ollama::to_openai(back->body, chat));
  }
  for (const auto* rules : {&chat, &generate}) valid(ollama::from_openai(text, *rules));
  valid(responses::from_openai(text, response));
  valid(ollama::renamed(std::string{text}, "m"));
  valid(ollama::embed_from_openai(text, chat));
  valid(ollama::embed_to_openai_answer(text, chat));
  for (const int status : {400, 404, 500}) {
    WEIR_ASSERT(json::parse(ollama::error_body(ollama::error_of(status, text))).value);
    openai::says_context_exceeded(status, text);
  }
}

std::unique_ptr<AnswerStream> stream(std::size_t kind) {
  constexpr std::size_t event_max = 4096;
  switch (kind) {
    case 0:
      return std::make_unique<domain::OpenAiToResponses>(response, event_max);
    case 1:
      return std::make_unique<domain::OpenAiToOllama>(chat, event_max);
    case 2:
      return std::make_unique<domain::OpenAiToOllama>(generate, event_max);
    case 3:
      return std::make_unique<domain::OllamaToOpenAi>(chat, true, event_max);
    case 4:
      return std::make_unique<domain::OllamaStream>("m", event_max);
    default:
      return std::make_unique<domain::ChainedStream>(stream(3), stream(kind - 5));
  }
}
constexpr std::size_t kinds = 8;

struct Run {
  std::string out;
  bool ok = true;
};

Run run(std::size_t kind, std::string_view text, std::size_t piece) {
  const auto made = stream(kind);
  Run result;
  for (std::size_t at = 0; result.ok && at < text.size(); at += piece)
    result.ok = bool(made->feed(text.substr(at, piece), result.out));
  if (result.ok) result.ok = bool(made->finish(result.out));
  WEIR_ASSERT(!result.ok || made->done());
  WEIR_ASSERT(!result.ok || domain::ends_whole(result.out));
  return result;
}

void streams(std::string_view text) {
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const auto whole = run(kind, text, text.size());
    WEIR_ASSERT(whole.out.empty() || whole.out.ends_with("\n"));
    for (const std::size_t piece : {1U, 2U, 13U}) {
      const auto cut = run(kind, text, piece);
      WEIR_ASSERT(cut.ok == whole.ok && cut.out == whole.out);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  requests(text);
  answers(text);
  streams(text);
  return 0;
}
