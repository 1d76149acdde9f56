#include "coordinator/gateway/translation.hpp"

#include "actors/domain/stream/anthropic_stream.hpp"
#include "actors/domain/stream/anthropic_to_openai.hpp"
#include "actors/domain/stream/openai_to_anthropic.hpp"
#include "actors/domain/stream/sse_stream.hpp"
#include "schema/dialect/chat.hpp"
#include "schema/dialect/openai.hpp"

#include <utility>

namespace weir::gateway {
namespace {

namespace anthropic = dialect::anthropic;
namespace openai = dialect::openai;
using anthropic::Translated;

std::string as_it_is(int, std::string body) { return body; }

Result<Translated> renamed(std::string body, std::string_view model) {
  const auto facts = openai::inspect_answer(body);
  if (!facts.object) return Error{Code::upstream_failed, "the engine's answer is no JSON object"};
  return Translated{openai::rename_model(std::move(body), facts, model), facts.usage};
}

/// `stream` where the request asks for one.
template <class Stream, class... Args>
std::unique_ptr<domain::AnswerStream> stream_for(const Intake& intake, Args&&... args) {
  if (!intake.spec.stream) return nullptr;
  return std::make_unique<Stream>(std::forward<Args>(args)...);
}

Translation openai_to_openai(const Intake& intake, const std::string& model) {
  return {
      false,
      stream_for<domain::SseStream>(intake, domain::StreamRules{model, intake.facts.usage_asked}),
      [model](std::string body) { return renamed(std::move(body), model); }, as_it_is};
}

Translation anthropic_to_anthropic(const Intake& intake, const std::string& model) {
  return {false, stream_for<domain::AnthropicStream>(intake, model),
          [model](std::string body) { return anthropic::renamed(std::move(body), model); },
          as_it_is};
}

Translation openai_to_anthropic(const Intake& intake, const std::string& model) {
  const anthropic::AnswerRules rules{.model = model,
                                     .id = "msg_" + intake.spec.public_id,
                                     .thinking = intake.thinking,
                                     .stop = intake.stop};
  return {true,
          stream_for<domain::OpenAiToAnthropic>(intake, rules, intake.spec.prompt_tokens_estimate),
          [rules](const std::string& body) { return anthropic::from_openai(body, rules); },
          [](int status, const std::string& body) {
            return anthropic::error_body(anthropic::error_of_openai(status, body));
          }};
}

Translation anthropic_to_openai(const Intake& intake, const std::string& model) {
  const anthropic::AnswerRules rules{.model = model,
                                     .id = "chatcmpl-" + intake.spec.public_id,
                                     .created_unix_s = intake.received_unix_s};
  return {true, stream_for<domain::AnthropicToOpenAi>(intake, rules, intake.facts.usage_asked),
          [rules](const std::string& body) { return anthropic::to_openai(body, rules); },
          [](int status, const std::string& body) {
            return openai::error_body(anthropic::error_of(status, body), "");
          }};
}

EngineRequest refused(openai::Refused why) {
  return {.body = {}, .refusal = refusal_of(std::move(why))};
}

}  // namespace

Translation translation_for(const Intake& intake, const Placement& placement) {
  const auto& model = intake.spec.model == "auto" ? placement.model : intake.spec.model;
  const bool anthropic_engine = placement.kind == EngineKind::anthropic;
  if (dialect_of(intake.spec.endpoint) == Dialect::anthropic)
    return anthropic_engine ? anthropic_to_anthropic(intake, model)
                            : openai_to_anthropic(intake, model);
  return anthropic_engine ? anthropic_to_openai(intake, model) : openai_to_openai(intake, model);
}

EngineRequest request_for(const Intake& intake, std::string_view body, EngineKind engine,
                          std::string_view model) {
  const auto front = intake.spec.endpoint;
  const bool anthropic_engine = engine == EngineKind::anthropic;
  if (front != Endpoint::messages && !anthropic_engine)
    return {.endpoint = front, .body = openai::rewrite(body, intake.facts, model)};
  if (front == Endpoint::completions)
    return refused({{Code::not_supported, "this model has chat alone"}, "model"});
  auto reading = front == Endpoint::messages ? anthropic::read_chat(body) : openai::read_chat(body);
  if (!reading.request) return refused(std::move(reading.refused));
  const dialect::WriteRules rules{
      .model = std::string{model}, .cloud = false, .body_bytes_max = body_bytes_max};
  auto written = anthropic_engine ? anthropic::write_chat(std::move(*reading.request), rules)
                                  : openai::write_chat(std::move(*reading.request), rules);
  if (!written.body) return refused(std::move(written.refused));
  return {.endpoint = anthropic_engine ? Endpoint::messages : Endpoint::chat_completions,
          .body = std::move(written.body)};
}

}  // namespace weir::gateway
