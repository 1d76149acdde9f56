// Decoded messages of the link: what coordinators and agents say to each other. The wire form is
// schema/wire/weir.capnp (the specification: units, ranges, versions); schema/codec translates
// and checks every bound, so a value of these types is always within its range.
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/ids.hpp"
#include "schema/types/result.hpp"
#include "schema/types/units.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

/// The versions of the link protocol that this build speaks.
inline constexpr std::uint16_t protocol_min = 1;
inline constexpr std::uint16_t protocol_max = 1;

using Sha256 = std::array<std::uint8_t, 32>;

/// What a client asks for, and what a request asks of an engine; its name is the path of both.
enum class Endpoint : std::uint8_t {
  chat_completions = 0,
  completions = 1,
  messages = 2,
  embeddings = 3,
  rerank = 4,
  responses = 5,     ///< of clients alone: engines are asked for a chat
  count_tokens = 6,  ///< of an engine: the chat whose prompt it is to count; answers as Anthropic
  ollama_chat = 7,
  ollama_generate = 8,
  ollama_embed = 9,
};

/// What an engine is; its dialect follows.
enum class EngineKind : std::uint8_t {
  openai = 0,
  llama_cpp = 1,
  anthropic = 2,
  vllm = 3,
  ollama = 4,
};
/// A set of engine kinds: bit number `kind`.
using EngineKinds = std::uint32_t;
constexpr EngineKinds kind_bit(EngineKind kind) { return 1U << static_cast<unsigned>(kind); }
inline constexpr EngineKinds kinds_all = 0x1FU;
constexpr bool speaks_openai(EngineKind kind) {
  return kind != EngineKind::anthropic && kind != EngineKind::ollama;
}

enum class EngineState : std::uint8_t { starting = 0, up = 1, down = 2 };

/// What a model can do beyond plain text; a set of bits.
using Features = std::uint32_t;
namespace feature {
inline constexpr Features tools = 1U << 0U;
inline constexpr Features json = 1U << 1U;
inline constexpr Features vision = 1U << 2U;
inline constexpr Features embeddings = 1U << 3U;
inline constexpr Features rerank = 1U << 4U;
inline constexpr Features continues = 1U << 5U;  ///< goes on from the beginning of an answer
inline constexpr Features messages = 1U << 6U;   ///< takes Anthropic's /v1/messages, too
inline constexpr Features known = 0x7FU;
}  // namespace feature

/// How far the sender of a Hello is with an attempt it still runs.
struct AttemptProgress {
  AttemptId attempt;
  std::uint64_t next_offset = 0;  ///< answer bytes produced so far
};

/// First message of each side. Name, role and tier come from the certificate, never from here.
struct Hello {
  std::uint16_t version_min = protocol_min;
  std::uint16_t version_max = protocol_max;
  std::uint64_t incarnation = 0;          ///< random per process start, never 0
  std::string software;                   ///< for people, for example "weir 0.1.0"
  std::vector<AttemptProgress> attempts;  ///< agents: what is still running; at most 4096
};

struct ModelInfo {
  std::string id;                    ///< 1 .. 256 bytes
  std::string family;                ///< may be empty
  std::string quantization;          ///< may be empty
  std::uint32_t context_tokens = 0;  ///< 0: unknown
  std::uint8_t capability = 0;       ///< 1 .. 3; 0: unknown
  Features features = 0;
  bool loaded = true;         ///< false: the engine would have to load it first
  MicroUsd in_per_mtok{};     ///< price of one million prompt tokens; 0: none, or unknown
  MicroUsd out_per_mtok{};    ///< price of one million answer tokens
  std::string digest{};       ///< what the engine calls its weights' digest; empty: unknown
  std::uint64_t bytes = 0;    ///< of its weights; 0: unknown
  std::uint32_t load_ms = 0;  ///< how long loading it is expected to take; 0: unknown
  bool evicts = false;        ///< loading it would push another loaded model out
  std::string parent{};       ///< the base model of an adapter (LoRA); empty: it is none
  std::vector<std::string> aliases{};  ///< further names that the engine takes for it; at most 16

  /// Anything of digest and what stands below it.
  bool tells_more() const {
    return !digest.empty() || bytes != 0 || load_ms != 0 || evicts || !parent.empty() ||
           !aliases.empty();
  }
};

struct EngineInventory {
  std::uint32_t engine = 0;  ///< the agent's own number for it, stable while the agent runs
  EngineKind kind = EngineKind::openai;
  bool cloud = false;
  std::vector<ModelInfo> models;  ///< at most 1024
  std::string region{};           ///< where it stands, for policies; at most 64 bytes
};

