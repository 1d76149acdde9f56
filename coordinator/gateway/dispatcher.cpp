#include "coordinator/gateway/dispatcher.hpp"

#include "actors/net/asio.hpp"
#include "schema/dialect/dialects.hpp"
#include "schema/dialect/openai.hpp"

#include <spdlog/spdlog.h>
#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace weir::gateway {
namespace {

/// One write of a request's body to a link, and where a link has enough of it.
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t link_bytes_max = 256 * 1024;
/// A chat chunk of one token is about so long.
constexpr std::uint64_t bytes_per_streamed_token = 200;

TimePoint clock_now() { return std::chrono::steady_clock::now(); }

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Where messages go while there is no link.
class Nowhere final : public ports::Link {
  void send(LinkId, Message) override {}
  std::size_t write(LinkId, StreamId, ports::DataKind, std::span<const std::byte>) override {
    return 0;
  }
  void consumed(LinkId, StreamId, std::size_t) override {}
  void forget(LinkId, StreamId) override {}
  void close(LinkId, const std::string&) override {}
};

}  // namespace

/// Looks, a few times per silent_max, for streams that have been silent for so long.
class Dispatcher::Sweep : public std::enable_shared_from_this<Sweep> {
 public:
  Sweep(asio::io_context& io, Millis every, std::weak_ptr<Dispatcher> dispatcher)
      : timer_{io}, every_{every}, dispatcher_{std::move(dispatcher)} {}

  void start() {
    timer_.expires_after(every_);
    timer_.async_wait([self = shared_from_this()](std::error_code ec) {
      const auto dispatcher = self->dispatcher_.lock();
      if (ec || !dispatcher) return;
      dispatcher->sweep(clock_now());
      self->start();
    });
  }
  void stop() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
  Millis every_;
  std::weak_ptr<Dispatcher> dispatcher_;
};

std::shared_ptr<Dispatcher> Dispatcher::make(asio::io_context& io, DispatcherSettings settings,
                                             ports::Brain& brain, GatewayMetrics& metrics) {
  const auto every = std::max(settings.silent_max / 20, Millis{5});
  std::shared_ptr<Dispatcher> made{new Dispatcher{io, settings, brain, metrics}};
  made->sweep_ = std::make_shared<Sweep>(io, every, made);
  made->sweep_->start();
  return made;
}

Dispatcher::Dispatcher(asio::io_context& io, DispatcherSettings settings, ports::Brain& brain,
                       GatewayMetrics& metrics)
    : settings_{settings},
      brain_{brain},
      agents_{std::make_shared<AgentIntake>(io, brain)},
      metrics_{metrics},
      nowhere_{std::make_unique<Nowhere>()},
      link_{nowhere_.get()} {}

Dispatcher::~Dispatcher() { sweep_->stop(); }

void Dispatcher::attach(ports::Link& link) { link_ = &link; }

void Dispatcher::detach() { link_ = nowhere_.get(); }

void Dispatcher::abandon() {
  while (!jobs_.empty()) {
    auto& [id, job] = *jobs_.begin();
    brain_.post(ClientGone{id, CancelReason::shutdown});
    fail(job, {.error = {Code::no_capacity, "this coordinator is stopping"}}, std::nullopt, 0);
  }
}

void Dispatcher::submit(Intake intake, std::string body, Caller caller,
                        net::http::ExchangePtr exchange, TimePoint now) {
  const auto id = intake.spec.id;
  Delivery delivery{std::move(exchange), intake.spec.public_id, std::move(caller), now,
                    dialect_of(intake.spec.endpoint)};
  if (held_bytes_ + body.size() > settings_.held_bytes_max) {
    metrics_.refused(Code::queue_full);
    metrics_.ended(std::nullopt, std::nullopt, dialect::openai::http_status(Code::queue_full), 0);
    settle(delivery.caller(), 0, now);
    return delivery.fail({.error = {Code::queue_full, "too many large requests are waiting"}},
                         std::nullopt, 0, now);
  }
  held_bytes_ += body.size();
  auto held = std::make_shared<const std::string>(std::move(body));
  const auto [at, fresh] =
      jobs_.emplace(id, Job{std::move(intake), std::move(held), std::move(delivery)});
  WEIR_ASSERT(fresh);
  auto& job = at->second;
  if (job.intake.spec.continuable) job.so_far.emplace();
  job.delivery.on_gone([weak = weak_from_this(), id](bool slow) {
    if (const auto self = weak.lock()) self->gone(id, slow);
  });
  if (job.intake.spec.stream)
    job.delivery.on_sent([weak = weak_from_this(), id](std::size_t bytes) {
      if (const auto self = weak.lock()) self->sent(id, bytes);
    });
  inspect(job, now);
}

