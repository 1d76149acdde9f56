#include "coordinator/client/outgoing.hpp"

#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::client;
using namespace weir::client::testing;
using std::chrono::milliseconds;
using weir::net::http::ExchangePtr;
using weir::net::http::Request;

Options one_try(const std::string& url) {
  Options options;
  options.urls = {url};
  options.retries.attempts_max = 1;
  return options;
}

std::string header(const Request& request, const char* name) {
  return std::string{weir::net::http::find(request.headers, name).value_or("(absent)")};
}

}  // namespace

TEST_CASE("outgoing: a raw request goes out as it is, its answer comes back whole") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({404,
                       {{"content-type", "application/json"},
                        {"x-request-id", "req-3"},
                        {"x-weir-node", "gpu-1"},
                        {"x-weir-tier", "L1"},
                        {"x-weir-grade", "P1"}},
                       R"({"error":{"message":"none","code":"model_not_found"}})"});
  }};
  Client client{one_try(fake.url())};
  RawRequest request;
  request.path = "/v1/completions?x=1";
  request.body = R"({"prompt":"p"})";
  request.grade = Grade::p1;
  request.priority = Priority::batch;
  request.deadline = milliseconds{900};
  request.session = "s";
  request.idempotency_key = "line-1";
  const auto answer = client.request(request);
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->content_type == "application/json");
  CHECK(answer->request_id == "req-3");
  CHECK(answer->node == "gpu-1");
  CHECK(answer->tier == "L1");
  CHECK(answer->grade == "P1");
  const auto error = error_of(*answer);
  CHECK(error.kind() == ErrorCode::model_not_found);
  CHECK(error.status == 404);
  CHECK(error.message == "none");
  CHECK(error.request_id == "req-3");
  const auto sent = fake.seen().at(0);
  CHECK(sent.method == "POST");
  CHECK(sent.path == "/v1/completions");
  CHECK(sent.query == "x=1");
  CHECK(sent.body == request.body);
  CHECK(header(sent, "content-type") == "application/json");
  CHECK(header(sent, "x-data-grade") == "P1");
  CHECK(header(sent, "x-weir-priority") == "batch");
  CHECK(header(sent, "x-weir-deadline-ms") == "900");
  CHECK(header(sent, "x-weir-session") == "s");
  CHECK(header(sent, "idempotency-key") == "line-1");
}

TEST_CASE("outgoing: a raw answer that is tried again, the last one is returned") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({429, {{"retry-after-ms", "1"}}, "busy"});
  }};
  auto options = one_try(fake.url());
  options.retries.attempts_max = 2;
  options.retries.backoff_first = milliseconds{1};
  RawRequest request;
  request.path = "/v1/embeddings";
  const auto answer = Client{options}.request(request);
  REQUIRE(answer);
  CHECK(answer->status == 429);
  CHECK(answer->body == "busy");
  CHECK(answer->retry_after == milliseconds{1});
  CHECK(fake.seen().size() == 2);
}

TEST_CASE("outgoing: what cannot be sent is refused") {
  const Options options;
  const auto refused = [&](auto change) {
    RawRequest request;
    request.path = "/v1/x";
    change(request);
    const auto sent = outgoing(request, options);
    return !sent && sent.error().kind() == ErrorCode::invalid_request;
  };
  CHECK_FALSE(refused([](RawRequest&) {}));
  CHECK(refused([](RawRequest& r) { r.method = "DELETE"; }));
  CHECK(refused([](RawRequest& r) { r.path = "/a b"; }));
  CHECK(refused([](RawRequest& r) { r.path = "/a\r\nx: y"; }));
  CHECK(refused([](RawRequest& r) { r.path = "/" + std::string(8'192, 'a'); }));
  CHECK(refused([](RawRequest& r) { r.session = std::string(257, 'a'); }));
  CHECK(refused([](RawRequest& r) { r.idempotency_key = std::string(256, 'a'); }));
  CHECK(refused([](RawRequest& r) { r.idempotency_key = "a\nb"; }));
  CHECK(refused([](RawRequest& r) { r.deadline = milliseconds{-1}; }));
}

TEST_CASE("outgoing: work has the long wait for its first byte, all else the short one") {
  const Options options;
  const auto wait = [&](std::string method, std::string path) {
    RawRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    return outgoing(request, options)->first_byte_max;
  };
  CHECK(wait("POST", "/v1/embeddings") == options.timeouts.first_byte);
  CHECK(wait("GET", "/v1/models") == options.timeouts.status);
  CHECK(wait("POST", "/weir/v1/nodes/a/drain") == options.timeouts.status);
}
