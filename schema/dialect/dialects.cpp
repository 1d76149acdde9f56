#include "schema/dialect/dialects.hpp"

#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/responses.hpp"

#include <utility>

namespace weir::dialect {

bool is_chat(Endpoint front) {
  switch (front) {
    case Endpoint::chat_completions:
    case Endpoint::messages:
    case Endpoint::responses:
    case Endpoint::ollama_chat:
    case Endpoint::ollama_generate:
      return true;
    case Endpoint::completions:
    case Endpoint::embeddings:
    case Endpoint::rerank:
    case Endpoint::count_tokens:
    case Endpoint::ollama_embed:
      return false;
  }
  return false;
}

ChatReading read_chat(Endpoint front, std::string_view body) {
  switch (front) {
    case Endpoint::chat_completions:
      return openai::read_chat(body);
    case Endpoint::messages:
      return anthropic::read_chat(body);
    case Endpoint::count_tokens:
      return anthropic::read_chat(body, anthropic::Call::count_tokens);
    case Endpoint::responses:
      return responses::read_chat(body);
    case Endpoint::ollama_chat:
      return ollama::read_chat(body);
    case Endpoint::ollama_generate:
      return ollama::read_generate(body);
    case Endpoint::completions:
    case Endpoint::embeddings:
    case Endpoint::rerank:
    case Endpoint::ollama_embed:
      break;
  }
  return {std::nullopt, {{Code::not_supported, "this model has chat alone"}, "model"}};
}

Rendering write_chat(EngineKind engine, ChatRequest request, const WriteRules& rules) {
  if (engine == EngineKind::anthropic) return anthropic::write_chat(std::move(request), rules);
  if (engine == EngineKind::ollama) return ollama::write_chat(std::move(request), rules);
  return openai::write_chat(std::move(request), rules);
}

Endpoint chat_endpoint(EngineKind engine) {
  if (engine == EngineKind::anthropic) return Endpoint::messages;
  return engine == EngineKind::ollama ? Endpoint::ollama_chat : Endpoint::chat_completions;
}

}  // namespace weir::dialect
