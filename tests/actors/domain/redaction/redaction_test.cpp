// What becomes of a request: every place that a finding can stand in.
#include "actors/domain/redaction/redaction.hpp"
#include "schema/dialect/dialects.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace weir;
using namespace weir::dialect;
using domain::redact;
using weir::Scan;

/// Finds these words.
Scan words(std::string_view text) {
  static const std::vector<std::pair<std::string_view, Sensitive>> known{
      {"王芳", Sensitive::person},       {"Ann \"A\" Lee", Sensitive::person},
      {"13901234567", Sensitive::phone}, {"a@b.cn", Sensitive::email},
      {"merger", Sensitive::finance},    {"label: x1", Sensitive::secret}};
  Scan scan;
  for (const auto& [word, kind] : known)
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      const auto skip = kind == Sensitive::secret ? std::size_t{7} : 0;  // the label tells
      scan.findings.push_back({kind, 90, at + skip, at + word.size()});
    }
  std::sort(scan.findings.begin(), scan.findings.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  return scan;
}

ChatRequest request_of(std::string text) {
  ChatRequest request;
  request.model = "auto";
  request.messages.push_back({ChatRole::user, "", {TextPart{std::move(text)}}});
  return request;
}
const std::string& text_in(const ChatRequest& request) {
  return std::get<TextPart>(request.messages.at(0).parts.at(0)).text;
}
/// The text of a request that can be redacted.
std::string redacted(std::string text, Vault& vault) {
  auto request = request_of(std::move(text));
  CHECK(redact(request, words, vault).whole);
  return text_in(request);
}
bool whole(ChatRequest request) {
  Vault vault{"kqz"};
  return redact(request, words, vault).whole;
}

json::Value parsed(std::string_view text) {
  auto made = json::parse(text);
  REQUIRE(made.value);
  return std::move(*made.value);
}

}  // namespace

TEST_CASE("redaction: findings of all texts become placeholders, the same value the same one") {
  Vault vault{"kqz"};
  auto request = request_of("我叫王芳,13901234567。王芳!");
  request.messages.push_back({ChatRole::system, "", {TextPart{"mail a@b.cn"}}});
  request.messages.push_back({ChatRole::assistant, "", {ThinkingPart{"王芳?", "", ""}}});
  request.messages.push_back(
      {ChatRole::user, "", {ToolResultPart{"call_1", {TextPart{"[\"王芳\"]"}}, false}}});
  const auto done = redact(request, words, vault);
  CHECK(done.whole);
  CHECK(done.counts[index_of(Sensitive::person)] == 4);
  CHECK(done.counts[index_of(Sensitive::phone)] == 1);
  CHECK(text_in(request) == "我叫⟦PII:PERSON:1:kqz⟧,⟦PII:PHONE:1:kqz⟧。⟦PII:PERSON:1:kqz⟧!");
  CHECK(std::get<TextPart>(request.messages[1].parts[0]).text == "mail ⟦PII:EMAIL:1:kqz⟧");
  CHECK(std::get<ThinkingPart>(request.messages[2].parts[0]).text == "⟦PII:PERSON:1:kqz⟧?");
  const auto& result = std::get<ToolResultPart>(request.messages[3].parts[0]);
  CHECK(std::get<TextPart>(result.content[0]).text == "[\"⟦PII:PERSON:1:kqz⟧\"]");
  CHECK(vault.size() == 3);
}

TEST_CASE("redaction: arguments of tool calls stay JSON, and their bytes where nothing changes") {
  Vault vault{"kqz"};
  ChatRequest request;
  request.messages.push_back({ChatRole::assistant, "", {}});
  auto& parts = request.messages[0].parts;
  parts.emplace_back(
      ToolUsePart{"c", "f", R"({"a": "\u738b\u82b3", "b":[{"c":"Ann \"A\" Lee"}]})"});
  parts.emplace_back(ToolUsePart{"d", "f", R"({ "a":"\u4e2d", "n":1.50 })"});
  parts.emplace_back(ToolUsePart{"e", "f", ""});
  CHECK(redact(request, words, vault).whole);
  CHECK(std::get<ToolUsePart>(parts[0]).arguments ==
        R"({"a":"⟦PII:PERSON:1:kqz⟧","b":[{"c":"⟦PII:PERSON:2:kqz⟧"}]})");
  CHECK(std::get<ToolUsePart>(parts[1]).arguments == R"({ "a":"\u4e2d", "n":1.50 })");
  CHECK(vault.value_of("⟦PII:PERSON:2:kqz⟧") == "Ann \"A\" Lee");
}

