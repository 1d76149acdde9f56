// Documents: places are those of the document, values may be split over strings.
#include "tests/actors/domain/grading/found.hpp"

using namespace weir;
using namespace weir::domain::testing;

namespace {

std::string chat(const std::string& content) {
  return R"({"model":"auto","messages":[{"role":"user","content":")" + content + "\"}]}";
}
Grade grade_json(const std::string& document) { return detector().scan_json(document).grade; }

}  // namespace

TEST_CASE("scan_json: findings cover the escaped bytes") {
  CHECK(has(found_json(chat("\\u624b\\u673a\\u00313812345678\\n")), "CN_MOBILE=\\u00313812345678"));
  CHECK(has(found_json(chat("say \\\"a.b@firm.cn\\\"")), "EMAIL=a.b@firm.cn"));
  CHECK(has(found_json(R"({"phone":13812345678})"), "CN_MOBILE=13812345678"));
  CHECK(has(found_json(R"({"a.b@firm.cn":1})"), "EMAIL=a.b@firm.cn"));
}

TEST_CASE("scan_json: a string that is JSON gives its keys as context") {
  CHECK(grade_json(
            chat("{\\\"rows\\\":[{\\\"姓名\\\":\\\"王芳\\\",\\\"月薪\\\":\\\"38,000元\\\"}]}")) ==
        Grade::p0);
  CHECK(has(found_json(chat("{\\\"name\\\":\\\"James Wilson\\\"}")), "PERSON=James Wilson"));
}

TEST_CASE("scan_json: values split over strings are found in both") {
  const std::string split = R"({"messages":[{"role":"user","content":"我的号码前半是139012"},)"
                            R"({"role":"user","content":"后半是34567"}]})";
  const auto all = found_json(split);
  CHECK(has(all, "CN_MOBILE=139012"));
  CHECK(has(all, "CN_MOBILE=34567"));
  CHECK(grade_json(R"({"a":["1101011990","03077475"]})") == Grade::p1);
  CHECK(grade_json(R"({"a":["110101","1990","0307","7475"]})") == Grade::p1);
  CHECK(grade_json(R"({"a":["AKIAQ3EGR7","ZTYHBM4KWD"]})") == Grade::p0);
  CHECK(grade_json(R"({"a":["139012","or 5 of them"]})") == Grade::p2);
}

TEST_CASE("scan_json: what is no JSON, too deep, or unreadable is P0") {
  for (const std::string bad : {"", "{", "hello", "{\"a\":1}x", "{\"a\":\"\xff\"}"}) {
    const auto scan = detector().scan_json(bad);
    CHECK(!scan.complete);
    CHECK(scan.grade == Grade::p0);
  }
  CHECK(!detector().scan_json(std::string(2000, '[') + std::string(2000, ']')).complete);
  CHECK(detector().scan_json("{\"a\":[1,2,{\"b\":null}]}").complete);
  CHECK(grade_json(R"({"prompt":[1,2,3,4,5,6,7,8,9,10]})") == Grade::p0);
  CHECK(grade_json(chat("ok")) == Grade::p2);
}

TEST_CASE("scan_json: the texts of the attacks") {
  CHECK(grade_json(chat("合同编号HT-2026-7731,合同总价人民币8,860,000元 ZXCANARY")) == Grade::p0);
  CHECK(grade_json(chat("请核对这个号码:１１０１０１１９９００３０７７４７５")) == Grade::p1);
  CHECK(grade_json(chat("请核对这个号码:%253110101199003077475")) == Grade::p1);
  CHECK(grade_json(chat("k = \\\"AKIAQ3EGR7\\\" + \\\"ZTYHBM4KWD\\\" # ZXCANARY")) == Grade::p0);
  for (const char* harmless : {"什么是合同法?", "解释资产负债表", "订单号110101199013457712在哪",
                               "smart contract re-entrancy?"})
    CHECK_MESSAGE(grade_json(chat(harmless)) == Grade::p2, std::string{harmless});
}
