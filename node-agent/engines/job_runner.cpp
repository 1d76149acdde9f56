#include "node-agent/engines/job_runner.hpp"

#include "actors/telemetry/log.hpp"

namespace weir::engines {
namespace {

std::uint32_t elapsed_ms(JobRunner::Clock::time_point from) {
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(millis_between(from, JobRunner::Clock::now()), UINT32_MAX));
}

/// Unsent bytes of an answer above which its engine pauses.
constexpr std::size_t unsent_max = 256 * 1024;
/// The same for what comes while its link is gone: with what went under, the tail must hold it.
constexpr std::size_t unlinked_max = 64 * 1024;

// Not the engine's fault, which upstream_failed stands for.
const Error cannot_resume{Code::internal, "the answer's middle is no longer there"};
const Error body_late{Code::timed_out, "the request's body did not arrive in time"};

/// A peer's words for our log: it must not write lines, or to a terminal, in our name.
std::string printable(std::string text) {
  for (char& c : text)
    if (c < 0x20 || c > 0x7e) c = '?';
  return text;
}

/// What of an engine's failure the coordinator may know: never the engine's own words.
Error failure_of(const Error& error) {
  switch (error.code) {
    case Code::unreachable:
      return {Code::upstream_failed, "the engine cannot be reached"};
    case Code::rate_limited:
      return error;
    case Code::timed_out:
      return {Code::upstream_failed, "the engine did not answer in time"};
    default:
      return {Code::upstream_failed, "the engine failed: " + error.detail};
  }
}

}  // namespace

JobRunner::JobRunner(RunnerLimits limits, FindEngine find_engine)
    : limits_{limits}, find_engine_{std::move(find_engine)} {}

JobRunner::~JobRunner() {
  for (auto& [attempt, job] : jobs_)
    if (job.engine != nullptr) job.engine->cancel(attempt);
}

void JobRunner::connect(ports::Link& link, ports::Worker& worker) {
  link_ = &link;
  worker_ = &worker;
}

void JobRunner::check_with(ports::Checkpoint& checkpoint, CloudMetrics& metrics) {
  checkpoint_ = &checkpoint;
  cloud_metrics_ = &metrics;
}

JobRunner::Job* JobRunner::find(AttemptId attempt) {
  const auto found = jobs_.find(attempt);
  return found == jobs_.end() ? nullptr : &found->second;
}

JobRunner::Job* JobRunner::find(LinkId link, StreamId stream) {
  const auto incarnation = incarnations_.find(link);
  if (incarnation == incarnations_.end()) return nullptr;
  Job* job = find(attempt_of(incarnation->second, stream));
  return job != nullptr && job->link == link ? job : nullptr;
}

std::vector<AttemptProgress> JobRunner::progress() const {
  std::vector<AttemptProgress> all;
  for (const auto& [attempt, job] : jobs_)
    if (!linked(job.link)) all.push_back({attempt, job.sent});
  for (const auto& [attempt, ended] : ended_)
    if (!linked(ended.link)) all.push_back({attempt, ended.finish.bytes});
  return all;
}

void JobRunner::apply(std::vector<WorkerEffect> effects, const std::function<void()>& drained) {
  for (auto& effect : effects) {
    if (const auto* accepted = std::get_if<AcceptJob>(&effect))
      accept(*accepted);
    else if (auto* said = std::get_if<Say>(&effect))
      say(*said);
    else if (const auto* stopped = std::get_if<StopJob>(&effect))
      stop(*stopped);
    else if (const auto* cut = std::get_if<InventoryCut>(&effect))
      spdlog::warn("the inventory is cut to its limit: {} models and {} tenants are left out",
                   cut->models, cut->tenants);
    else
      drained();
  }
}

/// What the worker refuses to let leave is counted here, as what the checkpoint refuses is.
void JobRunner::say(Say& said) {
  const auto* refuse = std::get_if<Refuse>(&said.message);
  if (checkpoint_ != nullptr && refuse != nullptr &&
      (refuse->reason == RefusalReason::grade_forbidden ||
       refuse->reason == RefusalReason::not_cleared))
    cloud_metrics_->refused(name_of(refuse->reason));
  link_->send(said.link, std::move(said.message));
}

