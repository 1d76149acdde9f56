#include "schema/dialect/openai.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <string>

namespace {

using namespace weir;
namespace openai = dialect::openai;

constexpr auto chat = Endpoint::chat_completions;
const std::string messages = R"("messages":[{"role":"user","content":"hi"}])";

/// A chat request with `more` as its first members.
std::string request(const std::string& more) {
  return "{" + more + R"(,"model":"m",)" + messages + "}";
}

openai::RequestFacts facts(const std::string& body, Endpoint endpoint = chat) {
  const auto inspection = openai::inspect(endpoint, body);
  REQUIRE_MESSAGE(inspection.facts, body << " : " << inspection.refused.error.detail);
  return *inspection.facts;
}

struct Refusal {
  Code code;
  std::string param, detail;
};
Refusal refusal(const std::string& body, Endpoint endpoint = chat) {
  const auto inspection = openai::inspect(endpoint, body);
  REQUIRE_MESSAGE(!inspection.facts, body);
  const auto& r = inspection.refused;
  CHECK_FALSE(r.error.detail.empty());
  return {r.error.code, r.param, r.error.detail};
}
std::string param(const std::string& more) { return refusal(request(more)).param; }

std::string in(const std::string& body, openai::Range range) {
  return body.substr(range.begin, range.end - range.begin);
}

// What no JSON value may look like. clang-format would give each a line of its own.
// clang-format off
constexpr const char* not_values[] = {
    "tru", "nul", "TRUE", "True", "NaN", "Infinity", "01", "-", "+1", "1.", ".5", "1e", "1e+",
    "0x1", "1 2", "'a'", "\"a", "\"\\q\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"",
    "\"\\ud800\\u0041\"", "\"\t\"", "\"\x01\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xFF\"",
    "\"\xF4\x90\x80\x80\"", "[1,]", "[,1]", "[1 2]", "[1}", "{\"b\":1]", "{\"b\" 1}",
    "{\"b\":}", "{b:1}", "{\"b\":1,}", "{\"b\"}", "{1:2}", "{,}", "[", "{", "]", "}", "//x\n1",
    "1/**/", "\\u0031", "\"a\"b", "\"a\"\"b\"", "true\"x\"","1\f"};
// clang-format on

}  // namespace

TEST_CASE("openai request: the facts of a full chat request, with their places") {
  const std::string body =
      R"( { "model" : "gpt-4o-mini" ,"stream":true, "n" : 2, "max_tokens":512,)"
      R"("stream_options": {"include_usage" : true} ,"metadata":{"a":1,"data_grade":"p1"},)"
      R"("tools":[{"type":"function"}],"response_format":{"type":"json_schema"},)"
      R"("messages":[{"role":"user","content":[{"type":"text","text":"x"},)"
      R"({"type":"image_url","image_url":{"url":"data:"}}]}] } )";
  const auto f = facts(body);
  CHECK(f.model == "gpt-4o-mini");
  CHECK(in(body, f.model_value) == R"("gpt-4o-mini")");
  CHECK(in(body, *f.stream_options) == R"({"include_usage" : true})");
  CHECK(body[f.object_end] == '}');
  CHECK(body.substr(f.object_end) == "} ");
  CHECK((f.stream && f.usage_asked && f.choices == 2 && f.output_tokens_max == 512));
  CHECK(f.grade == Grade::p1);
  CHECK(f.needs == (feature::tools | feature::json | feature::vision));
}

TEST_CASE("openai request: a short request has the factory facts") {
  const auto f = facts(request(R"("stream":null,"n":null,"max_tokens":null,"metadata":null)"));
  CHECK_FALSE(f.stream);
  CHECK_FALSE(f.usage_asked);
  CHECK_FALSE(f.stream_options);
  CHECK_FALSE(f.grade);
  CHECK((f.needs == 0 && f.choices == 1 && f.output_tokens_max == 0));
}

TEST_CASE("openai request: required fields are named when they are missing") {
  CHECK(refusal("{}").param == "model");
  CHECK(refusal(R"({"model":"m"})").param == "messages");
  CHECK(refusal(R"({"model":"m"})", Endpoint::completions).param == "prompt");
  CHECK(refusal(R"({"model":"m",)" + messages + "}", Endpoint::completions).param == "prompt");
  CHECK(refusal(R"({"model":"m","messages":[]})").param == "messages");
  CHECK(refusal(R"({"model":"m","messages":{}})").param == "messages");
  CHECK(refusal(R"({"model":"m","messages":["x"]})").param == "messages[0]");
  CHECK(refusal(R"({"model":"m","messages":[{"role":"user"},{"content":""}]})").param ==
        "messages[1].role");
  CHECK(refusal(R"({"model":"m","messages":[{"role":1}]})").param == "messages[0].role");
  CHECK(facts(R"({"model":"m","prompt":"x"})", Endpoint::completions).model == "m");
  CHECK(facts(R"({"model":"m","prompt":["x","y"]})", Endpoint::completions).model == "m");
  CHECK(refusal(R"({"model":"m","prompt":null})", Endpoint::completions).param == "prompt");
}