// ---- the brain's effects -------------------------------------------------------------------

void Dispatcher::apply(BrainEffect& effect) {
  if (auto* dispatch = std::get_if<SendDispatch>(&effect)) {
    carry_out(*dispatch);
  } else if (auto* cancel = std::get_if<SendCancel>(&effect)) {
    carry_out(*cancel);
  } else if (const auto* resume = std::get_if<SendResume>(&effect)) {
    carry_out(*resume);
  } else if (const auto* spill = std::get_if<SpillChanged>(&effect)) {
    spdlog::info("spill mode {}", spill->on ? "on" : "off");
    metrics_.spill_changed(spill->on);
  } else if (const auto* settled = std::get_if<Settled>(&effect)) {
    metrics_.settled(*settled);
  } else if (auto* failure = std::get_if<FailRequest>(&effect)) {
    carry_out(*failure);
  } else if (auto* drain = std::get_if<SendDrain>(&effect)) {
    link_->send(drain->link, drain->drain);
  } else if (auto* drop = std::get_if<DropLink>(&effect)) {
    link_->close(drop->link, drop->why);
  }
}

void Dispatcher::carry_out(SendDispatch& order) {
  const auto at = jobs_.find(order.dispatch.attempt.request);
  if (at == jobs_.end()) return withdraw(order);
  auto& job = at->second;
  // The brain placed it again while its answer was on its way to the client, or what the client
  // has cannot go on.
  if (job.committed && !job.can_go_on(order))
    return withdraw(order, job, {.error = {Code::upstream_failed, "the answer broke off"}});
  forget_attempt(job);
  EngineRequest asked;
  if (!order.cloud) {
    asked = request_for(job.intake, *job.body, order.placement);
    if (!asked.body) return unsayable(job, order.dispatch.attempt, std::move(asked.refusal));
  }
  auto& attempt = job.attempt.emplace(settings_.answer, order, job.intake, job.delivery.received());
  metrics_.dispatched(order.placement);
  job.placement = order.placement;
  if (order.cloud) return clear(job, std::move(order));
  attempt.upstream = std::move(*asked.body);
  if (job.committed) {
    job.so_far->again();
    attempt.upstream += job.so_far->text();
    order.dispatch.prefix_bytes = job.so_far->text().size();
    job.delivery.forget_owed();
  }
  order.dispatch.endpoint = asked.endpoint;
  order.dispatch.body_bytes = attempt.upstream.size();
  attempt.unanswered_since = clock_now();
  link_->send(order.link, std::move(order.dispatch));
}

/// Another engine may speak a dialect that can say it. Nothing was sent.
void Dispatcher::unsayable(Job& job, AttemptId attempt, Refusal refusal) {
  job.unsayable = std::move(refusal);
  brain_.post(Unsayable{attempt, job.unsayable->error});
}

void Dispatcher::withdraw(SendDispatch& order, Job& job, const Refusal& refusal) {
  fail(job, refusal, order.placement.grade, order.placement.attempt);
  withdraw(order);
}

/// The agent must hear of the attempt all the same: the brain counts on its slot and takes it back.
/// A cloud proxy need not: nothing is sent there that was not cleared.
void Dispatcher::withdraw(SendDispatch& order) {
  const auto attempt = order.dispatch.attempt;
  if (order.cloud)
    brain_.post(ClearanceDenied{attempt, Denial::withdrawn, {}, {}});
  else
    link_->send(order.link, std::move(order.dispatch));
  brain_.post(ClientGone{attempt.request, CancelReason::superseded});
}