void JobRunner::accept(const AcceptJob& effect) {
  const auto& dispatch = effect.dispatch;
  const auto [job, added] = jobs_.try_emplace(dispatch.attempt, effect.link, dispatch);
  WEIR_ASSERT(added);  // the worker refuses duplicates
  if (checkpoint_ != nullptr && dispatch.body_bytes > cloud_body_bytes_max)
    return deny(dispatch.attempt, {Code::grade_forbids_cloud, "length: too large to be checked"});
  if (bodies_bytes_ + dispatch.body_bytes > limits_.bodies_bytes_max)
    return finish(dispatch.attempt, Error{Code::queue_full, "too many bodies at once"}, false);
  job->second.reserved = dispatch.body_bytes;
  bodies_bytes_ += dispatch.body_bytes;
  job->second.body.reserve(dispatch.body_bytes);
  link_->send(effect.link, Accept{dispatch.attempt, 0});
}

void JobRunner::release_body(Job& job) {
  bodies_bytes_ -= std::exchange(job.reserved, 0);
  job.body = std::string{};
}

void JobRunner::on_up(LinkId link, const PeerIdentity& peer, const Hello& hello) {
  spdlog::info("link up coordinator={} software={}", peer.name, printable(hello.software));
  incarnations_[link] = hello.incarnation;
  worker_->post(CoordinatorUp{link, hello.incarnation, peer.name});
}

void JobRunner::on_down(LinkId link, const std::string& why) {
  spdlog::info("link down: {}", printable(why));
  incarnations_.erase(link);
  for (auto& [attempt, job] : jobs_)
    if (job.link == link) job.sent_before_loss = job.sent;
  worker_->post(CoordinatorDown{link});
}

void JobRunner::on_message(LinkId link, Message message) {
  if (const auto* cancel = std::get_if<Cancel>(&message)) cancelled(link, cancel->attempt);
  if (const auto* again = std::get_if<Resume>(&message)) resume(link, *again);
  if (const auto* key = std::get_if<GuardKey>(&message)) {
    const auto from = incarnations_.find(link);
    if (checkpoint_ != nullptr && from != incarnations_.end())
      checkpoint_->learn(from->second, *key);
    return;  // a secret is nobody else's business
  }
  worker_->post(CoordinatorSaid{link, std::move(message)});
}

void JobRunner::on_data(LinkId link, StreamId stream, ports::DataKind kind,
                        std::span<const std::byte> bytes) {
  Job* job = find(link, stream);
  if (job == nullptr || kind != ports::DataKind::body || job->engine != nullptr || job->check != 0)
    return;
  if (job->body.size() + bytes.size() > job->dispatch.body_bytes)
    return finish(job->dispatch.attempt, Error{Code::internal, "the body is longer than announced"},
                  false);
  job->body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  job->body_moved = Clock::now();
  link_->consumed(link, stream, bytes.size());
  if (job->body.size() == job->dispatch.body_bytes) run(*job);
}

void JobRunner::cancelled(LinkId link, AttemptId attempt) {
  Job* job = find(attempt);
  if (job == nullptr) {
    // It may still have bytes to send; nobody will give them credit any more.
    link_->forget(link, attempt.stream());
    return forget_ended(attempt);
  }
  // Its link is gone, and this one is its coordinator's: there its Finish is heard.
  const auto incarnation = incarnations_.find(link);
  if (!linked(job->link) && incarnation != incarnations_.end() &&
      incarnation->second == attempt.incarnation)
    job->link = link;
}

std::int64_t JobRunner::first_byte_left_ms(const Job& job, Clock::time_point now) {
  return std::int64_t{job.dispatch.first_byte_ms} - millis_between(job.received, now);
}

