#include "schema/config/load.hpp"
#include "schema/config/programs.hpp"

#include <algorithm>
#include <array>

namespace weir::config {

namespace {

constexpr std::size_t rules_max = 1000;
constexpr std::size_t tests_max = 1000;
constexpr std::size_t terms_max = 10'000;
constexpr std::size_t floors_max = 10'000;
constexpr std::size_t names_max = 1000;
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t term_bytes_max = 256;
constexpr Features nameable =
    feature::tools | feature::json | feature::vision | feature::embeddings | feature::rerank;

constexpr const char* grades_text = "must be P0, P1 or P2";
constexpr const char* tiers_text = "must be L0, L1 or L2";
constexpr const char* kinds_text = "must be openai, anthropic, llama_cpp, vllm or ollama";
constexpr const char* features_text = "must be tools, json, vision, embeddings or rerank";

std::optional<Features> nameable_feature(std::string_view name) {
  const auto bit = parse_feature(name);
  return bit && (*bit & nameable) != 0 ? bit : std::nullopt;
}

/// One attribute of a closed vocabulary; `take` gets each value.
template <class Value, class Take>
const Node* closed(Binder& b, const char* key, std::optional<Value> (*parse)(std::string_view),
                   const char* wanted, const Take& take) {
  return b.values(key, 1, names_max, name_bytes_max,
                  [&](const Node& node, const std::string& at, const std::string& text) {
                    if (const auto value = parse(text))
                      take(*value);
                    else
                      b.wrong(&node, at, wanted);
                  });
}

template <class Value>
auto into(std::vector<Value>& list) {
  return [&list](const Value& value) { list.push_back(value); };
}

void names(Binder& b, const char* key, std::vector<std::string>& out) {
  b.values(key, 1, names_max, name_bytes_max,
           [&out](const Node&, const std::string&, auto name) { out.push_back(std::move(name)); });
}

void features(Binder& b, Features& out) {
  closed<Features>(b, "feature", &nameable_feature, features_text,
                   [&out](Features bit) { out |= bit; });
}

/// An empty list would match everything, which nobody means who writes one: it is an error.
void attributes(Binder& b, PolicyRule& rule) {
  const auto* grade = closed<Grade>(b, "grade", &parse_grade, grades_text, into(rule.grades));
  closed<Tier>(b, "tier", &parse_tier, tiers_text, into(rule.tiers));
  names(b, "tenant", rule.tenants);
  names(b, "region", rule.regions);
  closed<EngineKind>(b, "provider", &parse_engine_kind, kinds_text, into(rule.providers));
  features(b, rule.features);
  const auto holds = [](const auto& list, auto value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (rule.permit && holds(rule.grades, Grade::p0) && holds(rule.tiers, Tier::l2))
    b.wrong(grade, "grade", "P0 never goes to L2: that rule is compiled in, none can permit it");
}

void rule(Binder& b, PolicySettings& s) {
  const auto read = [&](const char* key, bool permit) {
    if (b.node().find(key) == nullptr) return false;
    PolicyRule read_rule;
    read_rule.permit = permit;
    b.map(key, Need::optional, [&](Binder& a) { attributes(a, read_rule); });
    s.rules.push_back(std::move(read_rule));
    return true;
  };
  const bool permit = read("permit", true), forbid = read("forbid", false);
  if (permit == forbid) b.wrong(nullptr, "", "must be either permit or forbid");
}

void rules(Binder& top, PolicySettings& s) {
  if (top.node().find("rules") != nullptr) s.rules.clear();
  top.maps("rules", Need::optional, rules_max, [&s](Binder& b) { rule(b, s); });
}

void terms(Binder& b, const char* key, std::vector<std::string>& out) {
  b.values(key, 0, terms_max, term_bytes_max,
           [&](const Node& node, const std::string& at, std::string term) {
             if (term.find_first_not_of(' ') == std::string::npos)
               b.wrong(&node, at, "must hold more than spaces");
             out.push_back(std::move(term));
           });
}

void detector_types(Binder& b, DetectorRules& d) {
  for (std::size_t i = 0; i < sensitive_kinds; ++i) {
    const std::string key{name_of(static_cast<Sensitive>(i))};
    b.map(key.c_str(), Need::optional, [&](Binder& kind) {
      std::optional<Grade> grade;
      kind.grade("grade", Need::optional, grade);
      d.grades[i] = grade.value_or(d.grades[i]);
      double confidence = 0;
      // A threshold between two percents becomes the lower one, which finds more.
      if (kind.weight("at_least", confidence) != nullptr)
        d.at_least[i] = static_cast<std::uint8_t>(confidence * 100 + 1e-9);
    });
  }
}

void detector(Binder& top, DetectorRules& d) {
  const auto* node = top.map("detector", Need::optional, [&d](Binder& b) {
    b.map("types", Need::optional, [&d](Binder& types) { detector_types(types, d); });
    b.map("lexicons", Need::optional, [&d](Binder& lexicons) {
      terms(lexicons, "contract", d.contract_terms);
      terms(lexicons, "finance", d.finance_terms);
    });
    terms(b, "allowed", d.allowed);
  });
  if (d.contract_terms.size() + d.finance_terms.size() + d.allowed.size() > terms_max)
    top.wrong(node, "detector", "must hold at most " + std::to_string(terms_max) + " terms");
}

void redaction(Binder& top, PolicySettings& s) {
  top.map("redaction", Need::optional, [&s](Binder& b) {
    b.refuse("P0", "cannot be set: P0 never leaves, so nothing of it is replaced");
    b.refuse("P2", "cannot be set: P2 leaves as it is");
    std::string what = "replace";
    const auto* node = b.text("P1", Need::optional, name_bytes_max, what);
    if (what != "replace" && what != "keep") b.wrong(node, "P1", "must be replace or keep");
    s.redact_p1 = what == "replace";
  });
}

/// Of an absent attribute: a tenant or region that no rule names, no feature, every provider.
void test(Binder& b, PolicySettings& s) {
  PolicyTest t;
  std::optional<Grade> grade;
  b.grade("grade", Need::required, grade);
  t.asked.grade = grade.value_or(Grade::p0);
  b.tier("tier", Need::required, t.asked.tier);
  b.text("tenant", Need::optional, name_bytes_max, t.asked.tenant);
  b.text("region", Need::optional, name_bytes_max, t.asked.region);
  std::string text;
  const auto* provider = b.text("provider", Need::optional, name_bytes_max, text);
  t.every_provider = provider == nullptr;
  if (provider != nullptr) {
    const auto kind = parse_engine_kind(text);
    if (!kind) b.wrong(provider, "provider", kinds_text);
    t.asked.provider = kind.value_or(EngineKind::openai);
  }
  features(b, t.asked.features);
  text.clear();
  const auto* expect = b.text("expect", Need::required, name_bytes_max, text);
  t.permit = text == "permit";
  if (expect != nullptr && !t.permit && text != "forbid")
    b.wrong(expect, "expect", "must be permit or forbid");
  t.where = b.report().at(b.node().place);
  s.tests.push_back(std::move(t));
}

}  // namespace

void read_floors(Binder& top, const char* key, std::vector<GradeFloor>& floors) {
  std::set<std::string> tenants;
  top.maps(key, Need::optional, floors_max, [&](Binder& b) {
    GradeFloor floor;
    std::optional<Grade> at_least;
    const auto* tenant = b.text("tenant", Need::required, 64, floor.tenant);
    b.unique(tenants, tenant, "tenant", floor.tenant);
    b.grade("at_least", Need::required, at_least);
    floor.at_least = at_least.value_or(Grade::p0);
    floors.push_back(std::move(floor));
  });
}

void read(Binder& top, PolicySettings& s) {
  read_floors(top, "floors", s.floors);
  detector(top, s.detector);
  redaction(top, s);
  rules(top, s);
  top.maps("tests", Need::optional, tests_max, [&s](Binder& b) { test(b, s); });
}

std::optional<PolicySettings> read_policy(Binder& top, std::string& file) {
  const auto* node = top.path("policy", Need::optional, file);
  if (node == nullptr) return std::nullopt;
  auto loaded = load_policy(file);
  for (auto& line : loaded.errors) top.report().add_line(node->place, std::move(line));
  if (!loaded.errors.empty()) return std::nullopt;
  return std::move(loaded.settings);
}

}  // namespace weir::config
