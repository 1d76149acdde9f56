// One accepted request between its arrival and its end.
#pragma once

#include "actors/domain/stream/so_far.hpp"
#include "coordinator/gateway/delivery.hpp"
#include "coordinator/gateway/intake.hpp"
#include "coordinator/gateway/translation.hpp"
#include "schema/types/brain.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway {

struct AnswerLimits {
  std::size_t answer_bytes_max = 16U << 20U;  ///< a whole (unary) answer
  std::size_t error_bytes_max = 1U << 20U;    ///< an engine's error body
};

/// One try on one agent, as its answer comes in. A value: sends nothing.
class Attempt {
 public:
  Attempt(const AnswerLimits& limits, const SendDispatch& order, const Intake& intake,
          TimePoint received);

  AttemptId id() const { return id_; }
  LinkId link() const { return link_; }
  /// The placeholders of what was sent are to become their values again.
  void restore_with(std::shared_ptr<const Vault> vault);
  /// The agent is back on another link.
  void move_to(LinkId link) { link_ = link; }
  /// Answer bytes taken so far: the offset of the next one.
  std::uint64_t received() const { return received_; }
  const Placement& placement() const { return placement_; }

  void begin(const Begin& begin);
  /// Takes answer bytes; `events` gets what a stream's client is to see of them.
  /// errors  upstream_failed: the answer cannot be used; what follows is ignored.
  Result<Done> take(std::string_view bytes, std::string& events);
  /// The answer is over. returns  the Finish as the brain is to hear it: an answer that is not
  /// whole is a failure, an engine's 4xx is an answer. `events` as above.
  Finish finish(Finish said, std::string& events);

  /// Whether the answer is an error of the engine's own that goes to the client.
  bool passes_through() const { return status_ >= 400 && status_ < 500; }
  bool failed() const { return failed_.has_value(); }
  bool streams() const { return answer_.stream && !passes_through(); }
  bool error_forwarded() const { return answer_.stream && answer_.stream->error_forwarded(); }
  std::uint16_t status() const { return status_; }
  const std::string& content_type() const { return content_type_; }
  /// The whole body for the client, in its dialect; once, after a good finish().
  std::string take_body();

  /// The request's body for this engine, until it was sent whole; and how far it is.
  std::string upstream;
  std::size_t upstream_sent = 0;
  bool accepted = false;
  std::optional<TimePoint> unanswered_since{};  ///< sent then, and neither accepted nor refused
  std::optional<TimePoint> uncleared_since{};   ///< given to the guard then, which is at it
  bool told = false;                            ///< the brain knows that the client has bytes of it

 private:
  void fail(std::string detail);
  void judge(Finish& said, std::string& events);

  AnswerLimits limits_;
  AttemptId id_;
  LinkId link_;
  Placement placement_;
  Translation answer_;
  std::string content_type_;
  std::string body_;  ///< as the engine sent it; in the client's dialect after a good finish()
  std::optional<Error> failed_;
  std::uint64_t received_ = 0;
  std::uint16_t status_ = 0;  ///< 0: the engine has not answered yet
};

struct Job {
  /// Whether another attempt might take up what the client has of the answer.
  bool may_go_on() const { return so_far && so_far->may_go_on(); }
  /// Whether this one can.
  bool can_go_on(const SendDispatch& order) const {
    return order.placement.continues && may_go_on() &&
           body_bytes() + so_far->text().size() + rewrite_bytes_max <= body_bytes_max;
  }

  std::size_t body_bytes() const { return body ? body->size() : 0; }

  Intake intake;
  std::shared_ptr<const std::string> body;  ///< as the client sent it; null once nobody needs it
  Delivery delivery;
  std::optional<Attempt> attempt{};       ///< the current one
  bool committed = false;                 ///< an event of it left for the client
  std::optional<domain::SoFar> so_far{};  ///< where it may go on elsewhere
  bool whole = false;                     ///< it ended with an engine's good answer
  Usage used{};                           ///< as the engine reported
  std::optional<Placement> placement{};   ///< of the latest attempt
  std::optional<Refusal> unsayable{};     ///< what the latest dialect that cannot say it objects to
  std::optional<TimePoint>
      inspected_since{};  ///< the guard is looking; the brain knows nothing yet
  TimePoint first_event{};
  TimePoint kept_alive{};  ///< when the latest comment left
};

}  // namespace weir::gateway
