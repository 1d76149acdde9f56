#include "node-agent/engines/ollama.hpp"

#include "node-agent/engines/page.hpp"
#include "node-agent/engines/prompt_count.hpp"

#include <algorithm>
#include <chrono>

namespace weir::engines {
namespace {

/// Of an answer's end, where its durations stand; a context of many tokens may come before.
constexpr std::size_t end_bytes = 2'048;

std::int64_t now_unix_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is(const OllamaLoaded& one, const ModelInfo& model) {
  return one.name == model.id || (!one.digest.empty() && one.digest == model.digest);
}

}  // namespace

Result<std::unique_ptr<Ollama>> Ollama::make(asio::io_context& io, std::uint32_t number,
                                             const EngineSettings& settings, Millis look_max) {
  WEIR_TRY(EngineAddress to, engine_address(settings));
  return std::unique_ptr<Ollama>{new Ollama{io, number, settings, std::move(to), look_max}};
}

void Ollama::start(ports::EngineJob job, ports::EngineAnswer answer) {
  if (!job.prefix.empty())
    return answer.on_end(Error{Code::not_supported, "it cannot go on from a text"}, 0);
  const auto* model = known(model_of_request(job.body));
  // One that it did not list may run in a cloud of Ollama's own. Before it listed any, nothing
  // comes.
  if (model == nullptr && !models_.empty())
    return answer.on_end(Error{Code::upstream_failed, "no model of this machine is asked for"}, 0);
  if (job.endpoint == Endpoint::count_tokens) return count(std::move(job), std::move(answer));
  if (model != nullptr && !model->loaded) answer = timed(model->id, std::move(answer));
  post(std::string{name_of(job.endpoint)}, std::move(job), std::move(answer));
}

const ModelInfo* Ollama::known(const std::string& name) const {
  const auto found = std::find_if(models_.begin(), models_.end(), [&name](const ModelInfo& m) {
    return m.id == name || std::find(m.aliases.begin(), m.aliases.end(), name) != m.aliases.end();
  });
  return found == models_.end() ? nullptr : &*found;
}

ports::EngineAnswer Ollama::timed(const std::string& model, ports::EngineAnswer answer) {
  const auto end = std::make_shared<std::string>();
  ports::EngineAnswer watched;
  watched.on_begin = std::move(answer.on_begin);
  watched.on_bytes = [end, pass = std::move(answer.on_bytes)](std::span<const std::byte> bytes) {
    const auto kept = bytes.last(std::min(bytes.size(), end_bytes));
    end->append(reinterpret_cast<const char*>(kept.data()), kept.size());
    if (end->size() > end_bytes) end->erase(0, end->size() - end_bytes);
    pass(bytes);
  };
  watched.on_end = [this, end, model, pass = std::move(answer.on_end)](Result<Done> ended,
                                                                       std::uint16_t status) {
    const auto* what = known(model);
    if (const auto ms = load_duration_ms(*end); ended && ms)
      times_.loaded(model, what == nullptr ? 0 : what->bytes, *ms);
    pass(std::move(ended), status);
  };
  return watched;
}

void Ollama::count(ports::EngineJob job, ports::EngineAnswer answer) {
  auto request = one_token_ollama_chat(job.body);
  if (!request) return answer.on_end(Error{Code::internal, "the request cannot be read"}, 0);
  ask(job.attempt, std::string{name_of(Endpoint::ollama_chat)}, std::move(*request),
      job.first_byte_max, [answer = std::move(answer)](Result<net::http::Response> response) {
        if (settled(response, answer)) return;
        const auto tokens = prompt_tokens(response->body);
        if (!tokens) return answer.on_end(Error{Code::upstream_failed, "it tells no usage"}, 0);
        tell_count(answer, *tokens);
      });
}

void Ollama::look() {
  get(
      "/api/tags",
      [this](Result<net::http::Response> tags) {
        if (!tags && tags.error().code == Code::timed_out) return missed_look();
        if (!tags || tags->status != 200 || is_weir(tags->headers)) return end_look();
        auto models = read_ollama_tags(tags->body);
        if (!models) return end_look();
        seen().models = std::move(*models);
        seen().state = EngineState::up;
        look_at_loaded();
      },
      large_page_bytes_max);
}

void Ollama::look_at_loaded() {
  get("/api/ps", [this](Result<net::http::Response> ps) {
    auto loaded = ps && ps->status == 200 ? read_ollama_ps(ps->body) : std::nullopt;
    if (loaded) {
      loaded_ = std::move(*loaded);
      std::vector<LoadRoom::Loaded> now;
      for (const auto& one : loaded_)
        now.push_back({one.name, one.expires_unix_s && *one.expires_unix_s <= now_unix_s() + 2});
      room_.look(now);
    }
    look_at_models();
  });
}

void Ollama::look_at_models() {
  const auto& models = seen().models;
  const auto next = std::find_if(models.begin(), models.end(), [this](const ModelInfo& m) {
    return shown_.count({m.id, m.digest}) == 0;
  });
  if (next == models.end()) return end_look();
  const auto key = std::pair{next->id, next->digest};
  auto request = dialect::json::text_of(dialect::json::object("model", Value{key.first}));
  post_look("/api/show", std::move(request), [this, key](Result<net::http::Response> page) {
    if (!page && page.error().code != Code::upstream_failed) return end_look();  // again later
    const auto shown = page && page->status == 200 ? read_ollama_show(page->body) : std::nullopt;
    shown_[key] = shown.value_or(OllamaShown{});
    look_at_models();
  });
}

void Ollama::complete_models(std::vector<ModelInfo>& models) {
  std::erase_if(shown_, [&models](const auto& entry) {
    return std::none_of(models.begin(), models.end(), [&entry](const ModelInfo& m) {
      return m.id == entry.first.first && m.digest == entry.first.second;
    });
  });
  for (auto& model : models) {
    if (const auto shown = shown_.find({model.id, model.digest}); shown != shown_.end()) {
      model.features = shown->second.features;
      model.context_tokens = shown->second.context_tokens;
    }
    const auto loaded = std::find_if(loaded_.begin(), loaded_.end(),
                                     [&model](const auto& one) { return is(one, model); });
    model.loaded = loaded != loaded_.end();
    if (model.loaded && loaded->context_tokens > 0) contexts_[model.id] = loaded->context_tokens;
    if (const auto context = contexts_.find(model.id); context != contexts_.end())
      model.context_tokens = context->second;
    model.load_ms = times_.expected(model.id, model.bytes);
    model.evicts = !model.loaded && room_.full();
  }
  std::erase_if(contexts_, [&models](const auto& entry) {
    return std::none_of(models.begin(), models.end(),
                        [&entry](const ModelInfo& m) { return m.id == entry.first; });
  });
  models_ = models;
  if (settings_.slots == 0)
    seen().slots_total =
        std::clamp(static_cast<std::uint32_t>(loaded_.size()), 1U, ollama_slots_max);
}

}  // namespace weir::engines
