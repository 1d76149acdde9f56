#include "schema/dialect/completion.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::dialect;

TEST_CASE("completion: a raw generate request becomes a completion's") {
  const auto made = completion::from_raw_generate(
      R"({"model":"a","prompt":"Hi é","raw":true,"stream":false,"keep_alive":"5m","images":[],)"
      R"("system":"","options":{"num_predict":4,"temperature":0,"stop":["x"],"num_ctx":99}})",
      "b");
  REQUIRE(made.body);
  CHECK(*made.body == R"({"model":"b","prompt":"Hi é","max_tokens":4,"temperature":0,"stop":["x"],)"
                      R"("stream":false})");
}

TEST_CASE("completion: it streams unless told otherwise, and then asks for usage") {
  const auto made = completion::from_raw_generate(R"({"model":"a","prompt":"p","raw":true})", "b");
  REQUIRE(made.body);
  CHECK(*made.body == R"({"model":"b","prompt":"p","max_tokens":null,"stream":true,)"
                      R"("stream_options":{"include_usage":true}})");
  const auto endless = completion::from_raw_generate(
      R"({"model":"a","prompt":"p","raw":true,"stream":false,"options":{"num_predict":-1}})", "b");
  REQUIRE(endless.body);
  CHECK(*endless.body == R"({"model":"b","prompt":"p","max_tokens":null,"stream":false})");
}

TEST_CASE("completion: what a plain completion cannot say is refused by name") {
  const auto param = [](const char* body) {
    const auto made = completion::from_raw_generate(body, "b");
    CHECK_FALSE(made.body);
    return made.refused.param;
  };
  CHECK(param(R"({"model":"a","prompt":"p","raw":true,"system":"s"})") == "system");
  CHECK(param(R"({"model":"a","prompt":"p","raw":true,"format":"json"})") == "format");
  CHECK(param(R"({"model":"a","prompt":"p","raw":true,"images":["x"]})") == "images");
  CHECK(param(R"({"model":"a","prompt":1,"raw":true})") == "prompt");
  CHECK(param(R"({"model":"a","raw":true,"options":{"mirostat":2}})") == "options.mirostat");
  CHECK(param(R"({"model":"a","raw":true,"options":{"num_predict":"4"}})") ==
        "options.num_predict");
  CHECK(param("[]").empty());
}

TEST_CASE("completion: an answer gets a chat's shape and loses nothing else") {
  const auto whole = completion::to_chat(
      R"({"id":"c","object":"text_completion","choices":[{"index":0,"text":"a",)"
      R"("finish_reason":"stop"}],"usage":{"prompt_tokens":1}})");
  REQUIRE(whole);
  CHECK(whole->body == R"({"id":"c","object":"chat.completion","choices":[{"index":0,"message":)"
                       R"({"role":"assistant","content":"a"},"finish_reason":"stop"}],)"
                       R"("usage":{"prompt_tokens":1}})");
  CHECK_FALSE(completion::to_chat("[1]"));
  CHECK_FALSE(completion::to_chat("{"));
}