TEST_CASE("openai request: the model is a string of 1..256 bytes without control characters") {
  const auto with = [](const std::string& model) {
    return R"({"model":)" + model + "," + messages + "}";
  };
  for (const char* bad :
       {"1", "null", R"("")", R"(["m"])", R"("a\nb")", R"("\u0000")", R"("\u007f")"})
    CHECK_MESSAGE(refusal(with(bad)).param == "model", bad);
  CHECK(refusal(with('"' + std::string(257, 'm') + '"')).param == "model");
  CHECK(facts(with('"' + std::string(256, 'm') + '"')).model.size() == 256);
  CHECK(facts(with(R"("\u006d\ud83d\ude00\/")")).model == "m\xF0\x9F\x98\x80/");
}

TEST_CASE("openai request: fields of the wrong type or range are refused by name") {
  CHECK(param(R"("stream":"yes")") == "stream");
  CHECK(param(R"("stream":1)") == "stream");
  CHECK(param(R"("stream_options":true)") == "stream_options");
  CHECK(param(R"("stream_options":{"include_usage":1})") == "stream_options.include_usage");
  for (const char* n : {"0", "129", "1.0", "1e0", "-1", "\"1\"", "[]", "99999999999999999999"})
    CHECK_MESSAGE(param(R"("n":)" + std::string{n}) == "n", n);
  CHECK(facts(request(R"("n":128)")).choices == 128);
  for (const char* name : {"max_tokens", "max_completion_tokens"})
    for (const char* n : {"-1", "4294967296", "0.5", "true"})
      CHECK_MESSAGE(param('"' + std::string{name} + "\":" + n) == name, n);
  CHECK(facts(request(R"("max_tokens":4294967295)")).output_tokens_max == 4294967295U);
  CHECK(param(R"("metadata":"P2")") == "metadata");
}

TEST_CASE("openai request: max_completion_tokens counts before max_tokens, in either order") {
  CHECK(facts(request(R"("max_tokens":5,"max_completion_tokens":7)")).output_tokens_max == 7);
  CHECK(facts(request(R"("max_completion_tokens":7,"max_tokens":5)")).output_tokens_max == 7);
  CHECK(facts(request(R"("max_completion_tokens":0,"max_tokens":5)")).output_tokens_max == 5);
}

TEST_CASE("openai request: metadata.data_grade is a grade, absent, or refused") {
  const auto with = [](const std::string& value) {
    return request(R"("metadata":{"data_grade":)" + value + "}");
  };
  CHECK(facts(with(R"("P0")")).grade == Grade::p0);
  CHECK(facts(with(R"("p2")")).grade == Grade::p2);
  CHECK(facts(with(R"("\u00501")")).grade == Grade::p1);
  CHECK_FALSE(facts(with("null")).grade);
  CHECK_FALSE(facts(with(R"("")")).grade);
  for (const char* bad : {R"("P3")", R"("public")", "2", "{}", "[\"P2\"]", "true", R"(" P2")"}) {
    const auto r = refusal(with(bad));
    CHECK_MESSAGE(r.code == Code::invalid_grade, bad);
    CHECK(r.param == "metadata.data_grade");
  }
}

TEST_CASE("openai request: what a request needs of a model") {
  const auto needs = [](const std::string& more) { return facts(request(more)).needs; };
  CHECK(needs(R"("tools":[])") == 0);
  CHECK(needs(R"("tools":null)") == 0);
  CHECK(needs(R"("tools":[{}])") == feature::tools);
  CHECK(needs(R"("response_format":{"type":"text"})") == 0);
  CHECK(needs(R"("response_format":{"type":"json_object"})") == feature::json);
  for (const char* type : {"image_url", "input_image", "image"})
    CHECK(facts(R"({"model":"m","messages":[{"role":"user","content":[{"type":")" +
                std::string{type} + R"("}]}]})")
              .needs == feature::vision);
}

