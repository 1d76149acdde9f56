// The coordinator's view of its agents: who is there, what each engine offers, what is free.
// A view, not the truth: the agent owns its slots and may refuse.
#pragma once

#include "actors/domain/catalog.hpp"
#include "actors/domain/interner.hpp"
#include "actors/domain/outlier.hpp"
#include "actors/domain/token_rate.hpp"
#include "schema/types/brain.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::domain {

enum class NodeState : std::uint8_t { up, suspect, draining, owner };
std::string_view name_of(NodeState state);

struct FleetAgent;
/// Not the class of agent.hpp, the agent's own machine: no file includes both.
using Agent = FleetAgent;

/// One engine, with everything placement looks at for every candidate, and nothing else.
struct EngineRow {
  Agent* agent = nullptr;  ///< nullptr: the row is unused
  std::uint32_t number = 0;
  std::uint32_t slots_total = 0;
  std::uint32_t slots_used = 0;         ///< by Weir's jobs, as reported
  std::uint32_t slots_foreign = 0;      ///< by others, as reported
  std::uint32_t in_flight = 0;          ///< our own attempts that may hold a slot
  std::uint32_t waiting = 0;            ///< the engine's own queue
  std::uint32_t prefill_per_s = 0;      ///< 0: not measured
  std::uint32_t decode_per_s = 0;       ///< 0: not measured
  std::uint32_t jobs_max = UINT32_MAX;  ///< of ours at once; less for one that failed (Outlier)
  Tier tier = Tier::l0;
  NodeState node = NodeState::up;
  EngineKind kind = EngineKind::openai;
  bool up = false;
  bool cloud = false;
  bool any_tenant = false;
  std::array<bool, 3> accepts{};  ///< by grade

  /// What the agent reported and what we sent since, whichever is more.
  std::uint32_t used() const { return std::max(slots_used, in_flight); }
  std::uint32_t free() const {
    const auto taken = std::uint64_t{used()} + slots_foreign;
    if (!up || taken >= slots_total || in_flight >= jobs_max) return 0;
    return std::min(static_cast<std::uint32_t>(slots_total - taken), jobs_max - in_flight);
  }
};
using RowIndex = std::uint32_t;

/// One model on one engine.
struct Offer {
  RowIndex row = 0;
  ModelNumber model = 0;             ///< by the engine's own name
  std::uint32_t context_tokens = 0;  ///< 0: unknown
  Features features = 0;             ///< the engine's and the operator's word; 0: unknown
  std::uint8_t capability = 0;       ///< 0: unknown
  MicroUsd in_per_mtok;
  MicroUsd out_per_mtok;
  std::uint32_t digest = 0;   ///< 1 + the number of its weights' digest; 0: unknown
  std::uint32_t load_ms = 0;  ///< until it could begin; 0: it is loaded
  bool evicts = false;        ///< loading it pushes another model out
};

/// An attempt that may hold one of the agent's slots.
struct Held {
  std::uint32_t engine = 0;
  bool cancelled = false;  ///< nobody waits for it; it only holds its slot until its Finish
};

/// An engine with failures on record.
struct Watched {
  Outlier outlier;
  std::uint32_t jobs_max = UINT32_MAX;  ///< as its row has it
};

struct FleetAgent {
  std::uint64_t serial = 0;       ///< of this connection; never reused
  std::uint64_t incarnation = 0;  ///< of its process, as its Hello stated it
  LinkId link;
  std::string name;
  Tier tier = Tier::l0;
  std::uint32_t name_number = 0;
  HostFacts host;
  AcceptPolicy accept;
  std::vector<EngineInventory> engines;
  bool has_inventory = false;
  CapacityReport report;
  std::uint64_t reports = 0;  ///< that made progress
  TimePoint progressed;       ///< when the last of them came
  bool suspect = false;
  /// Its link ended then; kept for a while, without one, for what it may come back with.
  std::optional<TimePoint> absent_since;
  bool drain_asked = false;
  bool drain_untold = false;  ///< it was asked while the agent was absent
  std::vector<RowIndex> rows;
  std::map<AttemptId, Held> attempts;
  std::map<std::uint32_t, Watched> watched;  ///< by engine
  std::list<Agent*>::iterator by_progress;

  NodeState state() const;
};

class Fleet {
 public:
  static constexpr std::size_t agents_max = 16'384;
  /// Names of one model, over all engines that report the same digest.
  static constexpr std::size_t same_names_max = 16;

  explicit Fleet(Catalog& catalog) : catalog_{catalog} {}

  Agent* find(LinkId link);
  Agent* find(std::string_view name);
  /// `name` and `link` must be new. nullptr: agents_max reached.
  Agent* add(LinkId link, std::string name, Tier tier, TimePoint now);
  void remove(Agent& agent);
  /// Its link ended: it takes no work, and keeps what it held.
  void part(Agent& agent, TimePoint now);
  /// It is back on a new link. Its engines serve again from its next report on.
  void rejoin(Agent& agent, LinkId link, TimePoint now);

  void set_inventory(Agent& agent, Inventory inventory);
  /// returns  whether the report's number grew; a report that does not is ignored.
  bool set_report(Agent& agent, CapacityReport report, TimePoint now);
  /// Learns from a refusal; the next report replaces what was learnt. Unknown engines are
  /// ignored.
  void set_refused(Agent& agent, std::uint32_t engine, const Refuse& refuse);
  /// The catalog was configured anew: looks at every agent's inventory again.
  void refresh_offers();
  void set_suspect(Agent& agent, bool suspect);
  void set_drain(Agent& agent, bool on);

