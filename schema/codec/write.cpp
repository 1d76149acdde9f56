#include "schema/codec/write.hpp"

#include "schema/codec/limits.hpp"

#include <algorithm>

namespace weir::codec {
namespace {

/// A text shortened to what the reader allows: an over-long name must not cost the link.
kj::StringPtr text(const std::string& s, std::string& room, std::size_t bytes_max) {
  if (s.size() <= bytes_max) return {s.c_str(), s.size()};
  room = s.substr(0, bytes_max);
  return {room.c_str(), room.size()};
}

template <class List>
unsigned count(const List& list, std::size_t most) {
  return static_cast<unsigned>(std::min(list.size(), most));
}

void put(const AttemptId& a, wire::AttemptId::Builder out) {
  out.setIncarnation(a.incarnation);
  out.setRequest(a.request.value);
  out.setNumber(a.number);
}

std::uint16_t permille(std::uint16_t value) { return std::min<std::uint16_t>(value, 1000); }

void put(const EngineLoad& l, wire::EngineLoad::Builder out) {
  out.setEngine(l.engine);
  out.setState(static_cast<std::uint8_t>(l.state));
  out.setSlotsTotal(std::min(l.slots_total, slots_max));
  out.setSlotsUsed(std::min(l.slots_used, slots_max));
  out.setSlotsForeign(std::min(l.slots_foreign, slots_max));
  out.setEngineWaiting(l.engine_waiting);
  out.setKvUsedPermille(permille(l.kv_used_permille));
  out.setPrefillTokensPerS(l.prefill_tokens_per_s);
  out.setDecodeTokensPerS(l.decode_tokens_per_s);
}

std::uint64_t money(MicroUsd usd) {
  return std::min(money_max, static_cast<std::uint64_t>(std::max<std::int64_t>(0, usd.count())));
}

void put(const Clearance& m, wire::Clearance::Builder out) {
  const auto& t = m.terms;
  std::string room;
  put(t.attempt, out.initAttempt());
  out.setProxy(t.proxy);
  out.setProvider(static_cast<std::uint8_t>(t.provider));
  out.setModel(text(t.model, room, text_bytes_max));
  out.setDigest(kj::ArrayPtr<const kj::byte>{t.digest.data(), t.digest.size()});
  out.setBytes(t.bytes);
  out.setGrade(static_cast<std::uint8_t>(t.grade));
  out.setDesensitised(t.desensitised);
  out.setPolicy(t.policy);
  out.setCostCap(money(t.cost_cap));
  out.setTtlMs(std::max(t.ttl_ms, 1U));
  out.setMac(kj::ArrayPtr<const kj::byte>{m.mac.data(), m.mac.size()});
}

template <class Builder>
void put_texts(const std::vector<std::string>& texts, std::size_t most, Builder init) {
  auto list = init(count(texts, most));
  std::string room;
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, text(texts[i], room, text_bytes_max));
}

void put(const ModelInfo& m, wire::ModelInfo::Builder out) {
  std::string room;
  out.setId(text(m.id, room, text_bytes_max));
  out.setFamily(text(m.family, room, text_bytes_max));
  out.setQuantization(text(m.quantization, room, text_bytes_max));
  out.setContextTokens(m.context_tokens);
  out.setCapability(std::min<std::uint8_t>(m.capability, capability_max));
  out.setFeatures(m.features);
  out.setLoaded(m.loaded);
  out.setInPerMtok(money(m.in_per_mtok));
  out.setOutPerMtok(money(m.out_per_mtok));
  if (!m.tells_more()) return;
  auto more = out.initMore();
  more.setDigest(text(m.digest, room, text_bytes_max));
  more.setBytes(m.bytes);
  more.setLoadMs(m.load_ms);
  more.setEvicts(m.evicts);
  more.setParent(text(m.parent, room, text_bytes_max));
  put_texts(m.aliases, aliases_max, [&](unsigned n) { return more.initAliases(n); });
}

/// Models that have a name: an engine may list one without, and readers refuse it.
std::vector<const ModelInfo*> named(const std::vector<ModelInfo>& models) {
  std::vector<const ModelInfo*> out;
  for (const auto& m : models)
    if (!m.id.empty() && out.size() < models_max) out.push_back(&m);
  return out;
}

std::uint32_t tokens(Tokens t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(t.count(), 0, UINT32_MAX));
}

}  // namespace

void write(const Hello& m, wire::Envelope::Builder out) {
  auto w = out.initHello();
  std::string room;
  w.setVersionMin(m.version_min);
  w.setVersionMax(m.version_max);
  w.setIncarnation(m.incarnation);
  w.setSoftware(text(m.software, room, text_bytes_max));
  auto list = w.initAttempts(count(m.attempts, attempts_max));
  for (unsigned i = 0; i < list.size(); ++i) {
    put(m.attempts[i].attempt, list[i].initAttempt());
    list[i].setNextOffset(m.attempts[i].next_offset);
  }
}

void write(const Inventory& m, wire::Envelope::Builder out) {
  auto w = out.initInventory();
  std::string room;
  w.setRevision(m.revision);
  auto host = w.initHost();
  host.setCpuCores(m.host.cpu_cores);
  host.setMemoryBytes(m.host.memory_bytes);
  put_texts(m.host.gpus, gpus_max, [&](unsigned n) { return host.initGpus(n); });
  host.setGpuMemoryBytes(m.host.gpu_memory_bytes);
  auto accept = w.initAccept();
  accept.setP0(m.accept.p0);
  accept.setP1(m.accept.p1);
  accept.setP2(m.accept.p2);
  put_texts(m.accept.tenants, tenants_max, [&](unsigned n) { return accept.initTenants(n); });
  auto engines = w.initEngines(count(m.engines, engines_max));
  for (unsigned i = 0; i < engines.size(); ++i) {
    const auto& e = m.engines[i];
    engines[i].setEngine(e.engine);
    engines[i].setKind(static_cast<std::uint8_t>(e.kind));
    engines[i].setCloud(e.cloud);
    engines[i].setRegion(text(e.region, room, region_bytes_max));
    const auto listed = named(e.models);
    auto models = engines[i].initModels(count(listed, models_max));
    for (unsigned j = 0; j < models.size(); ++j) put(*listed[j], models[j]);
  }
}

