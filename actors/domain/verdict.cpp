#include "actors/domain/verdict.hpp"

namespace weir::domain {

Verdict judge(const Survey& survey, const VerdictFacts& facts) {
  using Kind = Verdict::Kind;
  if (survey.count(Filter::busy) + survey.count(Filter::refused) +
          survey.count(Filter::local_first) >
      0)
    return {Kind::wait, Code::deadline_exceeded};
  if (facts.failed_before) return {Kind::fail, Code::upstream_failed};
  if (survey.count(Filter::over_budget) > 0) return {Kind::fail, Code::budget_exhausted};
  if (survey.candidates == 0)
    return !facts.model_known && facts.somebody_serves ? Verdict{Kind::fail, Code::model_not_found}
                                                       : Verdict{Kind::hopeless, Code::no_capacity};
  if (survey.legal_and_fit > 0) return {Kind::hopeless, Code::no_capacity};
  if (survey.policy_forbids) return {Kind::hopeless, Code::forbidden};
  if (survey.only_cloud_fits) return {Kind::hopeless, Code::grade_forbids_cloud};
  if (survey.context_short > 0) return {Kind::fail, Code::context_length_exceeded};
  if (survey.features_short > 0) return {Kind::fail, Code::not_supported};
  if (survey.count(Filter::p0_never_leaves) + survey.count(Filter::p1_not_cleared) > 0)
    return {Kind::hopeless, Code::grade_forbids_cloud};
  return {Kind::hopeless, Code::no_capacity};
}

const char* detail_of(Code code) {
  switch (code) {
    case Code::model_not_found:
      return "the model does not exist, or no connected machine offers it";
    case Code::context_length_exceeded:
      return "the prompt exceeds the model's context on every machine";
    case Code::not_supported:
      return "no connected machine offers this model with a feature the request needs";
    case Code::no_capacity:
      return "nothing that may serve this request is connected";
    case Code::grade_forbids_cloud:
      return "only the cloud could serve this request, and its data grade forbids that";
    case Code::forbidden:
      return "the policy does not permit this request on any machine that could serve it";
    case Code::budget_exhausted:
      return "only the cloud can serve this request now, and its budget is used up";
    case Code::queue_full:
      return "too many requests are waiting";
    case Code::deadline_exceeded:
      return "no answer began before the request's deadline";
    case Code::upstream_failed:
      return "the machines that may serve this request failed";
    default:
      return "the request failed";
  }
}

}  // namespace weir::domain
