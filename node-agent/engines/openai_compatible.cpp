#include "node-agent/engines/openai_compatible.hpp"

#include <nlohmann/json.hpp>

namespace weir::engines {
namespace {

using nlohmann::json;

/// A prompt, or its tokens, once more.
constexpr std::size_t asked_bytes_max = 64U << 20U;
constexpr std::size_t look_bytes_max = 1U << 20U;
constexpr std::size_t models_max = 1'024;
constexpr std::size_t name_bytes_max = 256;

/// Whether a status is the engine's trouble rather than its answer: every 4xx is an answer.
bool engine_failed(int status) { return !is_status(status) || status >= 500; }

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

/// Whether an error answer says that the server still loads its model.
bool says_loading(const std::string& body) {
  const json answer = json::parse(body, nullptr, false);
  const auto error = answer.is_object() ? answer.find("error") : answer.end();
  if (!answer.is_object() || error == answer.end() || !error->is_object()) return false;
  const auto message = error->find("message");
  return message != error->end() && message->is_string() &&
         message->get_ref<const std::string&>().find("oading") != std::string::npos;
}

bool is_weir(const net::http::Headers& headers) {
  return net::http::find(headers, "server").value_or("") == "weir";
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

OpenAiCompatible::OpenAiCompatible(asio::io_context& io, std::uint32_t number,
                                   const EngineSettings& settings, EngineAddress to,
                                   Millis look_max)
    : settings_{settings}, io_{io}, look_max_{look_max}, calls_{io, std::move(to)} {
  last_.engine = number;
  last_.kind = settings_.kind;
  last_.cloud = settings_.cloud;
  last_.slots_total = settings_.slots > 0 ? settings_.slots : slots_default;
}

OpenAiCompatible::~OpenAiCompatible() = default;

net::http::Headers OpenAiCompatible::headers() const {
  net::http::Headers headers{{"accept", "application/json, text/event-stream"}};
  if (!settings_.api_key.empty())
    headers.push_back({"authorization", "Bearer " + settings_.api_key});
  return headers;
}

void OpenAiCompatible::start(ports::EngineJob job, ports::EngineAnswer answer) {
  if (!job.prefix.empty())
    return answer.on_end(Error{Code::not_supported, "it cannot go on from a text"}, 0);
  post(std::string{name_of(job.endpoint)}, std::move(job), std::move(answer));
}

net::http::ClientRequest OpenAiCompatible::json_request(const std::string& path,
                                                        std::string body) const {
  net::http::ClientRequest request;
  request.method = "POST";
  request.path = path;
  request.headers = headers();
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  return request;
}

void OpenAiCompatible::ask(AttemptId attempt, const std::string& path, std::string body, Millis max,
                           std::function<void(Result<net::http::Response>)> done) {
  auto request = json_request(path, std::move(body));
  request.first_byte_max = request.stall_max = max;
  calls_.ask(attempt, std::move(request), asked_bytes_max, std::move(done));
}

void OpenAiCompatible::post(const std::string& path, ports::EngineJob job,
                            ports::EngineAnswer answer) {
  auto request = json_request(path, std::move(job.body));
  request.first_byte_max = job.first_byte_max;
  request.stall_max = job.stall_max;
  calls_.start(job.attempt, std::move(request), std::move(answer),
               [](int status, const net::http::Headers&) { return engine_failed(status); });
}

void OpenAiCompatible::cancel(AttemptId attempt) { calls_.cancel(attempt); }

void OpenAiCompatible::pause(AttemptId attempt, bool on) { calls_.pause(attempt, on); }

void OpenAiCompatible::get(const std::string& path,
                           std::function<void(Result<net::http::Response>)> done) {
  net::http::ClientRequest request;
  request.path = path;
  request.headers = headers();
  request.connect_max = request.first_byte_max = request.stall_max = look_max_;
  look_->call = net::http::fetch(calls_.client(), calls_.origin(), std::move(request),
                                 look_bytes_max, std::move(done));
}

void OpenAiCompatible::observe(std::function<void(EngineSnapshot)> done) {
  look_ = std::make_shared<Look>(io_);
  look_->snapshot = last_;
  look_->snapshot.state = EngineState::down;
  look_->snapshot.models.clear();
  look_->done = std::move(done);
  look_->deadline.bind(look_, [this] { look_expired(); });
  look_->deadline.set(net::http::now() + look_max_);
  get("/v1/models", [this](Result<net::http::Response> response) {
    if (!response && response.error().code == Code::timed_out) return no_answer();
    if (response) read_models(*response, seen());
    seen().state == EngineState::up ? look_closer() : end_look();
  });
}

void OpenAiCompatible::look_expired() {
  calls_.client().cancel(look_->call);
  seen().state == EngineState::up ? end_look() : no_answer();
}

/// A busy server may miss one look; that is no reason to take its work away.
void OpenAiCompatible::no_answer() {
  const bool again = std::exchange(unanswered_, true);
  if (last_.state == EngineState::down || again) return end_look();
  const auto look = std::exchange(look_, nullptr);
  look->done(last_);
}

void OpenAiCompatible::end_look() {
  const auto look = std::exchange(look_, nullptr);
  last_ = look->snapshot;
  if (last_.state == EngineState::up) {
    unanswered_ = false;
  } else {
    // Nothing runs on a server that is gone, and nothing will once it is back.
    last_.counts_running = false;
    last_.running = last_.waiting = last_.kv_used_permille = 0;
  }
  look->done(last_);
}

void read_models(const net::http::Response& response, EngineSnapshot& snapshot) {
  if (is_weir(response.headers)) return;
  if (response.status == 503 && says_loading(response.body)) snapshot.state = EngineState::starting;
  if (response.status != 200) return;
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

}  // namespace weir::engines
