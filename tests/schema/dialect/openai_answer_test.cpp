#include "schema/dialect/openai.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir;
namespace openai = dialect::openai;

std::string renamed(const std::string& body) {
  return openai::rename_model(body, openai::inspect_answer(body), "mine");
}

std::string chunk(const std::string& data, bool keep_usage) {
  std::string out;
  openai::append_chunk(out, data, openai::inspect_chunk(data), "\"m\"", keep_usage);
  return out;
}

}  // namespace

TEST_CASE("openai answer: usage and model are read, the model is renamed, all else stays") {
  const std::string body =
      R"({"id":"x","model" : "engine/model","choices":[{"model":"inner"}],)"
      R"("usage":{"prompt_tokens":11,"completion_tokens":22,"details":{"prompt_tokens":9}}} )";
  const auto facts = openai::inspect_answer(body);
  CHECK(facts.object);
  REQUIRE(facts.usage);
  CHECK((facts.usage->prompt == Tokens{11} && facts.usage->completion == Tokens{22}));
  auto expected = body;
  expected.replace(expected.find("\"engine/model\""), 14, "\"mine\"");
  CHECK(renamed(body) == expected);
}

TEST_CASE("openai answer: what is malformed gives no facts and passes unchanged") {
  for (const std::string body :
       {"", "oops", "[]", R"({"model":"a")", R"({"model":"a"} x)", R"({"model":"a","x":tru})",
        R"({"model":"\ud800"})", "<html>502</html>", "{\"model\":\"\xFF\"}"}) {
    const auto facts = openai::inspect_answer(body);
    CHECK_MESSAGE(!facts.object, body);
    CHECK_FALSE(facts.usage);
    CHECK(renamed(body) == body);
  }
  for (const std::string body : {R"({"x":1})", R"({"model":null})", R"({"model":{"model":"a"}})"}) {
    CHECK(openai::inspect_answer(body).object);
    CHECK(renamed(body) == body);
  }
}

TEST_CASE("openai answer: usage of odd shape counts only what is a count") {
  const auto usage = [](const std::string& value) {
    return openai::inspect_answer(R"({"usage":)" + value + "}").usage;
  };
  for (const char* none :
       {"null", "{}", "[]", "7", R"({"prompt_tokens":"7"})", R"({"prompt_tokens":-7})",
        R"({"prompt_tokens":1.5})", R"({"prompt_tokens":99999999999999999999})"})
    CHECK_MESSAGE(!usage(none), none);
  CHECK(usage(R"({"prompt_tokens":7})")->prompt == Tokens{7});
  CHECK(usage(R"({"prompt_tokens":null,"completion_tokens":8})")->completion == Tokens{8});
}

TEST_CASE("openai chunk: the facts of content, finish, usage, error and end") {
  const auto content = openai::inspect_chunk(
      R"({"model":"e","choices":[{"delta":{"content":"a"},"finish_reason":null}]})");
  CHECK((content.object && content.has_choices && !content.finished && !content.error));
  CHECK_FALSE(content.usage_member);
  CHECK(openai::inspect_chunk(R"({"choices":[{"finish_reason":"stop"}]})").finished);
  CHECK_FALSE(
      openai::inspect_chunk(R"({"choices":[{"delta":{"finish_reason":"stop"}}]})").finished);
  const auto usage =
      openai::inspect_chunk(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}})");
  CHECK((!usage.has_choices && usage.usage && usage.usage->completion == Tokens{2}));
  CHECK(openai::inspect_chunk(R"({"error":{"message":"x"}})").error);
  CHECK(openai::inspect_chunk(R"({"object":"error","message":"x"})").error);
  CHECK_FALSE(openai::inspect_chunk(R"({"error":null,"choices":[]})").error);
  CHECK(openai::inspect_chunk(" [DONE] ").done);
  for (const char* bad : {"", "[DONE", "DONE", "[]", "{", "{}x", R"({"choices":[}])"})
    CHECK_MESSAGE((!openai::inspect_chunk(bad).object && !openai::inspect_chunk(bad).done), bad);
}

