// What the coordinator's brain is told and what it answers. The gateway and the links sit on the
// io thread, the brain in an actor; these values are all that passes between them. They hold no
// prompt and no answer text.
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/ids.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/sensitive.hpp"
#include "schema/types/settings.hpp"
#include "schema/types/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

/// Who a verified certificate says the peer is.
struct PeerIdentity {
  std::string cluster;
  std::string role;  ///< "coordinator" or "agent"
  std::string name;
  std::optional<Tier> tier;  ///< agents only
};

/// A request as the brain sees it: everything but its text.
struct RequestSpec {
  RequestId id;
  std::string public_id;  ///< what `x-request-id` shows
  Endpoint endpoint = Endpoint::chat_completions;
  std::string model;  ///< as asked: an id, an alias, or "auto"
  bool stream = false;
  Features needs = 0;
  std::uint64_t body_bytes = 0;
  Tokens prompt_tokens_estimate;  ///< upper estimate
  Tokens output_tokens_max;       ///< 0: not stated
  std::string tenant;
  std::string session;         ///< `X-Weir-Session`; may be empty
  std::optional<Grade> label;  ///< strictest of header and body
  std::optional<Grade> key_default;
  Priority priority = Priority::interactive;
  Millis deadline{0};  ///< for the first token; 0: the configuration's
  /// A broken answer may go on elsewhere from the text so far: a plain chat stream with one
  /// choice, without tools, a JSON format or logprobs.
  bool continuable = false;
  bool one_text = false;  ///< a chat of text alone: its bytes tell of its tokens
  Detected found;         ///< by the guard's detector; as it stands here: nobody looked, so P0
};

// ---- events: what the brain is told --------------------------------------------------------

struct Submitted {
  RequestSpec spec;
};
struct ClientGone {
  RequestId request;
  CancelReason reason = CancelReason::client_gone;
};
struct AgentUp {
  LinkId link;
  PeerIdentity peer;
  Hello hello;
};
struct AgentDown {
  LinkId link;
  std::string why;
};
/// Any message of an agent but Hello, Begin, Credit, Ping.
struct AgentSaid {
  LinkId link;
  Message message;
};
/// The first answer byte of an attempt reached the client: it is committed.
struct Committed {
  AttemptId attempt;
};
/// Why a request's bytes were not cleared for the cloud.
enum class Denial : std::uint8_t {
  grade,      ///< P0, or P1 that was not desensitised
  sensitive,  ///< the detector found more than the request's grade admits
  dialect,    ///< the provider's dialect cannot say it
  too_large,
  busy,  ///< the guard's queue is full
  late,  ///< the guard did not answer in time
  internal,
  withdrawn,  ///< the attempt ended before the answer
};
std::string_view name_of(Denial why);  ///< "grade", …
/// The agent never heard of this attempt: the guard, or the lack of time, kept it here.
struct ClearanceDenied {
  AttemptId attempt;
  Denial why = Denial::internal;
  std::optional<Grade> grade;  ///< what the detector found, where it is stricter
  std::optional<Error> error;  ///< for the caller, where no other machine can serve it
};
/// An agent has neither accepted nor refused this attempt for 2 s, whatever else it says: what we
/// send may not reach it.
struct Unanswered {
  AttemptId attempt;
};
/// The agent never heard of this attempt: the dialect of its engine cannot say the request.
struct Unsayable {
  AttemptId attempt;
  Error error;  ///< for the caller, where no other machine can serve it
};
struct DrainAsked {
  ReplyId reply;
  std::string node;
  bool on = true;
};
enum class Question : std::uint8_t { fleet, queues, explain };
struct Asked {
  ReplyId reply;
  Question question = Question::fleet;
  std::string argument;
};
/// What would become of this request? Nothing of it is kept, or runs.
struct Supposed {
  ReplyId reply;
  RequestSpec spec;
};
/// Sent every 50 ms: deadlines, silent agents, waiting limits.
struct Tick {};
/// The program stops: admit nothing more.
struct StopAdmitting {};

/// The configuration was loaded again. Holds for what waits, too; what runs goes on.
struct Reconfigured {
  BrainSettings settings;
};

using BrainEvent = std::variant<Submitted, ClientGone, AgentUp, AgentDown, AgentSaid, Committed,
                                ClearanceDenied, Unanswered, Unsayable, DrainAsked, Asked, Supposed,
                                Tick, StopAdmitting, Reconfigured>;

// ---- effects: what the brain wants done ----------------------------------------------------

/// Where a request goes, for response headers, metrics and people.
struct Placement {
  std::string node;
  Tier tier = Tier::l0;
  Grade grade = Grade::p0;  ///< effective
  std::string model;        ///< as served
  std::uint8_t attempt = 1;
  std::uint32_t queue_ms = 0;
  std::string redispatch_reason;         ///< empty for the first attempt
  bool continues = false;                ///< from the text that the client has
  EngineKind kind = EngineKind::openai;  ///< the dialect that the engine speaks
  Features features = 0;                 ///< of the model there
  std::string spilled;                   ///< why it left for the cloud; empty: it did not
};

