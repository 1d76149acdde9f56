// The customer's policy, judged: which requests may go to which engines.
#pragma once

#include "schema/types/policy.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace weir::domain {

/// Every provider.
inline constexpr std::array engine_kinds{EngineKind::openai, EngineKind::llama_cpp,
                                         EngineKind::anthropic, EngineKind::vllm,
                                         EngineKind::ollama};

/// Of a request: what its rules are chosen by.
struct PolicySubject {
  Grade grade = Grade::p0;
  std::string_view tenant;
  Features features = 0;  ///< that it needs
};
/// Of an engine.
struct PolicyObject {
  Tier tier = Tier::l2;
  std::string_view region;
  EngineKind provider = EngineKind::openai;
};

/// What a policy's rules leave for one request, so that many engines can be asked about fast.
class PolicyGate {
 public:
  PolicyGate(const std::vector<PolicyRule>& rules, const PolicySubject& subject);

  /// A forbid beats a permit, and what no rule permits is forbidden; P0 never goes to L2, whatever
  /// the rules say. O(rules that concern the request).
  bool permits(const PolicyObject& object) const;
  bool by_region() const { return by_region_; }  ///< whether any rule looks at regions

 private:
  struct Left {
    bool permit = false;
    std::vector<Tier> tiers;
    std::vector<std::string> regions;
    std::vector<EngineKind> providers;
  };
  Grade grade_;
  bool by_region_ = false;
  std::vector<Left> left_;
};

/// The same for one case. O(rules).
bool permits(const std::vector<PolicyRule>& rules, const PolicyCase& asked);

}  // namespace weir::domain
