#include "actors/domain/fleet.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::domain {

std::string_view name_of(NodeState state) {
  switch (state) {
    case NodeState::up:
      return "up";
    case NodeState::suspect:
      return "suspect";
    case NodeState::draining:
      return "draining";
    case NodeState::owner:
      return "owner";
  }
  WEIR_ASSERT(!"a NodeState without a name");
}

NodeState Agent::state() const {
  if (suspect || absent_since) return NodeState::suspect;
  if (drain_asked || report.draining) return NodeState::draining;
  if (tier == Tier::l0 && report.owner_present) return NodeState::owner;
  return NodeState::up;
}

Agent* Fleet::find(LinkId link) {
  const auto it = links_.find(link);
  return it == links_.end() ? nullptr : it->second;
}

Agent* Fleet::find(std::string_view name) {
  const auto it = agents_.find(name);
  return it == agents_.end() ? nullptr : it->second.get();
}

Agent* Fleet::add(LinkId link, std::string name, Tier tier, TimePoint now) {
  if (agents_.size() >= agents_max) return nullptr;
  auto agent = std::make_unique<Agent>();
  agent->serial = next_serial_++;
  agent->link = link;
  agent->name = std::move(name);
  agent->tier = tier;
  agent->progressed = now;
  agent->by_progress = by_progress_.insert(by_progress_.end(), agent.get());
  auto* added = agent.get();
  const bool new_link = links_.emplace(link, added).second;
  const bool new_name = agents_.emplace(added->name, std::move(agent)).second;
  const bool new_serial = serials_.emplace(added->serial, added).second;
  WEIR_ASSERT(new_link && new_name && new_serial);
  return added;
}

void Fleet::remove(Agent& agent) {
  drop_rows(agent);
  by_progress_.erase(agent.by_progress);
  failing_.erase(&agent);
  if (!agent.absent_since) links_.erase(agent.link);
  serials_.erase(agent.serial);
  const auto it = agents_.find(agent.name);
  WEIR_ASSERT(it != agents_.end() && it->second.get() == &agent);
  agents_.erase(it);
}

void Fleet::part(Agent& agent, TimePoint now) {
  WEIR_ASSERT(!agent.absent_since);
  links_.erase(agent.link);
  agent.link = {};
  agent.absent_since = now;
  refresh_state(agent);
}

void Fleet::rejoin(Agent& agent, LinkId link, TimePoint now) {
  WEIR_ASSERT(agent.absent_since);
  agent.absent_since.reset();
  agent.link = link;
  links_.emplace(link, &agent);
  agent.suspect = false;
  agent.progressed = now;
  by_progress_.splice(by_progress_.end(), by_progress_, agent.by_progress);
  // A process that started anew counts its reports anew.
  agent.report = {};
  refresh_loads(agent);
  refresh_state(agent);
}

Agent* Fleet::find_serial(std::uint64_t serial) {
  const auto it = serials_.find(serial);
  return it == serials_.end() ? nullptr : it->second;
}

void Fleet::set_inventory(Agent& agent, Inventory inventory) {
  drop_rows(agent);
  agent.host = std::move(inventory.host);
  agent.accept = std::move(inventory.accept);
  agent.engines = std::move(inventory.engines);
  agent.has_inventory = true;
  add_rows(agent);
}

void Fleet::refresh_offers() {
  for (auto& [name, agent] : agents_) {
    drop_rows(*agent);
    add_rows(*agent);
  }
}

bool Fleet::set_report(Agent& agent, CapacityReport report, TimePoint now) {
  if (agent.reports > 0 && report.number <= agent.report.number) return false;
  agent.report = std::move(report);
  ++agent.reports;
  agent.progressed = std::max(agent.progressed, now);
  agent.suspect = false;
  by_progress_.splice(by_progress_.end(), by_progress_, agent.by_progress);
  refresh_loads(agent);
  refresh_state(agent);
  return true;
}

namespace {

void apply_load(EngineRow& row, const EngineLoad& load) {
  row.slots_total = load.slots_total;
  row.slots_used = load.slots_used;
  row.slots_foreign = load.slots_foreign;
  row.waiting = load.engine_waiting;
  row.prefill_per_s = load.prefill_tokens_per_s;
  row.decode_per_s = load.decode_tokens_per_s;
  row.up = load.state == EngineState::up;
}

}  // namespace

void Fleet::set_refused(Agent& agent, std::uint32_t engine, const Refuse& refuse) {
  if (refuse.reason == RefusalReason::draining) agent.report.draining = true;
  if (refuse.reason == RefusalReason::owner_present) agent.report.owner_present = true;
  for (const auto index : agent.rows) {
    auto& row = rows_[index];
    if (row.number != engine) continue;
    const bool served = row.up;
    if (refuse.view && refuse.view->engine == engine)
      apply_load(row, *refuse.view);
    else if (refuse.reason == RefusalReason::no_free_slot)
      row.slots_used = row.slots_total;
    if (refuse.reason == RefusalReason::engine_down ||
        refuse.reason == RefusalReason::unknown_engine)
      row.up = false;
    if (served && !row.up) ++losses_;
  }
  refresh_state(agent);
}