void Dispatcher::carry_out(SendCancel& order) {
  link_->send(order.link, order.cancel);
  if (auto* job = current(order.link, order.cancel.attempt)) forget_attempt(*job);
}

/// The answer goes on behind what we have of it. Where its client left meanwhile, it ends.
void Dispatcher::carry_out(const SendResume& order) {
  const auto at = jobs_.find(order.attempt.request);
  auto* attempt = at == jobs_.end() || !at->second.attempt ? nullptr : &*at->second.attempt;
  if (attempt == nullptr || attempt->id() != order.attempt)
    return link_->send(order.link, Cancel{order.attempt, CancelReason::superseded});
  attempt->move_to(order.link);
  at->second.delivery.forget_owed();
  link_->send(order.link, Resume{order.attempt, attempt->received(), 0});
}

void Dispatcher::carry_out(FailRequest& order) {
  const auto at = jobs_.find(order.request);
  if (at == jobs_.end()) return;
  auto& job = at->second;
  if (order.attempts == 0) metrics_.refused(order.error.code);
  Refusal refusal{.error = std::move(order.error), .retry_after = order.retry_after};
  if (job.unsayable && job.unsayable->error.detail == refusal.error.detail)
    refusal = *job.unsayable;  // it names the field
  // A chat asks for more than the model can do: another may be answered.
  if (refusal.error.code == Code::not_supported && dialect::is_chat(job.intake.spec.endpoint))
    refusal.status = 400;
  fail(job, refusal, order.grade, order.attempts);
}

// ---- what links say ------------------------------------------------------------------------

void Dispatcher::on_up(LinkId link, const PeerIdentity& peer, const Hello& hello) {
  spdlog::info("agent up link={} node={} tier={}", link.value, peer.name,
               peer.tier ? name_of(*peer.tier) : "none");
  if (guard_ != nullptr)
    if (auto key = guard_->key_for(peer)) link_->send(link, std::move(*key));
  brain_.post(AgentUp{link, peer, hello});
}

void Dispatcher::on_down(LinkId link, const std::string& why) {
  spdlog::info("agent down link={} why=\"{}\"", link.value, why);
  agents_->forget(link);
  brain_.post(AgentDown{link, why});
}

void Dispatcher::on_message(LinkId link, Message message) {
  if (auto* finish = std::get_if<Finish>(&message)) return finished(link, std::move(*finish));
  if (const auto* begin = std::get_if<Begin>(&message)) return began(link, *begin);
  if (const auto* accept = std::get_if<Accept>(&message); accept && accepted(link, *accept)) return;
  const auto* refuse = std::get_if<Refuse>(&message);
  // What is refused as a duplicate runs on.
  if (refuse != nullptr && refuse->reason != RefusalReason::duplicate)
    link_->forget(link, refuse->attempt.stream());
  tell_brain(link, std::move(message));
}

void Dispatcher::tell_brain(LinkId link, Message message) {
  if (!agents_->take(link, std::move(message)))
    link_->close(link, "it says more than can be heard");
}

Job* Dispatcher::current(LinkId link, AttemptId attempt) {
  const auto at = jobs_.find(attempt.request);
  if (at == jobs_.end() || !at->second.attempt) return nullptr;
  const auto& running = *at->second.attempt;
  return running.id() == attempt && running.link() == link ? &at->second : nullptr;
}

void Dispatcher::stale(LinkId link, StreamId stream) {
  metrics_.stale();
  link_->forget(link, stream);
}

bool Dispatcher::accepted(LinkId link, const Accept& accept) {
  auto* job = current(link, accept.attempt);
  if (job == nullptr) {
    stale(link, accept.attempt.stream());
    return false;
  }
  job->attempt->unanswered_since.reset();
  if (!std::exchange(job->attempt->accepted, true)) write_body(*job);
  return true;
}

void Dispatcher::began(LinkId link, const Begin& begin) {
  auto* job = current(link, begin.attempt);
  if (job == nullptr) return stale(link, begin.attempt.stream());
  job->attempt->begin(begin);
}

