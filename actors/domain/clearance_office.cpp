// How a request becomes bytes that may leave. Its steps stand alone in their files
// (clearance_*.cpp): tests put others in their places.
#include "actors/domain/clearance.hpp"
#include "schema/dialect/dialects.hpp"

#include <utility>

namespace weir::domain {
namespace {

ClearanceDenied denied(const CloudDraft& draft, Denial why) {
  return {draft.attempt, why, std::nullopt, std::nullopt};
}

ClearanceDenied unsayable(const CloudDraft& draft, dialect::openai::Refused refused) {
  const bool large = refused.error.code == Code::body_too_large;
  auto answer = denied(draft, large ? Denial::too_large : Denial::dialect);
  answer.error = std::move(refused.error);
  return answer;
}

/// The client's request, or why the cloud cannot be asked it.
dialect::ChatReading read(const CloudDraft& draft, std::string_view body) {
  auto reading = dialect::read_chat(draft.front, body);
  if (reading.request && reading.request->messages.empty())  // Ollama's wish to load a model
    return {std::nullopt, {{Code::not_supported, "a cloud loads no models"}, "messages"}};
  return reading;
}

}  // namespace

ClearanceAnswer ClearanceOffice::clear(CloudDraft draft) const {
  if (never_leaves(draft)) return denied(draft, Denial::grade);
  if (!dialect::is_chat(draft.front)) return denied(draft, Denial::dialect);
  auto reading = read(draft, draft.body.bytes_);
  if (!reading.request) return unsayable(draft, std::move(reading.refused));
  auto [ready, vault] = redact(draft, *reading.request);
  if (!ready) return denied(draft, Denial::grade);
  dialect::WriteRules writing;
  writing.model = draft.model;
  writing.output_tokens_default = rules_.output_tokens_default;
  writing.body_bytes_max = cloud_body_bytes_max;
  auto rendered = dialect::write_chat(draft.provider, std::move(*reading.request), writing);
  if (!rendered.body) return unsayable(draft, std::move(rendered.refused));
  if (rendered.body->empty() || rendered.body->size() > cloud_body_bytes_max)
    return denied(draft, Denial::too_large);
  // These very bytes, whatever was found and replaced before.
  if (const auto found = dirty(*rendered.body)) {
    auto answer = denied(draft, Denial::sensitive);
    answer.grade = found;
    return answer;
  }
  ClearanceTerms terms;
  terms.attempt = draft.attempt;
  terms.proxy = draft.target.proxy;
  terms.provider = draft.provider;
  terms.model = draft.model;
  terms.digest = digests_.sha256(*rendered.body);
  terms.bytes = rendered.body->size();
  terms.grade = draft.body.grade();
  terms.desensitised = vault != nullptr;
  terms.policy = draft.target.policy;
  terms.cost_cap = cost_cap(terms.bytes, rendered.output_tokens_max, draft.target);
  terms.ttl_ms = rules_.ttl_ms;
  return CloudBound{std::move(*rendered.body), sign(std::move(terms)), std::move(vault)};
}

}  // namespace weir::domain
