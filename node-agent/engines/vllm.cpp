#include "node-agent/engines/vllm.hpp"

#include "actors/net/tls/mac.hpp"
#include "node-agent/engines/cache_salt.hpp"
#include "node-agent/engines/prometheus_text.hpp"
#include "node-agent/engines/prompt_count.hpp"

#include <algorithm>

namespace weir::engines {
namespace {

/// Its page is long, and made anew for each reader.
constexpr Millis scrape_every{1'000};

std::uint32_t count_of(const Samples& samples) {
  return static_cast<std::uint32_t>(std::min(samples.sum, 65'535.0));
}

bool salted(Endpoint endpoint) {
  return endpoint == Endpoint::chat_completions || endpoint == Endpoint::completions;
}

}  // namespace

std::optional<VllmMetrics> read_vllm_metrics(const std::string& page) {
  const auto running = samples(page, "vllm:num_requests_running");
  if (!running) return std::nullopt;
  VllmMetrics found;
  found.look.running = count_of(*running);
  if (const auto waiting = samples(page, "vllm:num_requests_waiting"))
    found.look.waiting = count_of(*waiting);
  // Some versions tell it under both names.
  auto used = samples(page, "vllm:kv_cache_usage_perc");
  if (!used) used = samples(page, "vllm:gpu_cache_usage_perc");
  if (used) {
    found.look.engines = static_cast<double>(used->count);
    found.look.kv_used = std::min(used->sum, found.look.engines);
  }
  if (const auto preempted = samples(page, "vllm:num_preemptions_total"))
    found.look.preemptions = preempted->sum;
  found.v0 = samples(page, "vllm:num_requests_swapped").has_value();
  return found;
}

Result<std::unique_ptr<Vllm>> Vllm::make(asio::io_context& io, std::uint32_t number,
                                         const EngineSettings& settings, Millis look_max) {
  WEIR_TRY(EngineAddress to, engine_address(settings));
  return std::unique_ptr<Vllm>{new Vllm{io, number, settings, std::move(to), look_max}};
}

Vllm::Vllm(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
           EngineAddress to, Millis look_max)
    : OpenAiCompatible{io, number, settings, std::move(to), look_max},
      secret_{net::tls::random_key()} {}

bool Vllm::salt(ports::EngineJob& job) const {
  if (!takes_salt_) return true;
  auto body = with_cache_salt(job.body, tenant_salt(secret_, job.tenant));
  if (!body) return false;
  job.body = std::move(*body);
  return true;
}

void Vllm::start(ports::EngineJob job, ports::EngineAnswer answer) {
  if (salted(job.endpoint) && !salt(job))
    return answer.on_end(Error{Code::internal, "the request cannot be read"}, 0);
  if (salted(job.endpoint)) answer = measured(job.attempt, std::move(answer));
  OpenAiCompatible::start(std::move(job), std::move(answer));
}

ports::EngineAnswer Vllm::measured(AttemptId attempt, ports::EngineAnswer answer) {
  ports::EngineAnswer watched;
  watched.on_begin = [this, attempt, begin = std::move(answer.on_begin)](std::uint16_t status,
                                                                         std::string type) {
    if (status == 200 && type.starts_with("text/event-stream")) pace_.begin(attempt);
    begin(status, std::move(type));
  };
  watched.on_bytes = [this, attempt,
                      pass = std::move(answer.on_bytes)](std::span<const std::byte> bytes) {
    pace_.bytes(attempt, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                net::http::now());
    pass(bytes);
  };
  watched.on_end = [this, attempt, end = std::move(answer.on_end)](Result<Done> ended,
                                                                   std::uint16_t status) {
    pace_.end(attempt);
    end(std::move(ended), status);
  };
  return watched;
}

void Vllm::cancel(AttemptId attempt) {
  pace_.end(attempt);
  OpenAiCompatible::cancel(attempt);
}

void Vllm::pause(AttemptId attempt, bool on) {
  pace_.pause(attempt);
  OpenAiCompatible::pause(attempt, on);
}

void Vllm::count(ports::EngineJob job, ports::EngineAnswer answer) {
  auto request = vllm_tokenize_chat(job.body);
  if (!request) return answer.on_end(Error{Code::internal, "the request cannot be read"}, 0);
  const auto kept = std::make_shared<ports::EngineJob>(std::move(job));
  ask(kept->attempt, "/tokenize", std::move(*request), kept->first_byte_max,
      [this, kept, answer = std::move(answer)](Result<net::http::Response> response) {
        if (response && (response->status == 404 || response->status == 405)) {
          if (!salt(*kept))
            return answer.on_end(Error{Code::internal, "the request cannot be read"}, 0);
          return OpenAiCompatible::count(std::move(*kept), answer);
        }
        if (settled(response, answer)) return;
        const auto tokens = vllm_token_count(response->body);
        if (!tokens) return answer.on_end(Error{Code::upstream_failed, "it counts no tokens"}, 0);
        tell_count(answer, *tokens);
      });
}

void Vllm::take_metrics(const std::string& page) {
  const auto metrics = read_vllm_metrics(page);
  if (!metrics) return;
  const auto& now = metrics->look;
  auto& snapshot = seen();
  // The figure that tokens were made under lies between this look and the last.
  const auto during = (snapshot.running + now.running + 1) / 2;
  pace_.measure([this, during](double token_ms) { headroom_.token(during, token_ms); });
  headroom_.look(now);
  takes_salt_ = !metrics->v0;
  snapshot.counts_running = true;
  snapshot.running = now.running;
  snapshot.waiting = now.waiting;
  snapshot.kv_used_permille = static_cast<std::uint16_t>(now.kv_used / now.engines * 1'000);
  if (settings_.slots == 0) snapshot.slots_total = headroom_.slots();
}

void Vllm::look_closer(const std::string&) {
  const auto now = net::http::now();
  if (scraped_ != TimePoint::min() && now - scraped_ < scrape_every) return end_look();
  get(
      "/metrics",
      [this, now](Result<net::http::Response> metrics) {
        scraped_ = now;
        if (metrics && metrics->status == 200) take_metrics(metrics->body);
        end_look();
      },
      large_page_bytes_max);
}

}  // namespace weir::engines
