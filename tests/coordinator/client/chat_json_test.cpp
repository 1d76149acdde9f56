#include "coordinator/client/chat_json.hpp"

#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::client;
using namespace weir::client::testing;
using weir::net::http::ExchangePtr;
using weir::net::http::Request;

Client client_of(const FakeCoordinator& fake) {
  Options options;
  options.urls = {fake.url()};
  options.retries.attempts_max = 1;
  return Client{options};
}

bool reads(std::string_view body, std::size_t inputs = 2) {
  EmbeddingsAnswer answer;
  return read_embeddings(body, inputs, answer);
}

}  // namespace

TEST_CASE("embeddings: vectors come in the order of their inputs, whatever the answer's order") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({200,
                       {{"x-weir-node", "gpu-1"}, {"x-request-id", "req-1"}},
                       R"({"object":"list","model":"m","data":[
                         {"index":1,"embedding":[3,-4.5]},{"index":0,"embedding":[0.5,2]}],
                         "usage":{"prompt_tokens":7,"total_tokens":7}})"});
  }};
  auto client = client_of(fake);
  EmbeddingsRequest request;
  request.model = "e5";
  request.inputs = {"first", "second"};
  request.dimensions = 2;
  request.grade = Grade::p0;
  const auto answer = client.embed(request);
  REQUIRE(answer);
  CHECK(answer->vectors == std::vector<std::vector<float>>{{0.5F, 2.F}, {3.F, -4.5F}});
  CHECK(answer->model == "m");
  CHECK(answer->node == "gpu-1");
  REQUIRE(answer->usage);
  CHECK(answer->usage->prompt_tokens == 7);
  const auto sent = fake.seen().at(0);
  CHECK(sent.path == "/v1/embeddings");
  CHECK(weir::net::http::find(sent.headers, "x-data-grade") == "P0");
  CHECK(sent.body ==
        R"({"dimensions":2,"encoding_format":"float","input":["first","second"],"model":"e5"})");
}

TEST_CASE("embeddings: none, too many or broken inputs are not sent") {
  EmbeddingsRequest request;
  CHECK(embeddings_body(request).error().kind() == ErrorCode::invalid_request);
  request.inputs.assign(2'048, "x");
  CHECK(embeddings_body(request));
  request.inputs.emplace_back("x");
  CHECK(embeddings_body(request).error().kind() == ErrorCode::invalid_request);
  request.inputs = {"\xff"};
  CHECK(embeddings_body(request).error().kind() == ErrorCode::invalid_request);
}

TEST_CASE("embeddings: an answer that is not one vector for each input is none") {
  CHECK(reads(R"({"data":[{"embedding":[1]},{"embedding":[2]}]})"));
  for (const char* body : {"", "[]", "{}", R"({"data":[]})", R"({"data":[{"embedding":[1]}]})",
                           R"({"data":[{"embedding":[1]},{"embedding":[]}]})",
                           R"({"data":[{"embedding":[1]},{"embedding":["1"]}]})",
                           R"({"data":[{"embedding":[1]},{"embedding":"AACAPw=="}]})",
                           R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
                           R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})",
                           R"({"data":[1,2]})"})
    CHECK_FALSE(reads(body));
}

TEST_CASE("embeddings: a fleet without them says not_supported") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({501, {}, R"({"error":{"message":"no","code":"not_supported"}})"});
  }};
  EmbeddingsRequest request;
  request.inputs = {"x"};
  CHECK(client_of(fake).embed(request).error().kind() == ErrorCode::not_supported);
}

TEST_CASE("models: the list arrives, anything else is no list") {
  FakeCoordinator fake{[](Request request, ExchangePtr exchange) {
    CHECK(request.path == "/v1/models");
    exchange->respond({200, {}, R"({"object":"list","data":[
      {"id":"chat-small","object":"model","owned_by":"weir"},{"id":"tiny"},{"object":"model"}]})"});
  }};
  const auto models = client_of(fake).models();
  REQUIRE(models);
  REQUIRE(models->size() == 2);
  CHECK(models->at(0).id == "chat-small");
  CHECK(models->at(0).owned_by == "weir");
  CHECK(models->at(1).id == "tiny");
  CHECK_FALSE(read_models("[]"));
  CHECK_FALSE(read_models("{}"));
  CHECK_FALSE(read_models("nothing"));
}