/// What the machine's owner agrees to run. The agent enforces it; coordinators plan with it.
struct AcceptPolicy {
  bool p0 = true;
  bool p1 = true;
  bool p2 = true;
  std::vector<std::string> tenants{"*"};  ///< exact names, or "*" for everybody

  bool accepts(Grade grade, std::string_view tenant) const;
};

/// What the machine is. Changes rarely.
struct HostFacts {
  std::uint32_t cpu_cores = 0;
  std::uint64_t memory_bytes = 0;
  std::vector<std::string> gpus;       ///< product names; at most 64
  std::uint64_t gpu_memory_bytes = 0;  ///< of all GPUs together
};

/// Everything about an agent that changes rarely; sent whole after Hello and on each change.
struct Inventory {
  std::uint64_t revision = 0;  ///< grows by one with each change
  HostFacts host;
  AcceptPolicy accept;
  std::vector<EngineInventory> engines;  ///< at most 256
};

struct EngineLoad {
  std::uint32_t engine = 0;
  EngineState state = EngineState::starting;
  std::uint32_t slots_total = 0;
  std::uint32_t slots_used = 0;            ///< by Weir's own jobs, all coordinators together
  std::uint32_t slots_foreign = 0;         ///< taken by others who call the engine directly
  std::uint32_t engine_waiting = 0;        ///< the engine's own queue ("deferred")
  std::uint16_t kv_used_permille = 0;      ///< 0 .. 1000
  std::uint32_t prefill_tokens_per_s = 0;  ///< measured; 0: not yet
  std::uint32_t decode_tokens_per_s = 0;   ///< measured, one sequence; 0: not yet

  /// Slots that may take a job now.
  std::uint32_t slots_free() const {
    const auto taken = slots_used + slots_foreign;
    return state != EngineState::up || taken >= slots_total ? 0 : slots_total - taken;
  }
};

/// How busy an agent is. Pushed on change (at most every 100 ms) and as a heartbeat each 500 ms.
struct CapacityReport {
  std::uint64_t number = 0;  ///< grows by one per report; a number that stands still is a wedge
  bool draining = false;
  bool owner_present = false;
  std::uint16_t cpu_used_permille = 0;  ///< 0 .. 1000
  std::uint64_t memory_free_bytes = 0;
  std::uint16_t gpu_used_permille = 0;  ///< 0 .. 1000, the busiest GPU
  std::vector<EngineLoad> engines;      ///< at most 256
};

/// What the coordinator's guard vouches for: these bytes, for this attempt, through this proxy, to
/// this provider and model, and no others. See ARCHITECTURE, "Clearance".
struct ClearanceTerms {
  AttemptId attempt;
  std::uint64_t proxy = 0;  ///< incarnation (Hello) of the agent process that may send them
  EngineKind provider = EngineKind::openai;
  std::string model;
  Sha256 digest{};          ///< of the body
  std::uint64_t bytes = 0;  ///< of the body; 1 .. cloud_body_bytes_max
  Grade grade = Grade::p0;
  bool desensitised = false;  ///< P1 that was redacted and scanned clean again
  std::uint64_t policy = 0;   ///< version of the rules that it was scanned by
  MicroUsd cost_cap;          ///< what the call may cost at most
  std::uint32_t ttl_ms = 0;   ///< from the proxy's receipt of the Dispatch; >= 1
};
struct Clearance {
  ClearanceTerms terms;
  Sha256 mac{};  ///< HMAC-SHA-256 of the terms under the guard's key
};
/// A cloud proxy buffers no more.
inline constexpr std::uint64_t cloud_body_bytes_max = 8ULL << 20U;

/// To an L2 agent, after Hello: what this coordinator's clearances are signed with. A secret.
struct GuardKey {
  Sha256 key{};
};

/// "Run this." The body follows as data frames, only after Accept.
struct Dispatch {
  AttemptId attempt;
  std::uint32_t engine = 0;
  Endpoint endpoint = Endpoint::chat_completions;
  std::string model;  ///< the engine's own id for it
  bool stream = false;
  Grade grade = Grade::p0;
  Priority priority = Priority::interactive;
  std::string tenant;
  std::uint64_t body_bytes = 0;     ///< 1 .. body_bytes_max
  std::uint32_t first_byte_ms = 0;  ///< from receipt: no answer byte by then fails the attempt
  std::uint32_t stall_ms = 0;       ///< longest silence after the first byte
  std::uint32_t credit_bytes = 0;   ///< answer bytes that may be sent at once; the link fills it
  std::optional<Clearance> clearance = {};  ///< L2 only, and always there
  /// The body's last bytes: the text that the client has of this answer. The engine goes on from
  /// there. 0 .. body_bytes - 1.
  std::uint64_t prefix_bytes = 0;
};
inline constexpr std::uint64_t body_bytes_max = 32ULL << 20U;