void Dispatcher::on_data(LinkId link, StreamId stream, ports::DataKind kind,
                         std::span<const std::byte> bytes) {
  auto* job = current(link, attempt_of(settings_.incarnation, stream));
  if (job == nullptr || kind != ports::DataKind::chunk) return stale(link, stream);
  auto& attempt = *job->attempt;
  if (attempt.failed()) return;
  events_.clear();
  const auto taken = attempt.take(text_of(bytes), events_);
  // An error is the attempt's where another engine may do better: before the first token, and
  // where the answer can go on.
  if ((!job->committed || job->may_go_on()) && attempt.error_forwarded()) events_.clear();
  if (attempt.streams())
    deliver(*job, events_, bytes.size());
  else
    link_->consumed(link, stream, bytes.size());
  if (!taken) give_up(*job);
}

void Dispatcher::on_drained(LinkId link, StreamId stream) {
  if (auto* job = current(link, attempt_of(settings_.incarnation, stream))) write_body(*job);
}

void Dispatcher::finished(LinkId link, Finish finish) {
  const auto stream = finish.attempt.stream();
  auto* job = current(link, finish.attempt);
  if (job != nullptr) {
    events_.clear();
    finish = job->attempt->finish(std::move(finish), events_);
    if (!finish.error)
      complete(*job, finish, events_);
    else if (job->committed && !(job->may_go_on() && job->attempt->error_forwarded()))
      deliver(*job, events_, 0);
  }
  link_->forget(link, stream);
  tell_brain(link, std::move(finish));
}

/// The answer cannot be used: the agent may stop. Its Finish tells the brain.
void Dispatcher::give_up(Job& job) {
  link_->send(job.attempt->link(), Cancel{job.attempt->id(), CancelReason::superseded});
}

void Dispatcher::deliver(Job& job, const std::string& events, std::size_t engine_bytes) {
  auto& attempt = *job.attempt;
  if (!events.empty() && !std::exchange(job.committed, true)) {
    job.first_event = clock_now();
    job.delivery.open(&attempt.placement(), job.first_event);
    metrics_.first_token(attempt.placement().tier, job.delivery.seconds(job.first_event));
    if (!job.so_far) let_go(job);  // it is never placed again
  }
  if (!events.empty() && !std::exchange(attempt.told, true)) brain_.post(Committed{attempt.id()});
  const auto granted = job.so_far ? job.delivery.events(keep(job, events), engine_bytes)
                                  : job.delivery.events(events, engine_bytes);
  if (granted > 0) link_->consumed(attempt.link(), attempt.id().stream(), granted);
}

/// The events as the client gets them, noted for the case that the answer must go on elsewhere.
std::string Dispatcher::keep(Job& job, const std::string& events) {
  auto& so_far = *job.so_far;
  auto shown = so_far.hold(job.attempt->placement().continues ? so_far.adopt(events) : events);
  held_bytes_ -= so_far.text().size();
  so_far.add(shown);
  held_bytes_ += so_far.text().size();
  if (so_far.hopeless() || held_bytes_ > settings_.held_bytes_max) let_go(job);
  return shown;
}

/// No other attempt will need the request, or what there is of its answer.
void Dispatcher::let_go(Job& job) {
  held_bytes_ -= job.body_bytes() + (job.so_far ? job.so_far->text().size() : 0);
  job.body.reset();
  if (job.so_far) job.so_far->drop();
}

void Dispatcher::complete(Job& job, const Finish& finish, const std::string& events) {
  const auto now = clock_now();
  auto& attempt = *job.attempt;
  const auto tier = attempt.placement().tier;
  const auto completion = finish.usage.completion.count();
  if (attempt.streams()) {
    deliver(job, events, 0);
    job.delivery.end();
    const std::chrono::duration<double> took = now - job.first_event;
    if (completion > 1)
      metrics_.per_output_token(tier, took.count() / static_cast<double>(completion - 1));
  } else {
    job.delivery.respond(attempt.status(), attempt.content_type(), attempt.take_body(),
                         attempt.placement(), now);
  }
  metrics_.tokens(tier, finish.usage);
  job.used = finish.usage;
  job.whole = !attempt.passes_through();
  count(job, attempt.status(), attempt.placement().grade, now);
  erase(job);
}