TEST_CASE("redaction: a key tells the scan what its value is") {
  Vault vault{"kqz"};
  ChatRequest request;
  request.messages.push_back(
      {ChatRole::assistant, "", {ToolUsePart{"c", "f", R"({"label":["x1"]})"}}});
  CHECK(redact(request, words, vault).whole);
  CHECK(std::get<ToolUsePart>(request.messages[0].parts[0]).arguments ==
        R"({"label":["⟦PII:SECRET:1:kqz⟧"]})");
}

TEST_CASE("redaction: what of arguments cannot be replaced keeps the request local") {
  for (const char* arguments :
       {R"({"王芳":1})", R"({"a":{"x 13901234567":1}})", R"({"a":13901234567})", R"([13901234567])",
        R"({"a":"王芳")", R"({"a":1,"a":2})", R"({"⟦PII:":1})"}) {
    ChatRequest request;
    request.messages.push_back({ChatRole::assistant, "", {ToolUsePart{"c", "f", arguments}}});
    CHECK_MESSAGE(!whole(std::move(request)), arguments);
  }
}

TEST_CASE("redaction: of tools, texts and data are replaced") {
  Vault vault{"kqz"};
  auto request = request_of("x");
  request.tools.push_back(
      {"find", "ask 王芳",
       parsed(R"({"type":"object","properties":{"who":{"type":"string","description":"王芳",)"
              R"("enum":["王芳","x"],"default":{"pattern":"a@b.cn"}}}})"),
       false});
  request.openai_only = json::object(
      "response_format",
      parsed(R"({"type":"json_schema","json_schema":{"name":"n","schema":{"title":"a@b.cn"}}})"),
      "seed", json::Value::of(7));
  CHECK(redact(request, words, vault).whole);
  CHECK(request.tools[0].description == "ask ⟦PII:PERSON:1:kqz⟧");
  CHECK(json::text_of(request.tools[0].schema) ==
        R"({"type":"object","properties":{"who":{"type":"string","description":)"
        R"("⟦PII:PERSON:1:kqz⟧","enum":["⟦PII:PERSON:1:kqz⟧","x"],)"
        R"("default":{"pattern":"⟦PII:EMAIL:1:kqz⟧"}}}})");
  CHECK(json::text_of(request.openai_only).find("\"title\":\"⟦PII:EMAIL:1:kqz⟧\"") !=
        std::string::npos);
}

TEST_CASE("redaction: names, ids and rules cannot be replaced") {
  using Change = void (*)(ChatRequest&);
  const std::vector<Change> changes{
      [](ChatRequest& r) { r.model = "13901234567"; },
      [](ChatRequest& r) { r.tool_name = "a@b.cn"; },
      [](ChatRequest& r) { r.stop = {"王芳"}; },
      [](ChatRequest& r) {
        r.tools.push_back({"a@b.cn", std::nullopt, {}, false});
      },
      [](ChatRequest& r) {
        r.tools.push_back({"f", std::nullopt, parsed(R"({"properties":{"王芳":{}}})"), false});
      },
      [](ChatRequest& r) {
        r.tools.push_back({"f", std::nullopt, parsed(R"({"pattern":"王芳"})"), false});
      },
      [](ChatRequest& r) { r.thinking = parsed(R"({"type":"王芳"})"); },
      [](ChatRequest& r) { r.openai_only = json::object("x", parsed("13901234567")); },
      [](ChatRequest& r) {
        r.openai_only = json::object("response_format", parsed(R"({"a":{"name":"王芳"}})"));
      },
      [](ChatRequest& r) { r.own_only = json::object("王芳", "x"); },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ImagePart{"image/png", "AA==", ""});
      },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ToolUsePart{"王芳", "f", "{}"});
      },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ToolUsePart{"c", "王芳", "{}"});
      },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ToolResultPart{"王芳", {}, false});
      },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ToolResultPart{"c", {ImagePart{}}, false});
      },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ThinkingPart{"王芳", "sig", ""});
      },
      [](ChatRequest& r) {
        r.messages[0].parts.emplace_back(ThinkingPart{"", "", "a@b.cn"});
      },
      [](ChatRequest& r) { r.messages[0].parts.emplace_back(TextPart{"the merger"}); }};
  CHECK(whole(request_of("x")));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto request = request_of("x");
    changes[i](request);
    CHECK_MESSAGE(!whole(std::move(request)), "change " << i);
  }
}

TEST_CASE("redaction: the user's id goes, a participant's name only where there is one") {
  Vault vault{"kqz"};
  auto request = request_of("x");
  request.user = "a@b.cn";
  request.messages[0].name = "王芳";
  auto two = request;
  CHECK(redact(request, words, vault).whole);
  CHECK(request.user.empty());
  CHECK(request.messages[0].name.empty());
  CHECK(vault.empty());
  two.messages.push_back({ChatRole::user, "bob", {}});
  CHECK_FALSE(whole(two));
  two.messages[0].name = "alice";
  two.user = "u-1";
  CHECK(redact(two, words, vault).whole);
  CHECK(two.user == "u-1");
  CHECK(two.messages[0].name == "alice");
}