  /// Counts an attempt against its engine until it is released.
  void hold(Agent& agent, AttemptId attempt, std::uint32_t engine);
  /// `ran`: it held a slot, so one fewer is in use than the last report said.
  /// returns  whether the attempt was held.
  bool release(Agent& agent, AttemptId attempt, bool ran);

  /// An attempt ended by the engine's own fault.
  void failed(Agent& agent, std::uint32_t engine, TimePoint now);
  /// An attempt ended with a good answer.
  void succeeded(Agent& agent, std::uint32_t engine, TimePoint now);
  /// Time has passed: failing engines may come back. returns  agents that may take more than
  /// before. O(agents with failures on record).
  std::vector<Agent*> recover(TimePoint now);

  EngineRow& row(RowIndex index) { return rows_[index]; }
  const EngineRow& row(RowIndex index) const { return rows_[index]; }
  std::span<const Offer> offers_of(RowIndex index) const { return offers_of_row_[index]; }
  /// Calls `visit(offer)` for every offer that answers the query, until it returns false.
  template <class Visit>
  void each_offer(const ModelQuery& query, Visit&& visit) const;
  /// Whether this offer answers the query. A model answers to its engine's names for it, and to
  /// those of all others whose engines report the same digest.
  bool answers(const ModelQuery& query, const Offer& offer) const;

  /// What prompts of this model came to.
  void learn(ModelNumber model, std::uint64_t body_bytes, Tokens prompt) {
    if (rates_.size() <= model) rates_.resize(model + 1);
    rates_[model].learn(body_bytes, prompt);
  }
  /// Tokens that a prompt of so many body bytes has for sure.
  std::uint64_t least_tokens(ModelNumber model, std::uint64_t body_bytes) const {
    return (model < rates_.size() ? rates_[model] : TokenRate{}).least_tokens(body_bytes);
  }

  Agent* find_serial(std::uint64_t serial);
  /// The agents with a link that made no progress since `before`, longest silent first.
  std::vector<Agent*> silent_since(TimePoint before) const;
  /// The coordinator itself stood still: nobody may be blamed for that time.
  void forgive(Millis standstill, TimePoint now);

  const std::map<std::string, std::unique_ptr<Agent>, std::less<>>& by_name() const {
    return agents_;
  }
  const Catalog& catalog() const { return catalog_; }
  /// Grows whenever something may have become unable to serve.
  std::uint64_t losses() const { return losses_; }
  /// Agents that are up and have said what they offer.
  bool somebody_serves() const;
  std::uint64_t slots_total() const;

 private:
  void drop_rows(Agent& agent);
  void add_rows(Agent& agent);
  RowIndex take_row();
  void refresh_loads(Agent& agent);
  void refresh_state(Agent& agent);
  /// returns  whether the engine may take more than before.
  bool limit(Agent& agent, std::uint32_t engine, TimePoint now);
  void add_offers(const EngineInventory& engine, RowIndex index);
  void add_offer(const ModelInfo& model, RowIndex index);
  /// A name in the upper half, the number of a row's model in the lower.
  using Listing = std::uint64_t;
  static Listing listing(const Offer& offer, ModelNumber name) {
    return std::uint64_t{name} << 32U | offer.model;
  }
  void list(const Offer& offer, ModelNumber name);
  void join(const Offer& offer, ModelNumber name);
  void leave(std::uint32_t digest, ModelNumber name);
  bool listed(const Offer& offer, ModelNumber name) const;
  template <class Visit>
  bool visit_model(ModelNumber model, Visit&& visit) const;

  Catalog& catalog_;
  std::map<std::string, std::unique_ptr<Agent>, std::less<>> agents_;
  std::unordered_map<LinkId, Agent*> links_;
  std::unordered_map<std::uint64_t, Agent*> serials_;
  std::list<Agent*> by_progress_;  // longest silent first
  std::set<Agent*> failing_;       // those with `watched` engines
  std::vector<EngineRow> rows_;
  std::vector<std::vector<Offer>> offers_of_row_;
  std::vector<RowIndex> unused_rows_;
  /// By name: an offer stands under each of its names, once.
  std::vector<std::vector<Offer>> by_model_;
  std::vector<std::unordered_set<Listing>> listings_of_row_;
  Interner digests_{Catalog::models_max};
  /// The names that engines state for models of a digest: how many offers state each.
  std::unordered_map<std::uint32_t, std::map<ModelNumber, std::uint32_t>> names_of_digest_;
  struct Stated {
    std::uint32_t digest = 0;
    ModelNumber name = 0;
  };
  std::vector<std::vector<Stated>> stated_of_row_;  ///< what each row counts for in the above
  std::vector<TokenRate> rates_;                    ///< by model
  std::uint64_t next_serial_ = 1;
  std::uint64_t losses_ = 0;
};

template <class Visit>
bool Fleet::visit_model(ModelNumber model, Visit&& visit) const {
  if (model >= by_model_.size()) return true;
  for (const auto& offer : by_model_[model])
    if (!visit(offer)) return false;
  return true;
}

template <class Visit>
void Fleet::each_offer(const ModelQuery& query, Visit&& visit) const {
  using Kind = ModelQuery::Kind;
  if (query.kind == Kind::exact) visit_model(query.index, visit);
  if (query.kind == Kind::alias) {
    const auto& members = catalog_.alias(query.index).members;
    for (auto at = members.begin(); at != members.end(); ++at) {
      // Two members may be names of one model.
      const auto once = [&](const Offer& offer) {
        return std::any_of(members.begin(), at, [&](auto name) { return listed(offer, name); }) ||
               visit(offer);
      };
      if (!visit_model(*at, once)) return;
    }
  }
  if (query.kind != Kind::any) return;
  for (const auto& offers : offers_of_row_)
    for (const auto& offer : offers)
      if (answers(query, offer) && !visit(offer)) return;
}

}  // namespace weir::domain
