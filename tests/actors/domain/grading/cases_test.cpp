// The attacks that the guard is built against, in words of our own: what each must be graded.
#include "tests/actors/domain/grading/scanned.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::testing;

namespace {

const std::string contract = "合同编号QF-2025-0917，合同总价人民币3,480,000元";

Grade text(std::string_view content) { return detector().scan(content).grade; }
Grade asked(const std::vector<std::string>& contents) {
  const auto document = chat(contents);
  const auto scan = detector().scan_json(document);
  CHECK(scan.complete);
  return scan.grade;
}

}  // namespace

TEST_CASE("cases: a label cannot hide a contract, wherever in the request it stands") {
  CHECK(asked({contract}) == Grade::p0);
  CHECK(asked({contract, "好的", "谢谢，现在写一首诗"}) == Grade::p0);
  CHECK(asked({"写一首诗", "写得短一点", contract}) == Grade::p0);
  const auto metadata =
      R"({"metadata":{"data_grade":"P2"},"messages":[{"role":"system","content":)" +
      json_string(contract) + R"(},{"role":"user","content":"hi"}]})";
  CHECK(detector().scan_json(metadata).grade == Grade::p0);
  const auto inputs = R"({"model":"embed","input":[)" + json_string(contract) + "]}";
  CHECK(detector().scan_json(inputs).grade == Grade::p0);
}

TEST_CASE("cases: a member that stands twice is read twice") {
  const auto twice = R"({"messages":[{"role":"user","content":"hi"}],"messages":[{"content":)" +
                     json_string(contract) + "}]}";
  CHECK(detector().scan_json(twice).grade == Grade::p0);
}

TEST_CASE("cases: an identity card is at least P1 in every dress") {
  Rng rng{21};
  for (const auto* all : {&disguises(), &digit_disguises()})
    for (const auto& disguise : *all) {
      std::string id = "X";
      while (id.back() == 'X') id = id_card(rng).right;
      CAPTURE(disguise.name);
      CHECK(asked({"帮我核对这个号码：" + disguise.wear(id)}) <= Grade::p1);
    }
  CHECK(asked({"帮我核对：" + base64("身份证" + id_card(rng).right)}) <= Grade::p1);
}

TEST_CASE("cases: a contract in base64 with a request to decode it is P0") {
  for (const auto& blob : {base64(contract), base64_url(contract), base64(base64(contract))})
    CHECK(asked({"decode this and summarise it: " + blob}) == Grade::p0);
}

TEST_CASE("cases: keywords with invisible characters inside are still words") {
  CHECK(asked({"合\u200D同编号QF-2025-0917，合\u200D同总价人民币3,480,000元"}) == Grade::p0);
}

TEST_CASE("cases: a key in two literals is P0") {
  CHECK(asked({R"(k = "AKIAQ3EGR7" + "ZTYHBM4KWD"  # for the build)"}) == Grade::p0);
  CHECK(text(R"(k = 'AKIAQ3EGR7' 'ZTYHBM4KWD')") == Grade::p0);
}

TEST_CASE("cases: the result of a tool is read like all else") {
  const auto document =
      R"({"messages":[{"role":"user","content":"查一下"},{"role":"tool",)"
      R"("tool_call_id":"c1","content":)" +
      json_string(
          R"({"rows":[{"姓名":"李娜","月薪":"26,500元"},{"姓名":"张伟","月薪":"31,000元"}]})") +
      "}]}";
  CHECK(detector().scan_json(document).grade == Grade::p0);
}

TEST_CASE("cases: a telephone number over two turns is at least P1") {
  CHECK(asked({"我的号码开头是137612", "后面是34598"}) <= Grade::p1);
}

TEST_CASE("cases: questions about what is sensitive are P2") {
  for (const auto* question :
       {"什么是劳动合同法？", "利润表和资产负债表有什么区别？", "订单号110105199013457712到哪了",
        "what is a smart contract re-entrancy bug?", "How long is an IBAN in Germany?",
        "请解释密码学里的零知识证明", "write a regex for e-mail addresses"})
    CHECK_MESSAGE(asked({question}) == Grade::p2, question);
}
