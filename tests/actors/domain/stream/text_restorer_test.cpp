// One text in pieces: what is replaced, what waits, and what is never held.
#include "actors/domain/stream/text_restorer.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace {

using namespace weir;
using domain::TextContext;
using domain::TextRestorer;

constexpr std::size_t bytes_max = 1U << 20U;

struct Small {
  Vault vault{"kqz"};
  std::string person{vault.placeholder_for(Sensitive::person, "王\"芳")};
  std::string phone{vault.placeholder_for(Sensitive::cn_mobile, "139\\0")};
};

std::string restored(const Vault& vault, TextContext context, const std::vector<std::string>& all) {
  TextRestorer restorer{vault, context, bytes_max};
  std::string out;
  for (const auto& piece : all) out += restorer.feed(piece);
  return out + restorer.finish();
}

/// Every cut into two and into single bytes gives what the whole gives.
std::string restored(const Vault& vault, TextContext context, const std::string& text) {
  const auto whole = restored(vault, context, std::vector{text});
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  CHECK(restored(vault, context, bytes) == whole);
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    CHECK(restored(vault, context, {text.substr(0, cut), text.substr(cut)}) == whole);
  return whole;
}

}  // namespace

TEST_CASE("text restorer: placeholders become values, in JSON escaped ones") {
  Small s;
  CHECK(restored(s.vault, TextContext::plain, "您好 " + s.person + "," + s.phone + s.phone) ==
        "您好 王\"芳,139\\0139\\0");
  CHECK(restored(s.vault, TextContext::json, "{\"a\":\"" + s.person + s.phone + "\"}") ==
        "{\"a\":\"王\\\"芳139\\\\0\"}");
}

TEST_CASE("text restorer: in JSON the brackets may be escaped, in either case, one or both") {
  Small s;
  for (const std::string open : {"⟦", "\\u27e6", "\\u27E6"})
    for (const std::string close : {"⟧", "\\u27e7", "\\u27E7"}) {
      CHECK(restored(s.vault, TextContext::json,
                     "[\"x" + open + "PII:PERSON:1:kqz" + close + "y") == "[\"x王\\\"芳y");
    }
  const std::string escaped = "\\u27e6PII:PERSON:1:kqz\\u27e7";
  CHECK(restored(s.vault, TextContext::plain, escaped) == escaped);
}

TEST_CASE("text restorer: an escaped backslash before the letters of an escape is none") {
  Small s;
  for (const std::string text :
       {"\\\\u27e6PII:PERSON:1:kqz\\u27e7", "\\\"\\\\\\\\u27e6PII:PERSON:1:kqz⟧", "\\u27e", "\\",
        "\\u27e6PII:PERSON:1:kqz\\u27", "\\u27e6PII:PERSON:1:kqz\\\\u27e7"})
    CHECK(restored(s.vault, TextContext::json, text) == text);
  CHECK(restored(s.vault, TextContext::json, "\\\\\\u27e6PII:PERSON:1:kqz⟧") == "\\\\王\\\"芳");
}

TEST_CASE("text restorer: forged, unknown and partial placeholders pass as they are") {
  Small s;
  for (const std::string text :
       {"⟦PII:PERSON:9:kqz⟧", "⟦PII:PERSON:1⟧", "⟦PII:PERSON:1:other⟧", "⟦PII:PERSON:1:kqz", "⟦",
        "⟦⟦PII:", "⟦pii:person:1:kqz⟧", "⟦PII:PERSON:1:kqz ⟧", "⟦PII:PERSON:1:kq\u200bz⟧",
        "⟦PII:EMAIL:1:kqz⟧", "\xE2", "\xE2\x9F", "\xE2\x9F\xA7", "“quoted” …"}) {
    CHECK(restored(s.vault, TextContext::plain, text) == text);
    CHECK(restored(s.vault, TextContext::json, text) == text);
  }
  CHECK(restored(s.vault, TextContext::plain, "⟦PII:PERSON:1:" + s.person) ==
        "⟦PII:PERSON:1:王\"芳");
}

TEST_CASE("text restorer: a value is not looked at again") {
  Vault vault{"abc"};
  const std::string inner{vault.placeholder_for(Sensitive::person, "secret")};
  const std::string outer{vault.placeholder_for(Sensitive::address, inner)};
  CHECK(restored(vault, TextContext::plain, outer) == inner);
  const std::string half{vault.placeholder_for_text("⟦PII:PER")};
  CHECK(restored(vault, TextContext::plain, half + "SON:1:abc⟧") == "⟦PII:PERSON:1:abc⟧");
}

TEST_CASE("text restorer: it holds back only what a placeholder begins with, and never for long") {
  Small s;
  TextRestorer restorer{s.vault, TextContext::plain, bytes_max};
  CHECK(restorer.feed("a⟦PII:PER") == "a");
  CHECK(restorer.held() == "⟦PII:PER");
  CHECK(restorer.feed("X") == "⟦PII:PERX");
  CHECK(restorer.held().empty());
  CHECK(restorer.feed("⟦PII:EMAIL") == "⟦PII:EMAIL");  // none was issued
  CHECK(restorer.feed("⟦PII:PERSON:1:kqz").empty());
  CHECK(restorer.feed("⟦PII") == "⟦PII:PERSON:1:kqz");
  CHECK(restorer.held() == "⟦PII");
  CHECK(restorer.finish() == "⟦PII");
  CHECK(restorer.finish().empty());
  for (const auto context : {TextContext::plain, TextContext::json}) {
    TextRestorer each{s.vault, context, bytes_max};
    const std::size_t more = context == TextContext::json ? 6 : 0;
    for (const auto& text : {s.person + s.phone + "⟦⟦PII:CN_MOBILE:1:kqzz",
                             std::string{"\\u27e6PII:CN_MOBILE:1:kqz\\u27e8\\\\⟦PII:PERSO"}})
      for (const char c : text) {
        each.feed({&c, 1});
        CHECK(each.held().size() < s.vault.placeholder_bytes_max() + more);
      }
  }
}

TEST_CASE("text restorer: without placeholders nothing waits") {
  const Vault vault{"abc"};
  TextRestorer restorer{vault, TextContext::json, bytes_max};
  CHECK(restorer.feed("⟦") == "⟦");
  CHECK(restorer.feed("\\") == "\\");
  CHECK(restorer.held().empty());
}

TEST_CASE("text restorer: what would grow beyond its bound is told of") {
  Vault vault{"abc"};
  const std::string placeholder{vault.placeholder_for(Sensitive::address, std::string(1000, 'x'))};
  std::string text;
  for (int i = 0; i < 100; ++i) text += placeholder;
  TextRestorer restorer{vault, TextContext::plain, 10'000};
  const auto out = restorer.feed(text);
  CHECK(restorer.overflowed());
  CHECK(out.size() <= 11'000);
}
