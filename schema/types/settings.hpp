// The two programs' settings, as plain structs. schema/config reads them from YAML and reports
// every error with file:line:column; the factory values stand here.
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/policy.hpp"
#include "schema/types/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// Where to listen or to connect to. Port 0 lets the system choose.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

struct TlsFiles {
  std::string ca;    ///< PEM; whom to trust
  std::string cert;  ///< PEM; own certificate, chain allowed
  std::string key;   ///< PEM; own private key
};

/// Whether a program gives up what it does not need (Landlock, seccomp). `required`: it does not
/// start where the kernel cannot.
enum class Confine : std::uint8_t { off, on, required };

struct ApiKey {
  std::string name;
  Sha256 digest{};  ///< SHA-256 of the key; the key itself is never stored
  std::string tenant;
  std::optional<Grade> default_grade;
  std::uint32_t rpm = 0;  ///< requests per minute; 0: no limit
  std::uint32_t tpm = 0;  ///< tokens per minute; 0: no limit
};

/// Weights of the placement score; they need not add up to 1.
struct ScoringWeights {
  double safety = 0.40;
  double capability = 0.25;
  double latency = 0.20;
  double cost = 0.15;
};

struct SloTargets {
  std::uint32_t ttft_ms = 1000;
  std::uint32_t tpot_ms = 50;
};

struct QueueLimits {
  std::uint32_t waiting_max = 4096;    ///< requests waiting for a slot, all classes together
  std::uint32_t deadline_ms = 30'000;  ///< for the first token, where a request names none
};

/// A name that stands for several models, with what the operator knows about them.
struct ModelAlias {
  std::string alias;
  std::vector<std::string> members;  ///< engine model ids
  std::uint8_t capability = 0;       ///< 1 .. 3; 0: not stated
  Features features = 0;
};

/// What the coordinator's brain decides by; all of it may change at a reload.
struct BrainSettings {
  Grade default_grade = Grade::p0;
  std::vector<GradeFloor> grade_floors;
  ScoringWeights scoring;
  SloTargets slo;
  QueueLimits queue;
  bool spill_enabled = true;
  std::optional<MicroUsd> spill_per_day;  ///< budget of the last 24 h; absent: no limit
  std::vector<ModelAlias> models;
  PolicySettings policy;
};

struct CoordinatorSettings : BrainSettings {
  std::string cluster;
  std::string data_dir = "./data";
  HostPort http{"127.0.0.1", 8700};
  HostPort agents{"127.0.0.1", 8743};
  std::optional<HostPort> admin;
  TlsFiles tls;
  std::optional<TlsFiles> http_tls;  ///< `ca` is unused
  std::vector<ApiKey> api_keys;
  std::string policy_file;  ///< `policy` was read from there; empty: the factory's
  std::uint32_t drain_ms = 30'000;
  Confine confine = Confine::on;
};

/// What an engine does not tell of a model of its own.
struct StatedModel {
  std::string id;
  std::uint8_t capability = 0;
  MicroUsd in_per_mtok;   ///< price of one million prompt tokens
  MicroUsd out_per_mtok;  ///< price of one million answer tokens
  Features features = 0;  ///< 0: not stated
};

struct EngineSettings {
  EngineKind kind = EngineKind::openai;
  bool detect = false;      ///< `kind` is a guess: the engine is asked what it is
  std::string url;          ///< scheme://host:port[/prefix]
  std::string api_key;      ///< secret: never logged
  std::string ca;           ///< PEM file to trust for https; empty: the system's
  std::uint32_t slots = 0;  ///< 0: ask the engine, else 4
  bool cloud = false;
  std::uint32_t rpm = 0;
  std::uint32_t tpm = 0;
  std::vector<StatedModel> models;  ///< a cloud has these alone
  std::string region;               ///< where it stands, for policies; may be empty
};

struct PresenceSettings {
  bool yield = true;
  std::uint32_t grace_ms = 2000;  ///< running work may go on so long when the owner is back
  /// "present" or "away" stands in this file, and nothing else is asked; empty: no such file.
  std::string file;
};

struct AgentSettings {
  std::string name;
  Tier tier = Tier::l1;
  std::string data_dir = "./data";
  std::vector<HostPort> coordinators;
  TlsFiles tls;
  AcceptPolicy accepts;
  PolicySettings policy;    ///< its detector is that of a proxy's own check of what leaves (L2)
  std::string policy_file;  ///< `policy` was read from there; empty: the factory's
  std::optional<std::vector<EngineSettings>> engines;  ///< absent: look on localhost
  PresenceSettings presence;
  std::optional<HostPort> admin;
  std::uint32_t drain_ms = 30'000;
  Confine confine = Confine::on;
};

}  // namespace weir
