#include "actors/shells/guard.hpp"

#include <utility>

namespace weir::shells {
namespace {

ClearanceDenied denied(AttemptId attempt, Denial why) {
  return {attempt, why, std::nullopt, std::nullopt};
}

/// A copyable call that hands `answer` to `done` once: std::function holds no move-only captures.
template <class Answer>
std::function<void()> hand_over(std::function<void(Answer)> done, Answer answer) {
  return [done = std::move(done), held = std::make_shared<Answer>(std::move(answer))] {
    done(std::move(*held));
  };
}

}  // namespace

GuardShell::GuardShell(caf::actor_system& system, domain::ClearanceOffice office, Defer to_io,
                       GuardLimits limits)
    : office_{std::make_shared<const domain::ClearanceOffice>(std::move(office))},
      to_io_{std::move(to_io)},
      limits_{limits},
      pool_{system, limits.threads, limits.waiting_max},
      looks_{system, limits.threads, limits.inspections_max} {}

void GuardShell::replace(std::shared_ptr<const domain::Detector> detector) {
  office_ = std::make_shared<const domain::ClearanceOffice>(office_->with(std::move(detector)));
}

/// `unknown` is the answer where nobody could look, or not in time.
template <class Answer, class Look>
void GuardShell::look(Answer unknown, std::function<void(Answer)> done, Look look) {
  const auto asked = std::chrono::steady_clock::now();
  const auto work = [unknown, done, look, asked, office = office_, to_io = to_io_,
                     late = limits_.late_after](TimePoint now) {
    auto answer = unknown;
    if (now - asked <= late) {
      try {
        answer = look(*office);
      } catch (const std::exception&) {  // out of memory, say: nobody knows what it holds
        answer = unknown;
      }
    }
    to_io(hand_over(done, std::move(answer)));
  };
  if (!looks_.post(work)) to_io_(hand_over(done, std::move(unknown)));
}

void GuardShell::inspect(std::shared_ptr<const std::string> body, std::uint32_t unreadable,
                         std::function<void(Detected)> done) {
  look<Detected>({}, std::move(done),
                 [weak = std::weak_ptr<const std::string>{body},
                  unreadable](const domain::ClearanceOffice& office) {
                   const auto held = weak.lock();
                   return held ? office.inspect(*held, unreadable) : Detected{};
                 });
}

void GuardShell::scan(std::shared_ptr<const std::string> text, std::function<void(Scan)> done) {
  Scan unknown;
  unknown.grade = Grade::p0;
  unknown.complete = false;
  look<Scan>(std::move(unknown), std::move(done),
             [text](const domain::ClearanceOffice& office) { return office.scan(*text); });
}

void GuardShell::clear(CloudDraft draft, std::function<void(ClearanceAnswer)> done) {
  const auto attempt = draft.attempt;
  const auto asked = std::chrono::steady_clock::now();
  auto held = std::make_shared<CloudDraft>(std::move(draft));
  const auto work = [held, done, asked, office = office_, to_io = to_io_,
                     late = limits_.late_after](TimePoint now) {
    ClearanceAnswer answer = denied(held->attempt, Denial::late);
    if (now - asked <= late) {
      answer = denied(held->attempt, Denial::internal);
      try {
        answer = office->clear(std::move(*held));
      } catch (const std::exception&) {  // out of memory, say: nothing leaves
      }
    }
    to_io(hand_over(done, std::move(answer)));
  };
  if (!pool_.post(work)) to_io_(hand_over(done, ClearanceAnswer{denied(attempt, Denial::busy)}));
}

std::optional<GuardKey> GuardShell::key_for(const PeerIdentity& peer) const {
  if (peer.role != "agent" || peer.tier != Tier::l2) return std::nullopt;
  return office_->key();
}

CheckpointShell::CheckpointShell(caf::actor_system& system, domain::Checkpoint checkpoint,
                                 Defer to_io)
    : checkpoint_{std::make_shared<domain::Checkpoint>(std::move(checkpoint))},
      to_io_{std::move(to_io)},
      pool_{system, 1, waiting_max} {}

void CheckpointShell::learn(std::uint64_t coordinator_incarnation, const GuardKey& key) {
  pool_.post_first([checkpoint = checkpoint_, coordinator_incarnation, key](TimePoint) {
    checkpoint->learn(coordinator_incarnation, key);
  });
}

void CheckpointShell::replace(std::shared_ptr<const domain::Detector> detector) {
  pool_.post_first([checkpoint = checkpoint_, detector](TimePoint) mutable {
    checkpoint->replace(std::move(detector));
  });
}

void CheckpointShell::check(Arrived arrived, std::function<void(Result<Cleared>)> done) {
  auto held = std::make_shared<Arrived>(std::move(arrived));
  const auto work = [held, done, checkpoint = checkpoint_, to_io = to_io_](TimePoint now) {
    Result<Cleared> answer{Error{Code::grade_forbids_cloud, "internal: the check failed"}};
    try {
      answer = checkpoint->check(now, std::move(*held));
    } catch (const std::exception&) {  // out of memory, say: nothing leaves
    }
    to_io(hand_over(done, std::move(answer)));
  };
  if (!pool_.post(work))
    to_io_(hand_over(
        done, Result<Cleared>{Error{Code::grade_forbids_cloud, "busy: too many checks wait"}}));
}

}  // namespace weir::shells
