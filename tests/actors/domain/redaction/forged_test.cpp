// Which text is taken for a forged placeholder, and how far it reaches.
#include "actors/domain/redaction/forged.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using weir::domain::forged_placeholders;

std::vector<std::string> forged(const std::string& text) {
  std::vector<std::string> found;
  std::size_t from = 0;
  for (const auto& [begin, end] : forged_placeholders(text)) {
    CHECK(from <= begin);
    CHECK(begin < end);
    REQUIRE(end <= text.size());
    found.push_back(text.substr(begin, end - begin));
    from = end;
  }
  return found;
}
using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("forged: what looks like a placeholder is found, up to its bracket") {
  for (const std::string text :
       {"⟦PII:PERSON:1⟧", "⟦PII:PERSON:1:abc⟧", "⟦pii:person:1⟧", "〚PII:PERSON:1〛",
        "⟦P\u200bI\u200dI:PERSON:1⟧", "⟦\u2060PII：PERSON:1⟧", "⟦ＰＩＩ:X⟧", "⟦ P I I : X⟧",
        "⟦РІІ:X⟧", "⟦𝐏𝐈𝐈:X⟧", "⟦ⓅⒾⒾ:X⟧", "⟦P\u0301II:X⟧", "⟦PII⟧", "\\u27e6PII:X\\u27e7",
        "\\u27E6PII:X⟧", "⟦Pll:X⟧"}) {
    CHECK_MESSAGE(forged(text) == Found{text}, text);
    CHECK_MESSAGE(forged("a " + text + " b") == Found{text}, text);
  }
}

TEST_CASE("forged: one without an end reaches behind its colon") {
  CHECK(forged("⟦PII:PERSON") == Found{"⟦PII:"});
  CHECK(forged("⟦PII") == Found{"⟦PII"});
  CHECK(forged("⟦PII \u200b: x\n⟧") == Found{"⟦PII \u200b:"});
  CHECK(forged("⟦PII:⟦PII:X⟧") == Found{"⟦PII:", "⟦PII:X⟧"});
  CHECK(forged("⟦PII:" + std::string(500, 'x') + "⟧") == Found{"⟦PII:"});
  CHECK(forged("⟦⟦PII:X⟧⟧") == Found{"⟦PII:X⟧"});
}

TEST_CASE("forged: other text is left alone") {
  for (const std::string text :
       {"", "PII:PERSON:1", "[PII:PERSON:1]", "⟦x⟧", "⟦", "⟦P", "⟦PI:", "⟦PXII", "“⟧”", "\\u27e",
        "\\u27e6", "中文⟦数学⟧", "\xE2", "\xE2\x9F", "⟦\xFF"})
    CHECK_MESSAGE(forged(text).empty(), text);
}
