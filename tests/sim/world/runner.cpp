#include "tests/sim/world/runner.hpp"

#include "tests/sim/world/oracle.hpp"

#include <algorithm>
#include <utility>

namespace weir::sim {
namespace {

constexpr Millis body_max{10'000};
constexpr Millis linger{4'000};

const Error body_late{Code::timed_out, "the request's body did not arrive in time"};

}  // namespace

Runner::Runner(Process& process, Context& world, Network& network, Engine& engine, Tier tier,
               std::string_view name, Post post, TruthOf truth_of)
    : process_{process},
      world_{world},
      network_{network},
      engine_{engine},
      tier_{tier},
      name_{name},
      post_{std::move(post)},
      truth_of_{std::move(truth_of)} {}

void Runner::send(LinkId link, Frame frame) { network_.send(link, End::agent, std::move(frame)); }

Runner::Job* Runner::find(AttemptId attempt) {
  const auto found = jobs_.find(attempt);
  return found == jobs_.end() ? nullptr : &found->second;
}

Runner::Job* Runner::find(LinkId link, StreamId stream) {
  const auto incarnation = incarnations_.find(link);
  if (incarnation == incarnations_.end()) return nullptr;
  Job* job = find(attempt_of(incarnation->second, stream));
  return job != nullptr && job->link == link ? job : nullptr;
}

std::vector<AttemptProgress> Runner::progress() const {
  std::vector<AttemptProgress> all;
  for (const auto& [attempt, job] : jobs_)
    if (!linked(job.link)) all.push_back({attempt, job.sent});
  for (const auto& [attempt, ended] : ended_)
    if (!linked(ended.link)) all.push_back({attempt, ended.finish.bytes});
  return all;
}

void Runner::apply(std::vector<WorkerEffect> effects, const std::function<void()>& drained) {
  for (auto& effect : effects) {
    if (const auto* accepted = std::get_if<AcceptJob>(&effect))
      accept(*accepted);
    else if (auto* said = std::get_if<Say>(&effect))
      send(said->link, std::move(said->message));
    else if (const auto* stopped = std::get_if<StopJob>(&effect))
      stop(*stopped);
    else if (std::holds_alternative<Drained>(effect))
      drained();
  }
}

void Runner::accept(const AcceptJob& effect) {
  const auto attempt = effect.dispatch.attempt;
  world_.note(name_, "accepts", attempt);
  Job job;
  job.link = effect.link;
  job.dispatch = effect.dispatch;
  job.received = job.moved = world_.now();
  const bool added = jobs_.emplace(attempt, std::move(job)).second;
  WEIR_ASSERT(added);  // the worker refuses duplicates
  send(effect.link, Message{Accept{attempt, 0}});
}

void Runner::on_up(LinkId link, std::uint64_t incarnation, const std::string& coordinator) {
  world_.note(name_, "link up", {}, static_cast<std::int64_t>(link.value));
  incarnations_[link] = incarnation;
  post_(CoordinatorUp{link, incarnation, coordinator});
}

void Runner::on_down(LinkId link) {
  if (incarnations_.erase(link) == 0) return;  // it was never up
  world_.note(name_, "link down", {}, static_cast<std::int64_t>(link.value));
  post_(CoordinatorDown{link});
}

void Runner::on_message(LinkId link, Message message) {
  if (const auto* cancel = std::get_if<Cancel>(&message)) cancelled(link, cancel->attempt);
  if (const auto* again = std::get_if<Resume>(&message)) resume(link, *again);
  post_(CoordinatorSaid{link, std::move(message)});
}

void Runner::cancelled(LinkId link, AttemptId attempt) {
  Job* job = find(attempt);
  if (job == nullptr) {
    network_.forget(link, End::agent, attempt.stream());
    ended_.erase(attempt);
    return;
  }
  // Its link is gone, and this one is its coordinator's: there its Finish is heard.
  const auto incarnation = incarnations_.find(link);
  if (!linked(job->link) && incarnation != incarnations_.end() &&
      incarnation->second == attempt.incarnation)
    job->link = link;
}

void Runner::on_body(LinkId link, const BodyFrame& body) {
  Job* job = find(link, body.stream);
  if (job == nullptr || job->started) return;
  world_.oracle->body_arrived(tier_, job->dispatch.attempt, body.content);
  job->text = body.text;
  run(*job);
}

std::int64_t Runner::first_byte_left_ms(const Job& job) const {
  return std::int64_t{job.dispatch.first_byte_ms} - millis_between(job.received, world_.now());
}

void Runner::run(Job& job) {
  const auto attempt = job.dispatch.attempt;
  const auto left = first_byte_left_ms(job);
  if (left <= 0) return finish(attempt, body_late, false);
  job.started = true;
  job.moved = world_.now();
  const auto truth = truth_of_(attempt);
  EngineCall call;
  call.attempt = attempt;
  call.prompt_tokens = truth.prompt_tokens;
  call.text = job.text;
  call.text_end = truth.text_end;
  call.stream = job.dispatch.stream;
  watch(attempt, world_.now() + Millis{left});
  engine_.start(call, reply_for(attempt));
}

EngineReply Runner::reply_for(AttemptId attempt) {
  EngineReply reply;
  reply.on_begin = [this, attempt] {
    process_.run([this, attempt] {
      Job* job = find(attempt);
      if (job == nullptr) return;
      job->status = 200;
      send(job->link, Message{Begin{attempt, 200, "text/event-stream"}});
    });
  };
  reply.on_bytes = [this, attempt](std::uint64_t bytes) {
    process_.run([this, attempt, bytes] {
      Job* job = find(attempt);
      if (job == nullptr) return;
      if (!job->first_byte_ms)
        job->first_byte_ms =
            static_cast<std::uint32_t>(millis_between(job->received, world_.now()));
      job->moved = world_.now();
      const ChunkFrame chunk{attempt.stream(), job->sent, bytes, job->text + job->sent};
      job->sent += bytes;
      if (linked(job->link)) send(job->link, chunk);
    });
  };
  reply.on_end = [this, attempt](bool failed, std::uint16_t status) {
    process_.run([this, attempt, failed, status] {
      if (Job* job = find(attempt)) job->status = status;
      if (!failed) return finish(attempt, std::nullopt, false);
      finish(attempt, Error{Code::upstream_failed, "the engine failed"}, true);
    });
  };
  return reply;
}

/// The first byte is due then; the next ones within the time of a stall.
void Runner::watch(AttemptId attempt, TimePoint due) {
  const auto wait = std::chrono::duration_cast<Micros>(due - world_.now());
  process_.later(std::max(wait, Micros{0}), [this, attempt] {
    Job* job = find(attempt);
    if (job == nullptr) return;
    const auto next = job->moved + Millis{job->dispatch.stall_ms};
    if (job->first_byte_ms && next > world_.now()) return watch(attempt, next);
    world_.note(name_, "engine is late", attempt);
    engine_.cancel(attempt);
    finish(attempt, Error{Code::upstream_failed, "the engine did not answer in time"}, true);
  });
}

void Runner::send_again(LinkId link, const Resume& resume, std::uint64_t text, std::uint64_t sent) {
  if (resume.offset < sent)
    send(link, ChunkFrame{resume.attempt.stream(), resume.offset, sent - resume.offset,
                          text + resume.offset});
}

void Runner::resume(LinkId link, const Resume& resume) {
  const auto incarnation = incarnations_.find(link);
  if (incarnation == incarnations_.end() || incarnation->second != resume.attempt.incarnation)
    return;
  world_.note(name_, "resumes", resume.attempt, static_cast<std::int64_t>(resume.offset));
  // On the link that it already has, it has said everything.
  if (const auto ended = ended_.find(resume.attempt);
      ended != ended_.end() && ended->second.link != link) {
    ended->second.link = link;
    send_again(link, resume, ended->second.text, ended->second.finish.bytes);
    return send(link, Message{ended->second.finish});
  }
  Job* job = find(resume.attempt);
  if (job == nullptr && !ended_.contains(resume.attempt)) {
    Finish gone;
    gone.attempt = resume.attempt;
    gone.bytes = resume.offset;
    gone.error = Error{Code::internal, "the answer's middle is no longer there"};
    return send(link, Message{std::move(gone)});
  }
  if (job == nullptr || job->link == link) return;
  job->link = link;
  send_again(link, resume, job->text, job->sent);
}

void Runner::finish(AttemptId attempt, std::optional<Error> error, bool engine_failed) {
  const auto found = jobs_.find(attempt);
  if (found == jobs_.end()) return;
  auto job = std::move(found->second);
  jobs_.erase(found);
  const auto total = static_cast<std::uint32_t>(millis_between(job.received, world_.now()));
  Finish finish;
  finish.attempt = attempt;
  finish.bytes = job.sent;
  const auto tokens = static_cast<std::int64_t>(job.sent / bytes_per_token);
  finish.usage = {Tokens{std::int64_t{truth_of_(attempt).prompt_tokens}}, Tokens{tokens}};
  finish.timings = {job.first_byte_ms.value_or(total), total};
  finish.error = std::move(error);
  finish.engine_status = job.status;
  world_.note(name_, finish.error ? "fails" : "finishes", attempt,
              static_cast<std::int64_t>(job.sent));
  const JobEnded ended{attempt, finish.usage, finish.timings, engine_failed};
  if (job.dispatch.stream) ended_.emplace(attempt, Ended{job.link, finish, job.text, world_.now()});
  send(job.link, Message{std::move(finish)});
  post_(ended);
}

void Runner::stop(const StopJob& effect) {
  Job* job = find(effect.attempt);
  if (job == nullptr) return;
  engine_.cancel(effect.attempt);
  network_.forget(job->link, End::agent, effect.attempt.stream());
  finish(effect.attempt, Error{Code::cancelled, std::string{name_of(effect.reason)}}, false);
}

void Runner::sweep() {
  std::vector<AttemptId> late;
  for (const auto& [attempt, job] : jobs_)
    if (!job.started && (world_.now() - job.moved > body_max || first_byte_left_ms(job) <= 0))
      late.push_back(attempt);
  for (const auto& attempt : late) finish(attempt, body_late, false);
  std::erase_if(ended_,
                [&](const auto& entry) { return world_.now() - entry.second.at >= linger; });
}

}  // namespace weir::sim