void JobRunner::run(Job& job) {
  if (checkpoint_ != nullptr) return check(job);
  ports::EngineJob order;
  order.body = std::move(job.body);
  const auto request_bytes = order.body.size() - job.dispatch.prefix_bytes;
  order.prefix = order.body.substr(request_bytes);
  order.body.resize(request_bytes);
  start(job, std::move(order));
}

void JobRunner::check(Job& job) {
  job.check = ++last_check_;
  checkpoint_->check({job.dispatch, std::move(job.body), job.received},
                     [this, attempt = job.dispatch.attempt, check = job.check](
                         Result<Cleared> cleared) { checked(attempt, check, std::move(cleared)); });
}

void JobRunner::checked(AttemptId attempt, std::uint64_t check, Result<Cleared> cleared) {
  Job* job = find(attempt);
  if (job == nullptr || job->check != check) return;  // it ended meanwhile
  if (!cleared) return deny(attempt, cleared.error());
  ports::EngineJob order;
  order.cleared = std::move(*cleared);
  start(*job, std::move(order));
}

void JobRunner::deny(AttemptId attempt, const Error& why) {
  spdlog::warn("not let out to the cloud: {}", why.detail);
  cloud_metrics_->refused(why.detail);
  finish(attempt, Error{Code::grade_forbids_cloud, why.detail}, false);
}

void JobRunner::start(Job& job, ports::EngineJob order) {
  const auto attempt = job.dispatch.attempt;
  release_body(job);
  ports::Engine* engine = find_engine_(job.dispatch.engine);
  if (engine == nullptr)
    return finish(attempt, Error{Code::upstream_failed, "the engine is gone"}, true);
  const auto left = first_byte_left_ms(job, Clock::now());
  if (left <= 0) return finish(attempt, body_late, false);
  job.engine = engine;
  order.attempt = attempt;
  order.endpoint = job.dispatch.endpoint;
  order.tenant = job.dispatch.tenant;
  order.first_byte_max = Millis{left};
  order.stall_max = Millis{job.dispatch.stall_ms};

  ports::EngineAnswer answer;
  answer.on_begin = [this, attempt](std::uint16_t status, std::string content_type) {
    Job* j = find(attempt);
    if (j == nullptr) return;
    link_->send(j->link, Begin{attempt, status, std::move(content_type)});
  };
  answer.on_bytes = [this, attempt](std::span<const std::byte> bytes) {
    on_answer(attempt, bytes);
  };
  answer.on_end = [this, attempt](Result<Done> ended, std::uint16_t engine_status) {
    if (Job* j = find(attempt)) j->engine_status = engine_status;
    if (ended) return finish(attempt, std::nullopt, false);
    finish(attempt, failure_of(ended.error()), true);
  };
  engine->start(std::move(order), std::move(answer));
}

void JobRunner::on_answer(AttemptId attempt, std::span<const std::byte> bytes) {
  Job* job = find(attempt);
  if (job == nullptr) return;
  if (!job->first_byte_ms) job->first_byte_ms = elapsed_ms(job->received);
  job->usage.feed(bytes);
  job->sent += bytes.size();
  if (job->dispatch.stream)
    job->tail.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const bool full = linked(job->link) ? link_->write(job->link, attempt.stream(),
                                                     ports::DataKind::chunk, bytes) > unsent_max
                                      : job->sent - job->sent_before_loss > unlinked_max;
  if (full) pause(*job, true);
}

void JobRunner::pause(Job& job, bool on) {
  if (job.paused == on) return;
  job.paused = on;
  job.engine->pause(job.dispatch.attempt, on);
}

std::optional<std::size_t> JobRunner::send_again(LinkId link, const Resume& resume,
                                                 const Tail& tail) {
  const auto rest = tail.from(resume.offset);
  if (!rest) return std::nullopt;
  return link_->write(link, resume.attempt.stream(), ports::DataKind::chunk,
                      std::as_bytes(std::span{rest->data(), rest->size()}));
}

