#include "schema/codec/read.hpp"

#include "schema/codec/limits.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::codec {
namespace {

/// Reads fields and remembers the first one that is out of its range.
class Check {
 public:
  bool failed() const { return failed_ != nullptr; }
  /// What is wrong with the message; nullopt: nothing.
  std::optional<Error> error() const {
    if (failed_ != nullptr)
      return Error{Code::invalid_frame, std::string{failed_} + " out of range"};
    if (newer_ != nullptr)
      return Error{Code::not_supported, std::string{newer_} + " of a newer version"};
    return std::nullopt;
  }

  template <class T>
  T range(T value, T low, T high, const char* what) {
    if ((value < low || value > high) && failed_ == nullptr) failed_ = what;
    return value;
  }
  /// An enumerator without which the message means nothing: one after `last` is a newer peer's.
  template <class Enum>
  Enum needed(std::uint8_t value, Enum last, const char* what) {
    if (value > static_cast<std::uint8_t>(last)) newer_ = what;
    return static_cast<Enum>(value);
  }
  std::string text(capnp::Text::Reader value, std::size_t low, const char* what,
                   std::size_t high = text_bytes_max) {
    range<std::size_t>(value.size(), low, high, what);
    return failed() ? std::string{} : std::string{value.cStr(), value.size()};
  }
  /// Whether a list may be walked.
  template <class List>
  bool list(const List& value, std::size_t most, const char* what) {
    range<std::size_t>(value.size(), 0, most, what);
    return !failed();
  }
  void require(bool good, const char* what) {
    if (!good && failed_ == nullptr) failed_ = what;
  }

  Sha256 digest(capnp::Data::Reader value, const char* what) {
    Sha256 out{};
    require(value.size() == out.size(), what);
    if (!failed()) std::copy(value.begin(), value.end(), out.begin());
    return out;
  }
  MicroUsd money(std::uint64_t value, const char* what) {
    return MicroUsd{static_cast<std::int64_t>(range<std::uint64_t>(value, 0, money_max, what))};
  }

  AttemptId attempt(wire::AttemptId::Reader r) {
    AttemptId a;
    a.incarnation = range<std::uint64_t>(r.getIncarnation(), 1, UINT64_MAX, "incarnation");
    a.request.value = range<std::uint64_t>(r.getRequest(), 1, request_max, "request");
    a.number = range<std::uint8_t>(r.getNumber(), 1, 255, "attempt number");
    return a;
  }