/// What an attempt in the cloud is bound to, for its clearance.
struct CloudTarget {
  std::uint64_t proxy = 0;  ///< the agent's incarnation
  MicroUsd in_per_mtok;
  MicroUsd out_per_mtok;
  std::uint64_t policy = 0;  ///< grows with each reload of the configuration
};

struct SendDispatch {
  LinkId link;
  Dispatch dispatch;
  Placement placement;
  std::optional<CloudTarget> cloud = {};  ///< L2: the body must be cleared before anything is sent
};
struct SendCancel {
  LinkId link;
  Cancel cancel;
};
/// The agent is back with a begun attempt: it goes on from what we have of it. The edge that
/// counts the bytes fills in the offset.
struct SendResume {
  LinkId link;
  AttemptId attempt;
};
struct SendDrain {
  LinkId link;
  Drain drain;
};
/// The request ends without an(other) answer. `begun` answers end with an error event.
struct FailRequest {
  RequestId request;
  Error error;
  Grade grade = Grade::p0;
  std::uint8_t attempts = 0;
  std::optional<Millis> retry_after;
};
/// P2 begins to leave for the cloud because the local machines are full, or stops to.
struct SpillChanged {
  bool on = false;
};
/// What an attempt cost, once; `saved`: what the cloud would have asked for a local one.
struct Settled {
  Tier tier = Tier::l0;
  MicroUsd cost;
  MicroUsd saved;
};
/// The request ended well; the brain has released everything.
struct CompleteRequest {
  RequestId request;
};
/// Drop the link: its peer broke the protocol or was replaced by a newer link of the same name.
struct DropLink {
  LinkId link;
  std::string why;
};

// ---- what can be looked at -----------------------------------------------------------------

struct NodeView {
  std::string name;
  Tier tier = Tier::l0;
  std::string state;  ///< "up", "suspect", "draining", "owner"
  std::vector<std::string> models;
  std::uint32_t slots_used = 0;
  std::uint32_t slots_total = 0;
  HostFacts host;
  CapacityReport report;
  std::vector<EngineInventory> engines;
};
struct FleetView {
  std::vector<NodeView> nodes;
  std::vector<ModelAlias> aliases;
};

struct QueueClassView {
  std::string model;
  Grade grade = Grade::p0;
  Priority priority = Priority::interactive;
  std::uint32_t waiting = 0;
  std::uint32_t oldest_ms = 0;
};
struct QueueView {
  bool spilling = false;  ///< see SpillChanged
  std::uint32_t waiting = 0;
  std::uint32_t waiting_max = 0;
  std::uint32_t running = 0;
  std::vector<QueueClassView> classes;
};

struct ScoreParts {
  double safety = 0, capability = 0, latency = 0, cost = 0;  ///< each 0 .. 1, before weights
  double total = 0;                                          ///< weighted
};
struct CandidateView {
  std::string node;
  Tier tier = Tier::l0;
  std::uint32_t engine = 0;
  std::string model;
  std::string filtered;  ///< why it was left out; empty: it was scored
  ScoreParts score;
  std::uint32_t estimated_ttft_ms = 0;
};
struct AttemptView {
  std::uint8_t number = 0;
  std::string node;
  Tier tier = Tier::l0;
  std::string model;
  std::string why;      ///< one sentence: why this one
  std::string outcome;  ///< "running", "done", or what ended it
  std::uint32_t queue_ms = 0;
  std::uint32_t first_byte_ms = 0;
  std::uint32_t total_ms = 0;
  Usage usage;
  std::vector<CandidateView> candidates;  ///< at most 64
};
/// All that is known of how one request was decided. Holds no text of it.
struct Explanation {
  std::string request;
  std::string tenant;
  std::string model;
  Grade grade = Grade::p0;
  /// "label", "tenant floor", "key default", "default", "detector", "guard", "session"
  std::string grade_why;
  PerKind<std::uint32_t> found{};  ///< by the detector, how many of each kind
  Priority priority = Priority::interactive;
  std::string state;  ///< "waiting", "running", "done", "failed"
  std::string error;  ///< the public code where it failed
  std::vector<AttemptView> attempts;
};
struct NotFound {
  std::string what;
};
struct DrainAnswer {
  std::string node;
  bool draining = false;
};
using Answer = std::variant<FleetView, QueueView, Explanation, DrainAnswer, NotFound>;

struct Reply {
  ReplyId reply;
  Answer answer;
};
/// A decision changed and belongs in the store (sent when a request ends).
struct Record {
  Explanation explanation;
};

using BrainEffect = std::variant<SendDispatch, SendCancel, SendResume, SendDrain, SpillChanged,
                                 Settled, FailRequest, CompleteRequest, DropLink, Reply, Record>;

}  // namespace weir
