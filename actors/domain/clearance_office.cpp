// What leaves for the cloud and what does not. Alone in its file: a test puts another in its place.
#include "actors/domain/clearance.hpp"
#include "actors/domain/detector.hpp"
#include "schema/dialect/dialects.hpp"

#include <utility>

namespace weir::domain {
namespace {

ClearanceDenied denied(const CloudDraft& draft, Denial why) {
  return {draft.attempt, why, std::nullopt, std::nullopt};
}

/// The provider's request, or why its dialect cannot say what the client's body says.
dialect::Rendering render(const CloudDraft& draft, std::string_view body,
                          std::uint32_t output_tokens_default) {
  auto reading = dialect::read_chat(draft.front, body);
  if (!reading.request) return {std::nullopt, 0, std::move(reading.refused)};
  if (reading.request->messages.empty())  // Ollama's wish to load a model
    return {std::nullopt, 0, {{Code::not_supported, "a cloud loads no models"}, "messages"}};
  dialect::WriteRules rules;
  rules.model = draft.model;
  rules.output_tokens_default = output_tokens_default;
  rules.body_bytes_max = cloud_body_bytes_max;
  return dialect::write_chat(draft.provider, std::move(*reading.request), rules);
}

}  // namespace

ClearanceAnswer ClearanceOffice::clear(CloudDraft draft) const {
  if (draft.body.grade() != Grade::p2) return denied(draft, Denial::grade);
  if (!dialect::is_chat(draft.front)) return denied(draft, Denial::dialect);
  auto rendered = render(draft, draft.body.bytes_, rules_.output_tokens_default);
  if (!rendered.body) {
    const bool large = rendered.refused.error.code == Code::body_too_large;
    auto answer = denied(draft, large ? Denial::too_large : Denial::dialect);
    answer.error = std::move(rendered.refused.error);
    return answer;
  }
  if (rendered.body->empty() || rendered.body->size() > cloud_body_bytes_max)
    return denied(draft, Denial::too_large);
  const auto found = scan(*rendered.body);
  if (strictest(found.grade, draft.body.grade()) != draft.body.grade()) {
    auto answer = denied(draft, Denial::sensitive);
    answer.grade = found.grade;
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
  terms.policy = draft.target.policy;
  terms.cost_cap = cost_cap(terms.bytes, rendered.output_tokens_max, draft.target);
  terms.ttl_ms = rules_.ttl_ms;
  return CloudBound{std::move(*rendered.body), sign(std::move(terms))};
}

}  // namespace weir::domain
