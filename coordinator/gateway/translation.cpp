#include "coordinator/gateway/translation.hpp"

#include "actors/domain/stream/anthropic_stream.hpp"
#include "actors/domain/stream/anthropic_to_openai.hpp"
#include "actors/domain/stream/chained_stream.hpp"
#include "actors/domain/stream/completion_to_chat.hpp"
#include "actors/domain/stream/ollama_stream.hpp"
#include "actors/domain/stream/ollama_to_openai.hpp"
#include "actors/domain/stream/openai_to_anthropic.hpp"
#include "actors/domain/stream/openai_to_ollama.hpp"
#include "actors/domain/stream/openai_to_responses.hpp"
#include "actors/domain/stream/restoring.hpp"
#include "actors/domain/stream/sse_stream.hpp"
#include "schema/dialect/completion.hpp"
#include "schema/dialect/dialects.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/openai.hpp"
#include "schema/dialect/responses.hpp"

#include <chrono>
#include <utility>

namespace weir::gateway {
namespace {

namespace anthropic = dialect::anthropic;
namespace ollama = dialect::ollama;
namespace openai = dialect::openai;
namespace responses = dialect::responses;
using anthropic::Translated;

/// OpenAI's shape does not say which stop sequence ended an answer; an engine that takes
/// Anthropic's requests itself does.
bool asks_natively(const Intake& intake, const Placement& placement) {
  return intake.spec.endpoint == Endpoint::messages && !intake.stop.empty() &&
         placement.tier != Tier::l2 && (placement.features & feature::messages) != 0;
}

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

/// What the client is told beside the answer itself.
struct Told {
  const Intake& intake;
  std::string model;
  TimePoint received;
};

anthropic::AnswerRules openai_rules(const Told& told) {
  return {.model = told.model,
          .id = "chatcmpl-" + told.intake.spec.public_id,
          .created_unix_s = told.intake.received_unix_s};
}

ollama::AnswerRules ollama_rules(const Told& told) {
  const auto& spec = told.intake.spec;
  return {.model = told.model,
          .id = "chatcmpl-" + spec.public_id,
          .created_unix_s = told.intake.received_unix_s,
          .call = spec.endpoint == Endpoint::ollama_generate ? ollama::Call::generate
                                                             : ollama::Call::chat,
          .thinking = told.intake.thinking,
          .elapsed = [received = told.received]() -> std::int64_t {
            return std::chrono::nanoseconds{std::chrono::steady_clock::now() - received}.count();
          }};
}

// ---- the engine's side: its answer in OpenAI's shape ----------------------------------------

Translation from_anthropic_engine(const Told& told, bool keep_usage) {
  const auto rules = openai_rules(told);
  return {true, stream_for<domain::AnthropicToOpenAi>(told.intake, rules, keep_usage),
          [rules](const std::string& body) { return anthropic::to_openai(body, rules); },
          [](int status, const std::string& body) {
            return openai::error_body(anthropic::error_of(status, body), "");
          }};
}

Translation from_ollama_engine(const Told& told, bool keep_usage) {
  const auto rules = ollama_rules(told);
  return {true, stream_for<domain::OllamaToOpenAi>(told.intake, rules, keep_usage),
          [rules](const std::string& body) { return ollama::to_openai(body, rules); },
          [](int status, const std::string& body) {
            return openai::error_body(ollama::error_of(status, body), "");
          }};
}

/// An engine's refusal of a prompt that is too long has one code, whoever says it.
std::string openai_error(int status, std::string body) {
  if (!openai::says_context_exceeded(status, body)) return body;
  auto error = anthropic::error_of_openai(status, body);
  error.code = Code::context_length_exceeded;
  return openai::error_body(error, "messages");
}

Translation from_openai_engine(const Told& told) {
  const auto& intake = told.intake;
  const auto& model = told.model;
  return {
      false,
      stream_for<domain::SseStream>(intake, domain::StreamRules{model, intake.facts.usage_asked}),
      [model](std::string body) { return renamed(std::move(body), model); }, openai_error};
}

// ---- the client's side: OpenAI's shape as it wants it ---------------------------------------

/// Of an event that was made from another: escaped once more, it may be twice as long.
constexpr auto second_event_bytes_max = 2 * domain::event_bytes_max_default;

Translation for_anthropic_client(const Told& told) {
  const auto& intake = told.intake;
  const anthropic::AnswerRules rules{.model = told.model,
                                     .id = "msg_" + intake.spec.public_id,
                                     .thinking = intake.thinking,
                                     .stop = intake.stop};
  return {true,
          stream_for<domain::OpenAiToAnthropic>(intake, rules, intake.spec.prompt_tokens_estimate,
                                                second_event_bytes_max),
          [rules](const std::string& body) { return anthropic::from_openai(body, rules); },
          [](int status, const std::string& body) {
            return anthropic::error_body(anthropic::error_of_openai(status, body));
          }};
}

Translation for_responses_client(const Told& told) {
  const auto& intake = told.intake;
  const responses::AnswerRules rules{.model = told.model,
                                     .id = "resp_" + intake.spec.public_id,
                                     .created_unix_s = intake.received_unix_s,
                                     .echo = intake.echo};
  return {true, stream_for<domain::OpenAiToResponses>(intake, rules, second_event_bytes_max),
          [rules](const std::string& body) { return responses::from_openai(body, rules); },
          openai_error};
}

Translation for_ollama_client(const Told& told) {
  const auto rules = ollama_rules(told);
  return {true, stream_for<domain::OpenAiToOllama>(told.intake, rules, second_event_bytes_max),
          [rules](const std::string& body) { return ollama::from_openai(body, rules); },
          [](int status, const std::string& body) {
            return ollama::error_body(anthropic::error_of_openai(status, body));
          }};
}

// ---- both sides of one dialect --------------------------------------------------------------

Translation anthropic_to_anthropic(const Told& told) {
  const auto& model = told.model;
  return {false, stream_for<domain::AnthropicStream>(told.intake, model),
          [model](std::string body) { return anthropic::renamed(std::move(body), model); },
          as_it_is};
}

Translation ollama_to_ollama(const Told& told) {
  const auto& model = told.model;
  return {false, stream_for<domain::OllamaStream>(told.intake, model),
          [model](std::string body) { return ollama::renamed(std::move(body), model); }, as_it_is};
}

/// `first` makes OpenAI's shape of the engine's answer, `second` the client's of that.
Translation chained(Translation first, Translation second) {
  std::unique_ptr<domain::AnswerStream> stream;
  if (first.stream && second.stream)
    stream =
        std::make_unique<domain::ChainedStream>(std::move(first.stream), std::move(second.stream));
  return {true, std::move(stream),
          [a = std::move(first.whole),
           b = std::move(second.whole)](std::string body) -> Result<Translated> {
            WEIR_TRY(Translated between, a(std::move(body)));
            WEIR_TRY(Translated made, b(std::move(between.body)));
            if (!made.usage) made.usage = between.usage;
            return made;
          },
          [a = std::move(first.error), b = std::move(second.error)](int status, std::string body) {
            return b(status, a(status, std::move(body)));
          }};
}

/// An engine of another make that takes Anthropic's requests; its errors keep OpenAI's shape.
Translation anthropic_asked_natively(const Told& told) {
  auto made = anthropic_to_anthropic(told);
  made.error = for_anthropic_client(told).error;
  return made;
}

Translation for_client(const Told& told) {
  switch (told.intake.spec.endpoint) {
    case Endpoint::messages:
      return for_anthropic_client(told);
    case Endpoint::responses:
      return for_responses_client(told);
    default:
      return for_ollama_client(told);
  }
}

/// The completion of a raw prompt, for a client of Ollama's.
Translation raw_translation(const Told& told) {
  Translation completion{true, stream_for<domain::CompletionToChat>(told.intake),
                         [](const std::string& body) { return dialect::completion::to_chat(body); },
                         as_it_is};
  return chained(std::move(completion), for_ollama_client(told));
}

Translation chat_translation(const Told& told, const Placement& placement) {
  const auto front = told.intake.spec.endpoint;
  const bool openai_client = front == Endpoint::chat_completions;
  const bool keep_usage = !openai_client || told.intake.facts.usage_asked;
  switch (placement.kind) {
    case EngineKind::anthropic:
      if (front == Endpoint::messages) return anthropic_to_anthropic(told);
      return openai_client ? from_anthropic_engine(told, keep_usage)
                           : chained(from_anthropic_engine(told, true), for_client(told));
    case EngineKind::ollama:
      if (dialect_of(front) == Dialect::ollama) return ollama_to_ollama(told);
      return openai_client ? from_ollama_engine(told, keep_usage)
                           : chained(from_ollama_engine(told, true), for_client(told));
    case EngineKind::openai:
    case EngineKind::llama_cpp:
    case EngineKind::vllm:
      if (told.intake.facts.raw) return raw_translation(told);
      if (asks_natively(told.intake, placement)) return anthropic_asked_natively(told);
      return openai_client ? from_openai_engine(told) : for_client(told);
  }
  WEIR_ASSERT(!"an EngineKind without a translation");
}

/// Ollama's vectors, or its errors, for a client of OpenAI's.
Translation openai_embed_translation(const Told& told) {
  auto rules = ollama_rules(told);
  rules.base64 = told.intake.facts.base64;
  return {true, nullptr,
          [rules](const std::string& body) { return ollama::embed_to_openai_answer(body, rules); },
          [](int status, const std::string& body) {
            return openai::error_body(ollama::error_of(status, body), "");
          }};
}

/// The model's vectors, or their errors, for a client of Ollama's.
Translation embed_translation(const Told& told, const Placement& placement) {
  if (placement.kind == EngineKind::ollama) return ollama_to_ollama(told);
  const auto rules = ollama_rules(told);
  return {true, nullptr,
          [rules](const std::string& body) { return ollama::embed_from_openai(body, rules); },
          [](int status, const std::string& body) {
            return ollama::error_body(anthropic::error_of_openai(status, body));
          }};
}

/// Nothing in the answer, a number of tokens, is anybody's dialect but the client's.
Translation count_translation(const Told& told, const Placement& placement) {
  auto errors = chained(placement.kind == EngineKind::ollama ? from_ollama_engine(told, true)
                                                             : from_openai_engine(told),
                        for_anthropic_client(told));
  return {true, nullptr,
          [](std::string body) {
            return Translated{std::move(body), {}};
          },
          std::move(errors.error)};
}

EngineRequest refused(openai::Refused why) {
  return {.body = {}, .refusal = refusal_of(std::move(why))};
}

EngineRequest written(Endpoint endpoint, dialect::Rendering made) {
  if (!made.body) return refused(std::move(made.refused));
  return {.endpoint = endpoint, .body = std::move(made.body)};
}

/// Whether the engine takes the client's body as it is, but for the model's name.
bool same_dialect(Endpoint front, EngineKind engine) {
  switch (front) {
    case Endpoint::chat_completions:
      return speaks_openai(engine);
    case Endpoint::embeddings:
    case Endpoint::rerank:
      return speaks_openai(engine);
    case Endpoint::completions:  // Ollama's server has these of OpenAI's, too
      return engine != EngineKind::anthropic;
    case Endpoint::ollama_chat:
    case Endpoint::ollama_generate:
    case Endpoint::ollama_embed:
      return engine == EngineKind::ollama;
    case Endpoint::messages:
    case Endpoint::responses:
    case Endpoint::count_tokens:
      return false;  // always written anew: see read_translated
  }
  return false;
}

EngineRequest translated_chat(const Intake& intake, std::string_view body,
                              const Placement& placement) {
  const auto front = intake.spec.endpoint;
  const bool native = asks_natively(intake, placement);
  const auto dialect = native ? EngineKind::anthropic : placement.kind;
  auto reading = dialect::read_chat(front, body);
  if (!reading.request) return refused(std::move(reading.refused));
  dialect::WriteRules rules{
      .model = placement.model, .cloud = false, .body_bytes_max = body_bytes_max};
  if (dialect != EngineKind::anthropic) rules.output_tokens_default = 0;
  const auto endpoint = front == Endpoint::count_tokens ? front : dialect::chat_endpoint(dialect);
  return written(endpoint, dialect::write_chat(dialect, std::move(*reading.request), rules));
}

}  // namespace

Translation translation_for(const Intake& intake, const Placement& placement, TimePoint received) {
  const auto front = intake.spec.endpoint;
  const Told told{intake, intake.spec.model == "auto" ? placement.model : intake.spec.model,
                  received};
  if (dialect::is_chat(front)) return chat_translation(told, placement);
  if (front == Endpoint::ollama_embed) return embed_translation(told, placement);
  if (front == Endpoint::embeddings && placement.kind == EngineKind::ollama)
    return openai_embed_translation(told);
  if (front == Endpoint::count_tokens) return count_translation(told, placement);
  return from_openai_engine(told);
}

Translation restored(Translation made, EngineKind provider, std::shared_ptr<const Vault> vault) {
  if (made.stream)
    made.stream = std::make_unique<domain::ChainedStream>(domain::restoring_stream(provider, vault),
                                                          std::move(made.stream));
  made.whole = [provider, vault,
                whole = std::move(made.whole)](std::string body) -> Result<Translated> {
    WEIR_TRY(std::string plain, domain::restore_answer(provider, std::move(body), *vault));
    return whole(std::move(plain));
  };
  made.error = [provider, vault, error = std::move(made.error)](int status, std::string body) {
    auto plain = domain::restore_answer(provider, body, *vault);
    return error(status, plain ? std::move(*plain) : domain::restore_text(body, *vault));
  };
  return made;
}

std::string keep_alive_of(const Intake& intake) {
  switch (intake.spec.endpoint) {
    case Endpoint::messages:
      return "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    case Endpoint::ollama_chat:
    case Endpoint::ollama_generate: {
      const bool chat = intake.spec.endpoint == Endpoint::ollama_chat;
      return R"({"model":)" + openai::quoted(intake.spec.model) + R"(,"created_at":")" +
             ollama::timestamp(intake.received_unix_s) +
             (chat ? R"(","message":{"role":"assistant","content":""})" : R"(","response":"")") +
             R"(,"done":false})"
             "\n";
    }
    default:
      return ": keep-alive\n\n";
  }
}

EngineRequest request_for(const Intake& intake, std::string_view body, const Placement& placement) {
  const auto front = intake.spec.endpoint;
  if (same_dialect(front, placement.kind))
    return {.endpoint = front, .body = openai::rewrite(body, intake.facts, placement.model)};
  if (front == Endpoint::embeddings && placement.kind == EngineKind::ollama)
    return written(Endpoint::ollama_embed, ollama::embed_to_ollama(body, placement.model));
  if (front == Endpoint::ollama_embed)
    return written(Endpoint::embeddings, ollama::embed_to_openai(body, placement.model));
  if (intake.facts.load)
    return refused({{Code::not_supported, "this model's engine does not load models on request"},
                    front == Endpoint::ollama_chat ? "messages" : "prompt"});
  if (intake.facts.raw && speaks_openai(placement.kind))
    return written(Endpoint::completions,
                   dialect::completion::from_raw_generate(body, placement.model));
  return translated_chat(intake, body, placement);
}

}  // namespace weir::gateway
