#include "node-agent/engines/prompt_count.hpp"

#include "tests/node-agent/engines/heard.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::engines;

TEST_CASE("count: a chat is asked for one token, whatever it asked for") {
  CHECK(one_token_chat(R"({"model":"m","max_completion_tokens":9,"n":3,"stream":true,
                           "stream_options":{},"messages":[{"role":"user"}]})") ==
        R"({"model":"m","messages":[{"role":"user"}],"max_tokens":1,"stream":false})");
  CHECK(one_token_ollama_chat(R"({"model":"m","options":7})") ==
        R"({"model":"m","options":{"num_predict":1},"stream":false})");
  for (const char* wrong : {"", "[]", "nonsense"}) {
    CHECK_FALSE(one_token_chat(wrong));
    CHECK_FALSE(one_token_ollama_chat(wrong));
    CHECK_FALSE(vllm_tokenize_chat(wrong));
    CHECK_FALSE(prompt_tokens(wrong));
    CHECK_FALSE(vllm_token_count(wrong));
    CHECK(model_of_request(wrong).empty());
  }
}

TEST_CASE("count: the figure is read from either dialect, and only where it is one") {
  CHECK(prompt_tokens(R"({"usage":{"prompt_tokens":7}})") == 7);
  CHECK(prompt_tokens(R"({"prompt_eval_count":8})") == 8);
  CHECK_FALSE(prompt_tokens(R"({"usage":{"prompt_tokens":-7}})"));
  CHECK_FALSE(prompt_tokens(R"({"usage":{"prompt_tokens":"7"}})"));
  CHECK_FALSE(prompt_tokens("{}"));
}

TEST_CASE("count: a rendered prompt is counted as its chat's model counts it") {
  CHECK(llama_tokenize_prompt("a\"b", R"({"model":"m"})") ==
        R"({"content":"a\"b","add_special":true,"parse_special":true,"model":"m"})");
  CHECK(llama_tokenize_prompt("", "{}") ==
        R"({"content":"","add_special":true,"parse_special":true})");
  CHECK(may_hold_media(R"({"type":"image_url"})"));
  CHECK_FALSE(may_hold_media(R"({"type":"text"})"));
}

TEST_CASE("count: the answer is one JSON object") {
  weir::test::Heard heard;
  tell_count(heard.answer(), 12);
  CHECK(heard.begun == 200);
  CHECK(heard.content_type == "application/json");
  CHECK(heard.text == R"({"input_tokens":12})");
  CHECK(heard.ends == 1);
}
