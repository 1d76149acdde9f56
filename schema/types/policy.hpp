// What a customer's policy file says: typed tables, read by schema/config, judged by
// actors/domain/policy. The factory values are the policy where there is no file.
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/messages.hpp"
#include "schema/types/sensitive.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct GradeFloor {
  std::string tenant;
  Grade at_least = Grade::p0;
};

/// Permits or forbids what all of its attributes match. An empty list matches everything; a list
/// matches any of its members; `features` matches a request that needs any of them.
struct PolicyRule {
  bool permit = true;
  std::vector<Grade> grades{};
  std::vector<Tier> tiers{};
  std::vector<std::string> tenants{};
  std::vector<std::string> regions{};   ///< of the engine, as its agent states it
  std::vector<EngineKind> providers{};  ///< the kind of the engine
  Features features = 0;                ///< 0: whatever it needs

  friend bool operator==(const PolicyRule&, const PolicyRule&) = default;
};

/// One question to a policy: may such a request go to such an engine?
struct PolicyCase {
  Grade grade = Grade::p0;
  Tier tier = Tier::l0;
  std::string tenant{};
  std::string region{};
  EngineKind provider = EngineKind::openai;
  Features features = 0;
};
/// A case of the file's own `tests:`, and what must come of it.
struct PolicyTest {
  PolicyCase asked;
  bool every_provider = false;  ///< instead of `asked.provider`
  bool permit = false;
  std::string where{};  ///< file:line:column
};

struct PolicySettings {
  DetectorRules detector;
  std::vector<GradeFloor> floors{};  ///< beside the configuration's grade_floors: the strictest
  /// Whether the guard may replace what makes a request P1, so that it may leave.
  bool redact_p1 = true;
  /// A forbid beats a permit; what no rule permits is forbidden. P0 never goes to L2, and P1 only
  /// with its findings replaced, whatever stands here.
  std::vector<PolicyRule> rules = factory_rules();
  std::vector<PolicyTest> tests{};

  /// Everything on our own machines; P2, and P1 with its findings replaced, in the cloud.
  static std::vector<PolicyRule> factory_rules();
};

}  // namespace weir