TEST_CASE(
    "redaction: a finding over the seam of two texts keeps the request local (d-redact-034)") {
  auto request = request_of("我的号码前半是139012");
  request.messages.push_back({ChatRole::user, "", {TextPart{"34567, 后半"}}});
  CHECK_FALSE(whole(request));
  std::get<TextPart>(request.messages[1].parts[0]).text = "x34567";
  CHECK(whole(request));
}

TEST_CASE("redaction: limits, and scans that make no sense, keep the request local") {
  Vault vault{"kqz"};
  auto request = request_of("王芳");
  const auto with = [&](Scan scan) {
    auto copy = request;
    return redact(
               copy, [&](std::string_view) { return scan; }, vault)
        .whole;
  };
  Scan incomplete;
  incomplete.complete = false;
  CHECK_FALSE(with(incomplete));
  Scan beyond;
  beyond.findings = {{Sensitive::person, 90, 0, 100}};
  CHECK_FALSE(with(beyond));
  beyond.findings = {{Sensitive::person, 90, 3, 3}};
  CHECK_FALSE(with(beyond));
  Vault full{"kqz"};
  for (std::size_t i = 0; i < Vault::entries_max; ++i)
    full.placeholder_for(Sensitive::email, std::to_string(i));
  CHECK_FALSE(redact(request, words, full).whole);
}

TEST_CASE("redaction: a stop sequence that would cut a placeholder keeps the request local") {
  for (const char* stop : {":", "PII", "⟧", "PERSON:1"}) {
    auto request = request_of("王芳");
    request.stop = {"\n\n", stop};
    CHECK_FALSE(whole(std::move(request)));
  }
  auto request = request_of("nobody");
  request.stop = {":"};
  CHECK(whole(std::move(request)));
}

TEST_CASE(
    "redaction: a finding that cuts a character takes all of it; those that overlap are one") {
  Vault vault{"kqz"};
  auto request = request_of("a王芳b");
  Scan scan;
  scan.findings = {{Sensitive::person, 90, 2, 5}, {Sensitive::email, 90, 4, 6}};
  const auto once = [&](std::string_view text) { return text.size() == 8 ? scan : Scan{}; };
  CHECK(redact(request, once, vault).whole);
  CHECK(text_in(request) == "a⟦PII:PERSON:1:kqz⟧b");
  CHECK(vault.value_of("⟦PII:PERSON:1:kqz⟧") == "王芳");
}

TEST_CASE("redaction: a placeholder that somebody types becomes one (d-restore-037)") {
  Vault vault{"kqz"};
  const auto sent = redacted("what is ⟦PII:PERSON:1⟧ ? 我叫王芳", vault);
  CHECK(sent == "what is ⟦PII:TEXT:1:kqz⟧ ? 我叫⟦PII:PERSON:1:kqz⟧");
  CHECK(vault.value_of("⟦PII:TEXT:1:kqz⟧") == "⟦PII:PERSON:1⟧");
  // Also with the nonce itself, were it known; and a finding inside.
  CHECK(redacted("⟦PII:PERSON:1:kqz⟧", vault) == "⟦PII:TEXT:2:kqz⟧");
  CHECK(redacted("⟦PII:王芳⟧", vault) == "⟦PII:PERSON:2:kqz⟧");
  CHECK(vault.value_of("⟦PII:PERSON:2:kqz⟧") == "⟦PII:王芳⟧");
}

TEST_CASE("redaction: what was redacted can be written for every provider") {
  for (const auto kind : {EngineKind::openai, EngineKind::anthropic}) {
    Vault vault{"kqz"};
    auto reading =
        read_chat(Endpoint::chat_completions,
                  R"({"model":"auto","messages":[{"role":"user","content":"王芳"},)"
                  R"({"role":"assistant","tool_calls":[{"id":"c","type":"function",)"
                  R"("function":{"name":"f","arguments":"{\"a\":\"王芳\"}"}}]},)"
                  R"({"role":"tool","tool_call_id":"c","content":"a@b.cn"}],"user":"王芳"})");
    REQUIRE(reading.request);
    CHECK(redact(*reading.request, words, vault).whole);
    const auto written = write_chat(kind, std::move(*reading.request), {.model = "m"});
    REQUIRE(written.body);
    CHECK(words(*written.body).findings.empty());
    CHECK(json::parse(*written.body).value);
  }
}
