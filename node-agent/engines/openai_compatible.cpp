#include "node-agent/engines/openai_compatible.hpp"

#include "node-agent/engines/model_facts.hpp"
#include "node-agent/engines/ollama_pages.hpp"
#include "node-agent/engines/page.hpp"
#include "node-agent/engines/prompt_count.hpp"

#include <algorithm>

namespace weir::engines {
namespace {

/// What servers call the context length of a model; the one in use before the most it could be.
std::uint32_t context_of(const Value& model) {
  if (const auto now = number_at(model, {"meta", "n_ctx"}); now > 0) return now;
  for (const char* key : {"max_model_len", "context_length", "context_window"})
    if (const auto n = number_at(model, {key}); n > 0) return n;
  return number_at(model, {"meta", "n_ctx_train"});
}

/// Whether an error answer says that the server still loads its model.
bool says_loading(const std::string& body) {
  const auto page = read_page(body);
  const auto* error = page ? dialect::json::find(*page, "error") : nullptr;
  return error != nullptr && text_at(*error, "message").find("oading") != std::string::npos;
}

/// nullopt for what is no model that can be asked for, a model that failed to load among them.
std::optional<ModelInfo> read_model(const Value& item) {
  ModelInfo model;
  model.id = text_at(item, "id", name_bytes_max);
  if (model.id.empty() || true_at(item, {"status", "failed"})) return std::nullopt;
  model.context_tokens = context_of(item);
  model.parent = text_at(item, "parent", name_bytes_max);
  model.bytes = number_at<std::uint64_t>(item, {"meta", "size"});
  if (const auto* status = at(item, {"status", "value"}); status != nullptr && status->string())
    model.loaded = *status->string() == "loaded";
  for (const auto& alias : items_at(item, "aliases"))
    if (const auto* name = alias.string(); name != nullptr && !name->empty() &&
                                           name->size() <= name_bytes_max && *name != model.id &&
                                           model.aliases.size() < aliases_max)
      model.aliases.push_back(*name);
  return model;
}

/// An adapter has its base model's context where it tells none of its own.
void inherit_context(std::vector<ModelInfo>& models) {
  for (auto& adapter : models) {
    if (adapter.parent.empty() || adapter.context_tokens > 0) continue;
    for (const auto& base : models)
      if (base.id == adapter.parent) adapter.context_tokens = base.context_tokens;
  }
}

bool holds_model(const std::vector<ModelInfo>& models, const std::string& id) {
  return std::any_of(models.begin(), models.end(), [&](const ModelInfo& m) { return m.id == id; });
}

}  // namespace

Result<std::unique_ptr<OpenAiCompatible>> OpenAiCompatible::make(asio::io_context& io,
                                                                 std::uint32_t number,
                                                                 const EngineSettings& settings,
                                                                 Millis look_max) {
  WEIR_TRY(EngineAddress to, engine_address(settings));
  return std::unique_ptr<OpenAiCompatible>{
      new OpenAiCompatible{io, number, settings, std::move(to), look_max}};
}

void OpenAiCompatible::start(ports::EngineJob job, ports::EngineAnswer answer) {
  if (!job.prefix.empty())
    return answer.on_end(Error{Code::not_supported, "it cannot go on from a text"}, 0);
  if (job.endpoint == Endpoint::count_tokens) return count(std::move(job), std::move(answer));
  post(std::string{name_of(job.endpoint)}, std::move(job), std::move(answer));
}

void OpenAiCompatible::count(ports::EngineJob job, ports::EngineAnswer answer) {
  auto request = one_token_chat(job.body);
  if (!request) return answer.on_end(Error{Code::internal, "the request cannot be read"}, 0);
  count_by_call(std::string{name_of(Endpoint::chat_completions)}, std::move(*request), job,
                std::move(answer));
}

void OpenAiCompatible::count_by_call(const std::string& path, std::string request,
                                     const ports::EngineJob& job, ports::EngineAnswer answer) {
  ask(job.attempt, path, std::move(request), job.first_byte_max,
      [answer = std::move(answer)](Result<net::http::Response> response) {
        if (settled(response, answer)) return;
        const auto tokens = prompt_tokens(response->body);
        if (!tokens) return answer.on_end(Error{Code::upstream_failed, "it tells no usage"}, 0);
        tell_count(answer, *tokens);
      });
}

void OpenAiCompatible::look() {
  get("/v1/models", [this](Result<net::http::Response> response) {
    if (!response && response.error().code == Code::timed_out) return missed_look();
    if (response) read_models(*response, seen());
    seen().state == EngineState::up ? look_closer(response->body) : end_look();
  });
}

/// A server of Ollama's lists models that run in a cloud of its own among the rest, and only its
/// own API tells them apart: what is sent to this engine must stay on this machine.
void OpenAiCompatible::look_closer(const std::string&) {
  if (last_state() != EngineState::up) no_ollama_ = false;
  if (no_ollama_) return end_look();
  get("/api/tags", [this](Result<net::http::Response> response) {
    if (!response) return missed_look();
    no_ollama_ = response->status == 404;
    auto& models = seen().models;
    if (response->status == 200)
      if (const auto local = read_ollama_tags(response->body))
        std::erase_if(models,
                      [&](const ModelInfo& model) { return !holds_model(*local, model.id); });
    end_look();
  });
}

void OpenAiCompatible::complete_models(std::vector<ModelInfo>& models) {
  for (auto& model : models)
    if (model.features == 0) model.features = features_by_name(model.id);
}

void read_models(const net::http::Response& response, EngineSnapshot& snapshot) {
  if (is_weir(response.headers)) return;
  if (response.status == 503 && says_loading(response.body)) snapshot.state = EngineState::starting;
  if (response.status != 200) return;
  const auto page = read_page(response.body);
  const auto* data = page ? dialect::json::find(*page, "data") : nullptr;
  if (data == nullptr || data->array() == nullptr) return;
  for (const auto& item : *data->array()) {
    auto model = read_model(item);
    if (model && snapshot.models.size() < models_max) snapshot.models.push_back(std::move(*model));
  }
  inherit_context(snapshot.models);
  snapshot.state = EngineState::up;
}

}  // namespace weir::engines
