// Values in disguise, and that what is told is exactly the disguise's bytes.
#include "actors/domain/grading/layer.hpp"
#include "actors/domain/grading/unicode.hpp"
#include "tests/actors/domain/grading/found.hpp"

using namespace weir;
using namespace weir::domain;
using namespace weir::domain::testing;

namespace {

/// `value` in disguise must be found as a whole between two other words.
void whole(const char* kind, const std::string& value) {
  for (const std::string before : {"请核对：", "x = ", ""}) {
    const auto all = found(before + value + "。");
    CHECK_MESSAGE(has(all, kind + ("=" + value)), before << value << " -> " << listed(all));
  }
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view all =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i * 4 / 3 + k <= bytes.size() * 4 / 3 ? all[bits >> (18 - 6 * k) & 63] : '=';
  }
  while (out.size() % 4 != 0) out += '=';
  return out;
}

}  // namespace

TEST_CASE("disguise: digits of other kinds, blanks, marks, invisible characters") {
  whole("CN_ID_CARD", "１１０１０１１９９００３０７７４７５");
  whole("CN_ID_CARD", "1 1 0 1 0 1 1 9 9 0 0 3 0 7 7 4 7 5");
  whole("CN_ID_CARD",
        "1\u200b1\u200b0\u200b1\u200b0\u200b1\u200b1\u200b9\u200b9\u200b0\u200b0\u200b3\u200b"
        "0\u200b7\u200b7\u200b4\u200b7\u200b5");
  whole("CN_ID_CARD", "一一零一零一一九九零零三零七七四七五");
  whole("CN_MOBILE", "一三八一二三四五六七八");
  whole("CN_MOBILE", "壹叁捌壹贰叁肆伍陆柒捌");
  whole("CN_MOBILE", "138**1234**5678");
  whole("CN_MOBILE", "𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖");
  whole("CN_MOBILE", "①③⑧①②③④⑤⑥⑦⑧");
  whole("CN_MOBILE", "١٣٨١٢٣٤٥٦٧٨");
  whole("CN_MOBILE", "1́3́8́1́2́3́4́5́6́7́8");
  whole("BANK_CARD", "4111-1111-1111-1111");
  whole("CN_MOBILE",
        "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣");
}

TEST_CASE("disguise: escapes, also within each other") {
  whole("CN_MOBILE",
        "\\u0031\\u0033\\u0038\\u0031\\u0032\\u0033\\u0034\\u0035\\u0036\\u0037\\u0038");
  whole("CN_MOBILE", "%31%33%38%31%32%33%34%35%36%37%38");
  whole("CN_MOBILE", "%2531381234%35678");
  whole("CN_MOBILE", "&#49;&#x33;8123&amp;#52;5678");
  whole("CN_MOBILE", "\\x31\\x33812345678");
  CHECK(grade("%253110101199003077475") == Grade::p1);
  const auto pem = found(
      "key: -----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\\n"
      "-----END PRIVATE KEY-----\\n");
  CHECK(pem.size() == 1);
}

TEST_CASE("disguise: base64 and hex, nested; the whole blob is told") {
  const std::string text = "身份证110101199003077475";
  whole("CN_ID_CARD", base64(text));
  whole("CN_ID_CARD", base64(base64(text)));
  whole("CN_ID_CARD", base64(base64(base64(text))));
  whole("CN_ID_CARD", "6Lqr5Lu96K+BMTEwMTAxMTk5MDAzMDc3NDc1");
  whole("CN_MOBILE", "3133383132333435363738");
  CHECK(grade("decode: "
              "5ZCI5ZCM57yW5Y+3SFQtMjAyNi03NzMxLOWQiOWQjOaAu+S7t+S6uuawkeW4gTgsODYwLDAwMOWFgw==") ==
        Grade::p0);
  // Deeper than three layers: nobody looked.
  const auto deep = detector().scan(base64(base64(base64(base64(base64(text))))));
  CHECK(!deep.complete);
  CHECK(deep.grade == Grade::p0);
}

TEST_CASE("disguise: look-alike letters, joined literals, invisible characters in words") {
  const auto joined = found("k = \"AKIAQ3EGR7\" + \"ZTYHBM4KWD\"");
  REQUIRE(joined.size() == 1);
  CHECK(joined[0] == "SECRET=AKIAQ3EGR7\" + \"ZTYHBM4KWD");
  CHECK(grade("合\u200d同编号HT-2026-7731,合\u200d同总价人民币8,860,000元") == Grade::p0);
  CHECK(grade("合同編號HT-2026-7731") == Grade::p0);
  // Cyrillic о and е in the host.
  CHECK(has(found("mail ann@cоmpanу.com"), "EMAIL=ann@cоmpanу.com"));
}

TEST_CASE("fold: offsets of every byte lead back to where it came from") {
  const std::string text = "a１\u200b二b%41\\u4e2d&amp;é。\xff c";
  const auto folding = fold_text(text);
  REQUIRE(folding.changed);
  CHECK(folding.text == "a1二bA中&e。? c");
  std::size_t last = 0;
  for (std::size_t i = 0; i < folding.text.size(); ++i) {
    if ((folding.text[i] & 0xC0) == 0x80) continue;
    const auto d = decode_utf8(folding.text, i);
    const auto span = folding.map.origin({i, i + d.bytes});
    CHECK(span.begin >= last);
    CHECK(span.begin < span.end);
    CHECK(span.end <= text.size());
    last = span.end;
  }
  CHECK(folding.map.origin({0, folding.text.size()}).end == text.size());
  CHECK(!fold_text("plain ASCII, nothing to fold").changed);
  CHECK(!fold_text("只有汉字").changed);
}

TEST_CASE("disguise: words with a blank after each character are the same words") {
  CHECK(detector().scan("合 同 编 号:CG-2026-00427 合 同 总 价 860000元").grade == Grade::p0);
  CHECK(detector().scan("登 录 密 码 是 Wq7!xkR2p").grade == Grade::p0);
  const std::string spread = "联 系 人 员 电 话 13812345678";
  CHECK(has(found(spread), "CN_MOBILE=13812345678"));
  CHECK(detector().scan("今 天 天 气 很 好").grade == Grade::p2);
}