 private:
  const char* failed_ = nullptr;
  const char* newer_ = nullptr;
};

/// An enumerator numbered 0 .. `last`; a newer peer's counts as `otherwise`, the cautious one.
template <class Enum>
Enum known(std::uint8_t value, Enum last, Enum otherwise) {
  return value > static_cast<std::uint8_t>(last) ? otherwise : static_cast<Enum>(value);
}

Priority priority_of(std::uint8_t value) { return known(value, Priority::batch, Priority::batch); }

std::vector<std::string> texts(Check& c, capnp::List<capnp::Text>::Reader list, std::size_t most,
                               const char* what) {
  std::vector<std::string> out;
  if (!c.list(list, most, what)) return out;
  for (const auto text : list) out.push_back(c.text(text, 0, what));
  return out;
}

Hello get(Check& c, wire::Hello::Reader r) {
  Hello m;
  m.version_min = c.range<std::uint16_t>(r.getVersionMin(), 1, UINT16_MAX, "versionMin");
  m.version_max =
      c.range<std::uint16_t>(r.getVersionMax(), r.getVersionMin(), UINT16_MAX, "versionMax");
  m.incarnation = c.range<std::uint64_t>(r.getIncarnation(), 1, UINT64_MAX, "incarnation");
  m.software = c.text(r.getSoftware(), 0, "software");
  const auto attempts = r.getAttempts();
  if (c.list(attempts, attempts_max, "attempts"))
    for (const auto a : attempts)
      m.attempts.push_back({c.attempt(a.getAttempt()), a.getNextOffset()});
  return m;
}

ModelInfo get(Check& c, wire::ModelInfo::Reader r) {
  ModelInfo m;
  m.id = c.text(r.getId(), 1, "model id");
  m.family = c.text(r.getFamily(), 0, "family");
  m.quantization = c.text(r.getQuantization(), 0, "quantization");
  m.context_tokens = r.getContextTokens();
  m.capability = c.range<std::uint8_t>(r.getCapability(), 0, capability_max, "capability");
  m.features = r.getFeatures() & feature::known;
  m.loaded = r.getLoaded();
  m.in_per_mtok = c.money(r.getInPerMtok(), "inPerMtok");
  m.out_per_mtok = c.money(r.getOutPerMtok(), "outPerMtok");
  const auto more = r.getMore();
  m.digest = c.text(more.getDigest(), 0, "digest");
  m.bytes = more.getBytes();
  m.load_ms = more.getLoadMs();
  m.evicts = more.getEvicts();
  m.parent = c.text(more.getParent(), 0, "parent");
  m.aliases = texts(c, more.getAliases(), aliases_max, "aliases");
  return m;
}

Inventory get(Check& c, wire::Inventory::Reader r) {
  Inventory m;
  m.revision = r.getRevision();
  const auto host = r.getHost();
  m.host.cpu_cores = host.getCpuCores();
  m.host.memory_bytes = host.getMemoryBytes();
  m.host.gpus = texts(c, host.getGpus(), gpus_max, "gpus");
  m.host.gpu_memory_bytes = host.getGpuMemoryBytes();
  const auto accept = r.getAccept();
  m.accept.p0 = accept.getP0();
  m.accept.p1 = accept.getP1();
  m.accept.p2 = accept.getP2();
  m.accept.tenants = texts(c, accept.getTenants(), tenants_max, "tenants");
  const auto engines = r.getEngines();
  if (!c.list(engines, engines_max, "engines")) return m;
  for (const auto e : engines) {
    EngineInventory engine;
    engine.engine = e.getEngine();
    engine.kind = known(e.getKind(), EngineKind::ollama, EngineKind::openai);
    engine.cloud = e.getCloud();
    engine.region = c.text(e.getRegion(), 0, "region", region_bytes_max);
    const auto models = e.getModels();
    if (c.list(models, models_max, "models"))
      for (const auto model : models) engine.models.push_back(get(c, model));
    if (c.failed()) break;
    m.engines.push_back(std::move(engine));
  }
  return m;
}

EngineLoad get(Check& c, wire::EngineLoad::Reader r) {
  EngineLoad l;
  l.engine = r.getEngine();
  l.state = known(r.getState(), EngineState::down, EngineState::down);
  l.slots_total = c.range<std::uint32_t>(r.getSlotsTotal(), 0, slots_max, "slotsTotal");
  l.slots_used = c.range<std::uint32_t>(r.getSlotsUsed(), 0, slots_max, "slotsUsed");
  l.slots_foreign = c.range<std::uint32_t>(r.getSlotsForeign(), 0, slots_max, "slotsForeign");
  l.engine_waiting = r.getEngineWaiting();
  l.kv_used_permille = c.range<std::uint16_t>(r.getKvUsedPermille(), 0, 1000, "kvUsedPermille");
  l.prefill_tokens_per_s = r.getPrefillTokensPerS();
  l.decode_tokens_per_s = r.getDecodeTokensPerS();
  return l;
}

CapacityReport get(Check& c, wire::CapacityReport::Reader r) {
  CapacityReport m;
  m.number = r.getNumber();
  m.draining = r.getDraining();
  m.owner_present = r.getOwnerPresent();
  m.cpu_used_permille = c.range<std::uint16_t>(r.getCpuUsedPermille(), 0, 1000, "cpuUsed");
  m.memory_free_bytes = r.getMemoryFreeBytes();
  m.gpu_used_permille = c.range<std::uint16_t>(r.getGpuUsedPermille(), 0, 1000, "gpuUsed");
  const auto engines = r.getEngines();
  if (!c.list(engines, engines_max, "engines")) return m;
  for (const auto e : engines) m.engines.push_back(get(c, e));
  return m;
}

Clearance get(Check& c, wire::Clearance::Reader r) {
  Clearance m;
  auto& t = m.terms;
  t.attempt = c.attempt(r.getAttempt());
  t.proxy = r.getProxy();
  t.provider = c.needed(r.getProvider(), EngineKind::ollama, "a provider");
  t.model = c.text(r.getModel(), 1, "model");
  t.digest = c.digest(r.getDigest(), "digest");
  t.bytes = c.range<std::uint64_t>(r.getBytes(), 1, cloud_body_bytes_max, "bytes");
  t.grade = known(r.getGrade(), Grade::p2, Grade::p0);
  t.desensitised = r.getDesensitised();
  t.policy = r.getPolicy();
  t.cost_cap = c.money(r.getCostCap(), "costCap");
  t.ttl_ms = c.range<std::uint32_t>(r.getTtlMs(), 1, UINT32_MAX, "ttlMs");
  m.mac = c.digest(r.getMac(), "mac");
  return m;
}

GuardKey get(Check& c, wire::GuardKey::Reader r) { return {c.digest(r.getKey(), "key")}; }

Dispatch get(Check& c, wire::Dispatch::Reader r) {
  Dispatch m;
  m.attempt = c.attempt(r.getAttempt());
  m.engine = r.getEngine();
  m.endpoint = c.needed(r.getEndpoint(), Endpoint::ollama_embed, "an endpoint");
  m.model = c.text(r.getModel(), 1, "model");
  m.stream = r.getStream();
  m.grade = known(r.getGrade(), Grade::p2, Grade::p0);
  m.priority = priority_of(r.getPriority());
  m.tenant = c.text(r.getTenant(), 0, "tenant");
  m.body_bytes = c.range<std::uint64_t>(r.getBodyBytes(), 1, body_bytes_max, "bodyBytes");
  m.first_byte_ms = c.range<std::uint32_t>(r.getFirstByteMs(), 1, UINT32_MAX, "firstByteMs");
  m.stall_ms = c.range<std::uint32_t>(r.getStallMs(), 1, UINT32_MAX, "stallMs");
  m.credit_bytes = r.getCreditBytes();
  if (r.hasClearance()) m.clearance = get(c, r.getClearance());
  m.prefix_bytes = c.range<std::uint64_t>(r.getPrefixBytes(), 0, m.body_bytes - 1, "prefixBytes");
  return m;
}

Refuse get(Check& c, wire::Refuse::Reader r) {
  Refuse m;
  m.attempt = c.attempt(r.getAttempt());
  m.reason = known(r.getReason(), RefusalReason::not_cleared, RefusalReason::no_free_slot);
  if (r.hasView()) m.view = get(c, r.getView());
  return m;
}

Begin get(Check& c, wire::Begin::Reader r) {
  Begin m;
  m.attempt = c.attempt(r.getAttempt());
  m.status = c.range<std::uint16_t>(r.getStatus(), status_min, status_max, "status");
  m.content_type = c.text(r.getContentType(), 0, "contentType");
  return m;
}

/// A code that this version knows; a newer peer's code is "internal".
Code known_code(std::uint16_t number) {
  const auto last_public = static_cast<std::uint16_t>(Code::internal);
  const bool known = (number >= 1 && number <= last_public) ||
                     (number >= static_cast<std::uint16_t>(Code::invalid_config) &&
                      number <= static_cast<std::uint16_t>(Code::timed_out));
  return known ? static_cast<Code>(number) : Code::internal;
}

Finish get(Check& c, wire::Finish::Reader r) {
  Finish m;
  m.attempt = c.attempt(r.getAttempt());
  m.bytes = r.getBytes();
  m.usage = {Tokens{r.getPromptTokens()}, Tokens{r.getCompletionTokens()}};
  m.timings = {r.getFirstByteMs(), r.getTotalMs()};
  m.engine_status = c.range<std::uint16_t>(r.getEngineStatus(), 0, status_max, "engineStatus");
  c.require(m.engine_status == 0 || m.engine_status >= 100, "engineStatus");
  if (r.hasFailure())
    m.error = Error{known_code(r.getFailure().getCode()),
                    c.text(r.getFailure().getDetail(), 0, "detail", detail_bytes_max)};
  return m;
}

Accept get(Check& c, wire::Accept::Reader r) {
  return {c.attempt(r.getAttempt()), r.getCreditBytes()};
}

Credit get(Check& c, wire::Credit::Reader r) {
  return {StreamId{r.getStream()},
          c.range<std::uint32_t>(r.getBytes(), 1, credit_bytes_max, "credit bytes")};
}

Cancel get(Check& c, wire::Cancel::Reader r) {
  return {c.attempt(r.getAttempt()),
          known(r.getReason(), CancelReason::owner_back, CancelReason::superseded)};
}

Resume get(Check& c, wire::Resume::Reader r) {
  return {c.attempt(r.getAttempt()), r.getOffset(), r.getCreditBytes()};
}

Offer get(Check& c, wire::Offer::Reader r) {
  return {r.getOffer(), r.getEngine(), c.range<std::uint32_t>(r.getSlots(), 1, slots_max, "slots")};
}

Bid get(Check& c, wire::Bid::Reader r) {
  Bid m;
  m.offer = r.getOffer();
  m.priority = priority_of(r.getPriority());
  m.waited_ms = r.getWaitedMs();
  m.request.value = c.range<std::uint64_t>(r.getRequest(), 0, request_max, "request");
  return m;
}

Grant get(Check& c, wire::Grant::Reader r) {
  return {r.getOffer(),
          RequestId{c.range<std::uint64_t>(r.getRequest(), 1, request_max, "request")}};
}

Drain get(Check&, wire::Drain::Reader r) { return {r.getOn()}; }

Ping get(Check&, wire::Ping::Reader r) { return {r.getNonce(), r.getReply()}; }

template <class Reader>
Result<Message> checked(Reader reader) {
  Check check;
  Message message = get(check, reader);
  if (auto error = check.error()) return std::move(*error);
  return message;
}

}  // namespace

