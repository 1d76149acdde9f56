#include "examples/demo-engine/service.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

namespace weir::demo {
namespace {

using net::http::ExchangePtr;
using net::http::Request;
using net::http::Response;
using nlohmann::json;

constexpr double slow_factor = 10;
/// Unsent bytes of one answer above which its tokens wait.
constexpr std::size_t unsent_max = 128 * 1024;

void reply(const ExchangePtr& exchange, int status, std::string body,
           const char* type = "application/json") {
  exchange->respond({status, {{"content-type", type}}, std::move(body)});
}

/// What an engine or a cloud says that has too much to do.
void refuse_busy(const ExchangePtr& exchange) {
  exchange->respond({429,
                     {{"content-type", "application/json"}, {"retry-after", "7"}},
                     error_json("a failure was asked for", "requests", "rate_limit_exceeded")});
}

void refuse(const ExchangePtr& exchange, int status, std::string_view message,
            std::string_view code) {
  const auto* type = status >= 500 ? "server_error" : "invalid_request_error";
  reply(exchange, status, error_json(message, type, code));
}

std::optional<Failure> parse_failure(const std::string& mode) {
  if (mode == "none") return Failure::none;
  if (mode == "http500") return Failure::http500;
  if (mode == "http429") return Failure::http429;
  if (mode == "stall") return Failure::stall;
  if (mode == "close_mid_stream") return Failure::close_mid_stream;
  if (mode == "close_before") return Failure::close_before;
  if (mode == "slow") return Failure::slow;
  if (mode == "no_done") return Failure::no_done;
  return std::nullopt;
}

}  // namespace

Service::Service(asio::io_context& io, Settings settings)
    : settings_{std::move(settings)}, engine_{io, settings_.slots, settings_.pace} {}

Response Service::error(int status, std::string_view message) {
  return {status,
          {{"content-type", "application/json"}},
          error_json(message, status >= 500 ? "server_error" : "invalid_request_error",
                     "invalid_request")};
}

bool Service::allowed(const Request& request) const {
  return settings_.api_key.empty() ||
         net::http::find(request.headers, "authorization") == "Bearer " + settings_.api_key;
}

void Service::handle(Request request, ExchangePtr exchange) {
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (get && request.path == "/health") return reply(exchange, 200, R"({"status":"ok"})");
  if (handle_demo(request, exchange)) return;
  if (!allowed(request)) return refuse(exchange, 401, "Incorrect API key", "invalid_api_key");
  if (get && request.path == "/v1/models") return reply(exchange, 200, models());
  if (request.method == "POST" && request.path == "/v1/chat/completions")
    return generate(true, request.body, exchange);
  if (request.method == "POST" && request.path == "/v1/completions")
    return generate(false, request.body, exchange);
  if (settings_.llama_cpp && get && handle_llama(request, exchange)) return;
  refuse(exchange, 404, "no such endpoint", "not_found");
}

bool Service::handle_llama(const Request& request, const ExchangePtr& exchange) {
  if (request.path == "/slots") {
    reply(exchange, 200, slots());
  } else if (request.path == "/props") {
    const json props{{"total_slots", settings_.slots},
                     {"default_generation_settings", {{"n_ctx", settings_.context}}},
                     {"model_path", settings_.models.front()},
                     {"build_info", "weir-demo-engine: no model runs here"}};
    reply(exchange, 200, props.dump());
  } else if (request.path == "/metrics") {
    reply(exchange, 200, metrics(), "text/plain; version=0.0.4");
  } else {
    return false;
  }
  return true;
}

bool Service::handle_demo(const Request& request, const ExchangePtr& exchange) {
  if (request.method == "POST" && request.path == "/demo/fail") {
    set_failure(request.body, exchange);
  } else if (request.method == "GET" && request.path == "/demo/stats") {
    const auto s = engine_.stats();
    const json stats{{"running", s.running},
                     {"waiting", s.waiting},
                     {"served", s.served},
                     {"cancelled", s.cancelled},
                     {"peak", s.peak}};
    reply(exchange, 200, stats.dump());
  } else {
    return false;
  }
  return true;
}

void Service::set_failure(const std::string& body, const ExchangePtr& exchange) {
  const auto ask = json::parse(body, nullptr, false);
  if (!ask.is_object() || !ask.contains("mode") || !ask["mode"].is_string())
    return refuse(exchange, 400, "'mode' is missing", "invalid_request");
  const auto mode = parse_failure(ask["mode"].get<std::string>());
  if (!mode) return refuse(exchange, 400, "unknown 'mode'", "invalid_request");
  const auto count = ask.find("count");
  if (count != ask.end() && !count->is_number_unsigned())
    return refuse(exchange, 400, "'count' must be a number", "invalid_request");
  failure_ = *mode;
  failures_left_ = count == ask.end() ? 1 : count->get<std::uint64_t>();
  reply(exchange, 200, "{}");
}

Failure Service::take_failure() {
  if (failures_left_ == 0) return Failure::none;
  --failures_left_;
  return failure_;
}

void Service::generate(bool chat, const std::string& body, const ExchangePtr& exchange) {
  auto ask = read_ask(chat, body);
  if (!ask) return refuse(exchange, 400, ask.error().detail, "invalid_request");
  if (std::find(settings_.models.begin(), settings_.models.end(), ask->model) ==
      settings_.models.end())
    return refuse(exchange, 404, "no such model", "model_not_found");
  if (settings_.context > 0 && ask->prompt_tokens + ask->max_tokens > settings_.context)
    return refuse(exchange, 400, "prompt and answer exceed the context", "context_length_exceeded");
  const auto failure = take_failure();
  if (failure == Failure::http500)
    return refuse(exchange, 500, "a failure was asked for", "server_error");
  if (failure == Failure::http429) return refuse_busy(exchange);
  if (failure == Failure::close_before) return exchange->abort();
  auto id = (chat ? "chatcmpl-demo-" : "cmpl-demo-") + std::to_string(++answers_);
  run(std::make_shared<Answer>(std::move(*ask), std::move(id), std::time(nullptr)), failure,
      exchange);
}

void Service::run(std::shared_ptr<Answer> answer, Failure failure, const ExchangePtr& exchange) {
  Job job;
  job.prompt_tokens = answer->ask().prompt_tokens;
  job.tokens = answer->tokens();
  job.slowness = failure == Failure::slow ? slow_factor : 1;
  job.stalls = failure == Failure::stall;
  if (answer->ask().stream) {
    stream(job, answer, failure, exchange);
  } else {
    job.on_done = [answer, failure, exchange] {
      if (failure != Failure::close_mid_stream) return reply(exchange, 200, answer->unary());
      const auto whole = answer->unary();
      exchange->begin(200, {{"content-type", "application/json"}});
      exchange->write(std::string_view{whole}.substr(0, whole.size() / 2));
      exchange->abort();
    };
  }
  const auto id = engine_.submit(std::move(job));
  if (id == 0) return refuse(exchange, 503, "too many requests wait", "queue_full");
  exchange->on_gone([this, id](bool) { engine_.cancel(id); });
}

void Service::stream(Job& job, const std::shared_ptr<Answer>& answer, Failure failure,
                     const ExchangePtr& exchange) {
  const bool breaks = failure == Failure::close_mid_stream;
  if (breaks) job.tokens = std::max(1U, job.tokens / 2);
  job.token_by_token = true;
  job.on_token = [answer, exchange, unsent = std::size_t{0}](std::uint32_t index) mutable {
    if (unsent > unsent_max) unsent = exchange->write("");  // looks again
    if (unsent > unsent_max) return false;
    auto text = answer->token_event(index);
    if (index == 0) {
      exchange->begin(200, {{"content-type", "text/event-stream"}, {"cache-control", "no-cache"}});
      text = answer->first_event() + text;
    }
    unsent = exchange->write(text);
    return true;
  };
  job.on_done = [answer, failure, breaks, exchange] {
    if (breaks) return exchange->abort();
    exchange->write(answer->last_event() + (failure == Failure::no_done ? "" : "data: [DONE]\n\n"));
    exchange->end();
  };
}

std::string Service::models() const {
  json data = json::array();
  for (const auto& model : settings_.models)
    data.push_back({{"id", model},
                    {"object", "model"},
                    {"created", 0},
                    {"owned_by", "weir-demo-engine"},
                    {"meta", {{"n_ctx_train", settings_.context}}}});
  return json{{"object", "list"}, {"data", std::move(data)}}.dump();
}

std::string Service::slots() const {
  const auto running = engine_.stats().running;
  json list = json::array();
  for (std::uint32_t i = 0; i < settings_.slots; ++i)
    list.push_back({{"id", i}, {"n_ctx", settings_.context}, {"is_processing", i < running}});
  return list.dump();
}

std::string Service::metrics() const {
  const auto s = engine_.stats();
  const auto gauge = [](const char* name, const std::string& value) {
    return std::string{"# TYPE llamacpp:"} + name + " gauge\nllamacpp:" + name + " " + value + "\n";
  };
  return gauge("requests_processing", std::to_string(s.running)) +
         gauge("requests_deferred", std::to_string(s.waiting)) +
         gauge("kv_cache_usage_ratio", std::to_string(static_cast<double>(s.running) /
                                                      static_cast<double>(settings_.slots)));
}

}  // namespace weir::demo
