#include "node-agent/engines/openai_compatible.hpp"

#include <nlohmann/json.hpp>

namespace weir::engines {
namespace {

using nlohmann::json;

constexpr std::size_t look_bytes_max = 1U << 20U;
constexpr Millis look_max{2'000};
constexpr std::size_t models_max = 1'024;
constexpr std::size_t name_bytes_max = 256;

/// Whether a status is the engine's trouble rather than its answer to this very request.
bool engine_failed(int status) { return status >= 500 || status == 408 || status == 429; }

/// A non-negative number at `key`, else 0.
std::uint32_t number_at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(found->get<std::uint64_t>(), UINT32_MAX));
}

/// What servers call the context length of a model.
std::uint32_t context_of(const json& model) {
  for (const char* key : {"max_model_len", "context_length", "context_window"})
    if (const auto n = number_at(model, key); n > 0) return n;
  const auto meta = model.find("meta");
  if (meta == model.end() || !meta->is_object()) return 0;
  const auto now = number_at(*meta, "n_ctx");
  return now > 0 ? now : number_at(*meta, "n_ctx_train");
}

bool is_weir(const net::http::Headers& headers) {
  return net::http::find(headers, "server").value_or("") == "weir";
}

}  // namespace

Result<OpenAiCompatible::Connection> OpenAiCompatible::connection(const EngineSettings& settings) {
  Connection to;
  WEIR_TRY(to.origin, net::http::parse_origin(settings.url));
  if (to.origin.prefix.ends_with("/v1")) to.origin.prefix.resize(to.origin.prefix.size() - 3);
  if (to.origin.https) {
    WEIR_TRY(to.tls, net::tls::https_client_context(settings.ca));
  }
  return to;
}

Result<std::unique_ptr<OpenAiCompatible>> OpenAiCompatible::make(asio::io_context& io,
                                                                 std::uint32_t number,
                                                                 const EngineSettings& settings) {
  WEIR_TRY(Connection to, connection(settings));
  return std::unique_ptr<OpenAiCompatible>{
      new OpenAiCompatible{io, number, settings, std::move(to.origin), std::move(to.tls)}};
}

OpenAiCompatible::OpenAiCompatible(asio::io_context& io, std::uint32_t number,
                                   const EngineSettings& settings, net::http::Origin origin,
                                   std::optional<net::tls::Context> tls)
    : settings_{settings},
      number_{number},
      origin_{std::move(origin)},
      client_{io, std::move(tls), 256} {}

OpenAiCompatible::~OpenAiCompatible() = default;

net::http::Headers OpenAiCompatible::headers() const {
  net::http::Headers headers{{"accept", "application/json, text/event-stream"}};
  if (!settings_.api_key.empty())
    headers.push_back({"authorization", "Bearer " + settings_.api_key});
  return headers;
}

void OpenAiCompatible::start(ports::EngineJob job, ports::EngineAnswer answer) {
  net::http::ClientRequest request;
  request.method = "POST";
  request.path = name_of(job.endpoint);
  request.headers = headers();
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(job.body);
  request.first_byte_max = job.first_byte_max;
  request.stall_max = job.stall_max;

  struct Call {
    ports::EngineAnswer answer;
    int failed_status = 0;
  };
  auto call = std::make_shared<Call>(Call{std::move(answer), 0});
  net::http::ClientAnswer handlers;
  handlers.on_head = [call](int status, const net::http::Headers& head) {
    if (engine_failed(status)) {
      call->failed_status = status;
      return;
    }
    call->answer.on_begin(static_cast<std::uint16_t>(status),
                          std::string{net::http::find(head, "content-type").value_or("")});
  };
  handlers.on_bytes = [call](std::span<const std::byte> bytes) {
    if (call->failed_status == 0) call->answer.on_bytes(bytes);
  };
  handlers.on_end = [this, call, attempt = job.attempt](Result<Done> ended) {
    calls_.erase(attempt);
    const auto status = static_cast<std::uint16_t>(call->failed_status);
    if (status != 0)
      ended = Error{Code::upstream_failed, "the engine answered " + std::to_string(status)};
    call->answer.on_end(std::move(ended), status);
  };
  calls_[job.attempt] = client_.start(origin_, std::move(request), std::move(handlers));
}

void OpenAiCompatible::cancel(AttemptId attempt) {
  const auto call = calls_.find(attempt);
  if (call == calls_.end()) return;
  const auto id = call->second;
  calls_.erase(call);
  client_.cancel(id);
}

void OpenAiCompatible::pause(AttemptId attempt, bool on) {
  if (const auto call = calls_.find(attempt); call != calls_.end()) client_.pause(call->second, on);
}

void OpenAiCompatible::get(const std::string& path,
                           std::function<void(Result<net::http::Response>)> done) {
  net::http::ClientRequest request;
  request.path = path;
  request.headers = headers();
  request.connect_max = request.first_byte_max = request.stall_max = look_max;
  net::http::fetch(client_, origin_, std::move(request), look_bytes_max, std::move(done));
}

EngineSnapshot OpenAiCompatible::blank() const {
  EngineSnapshot snapshot;
  snapshot.engine = number_;
  snapshot.kind = settings_.kind;
  snapshot.cloud = settings_.cloud;
  snapshot.slots_total = settings_.slots > 0 ? settings_.slots : slots_default;
  return snapshot;
}

void OpenAiCompatible::read_models(const net::http::Response& response, EngineSnapshot& snapshot) {
  if (response.status != 200 || is_weir(response.headers)) return;
  const json body = json::parse(response.body, nullptr, false);
  const auto data = body.is_object() ? body.find("data") : body.end();
  if (!body.is_object() || data == body.end() || !data->is_array()) return;
  for (const auto& item : *data) {
    const auto id = item.is_object() ? item.find("id") : item.end();
    if (!item.is_object() || id == item.end() || !id->is_string()) continue;
    ModelInfo model;
    model.id = id->get<std::string>();
    if (model.id.empty() || model.id.size() > name_bytes_max) continue;
    model.context_tokens = context_of(item);
    snapshot.models.push_back(std::move(model));
    if (snapshot.models.size() == models_max) break;
  }
  snapshot.state = EngineState::up;
}

void OpenAiCompatible::observe(std::function<void(EngineSnapshot)> done) {
  get("/v1/models", [snapshot = blank(), done](Result<net::http::Response> response) mutable {
    if (response) read_models(*response, snapshot);
    done(std::move(snapshot));
  });
}

}  // namespace weir::engines