std::optional<AttemptId> dispatched(wire::Envelope::Reader e) {
  if (!e.isDispatch()) return std::nullopt;
  Check check;
  const auto attempt = check.attempt(e.getDispatch().getAttempt());
  return check.failed() ? std::nullopt : std::optional{attempt};
}

Result<Message> read(wire::Envelope::Reader e) {
  switch (e.which()) {
    case wire::Envelope::HELLO:
      return checked(e.getHello());
    case wire::Envelope::INVENTORY:
      return checked(e.getInventory());
    case wire::Envelope::REPORT:
      return checked(e.getReport());
    case wire::Envelope::DISPATCH:
      return checked(e.getDispatch());
    case wire::Envelope::ACCEPT:
      return checked(e.getAccept());
    case wire::Envelope::REFUSE:
      return checked(e.getRefuse());
    case wire::Envelope::BEGIN:
      return checked(e.getBegin());
    case wire::Envelope::CREDIT:
      return checked(e.getCredit());
    case wire::Envelope::CANCEL:
      return checked(e.getCancel());
    case wire::Envelope::RESUME:
      return checked(e.getResume());
    case wire::Envelope::FINISH:
      return checked(e.getFinish());
    case wire::Envelope::OFFER:
      return checked(e.getOffer());
    case wire::Envelope::BID:
      return checked(e.getBid());
    case wire::Envelope::GRANT:
      return checked(e.getGrant());
    case wire::Envelope::DRAIN:
      return checked(e.getDrain());
    case wire::Envelope::PING:
      return checked(e.getPing());
    case wire::Envelope::GUARD_KEY:
      return checked(e.getGuardKey());
  }
  return Error{Code::not_supported, "a message kind of a newer version"};
}

}  // namespace weir::codec