TEST_CASE("openai request: fields that redirect a request are refused at the top level") {
  for (const char* name :
       {"api_base", "base_url", "custom_host", "api_url", "endpoint_url", "proxy", "proxy_url",
        "custom_llm_provider", "api_key", "extra_headers", "fallbacks", "API_Base", "base-url",
        "endpoint", "extra_body", "openai_api_base", "Target-URL", "aws_region_name", "provider"}) {
    const auto r = refusal(request('"' + std::string{name} + R"(":"x")"));
    CHECK_MESSAGE(r.code == Code::invalid_request, name);
    CHECK_MESSAGE(!r.param.empty(), name);
  }
  CHECK(param(R"("\u0061pi_base":"x")") == "api_base");
  CHECK(facts(request(R"("organization":"o","user":"u","x":{"api_base":"y"})")).model == "m");
}

TEST_CASE("openai request: a key that stands twice in any object is refused") {
  for (const char* twice :
       {R"("model":"x")", R"("mod\u0065l":"x")", R"("\u006d\u006f\u0064\u0065\u006c":"x")",
        R"("x":{"a":1,"a":1})", R"("x":[{"":1,"":2}])", R"("x":{"a":{"b":1},"\u0061":2})",
        R"("x":{"longer-than-eight":1,"longer\u002dthan-eight":2})",
        R"("x":{"\ud83d\ude00":1,"😀":2})", R"("x":{"a\/b":1,"a/b":2})"}) {
    const auto r = refusal(request(twice));
    CHECK_MESSAGE(r.code == Code::invalid_request, twice);
    CHECK_MESSAGE(r.detail.find("stands twice") != std::string::npos, twice);
  }
  for (const char* once :
       {R"("x":{"a":1,"b":{"a":1}})", R"("x":[{"a":1},{"a":1}])", R"("x":{"a\u0000":1,"a":2,"":3})",
        R"("x":{"longer-than-8":1,"longer-than-9":2})"})
    CHECK_MESSAGE(facts(request(once)).model == "m", once);
}

TEST_CASE("openai request: duplicate keys are found in large objects, at any distance") {
  const auto object = [](std::size_t count, std::size_t second) {
    std::string x = R"("x":{)";
    for (std::size_t i = 0; i < count; ++i) x += "\"key-number-" + std::to_string(i) + "\":1,";
    return x + "\"key-number-" + std::to_string(second) + "\":2}";
  };
  for (const std::size_t count : {15U, 16U, 17U, 1000U, 60'000U}) {
    CHECK(facts(request(object(count, count))).model == "m");
    CHECK(refusal(request(object(count, 0))).detail.find("twice") != std::string::npos);
    CHECK(refusal(request(object(count, count - 1))).detail.find("twice") != std::string::npos);
  }
  CHECK(refusal(request(object(66'000, 66'000))).detail.find("too many keys") != std::string::npos);
}

TEST_CASE("openai request: a body that is not one valid JSON object is refused") {
  const auto whole = request(R"("a":1)");
  for (const std::string& body :
       {std::string{}, std::string{" "}, std::string{"[]"}, std::string{"\"x\""},
        std::string{"null"}, whole + "x", whole + whole, whole + ",", "[" + whole + "]",
        whole.substr(0, whole.size() - 1), "\xEF\xBB\xBF" + whole, whole + std::string(1, '\0')})
    CHECK_MESSAGE(refusal(body).code == Code::invalid_request, body);
  for (const char* bad : not_values)
    CHECK_MESSAGE(refusal(request(std::string{R"("x":)"} + bad)).code == Code::invalid_request,
                  bad);
  for (const char* good :
       {"0", "-0", "-0.5e-10", "1E+400", "12345678901234567890123", "\"\\u0000\"", "{}", "[]",
        "[[],{}]", " \t\r\n1 ", "\"\\ud83d\\ude00\"", "\"\x7F\""})
    CHECK_MESSAGE(facts(request(std::string{R"("x":)"} + good)).model == "m", good);
}

TEST_CASE("openai request: 64 levels are accepted, 65 are not, and very deep ones end at once") {
  const auto nested = [](std::size_t depth) {
    return request(R"("x":)" + std::string(depth, '[') + std::string(depth, ']'));
  };
  CHECK(facts(nested(63)).model == "m");
  CHECK(refusal(nested(64)).detail.find("too deeply") != std::string::npos);
  CHECK(refusal(nested(1'000'000)).detail.find("too deeply") != std::string::npos);
  std::string objects;
  for (int i = 0; i < 64; ++i) objects += R"({"a":)";
  CHECK(refusal(request(R"("x":)" + objects + "1" + std::string(64, '}'))).param.empty());
}

TEST_CASE("openai request: no refusal quotes the body") {
  for (const char* secret :
       {R"("n":"secret")", R"("metadata":{"data_grade":"secret"})",
        R"("x":{"secret":1,"secret":2})", R"("stream":"secret")", R"("secret":secret)",
        R"("stream_options":["secret"])", R"("x":"\secret")"}) {
    const auto r = refusal(request(secret));
    CHECK_MESSAGE(r.detail.find("secret") == std::string::npos, r.detail);
    CHECK_MESSAGE(r.param.find("secret") == std::string::npos, r.param);
  }
}

TEST_CASE("openai request: no byte beyond the body's end is read") {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto* const map = static_cast<char*>(
      mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(map != MAP_FAILED);
  REQUIRE(mprotect(map + page, page, PROT_NONE) == 0);
  const auto at_end = [&](const std::string& text) {
    return std::string_view{std::copy(text.begin(), text.end(), map + page - text.size()) -
                                static_cast<std::ptrdiff_t>(text.size()),
                            text.size()};
  };
  for (std::size_t filler = 0; filler < 200; ++filler) {
    const auto body = request(R"("x":")" + std::string(filler, 'y') + '"');
    CHECK(openai::inspect(chat, at_end(body)).facts);
    for (const std::size_t cut : {1U, 2U, 30U})
      CHECK_FALSE(openai::inspect(chat, at_end(body.substr(0, body.size() - cut))).facts);
  }
  for (const char* text :
       {"1", "-", "t", "nul", "\"", "\"\\", "\"\\u", "\"\\ud800\\u", "{", "{\"a", "1e", "\xF0\x9F"})
    CHECK_FALSE(openai::inspect(chat, at_end(text)).facts);
  munmap(map, 2 * page);
}

TEST_CASE("openai request: a body of 32 MB is read") {
  const auto body = request(R"("x":")" + std::string(32U << 20U, 'y') + '"');
  CHECK(facts(body).model == "m");
  CHECK(openai::rewrite(body, facts(body), "other").size() == body.size() + 4);
  CHECK(facts(request(R"("x":1)")).model == "m");
}

TEST_CASE("openai request: a name that only case makes another's is refused, everywhere") {
  for (const std::string name : {"Model", "MODEL", "Messages", "Stream", "Options",
                                 "me\xC5\xBF\xC5\xBF"
                                 "ages"}) {
    CHECK(param("\"" + name + "\":1") == name);
    for (const auto endpoint : {Endpoint::ollama_chat, Endpoint::ollama_generate,
                                Endpoint::ollama_embed, Endpoint::embeddings}) {
      const auto body = R"({"model":"m","input":"x",")" + name + R"(":"other"})";
      CHECK(refusal(body, endpoint).param == name);
    }
  }
  CHECK(openai::inspect(chat, request("\"X_Odd\":1")).facts);
}

TEST_CASE("openai request: what is no text is noted, for its bytes tell nothing of its tokens") {
  const auto text_only = [](const std::string& part) {
    return facts(
               R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"})" +
               part + "]}]}")
        .text_only;
  };
  CHECK(text_only(""));
  CHECK(text_only(R"(,{"type":"refusal","refusal":"x"})"));
  CHECK_FALSE(text_only(R"(,{"type":"input_audio","input_audio":{"data":"AA"}})"));
  CHECK_FALSE(text_only(R"(,{"type":"image_url","image_url":{"url":"x"}})"));
  CHECK_FALSE(
      facts(R"({"model":"m","prompt":"x","images":["AA"]})", Endpoint::ollama_generate).text_only);
}

TEST_CASE("openai request: Ollama's flags and the form of embeddings are read in the same pass") {
  const auto of = [](const char* more, Endpoint endpoint = Endpoint::ollama_generate) {
    return facts(R"({"model":"m","prompt":"\"raw\": true","input":"x")" + std::string{more} + "}",
                 endpoint);
  };
  CHECK_FALSE(of("").raw);
  CHECK(of(R"(,"raw":true)").raw);
  CHECK_FALSE(of(R"(,"options":{"raw":true})").raw);
  CHECK(of("").thinks);
  CHECK_FALSE(of(R"(,"think":false)").thinks);
  CHECK(of(R"(,"think":"high")").thinks);
  CHECK(of(R"(,"encoding_format":"base64")", Endpoint::embeddings).base64);
  CHECK_FALSE(of(R"(,"encoding_format":"float")", Endpoint::embeddings).base64);
  CHECK(refusal(R"({"model":"m","raw":"yes"})", Endpoint::ollama_generate).param == "raw");
}
