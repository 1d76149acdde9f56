#include "schema/types/brain.hpp"
#include "schema/types/grade.hpp"
#include "schema/types/ids.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"

#include <array>
#include <cstdio>

namespace weir {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::invalid_request:
      return "invalid_request";
    case Code::invalid_grade:
      return "invalid_grade";
    case Code::context_length_exceeded:
      return "context_length_exceeded";
    case Code::body_too_large:
      return "body_too_large";
    case Code::model_not_found:
      return "model_not_found";
    case Code::unauthorized:
      return "unauthorized";
    case Code::forbidden:
      return "forbidden";
    case Code::budget_exhausted:
      return "budget_exhausted";
    case Code::rate_limited:
      return "rate_limited";
    case Code::queue_full:
      return "queue_full";
    case Code::no_capacity:
      return "no_capacity";
    case Code::grade_forbids_cloud:
      return "grade_forbids_cloud";
    case Code::deadline_exceeded:
      return "deadline_exceeded";
    case Code::not_supported:
      return "not_supported";
    case Code::upstream_failed:
      return "upstream_failed";
    case Code::cancelled:
      return "cancelled";
    case Code::internal:
      return "internal";
    case Code::invalid_config:
      return "invalid_config";
    case Code::invalid_frame:
      return "invalid_frame";
    case Code::unreachable:
      return "unreachable";
    case Code::timed_out:
      return "timed_out";
  }
  WEIR_ASSERT(!"a Code without a name");
}

std::optional<Grade> parse_grade(std::string_view text) {
  for (const auto g : {Grade::p0, Grade::p1, Grade::p2})
    if (text.size() == 2 && (text[0] == 'P' || text[0] == 'p') && text[1] == name_of(g)[1])
      return g;
  return std::nullopt;
}

std::optional<Tier> parse_tier(std::string_view text) {
  for (const auto t : {Tier::l0, Tier::l1, Tier::l2})
    if (text == name_of(t)) return t;
  return std::nullopt;
}

std::optional<Priority> parse_priority(std::string_view text) {
  for (const auto p : {Priority::interactive, Priority::normal, Priority::batch})
    if (text == name_of(p)) return p;
  return std::nullopt;
}

std::string public_id(std::uint64_t incarnation, RequestId request) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "req-%016llx-%llx",
                static_cast<unsigned long long>(incarnation),
                static_cast<unsigned long long>(request.value));
  return text.data();
}

bool AcceptPolicy::accepts(Grade grade, std::string_view tenant) const {
  const bool grade_ok = grade == Grade::p0 ? p0 : grade == Grade::p1 ? p1 : p2;
  if (!grade_ok) return false;
  for (const auto& t : tenants)
    if (t == "*" || t == tenant) return true;
  return false;
}

std::string_view name_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::chat_completions:
      return "/v1/chat/completions";
    case Endpoint::completions:
      return "/v1/completions";
    case Endpoint::messages:
      return "/v1/messages";
    case Endpoint::embeddings:
      return "/v1/embeddings";
    case Endpoint::rerank:
      return "/v1/rerank";
    case Endpoint::responses:
      return "/v1/responses";
    case Endpoint::count_tokens:
      return "/v1/messages/count_tokens";
    case Endpoint::ollama_chat:
      return "/api/chat";
    case Endpoint::ollama_generate:
      return "/api/generate";
    case Endpoint::ollama_embed:
      return "/api/embed";
  }
  WEIR_ASSERT(!"an Endpoint without a name");
}

std::string_view name_of(EngineKind kind) {
  switch (kind) {
    case EngineKind::openai:
      return "openai";
    case EngineKind::llama_cpp:
      return "llama_cpp";
    case EngineKind::anthropic:
      return "anthropic";
    case EngineKind::vllm:
      return "vllm";
    case EngineKind::ollama:
      return "ollama";
  }
  WEIR_ASSERT(!"an EngineKind without a name");
}

std::string_view name_of(EngineState state) {
  switch (state) {
    case EngineState::starting:
      return "starting";
    case EngineState::up:
      return "up";
    case EngineState::down:
      return "down";
  }
  WEIR_ASSERT(!"an EngineState without a name");
}

std::string_view name_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::no_free_slot:
      return "no_free_slot";
    case RefusalReason::engine_down:
      return "engine_down";
    case RefusalReason::unknown_engine:
      return "unknown_engine";
    case RefusalReason::not_accepted:
      return "not_accepted";
    case RefusalReason::draining:
      return "draining";
    case RefusalReason::owner_present:
      return "owner_present";
    case RefusalReason::duplicate:
      return "duplicate";
    case RefusalReason::grade_forbidden:
      return "grade_forbidden";
    case RefusalReason::not_cleared:
      return "not_cleared";
  }
  WEIR_ASSERT(!"a RefusalReason without a name");
}

std::string_view name_of(CancelReason reason) {
  switch (reason) {
    case CancelReason::client_gone:
      return "client_gone";
    case CancelReason::deadline:
      return "deadline";
    case CancelReason::superseded:
      return "superseded";
    case CancelReason::slow_client:
      return "slow_client";
    case CancelReason::unknown_attempt:
      return "unknown_attempt";
    case CancelReason::shutdown:
      return "shutdown";
    case CancelReason::owner_back:
      return "owner_back";
  }
  WEIR_ASSERT(!"a CancelReason without a name");
}

namespace {
struct FeatureName {
  Features bit;
  std::string_view name;
};
constexpr std::array<FeatureName, 7> feature_names{{{feature::tools, "tools"},
                                                    {feature::json, "json"},
                                                    {feature::vision, "vision"},
                                                    {feature::embeddings, "embeddings"},
                                                    {feature::rerank, "rerank"},
                                                    {feature::continues, "continues"},
                                                    {feature::messages, "messages"}}};
}  // namespace

std::vector<std::string_view> names_of(Features features) {
  std::vector<std::string_view> names;
  for (const auto& f : feature_names)
    if ((features & f.bit) != 0) names.push_back(f.name);
  return names;
}

std::optional<Features> parse_feature(std::string_view name) {
  for (const auto& f : feature_names)
    if (f.name == name) return f.bit;
  return std::nullopt;
}

std::string_view name_of(Denial why) {
  switch (why) {
    case Denial::grade:
      return "grade";
    case Denial::sensitive:
      return "sensitive";
    case Denial::dialect:
      return "dialect";
    case Denial::too_large:
      return "too_large";
    case Denial::busy:
      return "busy";
    case Denial::late:
      return "late";
    case Denial::internal:
      return "internal";
    case Denial::withdrawn:
      return "withdrawn";
  }
  WEIR_ASSERT(!"a Denial without a name");
}

std::optional<EngineKind> parse_engine_kind(std::string_view name) {
  for (const auto k : {EngineKind::openai, EngineKind::llama_cpp, EngineKind::anthropic,
                       EngineKind::vllm, EngineKind::ollama})
    if (name == name_of(k)) return k;
  return std::nullopt;
}

}  // namespace weir
