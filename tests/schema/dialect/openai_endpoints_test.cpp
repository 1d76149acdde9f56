// What inspect knows of the endpoints beside chat and completions.
#include "schema/dialect/openai.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
namespace openai = dialect::openai;

openai::RequestFacts facts(Endpoint endpoint, const std::string& more) {
  const auto body = R"({"model":"m")" + more + "}";
  const auto inspection = openai::inspect(endpoint, body);
  REQUIRE_MESSAGE(inspection.facts, body << " : " << inspection.refused.error.detail);
  return *inspection.facts;
}
std::string param(Endpoint endpoint, const std::string& more) {
  const auto inspection = openai::inspect(endpoint, R"({"model":"m")" + more + "}");
  REQUIRE_MESSAGE(!inspection.facts, more);
  CHECK(inspection.refused.error.code == Code::invalid_request);
  CHECK_FALSE(inspection.refused.error.detail.empty());
  return inspection.refused.param;
}

}  // namespace

TEST_CASE("openai endpoints: an embeddings request has an input of one kind") {
  constexpr auto embeddings = Endpoint::embeddings;
  for (const char* input : {R"("a")", R"(["a","b"])", "[1,2]", "[[1],[2,3]]"}) {
    const auto read = facts(embeddings, std::string{R"(,"input":)"} + input);
    CHECK(read.needs == feature::embeddings);
    CHECK_FALSE(read.stream);
    CHECK_FALSE(read.plain);
    CHECK(read.endpoint == embeddings);
  }
  for (const char* input : {"1", "null", "{}", "[]", "[[]]", R"(["a",1])", "[1,[1]]", "[1.5]",
                            "[-1]", R"([["a"]])", "[null]", "[[1,[1]]]", "[true]"})
    CHECK(param(embeddings, std::string{R"(,"input":)"} + input) == "input");
  CHECK(param(embeddings, "") == "input");
  CHECK(facts(embeddings, R"(,"input":"a","stream":true)").stream == false);
  CHECK(param(embeddings, R"(,"input":"a","stream":1)") == "stream");
  CHECK(param(embeddings, R"(,"input":"a","base_url":"x")") == "base_url");
  CHECK(facts(embeddings, R"(,"input":"a","metadata":{"data_grade":"P1"})").grade == Grade::p1);
}

TEST_CASE("openai endpoints: a rerank request has a query and documents") {
  constexpr auto rerank = Endpoint::rerank;
  for (const char* documents : {R"(["a"])", R"([{"text":"a"},"b"])"})
    CHECK(facts(rerank, std::string{R"(,"query":"q","documents":)"} + documents).needs ==
          feature::rerank);
  for (const char* documents : {"[]", "1", "[1]", "null", R"("a")", R"(["a",null])"})
    CHECK(param(rerank, std::string{R"(,"query":"q","documents":)"} + documents) == "documents");
  CHECK(param(rerank, R"(,"query":1,"documents":["a"])") == "query");
  CHECK(param(rerank, R"(,"documents":["a"])") == "query");
  CHECK(param(rerank, R"(,"query":"q")") == "documents");
}

TEST_CASE(
    "openai endpoints: a chat of Ollama's streams unless it says otherwise, and may be a load") {
  constexpr auto chat = Endpoint::ollama_chat;
  const std::string hi = R"(,"messages":[{"role":"user","content":"hi"}])";
  CHECK(facts(chat, hi).stream);
  CHECK(facts(chat, hi + R"(,"stream":null)").stream);
  CHECK_FALSE(facts(chat, hi + R"(,"stream":false)").stream);
  CHECK_FALSE(facts(chat, hi).load);
  for (const char* none : {"", R"(,"messages":[])", R"(,"messages":null)"})
    CHECK(facts(chat, none).load);
  CHECK(facts(chat, hi).needs == 0);
  CHECK(facts(chat, hi + R"(,"tools":[])").needs == 0);
  CHECK(facts(chat, hi + R"(,"tools":[{"type":"function"}])").needs == feature::tools);
  for (const char* none : {"null", R"("")"})
    CHECK(facts(chat, hi + R"(,"format":)" + none).needs == 0);
  for (const char* some : {R"("json")", R"({"type":"object"})"})
    CHECK(facts(chat, hi + R"(,"format":)" + some).needs == feature::json);
  CHECK(facts(chat, R"(,"messages":[{"role":"user","images":["aa"]}])").needs == feature::vision);
  CHECK(facts(chat, R"(,"messages":[{"role":"user","images":[]}])").needs == 0);
  CHECK(facts(chat, hi + R"(,"options":{"num_predict":7})").output_tokens_max == 7);
  for (const char* none : {"-1", "-2", "0", "null"})
    CHECK(facts(chat, hi + R"(,"options":{"num_predict":)" + none + "}").output_tokens_max == 0);
  CHECK(param(chat, hi + R"(,"options":{"num_predict":1.5})") == "options.num_predict");
  CHECK(param(chat, hi + R"(,"options":1)") == "options");
  CHECK(param(chat, R"(,"messages":{})") == "messages");
  CHECK(param(chat, R"(,"messages":[1])") == "messages[0]");
  CHECK(param(chat, R"(,"messages":[{}])") == "messages[0].role");
  CHECK(param(chat, hi + R"(,"host":"x")") == "host");
}