void JobRunner::resume(LinkId link, const Resume& resume) {
  const auto incarnation = incarnations_.find(link);
  if (incarnation == incarnations_.end() || incarnation->second != resume.attempt.incarnation)
    return;
  // On the link that it already has, it has said everything.
  if (const auto ended = ended_.find(resume.attempt);
      ended != ended_.end() && ended->second.link != link) {
    ended->second.link = link;
    auto finish = ended->second.finish;
    if (!send_again(link, resume, ended->second.tail)) finish.error = cannot_resume;
    link_->send(link, std::move(finish));
    return;
  }
  Job* job = find(resume.attempt);
  if (job == nullptr && !ended_.contains(resume.attempt)) {
    // It ended without a link, and too long ago: somebody still waits for it.
    Finish gone;
    gone.attempt = resume.attempt;
    gone.bytes = resume.offset;
    gone.error = cannot_resume;
    return link_->send(link, std::move(gone));
  }
  if (job == nullptr || job->link == link) return;
  job->link = link;
  const auto unsent = send_again(link, resume, job->tail);
  if (!unsent) {
    if (job->engine != nullptr) job->engine->cancel(resume.attempt);
    return finish(resume.attempt, cannot_resume, false);
  }
  if (job->engine != nullptr) pause(*job, *unsent > unsent_max);
}

void JobRunner::keep_ended(Job& job, const Finish& finish) {
  if (!job.dispatch.stream) return;
  ended_bytes_ += job.tail.size();
  ended_order_.push_back(finish.attempt);
  ended_.emplace(finish.attempt, Ended{job.link, finish, std::move(job.tail), Clock::now()});
  while (ended_bytes_ > limits_.linger_bytes_max) {
    forget_ended(ended_order_.front());
    ended_order_.pop_front();
  }
}

void JobRunner::forget_ended(AttemptId attempt) {
  const auto found = ended_.find(attempt);
  if (found == ended_.end()) return;
  ended_bytes_ -= found->second.tail.size();
  ended_.erase(found);
}

void JobRunner::on_drained(LinkId link, StreamId stream) {
  if (Job* job = find(link, stream); job != nullptr && job->engine != nullptr) pause(*job, false);
}

void JobRunner::finish(AttemptId attempt, std::optional<Error> error, bool engine_failed) {
  const auto found = jobs_.find(attempt);
  if (found == jobs_.end()) return;
  Job& job = found->second;
  Finish finish;
  finish.attempt = attempt;
  finish.bytes = job.sent;
  finish.usage = job.usage.usage();
  finish.timings.total_ms = elapsed_ms(job.received);
  finish.timings.first_byte_ms = job.first_byte_ms.value_or(finish.timings.total_ms);
  finish.error = std::move(error);
  finish.engine_status = job.engine_status;
  const JobEnded ended{attempt, finish.usage, finish.timings, engine_failed};
  keep_ended(job, finish);
  link_->send(job.link, std::move(finish));
  release_body(job);
  jobs_.erase(found);
  worker_->post(ended);
}

void JobRunner::stop(const StopJob& effect) {
  Job* job = find(effect.attempt);
  if (job == nullptr) return;
  if (job->engine != nullptr) job->engine->cancel(effect.attempt);
  link_->forget(job->link, effect.attempt.stream());
  finish(effect.attempt, Error{Code::cancelled, std::string{name_of(effect.reason)}}, false);
}

void JobRunner::sweep(Clock::time_point now) {
  std::vector<AttemptId> late;
  for (const auto& [attempt, job] : jobs_)
    if (job.engine == nullptr &&
        (now - job.body_moved > limits_.body_max || first_byte_left_ms(job, now) <= 0))
      late.push_back(attempt);
  for (const auto& attempt : late) finish(attempt, body_late, false);
  while (!ended_order_.empty()) {
    const auto ended = ended_.find(ended_order_.front());
    if (ended != ended_.end() && now - ended->second.at < limits_.linger) break;
    forget_ended(ended_order_.front());
    ended_order_.pop_front();
  }
}

}  // namespace weir::engines