void Fleet::set_suspect(Agent& agent, bool suspect) {
  agent.suspect = suspect;
  refresh_state(agent);
}

void Fleet::set_drain(Agent& agent, bool on) {
  agent.drain_asked = on;
  refresh_state(agent);
}

bool Fleet::limit(Agent& agent, std::uint32_t engine, TimePoint now) {
  const auto at = agent.watched.find(engine);
  if (at == agent.watched.end()) return false;
  auto& watched = at->second;
  const auto before = watched.jobs_max;
  for (const auto index : agent.rows) {
    auto& row = rows_[index];
    if (row.number != engine) continue;
    row.jobs_max = watched.jobs_max = watched.outlier.jobs_max(row.slots_total, now);
  }
  const auto after = watched.jobs_max;
  if (after == 0 && before > 0) ++losses_;
  if (watched.outlier.clean(now)) agent.watched.erase(at);
  return after > before;
}

void Fleet::failed(Agent& agent, std::uint32_t engine, TimePoint now) {
  agent.watched[engine].outlier.failed(now);
  failing_.insert(&agent);
  limit(agent, engine, now);
}

void Fleet::succeeded(Agent& agent, std::uint32_t engine, TimePoint now) {
  const auto at = agent.watched.find(engine);
  if (at == agent.watched.end()) return;
  at->second.outlier.succeeded(now);
  limit(agent, engine, now);
}

std::vector<Agent*> Fleet::recover(TimePoint now) {
  std::vector<Agent*> freer;
  for (auto it = failing_.begin(); it != failing_.end();) {
    auto& agent = **it;
    bool more = false;
    for (auto at = agent.watched.begin(); at != agent.watched.end();)
      more = limit(agent, (at++)->first, now) || more;
    if (more) freer.push_back(&agent);
    it = agent.watched.empty() ? failing_.erase(it) : std::next(it);
  }
  return freer;
}

bool Fleet::answers(const ModelQuery& query, const Offer& offer) const {
  using Kind = ModelQuery::Kind;
  switch (query.kind) {
    case Kind::unknown:
      return false;
    case Kind::exact:
      return listed(offer, query.index);
    case Kind::alias: {
      const auto& members = catalog_.alias(query.index).members;
      return std::any_of(members.begin(), members.end(),
                         [&](auto name) { return listed(offer, name); });
    }
    case Kind::any: {
      const auto special = offer.features & (feature::embeddings | feature::rerank);
      return query.wants == 0 ? special == 0 : (special & query.wants) == query.wants;
    }
  }
  return false;
}

std::vector<Agent*> Fleet::silent_since(TimePoint before) const {
  std::vector<Agent*> silent;
  for (auto* agent : by_progress_) {
    if (agent->progressed > before) break;
    if (!agent->absent_since) silent.push_back(agent);
  }
  return silent;
}

void Fleet::forgive(Millis standstill, TimePoint now) {
  for (auto* agent : by_progress_)
    agent->progressed = std::min(now, agent->progressed + standstill);
}

bool Fleet::somebody_serves() const {
  return std::any_of(agents_.begin(), agents_.end(), [](const auto& entry) {
    return entry.second->has_inventory && entry.second->state() != NodeState::suspect;
  });
}

std::uint64_t Fleet::slots_total() const {
  std::uint64_t total = 0;
  for (const auto& row : rows_)
    if (row.agent != nullptr && row.up) total += row.slots_total;
  return total;
}

void Fleet::drop_rows(Agent& agent) {
  for (const auto index : agent.rows) {
    std::set<std::size_t> names;
    for (const auto listing : listings_of_row_[index]) names.insert(listing >> 32U);
    for (const auto name : names)
      std::erase_if(by_model_[name], [&](const Offer& o) { return o.row == index; });
    listings_of_row_[index].clear();
    for (const auto& stated : std::exchange(stated_of_row_[index], {}))
      leave(stated.digest, stated.name);
    offers_of_row_[index].clear();
    rows_[index] = EngineRow{};
    unused_rows_.push_back(index);
  }
  if (!agent.rows.empty()) ++losses_;
  agent.rows.clear();
}

RowIndex Fleet::take_row() {
  if (!unused_rows_.empty()) {
    const auto index = unused_rows_.back();
    unused_rows_.pop_back();
    return index;
  }
  rows_.emplace_back();
  offers_of_row_.emplace_back();
  listings_of_row_.emplace_back();
  stated_of_row_.emplace_back();
  return static_cast<RowIndex>(rows_.size() - 1);
}

