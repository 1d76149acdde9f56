#include "node-agent/engines/http_engine.hpp"

#include "node-agent/engines/model_facts.hpp"

namespace weir::engines {
namespace {

/// A prompt, or its tokens, once more.
constexpr std::size_t asked_bytes_max = 64U << 20U;

}  // namespace

bool is_weir(const net::http::Headers& headers) {
  return net::http::find(headers, "server").value_or("") == "weir";
}

HttpEngine::HttpEngine(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
                       EngineAddress to, Millis look_max)
    : settings_{settings}, io_{io}, look_max_{look_max}, calls_{io, std::move(to)} {
  last_.engine = number;
  last_.kind = settings_.kind;
  last_.cloud = settings_.cloud;
  last_.region = settings_.region;
  last_.slots_total = settings_.slots > 0 ? settings_.slots : slots_default;
}

HttpEngine::~HttpEngine() = default;

net::http::Headers HttpEngine::headers() const {
  net::http::Headers headers{{"accept", "application/json, text/event-stream"}};
  if (!settings_.api_key.empty())
    headers.push_back({"authorization", "Bearer " + settings_.api_key});
  return headers;
}

net::http::ClientRequest HttpEngine::json_request(const std::string& path, std::string body) const {
  net::http::ClientRequest request;
  request.method = "POST";
  request.path = path;
  request.headers = headers();
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  return request;
}

void HttpEngine::ask(AttemptId attempt, const std::string& path, std::string body, Millis max,
                     Fetched done) {
  auto request = json_request(path, std::move(body));
  request.first_byte_max = request.stall_max = max;
  calls_.ask(attempt, std::move(request), asked_bytes_max, std::move(done));
}

bool HttpEngine::settled(const Result<net::http::Response>& response,
                         const ports::EngineAnswer& answer) {
  if (!response) {
    answer.on_end(response.error(), 0);
    return true;
  }
  const int status = response->status;
  if (status >= 200 && status < 300) return false;
  if (engine_failed(status)) {
    answer.on_end(Error{Code::upstream_failed, "the engine answered " + std::to_string(status)},
                  is_status(status) ? static_cast<std::uint16_t>(status) : std::uint16_t{0});
    return true;
  }
  const auto& body = response->body;
  answer.on_begin(static_cast<std::uint16_t>(status),
                  std::string{net::http::find(response->headers, "content-type").value_or("")});
  answer.on_bytes(std::as_bytes(std::span{body.data(), body.size()}));
  answer.on_end(Done{}, 0);
  return true;
}

void HttpEngine::post(const std::string& path, ports::EngineJob job, ports::EngineAnswer answer) {
  auto request = json_request(path, std::move(job.body));
  request.first_byte_max = job.first_byte_max;
  request.stall_max = job.stall_max;
  calls_.start(job.attempt, std::move(request), std::move(answer),
               [](int status, const net::http::Headers&) { return engine_failed(status); });
}

void HttpEngine::cancel(AttemptId attempt) { calls_.cancel(attempt); }

void HttpEngine::pause(AttemptId attempt, bool on) { calls_.pause(attempt, on); }

void HttpEngine::fetch_for_look(net::http::ClientRequest request, std::size_t bytes_max,
                                Fetched done) {
  request.connect_max = request.first_byte_max = request.stall_max = look_max_;
  look_->call = net::http::fetch(calls_.client(), calls_.origin(), std::move(request), bytes_max,
                                 std::move(done));
}

void HttpEngine::get(const std::string& path, Fetched done, std::size_t bytes_max) {
  net::http::ClientRequest request;
  request.path = path;
  request.headers = headers();
  fetch_for_look(std::move(request), bytes_max, std::move(done));
}

void HttpEngine::post_look(const std::string& path, std::string body, Fetched done) {
  fetch_for_look(json_request(path, std::move(body)), large_page_bytes_max, std::move(done));
}

void HttpEngine::observe(std::function<void(EngineSnapshot)> done) {
  look_ = std::make_shared<Look>(io_);
  look_->snapshot = last_;
  look_->snapshot.state = EngineState::down;
  look_->snapshot.models.clear();
  look_->done = std::move(done);
  look_->deadline.bind(look_, [this] { look_expired(); });
  look_->deadline.set(net::http::now() + look_max_);
  look();
}

void HttpEngine::look_expired() {
  calls_.client().cancel(look_->call);
  seen().state == EngineState::up ? end_look() : missed_look();
}

void HttpEngine::missed_look() {
  const bool again = std::exchange(unanswered_, true);
  if (last_.state == EngineState::down || again) return end_look();
  const auto look = std::exchange(look_, nullptr);
  look->done(last_);
}

void HttpEngine::end_look() {
  if (seen().state == EngineState::up) {
    complete_models(seen().models);
    state_models(settings_.models, seen().models);
  }
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

void HttpEngine::complete_models(std::vector<ModelInfo>&) {}

}  // namespace weir::engines
