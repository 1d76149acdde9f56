#include "node-agent/engines/job_runner.hpp"

#include "actors/telemetry/log.hpp"

namespace weir::engines {
namespace {

std::uint32_t elapsed_ms(JobRunner::Clock::time_point from) {
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(millis_between(from, JobRunner::Clock::now()), UINT32_MAX));
}

const Error body_late{Code::upstream_failed, "the request's body did not arrive in time"};

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
    if (incarnations_.count(job.link) == 0) all.push_back({attempt, job.sent});
  return all;
}

void JobRunner::apply(std::vector<WorkerEffect> effects, const std::function<void()>& drained) {
  for (auto& effect : effects) {
    if (const auto* accepted = std::get_if<AcceptJob>(&effect))
      accept(*accepted);
    else if (auto* said = std::get_if<Say>(&effect))
      link_->send(said->link, std::move(said->message));
    else if (const auto* stopped = std::get_if<StopJob>(&effect))
      stop(*stopped);
    else if (const auto* cut = std::get_if<InventoryCut>(&effect))
      spdlog::warn("the inventory is cut to its limit: {} models and {} tenants are left out",
                   cut->models, cut->tenants);
    else
      drained();
  }
}

void JobRunner::accept(const AcceptJob& effect) {
  const auto& dispatch = effect.dispatch;
  const auto [job, added] = jobs_.try_emplace(dispatch.attempt, effect.link, dispatch);
  WEIR_ASSERT(added);  // the worker refuses duplicates
  if (bodies_bytes_ + dispatch.body_bytes > limits_.bodies_bytes_max)
    return finish(dispatch.attempt, Error{Code::upstream_failed, "too many bodies at once"}, false);
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
  worker_->post(CoordinatorUp{link, hello.incarnation});
}

void JobRunner::on_down(LinkId link, const std::string& why) {
  spdlog::info("link down: {}", printable(why));
  incarnations_.erase(link);
  worker_->post(CoordinatorDown{link});
}

void JobRunner::on_message(LinkId link, Message message) {
  // A job that has ended may still have bytes to send; nobody will give them credit any more.
  if (const auto* cancel = std::get_if<Cancel>(&message);
      cancel != nullptr && find(cancel->attempt) == nullptr)
    link_->forget(link, cancel->attempt.stream());
  worker_->post(CoordinatorSaid{link, std::move(message)});
}

void JobRunner::on_data(LinkId link, StreamId stream, ports::DataKind kind,
                        std::span<const std::byte> bytes) {
  Job* job = find(link, stream);
  if (job == nullptr || kind != ports::DataKind::body || job->engine != nullptr) return;
  if (job->body.size() + bytes.size() > job->dispatch.body_bytes)
    return finish(job->dispatch.attempt, Error{Code::internal, "the body is longer than announced"},
                  false);
  job->body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  job->body_moved = Clock::now();
  link_->consumed(link, stream, bytes.size());
  if (job->body.size() == job->dispatch.body_bytes) run(*job);
}

std::int64_t JobRunner::first_byte_left_ms(const Job& job, Clock::time_point now) {
  return std::int64_t{job.dispatch.first_byte_ms} - millis_between(job.received, now);
}

void JobRunner::run(Job& job) {
  const auto attempt = job.dispatch.attempt;
  ports::Engine* engine = find_engine_(job.dispatch.engine);
  if (engine == nullptr)
    return finish(attempt, Error{Code::upstream_failed, "the engine is gone"}, true);
  const auto left = first_byte_left_ms(job, Clock::now());
  if (left <= 0) return finish(attempt, body_late, false);
  job.engine = engine;
  ports::EngineJob order;
  order.attempt = attempt;
  order.endpoint = job.dispatch.endpoint;
  order.first_byte_max = Millis{left};
  order.stall_max = Millis{job.dispatch.stall_ms};
  order.body = std::move(job.body);
  release_body(job);

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
  const auto unsent = link_->write(job->link, attempt.stream(), ports::DataKind::chunk, bytes);
  constexpr std::size_t high_water = 256 * 1024;
  if (unsent > high_water && !job->paused) {
    job->paused = true;
    job->engine->pause(attempt, true);
  }
}

void JobRunner::on_drained(LinkId link, StreamId stream) {
  Job* job = find(link, stream);
  if (job == nullptr || !job->paused) return;
  job->paused = false;
  job->engine->pause(job->dispatch.attempt, false);
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
}

}  // namespace weir::engines
