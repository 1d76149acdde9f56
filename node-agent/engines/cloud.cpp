#include "node-agent/engines/cloud.hpp"

#include "actors/net/asio.hpp"
#include "actors/net/http/deadline.hpp"
#include "schema/types/price.hpp"

#include <algorithm>
#include <ctime>

namespace weir::engines {
namespace {

constexpr const char* anthropic_version = "2023-06-01";
constexpr Millis connect_max{5'000};
/// A provider that says nothing for less is not to blame.
constexpr Millis fair_first_byte{5'000};
/// Bytes of a request for one token, about.
constexpr std::int64_t bytes_per_token = 4;

/// A status that says that the account is the trouble, or the provider.
bool failing(int status) {
  return !is_status(status) || status >= 500 || status == 401 || status == 403 ||
         (status >= 300 && status < 400);
}

/// 529 is Anthropic's word for "overloaded".
bool limiting(int status) { return status == 429 || status == 529; }

}  // namespace

/// A job between start() and its end.
struct Cloud::Sent {
  explicit Sent(ports::EngineAnswer to) : answer{std::move(to)} {}

  /// What it has used: what the provider said, and at least what must have been.
  Usage used(Usage said) const {
    if (!usage) return {};
    if (said.prompt.count() == 0) said.prompt = estimate;
    said.completion = std::max(said.completion, Tokens{static_cast<std::int64_t>(usage->pieces())});
    return said;
  }
  Usage used_so_far() const { return usage ? used(usage->so_far()) : Usage{}; }
  Usage used_in_all() const { return usage ? used(usage->usage()) : Usage{}; }
  MicroUsd cost(Usage of) const { return cost_of(of, model->in_per_mtok, model->out_per_mtok); }
  /// A failure that is the caller's impatience says nothing of the provider.
  Outcome outcome_of(const Result<Done>& ended) const {
    if (ended) return Outcome::answered;
    return ended.error().code == Code::timed_out && hasty ? Outcome::withdrawn : failure;
  }

  ports::EngineAnswer answer;
  const StatedModel* model = nullptr;
  MicroUsd cost_cap;
  Tokens estimate;  ///< of the prompt
  CloudGate::Pass pass;
  std::optional<UsageWatch> usage;  ///< once an answer that costs something begins
  Outcome failure = Outcome::failed;
  bool hasty = false;  ///< less time than a provider may need, and no byte of the body yet
  std::optional<Millis> retry_after;
  int status = 0;
};

Result<std::unique_ptr<Cloud>> Cloud::make(asio::io_context& io, std::uint32_t number,
                                           const EngineSettings& settings, CloudMetrics& metrics,
                                           GateSettings gate) {
  WEIR_TRY(EngineAddress to, engine_address(settings));
  gate.rpm = settings.rpm;
  gate.tpm = settings.tpm;
  return std::unique_ptr<Cloud>{new Cloud{io, number, settings, std::move(to), metrics, gate}};
}

Cloud::Cloud(asio::io_context& io, std::uint32_t number, const EngineSettings& settings,
             EngineAddress to, CloudMetrics& metrics, GateSettings gate)
    : io_{io},
      number_{number},
      settings_{settings},
      metrics_{metrics},
      gate_{gate},
      calls_{io, std::move(to)} {}

const StatedModel* Cloud::model(const std::string& id) const {
  const auto found = std::find_if(settings_.models.begin(), settings_.models.end(),
                                  [&](const StatedModel& m) { return m.id == id; });
  return found == settings_.models.end() ? nullptr : &*found;
}

std::optional<Error> Cloud::misfit(const ClearanceTerms& terms) const {
  if (terms.provider != settings_.kind)
    return Error{Code::upstream_failed, "cleared for another provider"};
  if (model(terms.model) == nullptr)
    return Error{Code::upstream_failed, "this account does not list the model"};
  return std::nullopt;
}

void Cloud::start(ports::EngineJob job, ports::EngineAnswer answer) {
  WEIR_ASSERT(job.cleared && job.cleared->terms().attempt == job.attempt);
  const auto terms = job.cleared->terms();
  auto sent = std::make_shared<Sent>(std::move(answer));
  if (auto error = misfit(terms)) return turn_away(job.attempt, sent, std::move(*error));
  sent->model = model(terms.model);
  sent->cost_cap = terms.cost_cap;
  sent->hasty = job.first_byte_max < fair_first_byte;
  sent->estimate = Tokens{static_cast<std::int64_t>(terms.bytes) / bytes_per_token};
  const auto now = net::http::now();
  const auto pass = gate_.admit(now, sent->estimate);
  if (!pass) {
    const auto why = gate_.shut(now).value_or(Shut::circuit);
    return turn_away(job.attempt, sent,
                     {Code::rate_limited, "the account is shut: " + std::string{name_of(why)}});
  }
  sent->pass = *pass;
  jobs_[job.attempt] = sent;
  metrics_.sent(*job.cleared);

  ports::EngineAnswer to;
  to.on_begin = [this, sent](std::uint16_t status, std::string content_type) {
    sent->status = status;
    gate_.begun(sent->pass);
    if (status < 300) sent->usage.emplace(content_type.starts_with("text/event-stream"));
    sent->answer.on_begin(status, std::move(content_type));
  };
  to.on_bytes = [this, sent, attempt = job.attempt](std::span<const std::byte> bytes) {
    on_bytes(attempt, sent, bytes);
  };
  to.on_end = [this, sent, attempt = job.attempt](Result<Done> ended, std::uint16_t status) {
    settle(attempt, *sent, sent->outcome_of(ended));
    sent->answer.on_end(std::move(ended), status);
  };
  auto body = std::move(*job.cleared).take_bytes();
  calls_.start(job.attempt, request(std::move(body), job), std::move(to),
               [this, sent](int status, const net::http::Headers& headers) {
                 return judge(*sent, status, headers);
               });
}

void Cloud::turn_away(AttemptId attempt, SentPtr job, Error error) {
  jobs_[attempt] = job;
  asio::post(io_, [this, attempt, weak = std::weak_ptr<Sent>{job}, error = std::move(error)] {
    const auto left = weak.lock();  // held by jobs_ alone: it is gone with this, or once cancelled
    if (!left) return;
    jobs_.erase(attempt);
    left->answer.on_end(error, 0);
  });
}

net::http::ClientRequest Cloud::request(std::string body, const ports::EngineJob& job) const {
  net::http::ClientRequest request;
  const bool anthropic = settings_.kind == EngineKind::anthropic;
  request.method = "POST";
  request.path = name_of(anthropic ? Endpoint::messages : Endpoint::chat_completions);
  request.headers = {{"accept", "application/json, text/event-stream"},
                     {"content-type", "application/json"}};
  if (anthropic) {
    request.headers.push_back({"x-api-key", settings_.api_key});
    request.headers.push_back({"anthropic-version", anthropic_version});
  } else if (!settings_.api_key.empty()) {
    request.headers.push_back({"authorization", "Bearer " + settings_.api_key});
  }
  request.body = std::move(body);
  request.once = true;
  request.connect_max = std::min(connect_max, job.first_byte_max);
  request.first_byte_max = job.first_byte_max;
  request.stall_max = job.stall_max;
  return request;
}

bool Cloud::judge(Sent& sent, int status, const net::http::Headers& headers) const {
  const bool limited = limiting(status);
  if (!limited && !failing(status)) return false;
  sent.status = is_status(status) ? status : 0;
  sent.failure = limited ? Outcome::limited : Outcome::failed;
  sent.retry_after = retry_after(net::http::find(headers, "retry-after-ms"),
                                 net::http::find(headers, "retry-after"), std::time(nullptr));
  return true;
}

void Cloud::on_bytes(AttemptId attempt, const SentPtr& sent, std::span<const std::byte> bytes) {
  sent->hasty = false;
  if (sent->usage) sent->usage->feed(bytes);
  if (sent->cost(sent->used_so_far()) <= sent->cost_cap) return sent->answer.on_bytes(bytes);
  calls_.cancel(attempt);
  settle(attempt, *sent, Outcome::answered);
  sent->answer.on_end(Error{Code::upstream_failed, "the answer costs more than it may"}, 0);
}

void Cloud::settle(AttemptId attempt, Sent& sent, Outcome outcome) {
  jobs_.erase(attempt);
  const auto used = sent.used_in_all();
  gate_.ended(net::http::now(), sent.pass, outcome, used.prompt + used.completion,
              sent.retry_after);
  metrics_.ended(sent.status);
  metrics_.spent(sent.cost(used));
}

void Cloud::cancel(AttemptId attempt) {
  const auto found = jobs_.find(attempt);
  if (found == jobs_.end()) return;
  const auto sent = found->second;
  if (calls_.cancel(attempt))
    settle(attempt, *sent, Outcome::withdrawn);
  else
    jobs_.erase(attempt);  // it was turned away
}

void Cloud::pause(AttemptId attempt, bool on) { calls_.pause(attempt, on); }

void Cloud::observe(std::function<void(EngineSnapshot)> done) {
  const auto now = net::http::now();
  const auto slots = settings_.slots > 0 ? settings_.slots : cloud_slots_default;
  const auto running = std::min(static_cast<std::uint32_t>(jobs_.size()), slots);
  EngineSnapshot seen;
  seen.engine = number_;
  seen.kind = settings_.kind;
  seen.cloud = true;
  seen.region = settings_.region;
  seen.state = gate_.open(now) ? EngineState::down : EngineState::up;
  seen.slots_total = running + gate_.room(now, slots - running);
  for (const auto& listed : settings_.models) {
    ModelInfo info;
    info.id = listed.id;
    info.capability = listed.capability;
    // Every provider has them, and one that does not for some model answers so itself.
    info.features = feature::tools | feature::json | feature::vision;
    info.in_per_mtok = listed.in_per_mtok;
    info.out_per_mtok = listed.out_per_mtok;
    seen.models.push_back(std::move(info));
  }
  done(std::move(seen));
}

}  // namespace weir::engines