void write(const CapacityReport& m, wire::Envelope::Builder out) {
  auto w = out.initReport();
  w.setNumber(m.number);
  w.setDraining(m.draining);
  w.setOwnerPresent(m.owner_present);
  w.setCpuUsedPermille(permille(m.cpu_used_permille));
  w.setMemoryFreeBytes(m.memory_free_bytes);
  w.setGpuUsedPermille(permille(m.gpu_used_permille));
  auto engines = w.initEngines(count(m.engines, engines_max));
  for (unsigned i = 0; i < engines.size(); ++i) put(m.engines[i], engines[i]);
}

void write(const Dispatch& m, wire::Envelope::Builder out) {
  auto w = out.initDispatch();
  std::string room;
  put(m.attempt, w.initAttempt());
  w.setEngine(m.engine);
  w.setEndpoint(static_cast<std::uint8_t>(m.endpoint));
  w.setModel(text(m.model, room, text_bytes_max));
  w.setStream(m.stream);
  w.setGrade(static_cast<std::uint8_t>(m.grade));
  w.setPriority(static_cast<std::uint8_t>(m.priority));
  w.setTenant(text(m.tenant, room, text_bytes_max));
  w.setBodyBytes(m.body_bytes);
  w.setFirstByteMs(std::max(m.first_byte_ms, 1U));
  w.setStallMs(std::max(m.stall_ms, 1U));
  w.setCreditBytes(m.credit_bytes);
  if (m.clearance) put(*m.clearance, w.initClearance());
  w.setPrefixBytes(m.prefix_bytes);
}

void write(const Accept& m, wire::Envelope::Builder out) {
  auto w = out.initAccept();
  put(m.attempt, w.initAttempt());
  w.setCreditBytes(m.credit_bytes);
}

void write(const Refuse& m, wire::Envelope::Builder out) {
  auto w = out.initRefuse();
  put(m.attempt, w.initAttempt());
  w.setReason(static_cast<std::uint8_t>(m.reason));
  if (m.view) put(*m.view, w.initView());
}

void write(const Begin& m, wire::Envelope::Builder out) {
  auto w = out.initBegin();
  std::string room;
  put(m.attempt, w.initAttempt());
  // An engine may answer anything. What is no final status of HTTP is a bad gateway's.
  w.setStatus(m.status >= status_min && m.status <= status_max ? m.status : 502);
  w.setContentType(text(m.content_type, room, text_bytes_max));
}

void write(const Credit& m, wire::Envelope::Builder out) {
  auto w = out.initCredit();
  w.setStream(m.stream.value);
  w.setBytes(std::clamp(m.bytes, 1U, credit_bytes_max));
}

void write(const Cancel& m, wire::Envelope::Builder out) {
  auto w = out.initCancel();
  put(m.attempt, w.initAttempt());
  w.setReason(static_cast<std::uint8_t>(m.reason));
}

void write(const Resume& m, wire::Envelope::Builder out) {
  auto w = out.initResume();
  put(m.attempt, w.initAttempt());
  w.setOffset(m.offset);
  w.setCreditBytes(m.credit_bytes);
}

void write(const Finish& m, wire::Envelope::Builder out) {
  auto w = out.initFinish();
  put(m.attempt, w.initAttempt());
  w.setBytes(m.bytes);
  w.setPromptTokens(tokens(m.usage.prompt));
  w.setCompletionTokens(tokens(m.usage.completion));
  w.setFirstByteMs(m.timings.first_byte_ms);
  w.setTotalMs(m.timings.total_ms);
  w.setEngineStatus(m.engine_status >= 100 && m.engine_status <= status_max ? m.engine_status : 0);
  if (!m.error) return;
  std::string room;
  auto failure = w.initFailure();
  failure.setCode(static_cast<std::uint16_t>(m.error->code));
  failure.setDetail(text(m.error->detail, room, detail_bytes_max));
}

void write(const Offer& m, wire::Envelope::Builder out) {
  auto w = out.initOffer();
  w.setOffer(m.offer);
  w.setEngine(m.engine);
  w.setSlots(std::clamp(m.slots, 1U, slots_max));
}

void write(const Bid& m, wire::Envelope::Builder out) {
  auto w = out.initBid();
  w.setOffer(m.offer);
  w.setPriority(static_cast<std::uint8_t>(m.priority));
  w.setWaitedMs(m.waited_ms);
  w.setRequest(m.request.value);
}

void write(const Grant& m, wire::Envelope::Builder out) {
  auto w = out.initGrant();
  w.setOffer(m.offer);
  w.setRequest(m.request.value);
}

void write(const Drain& m, wire::Envelope::Builder out) { out.initDrain().setOn(m.on); }

void write(const Ping& m, wire::Envelope::Builder out) {
  auto w = out.initPing();
  w.setNonce(m.nonce);
  w.setReply(m.reply);
}

void write(const GuardKey& m, wire::Envelope::Builder out) {
  out.initGuardKey().setKey(kj::ArrayPtr<const kj::byte>{m.key.data(), m.key.size()});
}

}  // namespace weir::codec
