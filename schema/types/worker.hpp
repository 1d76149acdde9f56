// What the agent's worker is told and what it answers. Links and engines sit on the io thread,
// the worker in an actor; these values are all that passes between them.
#pragma once

#include "schema/types/ids.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/units.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir {

/// What a look at one engine found.
struct EngineSnapshot {
  std::uint32_t engine = 0;
  EngineKind kind = EngineKind::openai;
  bool cloud = false;
  std::string region{};  ///< for policies; may be empty
  EngineState state = EngineState::down;
  std::uint32_t slots_total = 0;
  std::uint32_t running = 0;  ///< the engine's own count, Weir's jobs included
  std::uint32_t waiting = 0;
  std::uint16_t kv_used_permille = 0;
  bool counts_running = false;  ///< false: the engine does not tell `running`
  std::vector<ModelInfo> models;
};

/// What a look at the machine found.
struct HostLoad {
  std::uint16_t cpu_used_permille = 0;
  std::uint64_t memory_free_bytes = 0;
  std::uint16_t gpu_used_permille = 0;
};

// ---- events --------------------------------------------------------------------------------

struct CoordinatorUp {
  LinkId link;
  std::uint64_t incarnation = 0;
  std::string name;  ///< as its certificate says
};
struct CoordinatorDown {
  LinkId link;
};
/// A coordinator's Dispatch, Cancel, Resume, Drain, Bid, or Grant.
struct CoordinatorSaid {
  LinkId link;
  Message message;
};
/// A job's engine call is over (its Finish was already queued on the link, in order).
struct JobEnded {
  AttemptId attempt;
  Usage usage;
  Timings timings;
  bool failed = false;  ///< the engine's fault; a cancel is nobody's
};
struct EngineObserved {
  EngineSnapshot snapshot;
};
struct HostFactsObserved {
  HostFacts facts;
};
struct HostLoadObserved {
  HostLoad load;
};
/// Whether somebody uses this workstation. Sent when it changes.
struct OwnerObserved {
  bool present = false;
};
/// The program stops: refuse new work, tell the coordinators.
struct WorkerStop {};
/// Sent every 50 ms.
struct WorkerTick {};

using WorkerEvent =
    std::variant<CoordinatorUp, CoordinatorDown, CoordinatorSaid, JobEnded, EngineObserved,
                 HostFactsObserved, HostLoadObserved, OwnerObserved, WorkerStop, WorkerTick>;

// ---- effects -------------------------------------------------------------------------------

/// Send Accept on `link` and expect the body.
struct AcceptJob {
  LinkId link;
  Dispatch dispatch;
};
/// Send this message on `link`.
struct Say {
  LinkId link;
  Message message;
};
/// End the engine call at once; its JobEnded still comes.
struct StopJob {
  AttemptId attempt;
  CancelReason reason = CancelReason::client_gone;
};
/// Nothing runs any more after WorkerStop.
struct Drained {};
/// The inventory exceeds what a message may hold: so much of it is not told. Log it.
struct InventoryCut {
  std::size_t models = 0;
  std::size_t tenants = 0;
  friend bool operator==(const InventoryCut&, const InventoryCut&) = default;
};

using WorkerEffect = std::variant<AcceptJob, Say, StopJob, Drained, InventoryCut>;

}  // namespace weir
