#include "tests/actors/domain/grading/scanned.hpp"

#include <doctest/doctest.h>
#include <algorithm>

using namespace weir;
using namespace weir::testing;

namespace {

std::shared_ptr<const domain::Detector> made(const DetectorRules& rules) {
  auto detector = domain::Detector::make(rules);
  REQUIRE(detector);
  return *detector;
}

const std::string sample =
    "李建国先生的手机13812345678，邮箱 li.jianguo@firm.com.cn，密码: t7Qm!r29zK";

}  // namespace

TEST_CASE("rules: the factory's grades are those of the documents") {
  using enum Sensitive;
  for (std::size_t i = 0; i < sensitive_kinds; ++i) {
    const auto kind = static_cast<Sensitive>(i);
    const bool strict = kind == secret || kind == contract_no || kind == contract ||
                        kind == finance || kind == unreadable;
    CHECK(detector().grade_of(kind) == (strict ? Grade::p0 : Grade::p1));
    CHECK(parse_sensitive(name_of(kind)) == kind);
  }
  CHECK_FALSE(parse_sensitive("person"));
}

TEST_CASE("rules: a policy moves kinds between grades") {
  DetectorRules rules;
  rules.grades[index_of(Sensitive::cn_mobile)] = Grade::p0;
  rules.grades[index_of(Sensitive::email)] = Grade::p2;
  const auto moved = made(rules);
  CHECK(moved->grade_of(Sensitive::cn_mobile) == Grade::p0);
  CHECK(moved->scan("手机13812345678").grade == Grade::p0);
  const auto mail = moved->scan("a.b@firm.cn");
  CHECK(mail.grade == Grade::p2);
  CHECK(mail.findings.size() == 1);
  CHECK(mail.bytes == 0);
}

TEST_CASE("rules: findings below the threshold count as none") {
  DetectorRules rules;
  rules.at_least[index_of(Sensitive::cn_mobile)] = 100;
  CHECK(made(rules)->scan("手机13812345678").grade == Grade::p2);
  rules.at_least[index_of(Sensitive::cn_mobile)] = 0;
  CHECK(made(rules)->scan("手机13812345678").grade == Grade::p1);
}

TEST_CASE("rules: added terms make a text a contract or finance, in any case and in disguise") {
  DetectorRules rules;
  rules.contract_terms = {"项目海东青"};
  rules.finance_terms = {"Project Osprey"};
  const auto added = made(rules);
  const std::string text = "PROJECT OSPREY 什么时候开始？";
  CHECK(finds(added->scan(text), text, Sensitive::finance, "PROJECT OSPREY"));
  CHECK(added->scan("项目\u200B海东青的进展").grade == Grade::p0);
  CHECK(added->scan("Ｐｒｏｊｅｃｔ Osprey").grade == Grade::p0);
  CHECK(detector().scan(text).grade == Grade::p2);
}

TEST_CASE("rules: terms that cannot be used are refused") {
  for (const auto& term : {std::string{}, std::string(201, 'x')}) {
    DetectorRules rules;
    rules.contract_terms = {term};
    const auto refused = domain::Detector::make(rules);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::invalid_config);
  }
  DetectorRules many;
  many.finance_terms.assign(10'001, "term");
  CHECK_FALSE(domain::Detector::make(many));
}

TEST_CASE("rules: allowed texts are no finding where they stand exactly, in any disguise") {
  DetectorRules rules;
  rules.allowed = {"13812345678", "info@firm.com.cn", "13９87654321"};
  const auto lenient = made(rules);
  CHECK(lenient->scan("客服 13812345678，info@firm.com.cn").findings.empty());
  CHECK(lenient->scan("客服 １３８１２３４５６７８").findings.empty());
  CHECK(lenient->scan("客服 13987654321").findings.empty());
  CHECK(lenient->scan("客服 13812345679").findings.size() == 1);
  CHECK(lenient->scan("client-info@firm.com.cn").findings.size() == 1);
}

TEST_CASE("rules: findings are in order and apart, and their bytes are those that count") {
  const auto scan = detector().scan(sample);
  REQUIRE(scan.findings.size() >= 4);
  std::size_t last = 0, bytes = 0;
  for (const auto& f : scan.findings) {
    CHECK(f.begin >= last);
    CHECK(f.begin < f.end);
    CHECK(f.end <= sample.size());
    last = f.end;
    bytes += f.end - f.begin;
  }
  CHECK(scan.bytes == bytes);
  CHECK(scan.grade == Grade::p0);
}

TEST_CASE("rules: of overlapping findings the stricter stays") {
  const std::string text = "postgresql://app:Xk29dLq81z@10.4.17.23:5432/crm";
  CHECK(told(text) == std::vector<std::string>{"SECRET " + text});
}

TEST_CASE("rules: a summary has counts and no offsets") {
  const auto summary = domain::summary_of(detector().scan(sample));
  CHECK(summary.grade == Grade::p0);
  CHECK(summary.complete);
  CHECK(summary.counts[index_of(Sensitive::cn_mobile)] == 1);
  CHECK(summary.counts[index_of(Sensitive::secret)] == 1);
  CHECK(summary.counts[index_of(Sensitive::iban)] == 0);
  const auto nothing = domain::summary_of(detector().scan("hello"));
  CHECK(nothing.grade == Grade::p2);
  CHECK(nothing.counts == Detected::nothing().counts);
}

TEST_CASE("rules: more findings than a scan keeps are not taken for complete") {
  std::string text;
  for (std::size_t i = 0; i < Scan::findings_max + 10; ++i)
    text += "u" + std::to_string(i) + "@firm.cn ";
  const auto scan = detector().scan(text);
  CHECK(scan.findings.size() == Scan::findings_max);
  CHECK_FALSE(scan.complete);
  CHECK(scan.grade == Grade::p0);
}