// ---- the client's side ---------------------------------------------------------------------

void Dispatcher::gone(RequestId request, bool slow) {
  const auto at = jobs_.find(request);
  if (at == jobs_.end()) return;
  auto& job = at->second;
  brain_.post(ClientGone{request, slow ? CancelReason::slow_client : CancelReason::client_gone});
  const auto grade = job.placement ? std::optional{job.placement->grade} : std::nullopt;
  count(job, dialect::openai::http_status(Code::cancelled), grade, clock_now());
  forget_attempt(job);
  erase(job);
}

void Dispatcher::sent(RequestId request, std::size_t bytes) {
  const auto at = jobs_.find(request);
  if (at == jobs_.end()) return;
  auto& job = at->second;
  const auto granted = job.delivery.sent(bytes);
  if (granted > 0 && job.attempt)
    link_->consumed(job.attempt->link(), job.attempt->id().stream(), granted);
}

void Dispatcher::fail(Job& job, const Refusal& refusal, std::optional<Grade> grade,
                      std::uint8_t attempts) {
  const auto now = clock_now();
  // An engine's own error event has told the client already.
  if (job.committed && !job.may_go_on() && job.attempt && job.attempt->error_forwarded())
    job.delivery.end();
  else
    job.delivery.fail(refusal, grade, attempts, now);
  count(job, status_of(refusal), grade, now);
  forget_attempt(job);
  erase(job);
}

void Dispatcher::sweep(TimePoint now) {
  for (auto& [id, job] : jobs_) {
    watch_guard(job, now);
    if (job.attempt && job.attempt->unanswered_since &&
        now - *job.attempt->unanswered_since >= settings_.unanswered_max) {
      job.attempt->unanswered_since.reset();
      brain_.post(Unanswered{job.attempt->id()});
    }
    if (!job.intake.spec.stream || job.committed) continue;
    const auto since = job.delivery.opened() ? job.kept_alive : job.delivery.received();
    if (now - since < settings_.silent_max) continue;
    job.delivery.open(nullptr, now);
    job.delivery.keep_alive(keep_alive_of(job.intake));
    job.kept_alive = now;
  }
}

void Dispatcher::write_body(Job& job) {
  auto& attempt = *job.attempt;
  if (!attempt.accepted) return;
  const auto stream = attempt.id().stream();
  while (attempt.upstream_sent < attempt.upstream.size()) {
    const auto piece =
        std::string_view{attempt.upstream}.substr(attempt.upstream_sent, piece_bytes);
    attempt.upstream_sent += piece.size();
    const auto buffered = link_->write(attempt.link(), stream, ports::DataKind::body,
                                       std::as_bytes(std::span{piece.data(), piece.size()}));
    if (buffered > link_bytes_max && attempt.upstream_sent < attempt.upstream.size()) return;
  }
  attempt.upstream = {};
  attempt.upstream_sent = 0;
}

void Dispatcher::forget_attempt(Job& job) {
  if (job.attempt) link_->forget(job.attempt->link(), job.attempt->id().stream());
  job.attempt.reset();
}

void Dispatcher::count(const Job& job, int status, std::optional<Grade> grade, TimePoint now) {
  const auto tier = job.placement ? std::optional{job.placement->tier} : std::nullopt;
  metrics_.ended(grade, tier, status, job.delivery.seconds(now));
}

/// What the caller is charged for, once: nothing where nothing was generated, what the engine
/// reported, or a guess at what had come when the answer broke off.
std::int64_t Dispatcher::used_tokens(const Job& job) {
  if (!job.whole && !job.committed) return 0;
  const auto reported = job.used.prompt.count() + job.used.completion.count();
  if (reported > 0) return reported;
  if (job.whole) return job.delivery.caller().charged_tokens;
  return job.intake.spec.prompt_tokens_estimate.count() +
         static_cast<std::int64_t>(job.delivery.written() / bytes_per_streamed_token);
}

void Dispatcher::erase(Job& job) {
  settle(job.delivery.caller(), used_tokens(job), clock_now());
  let_go(job);
  jobs_.erase(job.intake.spec.id);
}

}  // namespace weir::gateway