struct Accept {
  AttemptId attempt;
  std::uint32_t credit_bytes = 0;  ///< body bytes that may be sent at once; the link fills it
};

enum class RefusalReason : std::uint8_t {
  no_free_slot = 0,
  engine_down = 1,
  unknown_engine = 2,
  not_accepted = 3,  ///< the owner's AcceptPolicy
  draining = 4,
  owner_present = 5,
  duplicate = 6,
  grade_forbidden = 7,  ///< an L2 agent was given P0 or uncleared P1
  not_cleared = 8,      ///< an L2 agent was given no clearance, or one that does not fit
};

struct Refuse {
  AttemptId attempt;
  RefusalReason reason = RefusalReason::no_free_slot;
  std::optional<EngineLoad> view;  ///< the truth, for the coordinator's plan
};

/// The engine answers: status and type of the answer whose bytes follow as data frames.
struct Begin {
  AttemptId attempt;
  std::uint16_t status = 200;  ///< HTTP, 200 .. 599
  std::string content_type;    ///< at most 256 bytes
};

struct Credit {
  StreamId stream;
  std::uint32_t bytes = 0;  ///< 1 .. 2^31
};

enum class CancelReason : std::uint8_t {
  client_gone = 0,
  deadline = 1,
  superseded = 2,
  slow_client = 3,
  unknown_attempt = 4,
  shutdown = 5,
  owner_back = 6,  ///< an agent gives the machine back; coordinators do not say it
};

struct Cancel {
  AttemptId attempt;
  CancelReason reason = CancelReason::client_gone;
};

/// Answer to a Hello's AttemptProgress: go on from `offset` on this link.
struct Resume {
  AttemptId attempt;
  std::uint64_t offset = 0;
  std::uint32_t credit_bytes = 0;  ///< answer bytes that may be sent at once; the link fills it
};

struct Usage {
  Tokens prompt;
  Tokens completion;
};

/// Durations measured by the agent, in milliseconds from its receipt of the Dispatch.
struct Timings {
  std::uint32_t first_byte_ms = 0;
  std::uint32_t total_ms = 0;
};

/// How an attempt ended, once. Comes after its last data frame, in order.
struct Finish {
  AttemptId attempt;
  std::uint64_t bytes = 0;  ///< answer bytes sent in all
  Usage usage;
  Timings timings;
  std::optional<Error> error;       ///< absent: the engine's answer is complete
  std::uint16_t engine_status = 0;  ///< HTTP status of a failing engine; 0: none received
};

/// A freed slot, offered to every coordinator (used once there are several).
struct Offer {
  std::uint64_t offer = 0;
  std::uint32_t engine = 0;
  std::uint32_t slots = 1;
};
/// One named waiting job for an offered slot; `request` 0 passes.
struct Bid {
  std::uint64_t offer = 0;
  Priority priority = Priority::interactive;
  std::uint32_t waited_ms = 0;
  RequestId request;
};
/// The offered slot is the bidder's.
struct Grant {
  std::uint64_t offer = 0;
  RequestId request;
};

/// Coordinator to agent: take no new work (`on`), or take it again.
struct Drain {
  bool on = true;
};

struct Ping {
  std::uint64_t nonce = 0;
  bool reply = false;  ///< false: please answer with the same nonce
};

using Message =
    std::variant<Hello, Inventory, CapacityReport, Dispatch, Accept, Refuse, Begin, Credit, Cancel,
                 Resume, Finish, Offer, Bid, Grant, Drain, Ping, GuardKey>;

std::string_view name_of(Endpoint endpoint);     ///< "/v1/chat/completions", …
std::string_view name_of(EngineKind kind);       ///< "openai", "llama_cpp"
std::string_view name_of(EngineState state);     ///< "starting", "up", "down"
std::string_view name_of(RefusalReason reason);  ///< "no_free_slot", …
std::string_view name_of(CancelReason reason);   ///< "client_gone", …
std::vector<std::string_view> names_of(Features features);
/// One feature bit for "tools", "json", "vision", "embeddings", "rerank"; nullopt otherwise.
std::optional<Features> parse_feature(std::string_view name);
std::optional<EngineKind> parse_engine_kind(std::string_view name);

}  // namespace weir