void Fleet::add_rows(Agent& agent) {
  const auto& tenants = agent.accept.tenants;
  const bool any_tenant = std::find(tenants.begin(), tenants.end(), "*") != tenants.end();
  for (const auto& engine : agent.engines) {
    const auto index = take_row();
    auto& row = rows_[index];
    row.agent = &agent;
    row.number = engine.engine;
    row.tier = agent.tier;
    row.cloud = engine.cloud;
    row.kind = engine.kind;
    row.any_tenant = any_tenant;
    row.accepts = {agent.accept.p0, agent.accept.p1, agent.accept.p2};
    if (const auto at = agent.watched.find(engine.engine); at != agent.watched.end())
      row.jobs_max = at->second.jobs_max;
    agent.rows.push_back(index);
    add_offers(engine, index);
  }
  for (const auto& [attempt, held] : agent.attempts)
    for (const auto index : agent.rows)
      if (rows_[index].number == held.engine) ++rows_[index].in_flight;
  refresh_loads(agent);
  refresh_state(agent);
}

void Fleet::add_offers(const EngineInventory& engine, RowIndex index) {
  for (const auto& model : engine.models) add_offer(model, index);
}

namespace {

/// How long until a model that is not loaded could begin, where its engine does not say.
constexpr std::uint32_t load_ms_default = 5'000;

std::uint32_t load_ms_of(const ModelInfo& model) {
  if (model.loaded) return 0;
  return model.load_ms > 0 ? model.load_ms : load_ms_default;
}

}  // namespace

void Fleet::add_offer(const ModelInfo& model, RowIndex index) {
  const auto number = catalog_.offered(model.id);
  auto& mine = offers_of_row_[index];
  const bool twice =
      std::any_of(mine.begin(), mine.end(), [&](const Offer& o) { return o.model == number; });
  if (!number || twice) return;
  const auto stated = catalog_.stated(*number);
  Offer offer;
  offer.row = index;
  offer.model = *number;
  offer.context_tokens = model.context_tokens;
  offer.features = model.features | stated.features;
  offer.capability = model.capability != 0 ? model.capability : stated.capability;
  offer.in_per_mtok = model.in_per_mtok;
  offer.out_per_mtok = model.out_per_mtok;
  if (!model.digest.empty() && mine.size() < same_names_max)
    if (const auto digest = digests_.intern(model.digest)) offer.digest = *digest + 1;
  offer.load_ms = load_ms_of(model);
  offer.evicts = model.evicts;
  mine.push_back(offer);
  std::set<ModelNumber> names{*number};
  for (const auto& alias : model.aliases)
    if (const auto name = catalog_.offered(alias)) names.insert(*name);
  for (const auto name : names) list(offer, name);
  if (offer.digest == 0) return;
  for (const auto name : names) join(offer, name);
  for (const auto& [name, offers] : names_of_digest_[offer.digest]) list(offer, name);
}

/// The offer's engine states this name: it stands for all offers of the digest as long as one does.
void Fleet::join(const Offer& offer, ModelNumber name) {
  auto& names = names_of_digest_[offer.digest];
  const auto known = names.find(name);
  if (known == names.end() && names.size() >= same_names_max) return;
  stated_of_row_[offer.row].push_back({offer.digest, name});
  if (known != names.end()) {
    ++known->second;
    return;
  }
  const auto others = names.empty() ? std::vector<Offer>{} : by_model_[names.begin()->first];
  names.emplace(name, 1);
  for (const auto& other : others)
    if (other.digest == offer.digest) list(other, name);
}

void Fleet::leave(std::uint32_t digest, ModelNumber name) {
  const auto names = names_of_digest_.find(digest);
  WEIR_ASSERT(names != names_of_digest_.end());
  const auto at = names->second.find(name);
  WEIR_ASSERT(at != names->second.end());
  if (--at->second > 0) return;
  names->second.erase(at);
  if (names->second.empty()) names_of_digest_.erase(names);
  std::erase_if(by_model_[name], [&](const Offer& o) {
    if (o.digest != digest) return false;
    listings_of_row_[o.row].erase(listing(o, name));
    return true;
  });
}

bool Fleet::listed(const Offer& offer, ModelNumber name) const {
  return listings_of_row_[offer.row].contains(listing(offer, name));
}

void Fleet::list(const Offer& offer, ModelNumber name) {
  if (!listings_of_row_[offer.row].insert(listing(offer, name)).second) return;
  if (by_model_.size() <= name) by_model_.resize(name + 1);
  by_model_[name].push_back(offer);
}

void Fleet::refresh_loads(Agent& agent) {
  const auto& loads = agent.report.engines;
  for (const auto index : agent.rows) {
    auto& row = rows_[index];
    const bool served = row.up;
    const auto load = std::find_if(loads.begin(), loads.end(),
                                   [&](const EngineLoad& l) { return l.engine == row.number; });
    if (load == loads.end())
      row.up = false;
    else
      apply_load(row, *load);
    if (served && !row.up) ++losses_;
  }
}

void Fleet::refresh_state(Agent& agent) {
  const auto state = agent.state();
  for (const auto index : agent.rows) {
    if (rows_[index].node == NodeState::up && state != NodeState::up) ++losses_;
    rows_[index].node = state;
  }
}

}  // namespace weir::domain
