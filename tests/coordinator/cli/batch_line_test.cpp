#include "coordinator/cli/batch_line.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

std::string wrong_of(const std::string& line) {
  const auto parsed = parse_batch_line(line);
  const auto checked = check_batch_line(line);
  CHECK(static_cast<bool>(parsed) == static_cast<bool>(checked));
  if (!checked) CHECK(checked.error().detail == parsed.error().detail);
  return parsed ? "accepted" : parsed.error().detail;
}

BatchReply failed(int status, std::string code = {}) {
  return {status, {}, {}, std::move(code), {}, {}};
}

}  // namespace

TEST_CASE("batch line: a request as OpenAI writes it; the body keeps its order of fields") {
  const auto line = parse_batch_line(
      R"({"custom_id":"r-1","method":"POST","url":"/v1/chat/completions",
          "body":{"model":"m","messages":[],"a":1}})");
  REQUIRE(line);
  CHECK(line->custom_id == "r-1");
  CHECK(line->url == "/v1/chat/completions");
  CHECK(line->body == R"({"model":"m","messages":[],"a":1})");
}

TEST_CASE("batch line: what is missing or wrong is named, nothing of the body is quoted") {
  CHECK(wrong_of("{") == "is not JSON");
  CHECK(wrong_of("[1]") == "is not a JSON object");
  CHECK(wrong_of("{}") == "custom_id is missing");
  CHECK(wrong_of(R"({"custom_id":7})") == "custom_id is not a text");
  CHECK(wrong_of(R"({"custom_id":""})") == "custom_id is empty");
  CHECK(wrong_of(R"({"custom_id":")" + std::string(513, 'x') + R"("})") ==
        "custom_id is longer than 512 bytes");
  CHECK(wrong_of(R"({"custom_id":["x"]})") == "custom_id is not a text");
  CHECK(wrong_of(R"({"x":{"custom_id":"a","model":"m"}})") == "custom_id is missing");
  CHECK(wrong_of(R"({"custom_id":"a"})") == "method is missing");
  CHECK(wrong_of(R"({"custom_id":"a","method":"GET"})") == "method must be POST");
  CHECK(wrong_of(R"({"custom_id":"a","method":"POST"})") == "url is missing");
  const std::string begin = R"({"custom_id":"a","method":"POST","url":"/v1/embeddings")";
  CHECK(wrong_of(R"({"custom_id":"a","method":"POST","url":"/etc"})") ==
        "url must be an endpoint such as /v1/chat/completions");
  CHECK(wrong_of(begin + "}") == "body is missing");
  CHECK(wrong_of(begin + R"(,"body":[]})") == "body is not a JSON object");
  CHECK(wrong_of(begin + R"(,"body":{}})") == "body.model is missing");
  CHECK(wrong_of(begin + R"(,"body":{"model":"m","stream":true}})") ==
        "body.stream: a batch takes whole answers only");
  CHECK(wrong_of(begin + R"(,"body":{"model":"m","stream":false}})") == "accepted");
}

TEST_CASE("batch line: which failures are final, which may pass, and which stop everything") {
  for (const int status : {200, 201, 400, 403, 404, 413, 422, 501})
    CHECK(verdict_of(failed(status)) == Verdict::keep);
  for (const int status : {401, 402}) CHECK(verdict_of(failed(status)) == Verdict::stop);
  for (const int status : {408, 425, 500, 502, 504})
    CHECK(verdict_of(failed(status)) == Verdict::again);
  CHECK(verdict_of(failed(404, "model_not_found")) == Verdict::wait);
  CHECK(verdict_of(failed(429)) == Verdict::wait);
  CHECK(verdict_of(failed(503, "no_capacity")) == Verdict::wait);
  CHECK(verdict_of(failed(503, "grade_forbids_cloud")) == Verdict::again);
  CHECK(verdict_of(failed(0, "unreachable")) == Verdict::wait);
  CHECK(verdict_of(failed(0, "timed_out")) == Verdict::again);
}

TEST_CASE("batch line: an answer's line, and what resuming reads of it") {
  const auto line = answer_line("ab", "r \"1\"", {200, "req-7", "{\"b\":1,\n\"a\":2}", {}, {}, {}});
  CHECK(line == R"({"id":"batch_req_ab","custom_id":"r \"1\"","response":{"status_code":200,)"
                R"("request_id":"req-7","body":{"b":1,"a":2}},"error":null})"
                "\n");
  CHECK(line.rfind(answer_line_head, 0) == 0);
  const auto read = parse_answer_line(line.substr(0, line.size() - 1));
  REQUIRE(read);
  CHECK(read->custom_id == "r \"1\"");
  CHECK(read->ok);
  CHECK_FALSE(parse_answer_line(answer_line("a", "b", {404, {}, "{}", {}, {}, {}}))->ok);
  CHECK(answer_line("a", "b", {502, {}, "<html>", {}, {}, {}}).find(R"("body":"<html>")") !=
        std::string::npos);
  for (const char* other : {"", "{}", "[]", R"({"custom_id":"a"})", R"({"id":"batch_req_ab","cus)"})
    CHECK_FALSE(parse_answer_line(other));
}

TEST_CASE("batch line: nested too deep, a request is refused and an answer kept as text") {
  const auto deep = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  const auto request = [](const std::string& x) {
    return R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"m","x":)" +
           x + "}}";
  };
  CHECK(wrong_of(request(deep(62))) == "accepted");
  CHECK(wrong_of(request(deep(63))) == "is nested deeper than 64 levels");
  CHECK(wrong_of(request(deep(200'000))) == "is nested deeper than 64 levels");
  CHECK(wrong_of(request('"' + std::string(100, '[') + R"(\"[\\")")) == "accepted");
  const auto kept = [](const std::string& body) {
    return answer_line("a", "b", {200, {}, body, {}, {}, {}});
  };
  CHECK(kept(deep(64)).find("\"body\":" + deep(64)) != std::string::npos);
  CHECK(kept(deep(65)).find("\"body\":\"" + deep(65) + '"') != std::string::npos);
  CHECK(kept(deep(200'000)).find("\"body\":\"[[") != std::string::npos);
}

TEST_CASE("batch line: tokens of an answer") {
  CHECK(tokens_of(R"({"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}})") == 3);
  CHECK(tokens_of(R"({"usage":{"input_tokens":9,"output_tokens":4}})") == 4);
  CHECK(tokens_of(R"({"usage":{"prompt_tokens":9,"total_tokens":9}})") == 9);
  CHECK(tokens_of("{}") == 0);
  CHECK(tokens_of("no") == 0);
}