TEST_CASE("openai endpoints: a generate request of Ollama's") {
  constexpr auto generate = Endpoint::ollama_generate;
  CHECK(facts(generate, R"(,"prompt":"hi")").stream);
  CHECK_FALSE(facts(generate, R"(,"prompt":"hi")").load);
  for (const char* none : {"", R"(,"prompt":"")", R"(,"prompt":null)"})
    CHECK(facts(generate, none).load);
  CHECK(param(generate, R"(,"prompt":["hi"])") == "prompt");
  CHECK(facts(generate, R"(,"prompt":"hi","images":["aa"])").needs == feature::vision);
  CHECK(facts(generate, R"(,"prompt":"hi","format":"json")").needs == feature::json);
}

TEST_CASE("openai endpoints: an embed request of Ollama's") {
  constexpr auto embed = Endpoint::ollama_embed;
  for (const char* input : {R"("a")", R"(["a","b"])", "[]"}) {
    const auto read = facts(embed, std::string{R"(,"input":)"} + input);
    CHECK(read.needs == feature::embeddings);
    CHECK_FALSE(read.stream);
  }
  for (const char* input : {"1", "[1]", R"(["a",1])", "null"})
    CHECK(param(embed, std::string{R"(,"input":)"} + input) == "input");
  CHECK(param(embed, "") == "input");
}

TEST_CASE(
    "openai endpoints: a rewrite asks for usage only where OpenAI's streams tell it if asked") {
  const auto rewritten = [](Endpoint endpoint, const std::string& more) {
    const auto body = R"({"model":"m")" + more + "}";
    const auto inspection = openai::inspect(endpoint, body);
    REQUIRE(inspection.facts);
    return openai::rewrite(body, *inspection.facts, "e\"x");
  };
  const std::string model = R"({"model":"e\"x")";
  CHECK(rewritten(Endpoint::ollama_chat, R"(,"messages":[],"stream":true)") ==
        model + R"(,"messages":[],"stream":true})");
  CHECK(rewritten(Endpoint::ollama_generate, R"(, "prompt":"a")") == model + R"(, "prompt":"a"})");
  CHECK(rewritten(Endpoint::ollama_embed, R"(,"input":"a")") == model + R"(,"input":"a"})");
  CHECK(rewritten(Endpoint::embeddings, R"(,"input":[1])") == model + R"(,"input":[1]})");
  CHECK(rewritten(Endpoint::rerank, R"(,"query":"q","documents":["d"])") ==
        model + R"(,"query":"q","documents":["d"]})");
  CHECK(rewritten(Endpoint::completions, R"(,"prompt":"a","stream":true)") ==
        model + R"(,"prompt":"a","stream":true,"stream_options":{"include_usage":true}})");
}

TEST_CASE("openai endpoints: an engine's refusal of a prompt that is too long is known") {
  using openai::says_context_exceeded;
  const std::string llama =
      R"({"error":{"code":400,"message":"the request exceeds the available context size",)"
      R"("type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})";
  const std::string vllm =
      R"({"object":"error","message":"This model's maximum context length is 8 tokens. However…",)"
      R"("type":"BadRequestError","param":null,"code":400})";
  const std::string openai = R"({"error":{"message":"x","type":"invalid_request_error",)"
                             R"("param":"messages","code":"context_length_exceeded"}})";
  const std::string ollama = R"({"error":"the input length exceeds the context length"})";
  for (const auto& body : {llama, vllm, openai, ollama})
    for (const int status : {400, 413, 500, 503}) CHECK(says_context_exceeded(status, body));
  for (const int status : {200, 401, 404, 429, 600})
    CHECK_FALSE(says_context_exceeded(status, llama));
  for (const std::string body :
       {"", "maximum context length", "[]", R"({"error":1})", R"({"error":"out of memory"})",
        R"({"error":{"message":1}})", R"({"choices":[{"text":"maximum context length"}]})"})
    CHECK_FALSE(says_context_exceeded(400, body));
  CHECK_FALSE(says_context_exceeded(
      400, R"({"error":{"message":"maximum context length )" + std::string(70'000, 'x') + "\"}}"));
}