TEST_CASE("openai chunk: usage is cut out with one comma, wherever it stands") {
  CHECK(chunk(R"({"a":1,"usage":null,"model":"x"})", false) == R"({"a":1,"model":"m"})");
  CHECK(chunk(R"({"a":1,"model":"x" , "usage" : {"b":1} })", false) == R"({"a":1,"model":"m"  })");
  CHECK(chunk(R"({"usage":null,"model":"x"})", false) == R"({"model":"m"})");
  CHECK(chunk(R"({ "usage":null , "a":1})", false) == R"({  "a":1})");
  CHECK(chunk(R"({"usage":null})", false) == "{}");
  CHECK(chunk(R"({"a":{"usage":1},"us\u0061ge":[1,{"x":","}]})", false) == R"({"a":{"usage":1}})");
  CHECK(chunk(R"({"a":1,"usage":null,"model":"x"})", true) ==
        R"({"a":1,"usage":null,"model":"m"})");
}

TEST_CASE("openai error: the body has OpenAI's shape and is valid JSON for any text") {
  CHECK(
      openai::error_body({Code::queue_full, "busy"}, "") ==
      R"({"error":{"message":"busy","type":"rate_limit_error","param":null,"code":"queue_full"}})");
  CHECK(
      openai::error_body({Code::invalid_grade, "must be \"P0\"\\\n\x01"}, "metadata.data_grade") ==
      R"({"error":{"message":"must be \"P0\"\\\n\u0001","type":"invalid_request_error",)"
      R"("param":"metadata.data_grade","code":"invalid_grade"}})");
  CHECK(openai::error_body({Code::internal, ""}, "").find(R"("message":"internal")") !=
        std::string::npos);
}

TEST_CASE("openai error: text that is not UTF-8 is replaced byte by byte") {
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(openai::quoted("é漢😀") == "\"é漢😀\"");
  CHECK(openai::quoted("a\xFFz") == "\"a" + bad + "z\"");
  CHECK(openai::quoted("\xC3") == '"' + bad + '"');
  CHECK(openai::quoted("\xC0\xAF") == '"' + bad + bad + '"');
  CHECK(openai::quoted("\xED\xA0\x80") == '"' + bad + bad + bad + '"');
  CHECK(openai::quoted("\xE0\x80\x80") == '"' + bad + bad + bad + '"');
  CHECK(openai::quoted("\xF4\x90\x80\x80") == '"' + bad + bad + bad + bad + '"');
  CHECK(openai::quoted("\xF0\x9F\x98") == '"' + bad + bad + bad + '"');
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const auto body = openai::error_body({Code::internal, all}, all);
  CHECK(openai::inspect_answer(body).object);
}

TEST_CASE("openai error: every public code has the status of the interface") {
  const std::pair<Code, int> table[] = {{Code::invalid_request, 400},
                                        {Code::invalid_grade, 400},
                                        {Code::context_length_exceeded, 400},
                                        {Code::body_too_large, 413},
                                        {Code::model_not_found, 404},
                                        {Code::unauthorized, 401},
                                        {Code::forbidden, 403},
                                        {Code::budget_exhausted, 402},
                                        {Code::rate_limited, 429},
                                        {Code::queue_full, 429},
                                        {Code::no_capacity, 503},
                                        {Code::grade_forbids_cloud, 503},
                                        {Code::deadline_exceeded, 504},
                                        {Code::not_supported, 501},
                                        {Code::upstream_failed, 502},
                                        {Code::cancelled, 499},
                                        {Code::internal, 500},
                                        {Code::timed_out, 500}};
  for (const auto& [code, status] : table)
    CHECK_MESSAGE(openai::http_status(code) == status, name_of(code));
}
