#include "coordinator/client/weir.hpp"

#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

namespace {

using namespace weir::client;
using namespace weir::client::testing;
using weir::net::http::ExchangePtr;
using weir::net::http::Headers;
using weir::net::http::Request;
using weir::net::http::Response;

const Headers placed{{"content-type", "text/event-stream"},
                     {"x-request-id", "req-1-1"},
                     {"x-weir-node", "ws-1"},
                     {"x-weir-tier", "L0"},
                     {"x-weir-grade", "P0"},
                     {"x-weir-model", "tiny"},
                     {"x-weir-attempts", "2"},
                     {"x-weir-queue-ms", "17"}};

Client client_of(std::vector<std::string> urls, std::string key = "") {
  Options options;
  options.urls = std::move(urls);
  options.api_key = std::move(key);
  options.timeouts.status = options.timeouts.first_byte = std::chrono::seconds{10};
  options.retries.attempts_max = 1;
  return Client{options};
}

ChatRequest hello() {
  ChatRequest request;
  request.messages = {{"user", "hello"}};
  return request;
}

std::string delta(const std::string& text) {
  return R"(data: {"choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string header(const Request& request, const char* name) {
  return std::string{weir::net::http::find(request.headers, name).value_or("(absent)")};
}

void stream_of(const ExchangePtr& exchange, const std::string& bytes, std::size_t step) {
  exchange->begin(200, placed);
  for (std::size_t i = 0; i < bytes.size(); i += step)
    exchange->write(std::string_view{bytes}.substr(i, step));
  exchange->end();
}

}  // namespace

TEST_CASE("client: a unary chat, text, usage and placement arrive") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    auto headers = placed;
    headers[0].value = "application/json";
    exchange->respond({200, headers,
                       R"({"model":"engine-name","choices":[{"index":0,"message":{"role":
      "assistant","content":"caf\u00e9 \ud83d\ude00"},"finish_reason":"stop"}],
      "usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})"});
  }};
  auto client = client_of({fake.url()}, "sk-1");
  auto request = hello();
  request.model = "tiny";
  request.grade = Grade::p2;
  request.priority = Priority::batch;
  request.deadline = std::chrono::milliseconds{1500};
  request.session = "s-1";
  request.max_tokens = 9;
  request.extra = R"({"top_p":0.5,"model":"ignored"})";
  const auto answer = client.chat(request);
  REQUIRE(answer);
  CHECK(answer->text == "café 😀");
  CHECK(answer->model == "tiny");
  CHECK(answer->node == "ws-1");
  CHECK(answer->tier == "L0");
  CHECK(answer->grade == "P0");
  CHECK(answer->attempts == 2);
  CHECK(answer->queue_ms == 17);
  CHECK(answer->request_id == "req-1-1");
  CHECK(answer->finish_reason == "stop");
  REQUIRE(answer->usage);
  CHECK(answer->usage->prompt_tokens == 5);
  CHECK(answer->usage->completion_tokens == 2);
  const auto sent = fake.seen().at(0);
  CHECK(sent.path == "/v1/chat/completions");
  CHECK(header(sent, "authorization") == "Bearer sk-1");
  CHECK(header(sent, "x-data-grade") == "P2");
  CHECK(header(sent, "x-weir-priority") == "batch");
  CHECK(header(sent, "x-weir-deadline-ms") == "1500");
  CHECK(header(sent, "x-weir-session") == "s-1");
  CHECK(holds(sent.body, R"("model":"tiny")"));
  CHECK(holds(sent.body, R"("top_p":0.5)"));
  CHECK(holds(sent.body, R"("max_tokens":9)"));
  CHECK(holds(sent.body, R"("stream":false)"));
}

TEST_CASE("client: a request without grade, key and session, no such header is sent") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({200, {}, R"({"nodes":[]})"});
  }};
  auto client = client_of({fake.url()});
  const auto body = client.get("/weir/v1/nodes");
  REQUIRE(body);
  CHECK(*body == R"({"nodes":[]})");
  REQUIRE(client.post("/weir/v1/nodes/ws-1/drain", "{}"));
  CHECK(header(fake.seen().at(0), "authorization") == "(absent)");
  CHECK(header(fake.seen().at(0), "x-data-grade") == "(absent)");
  CHECK(fake.seen().at(1).method == "POST");
  CHECK(fake.seen().at(1).body == "{}");
}

TEST_CASE("client: a stream cut at every size of piece, the same deltas arrive whole") {
  const std::string bytes = ": keep-alive\r\n\r\n" + delta("caf\xc3\xa9") +
                            delta(" \xf0\x9f\x98\x80") +
                            "data: {\"choices\":[{\"index\":0,\"delta\":{},"
                            "\"finish_reason\":\"length\"}]}\n\n"
                            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,"
                            "\"completion_tokens\":4}}\n\n"
                            "data: [DONE]\n\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}, bytes.size()}) {
    FakeCoordinator fake{[&](Request, ExchangePtr exchange) { stream_of(exchange, bytes, step); }};
    auto client = client_of({fake.url()});
    std::vector<std::string> pieces;
    const auto answer = client.stream(hello(), [&](const std::string& text) {
      pieces.push_back(text);
      return true;
    });
    REQUIRE(answer);
    CHECK(pieces == std::vector<std::string>{"café", " 😀"});
    CHECK(answer->text == "café 😀");
    CHECK(answer->node == "ws-1");
    CHECK(answer->finish_reason == "length");
    REQUIRE(answer->usage);
    CHECK(answer->usage->completion_tokens == 4);
    CHECK(holds(fake.seen().at(0).body, R"("include_usage":true)"));
  }
}

TEST_CASE("client: an error event in a stream, its code and the request's id are told") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    stream_of(exchange,
              delta("so far") +
                  "event: error\ndata: {\"error\":{\"message\":\"gone\",\"type\":\"x\","
                  "\"param\":null,\"code\":\"upstream_failed\"}}\n\n",
              4096);
  }};
  auto client = client_of({fake.url()});
  std::string text;
  const auto answer = client.stream(hello(), [&](const std::string& piece) {
    text += piece;
    return true;
  });
  REQUIRE_FALSE(answer);
  CHECK(text == "so far");
  CHECK(answer.error().code == "upstream_failed");
  CHECK(answer.error().message == "gone");
  CHECK(answer.error().request_id == "req-1-1");
}

TEST_CASE("client: a stream that ends without [DONE], or breaks, is no answer") {
  for (const bool orderly : {true, false}) {
    FakeCoordinator fake{[&](Request, ExchangePtr exchange) {
      exchange->begin(200, placed);
      exchange->write(delta("half"));
      orderly ? exchange->end() : exchange->abort();
    }};
    auto client = client_of({fake.url()});
    const auto answer = client.stream(hello(), {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().status == 0);
    CHECK(answer.error().code == "upstream_failed");
  }
}

TEST_CASE("client: an event that is not JSON ends the stream with an error") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    stream_of(exchange, "data: {\"choices\":[\n\n" + delta("later") + "data: [DONE]\n\n", 4096);
  }};
  auto client = client_of({fake.url()});
  const auto answer = client.stream(hello(), {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == "upstream_failed");
}

TEST_CASE("client: typed errors, status, code, message and retry-after arrive") {
  FakeCoordinator fake{[](Request request, ExchangePtr exchange) {
    const auto error = [&](int status, Headers headers, const std::string& code) {
      headers.push_back({"x-request-id", "req-9"});
      exchange->respond(
          {status, headers,
           R"({"error":{"message":"because","type":"t","param":null,"code":")" + code + "\"}}"});
    };
    if (request.path == "/401") return error(401, {}, "unauthorized");
    if (request.path == "/404") return error(404, {}, "model_not_found");
    if (request.path == "/429") return error(429, {{"retry-after", "2"}}, "rate_limited");
    if (request.path == "/503")
      return error(503, {{"retry-after", "2"}, {"retry-after-ms", "1500"}}, "no_capacity");
    exchange->respond({502, {}, "<html>a proxy</html>"});
  }};
  auto client = client_of({fake.url()});
  const auto failed = [&](const char* path) { return client.get(path).error(); };
  CHECK(failed("/401").status == 401);
  CHECK(failed("/401").code == "unauthorized");
  CHECK(failed("/401").message == "because");
  CHECK(failed("/401").request_id == "req-9");
  CHECK_FALSE(failed("/401").retry_after);
  CHECK(failed("/404").code == "model_not_found");
  CHECK(failed("/429").retry_after == std::chrono::milliseconds{2000});
  CHECK(failed("/503").retry_after == std::chrono::milliseconds{1500});
  CHECK(failed("/other").code == "http_502");
  CHECK(failed("/other").message == "the server answered 502");
}

TEST_CASE("client: an error that answers a stream request is typed as well") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({429, {{"retry-after", "3"}}, R"({"error":{"code":"queue_full"}})"});
  }};
  auto client = client_of({fake.url()});
  const auto answer = client.stream(hello(), {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().status == 429);
  CHECK(answer.error().code == "queue_full");
  CHECK(answer.error().retry_after == std::chrono::milliseconds{3000});
}

TEST_CASE("client: the first URL refuses connections, the second serves and is kept") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) { exchange->respond({200, {}, "{}"}); }};
  auto client = client_of({dead_url(), fake.url()});
  REQUIRE(client.get("/a"));
  REQUIRE(client.get("/b"));
  CHECK(fake.seen().size() == 2);
}

TEST_CASE("client: a coordinator that answers 503 is left for the next, the first 503 is told") {
  const auto answer = [](int status, std::string body) {
    return [status, body](const Request&, const ExchangePtr& e) {
      e->respond({status, {{"content-type", "application/json"}}, body});
    };
  };
  const std::string stopping = R"({"error":{"message":"stopping","code":"no_capacity"}})";
  FakeCoordinator first{answer(503, stopping)};
  FakeCoordinator second{answer(200, "{}")};
  auto both = client_of({first.url(), second.url()});
  CHECK(both.get("/weir/v1/nodes"));
  CHECK(both.get("/weir/v1/nodes"));
  CHECK(first.seen().size() == 1);
  auto alone = client_of({dead_url(), first.url()});
  const auto failed = alone.get("/weir/v1/nodes");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == "no_capacity");
}

TEST_CASE("client: no URL can be reached, unreachable names them all") {
  const auto first = dead_url(), second = dead_url();
  auto client = client_of({first, second});
  const auto body = client.get("/");
  REQUIRE_FALSE(body);
  CHECK(body.error().code == "unreachable");
  CHECK(holds(body.error().message, first));
  CHECK(holds(body.error().message, second));
}

TEST_CASE("client: a server that breaks after the request was sent is not asked elsewhere") {
  FakeCoordinator breaks{[](Request, ExchangePtr exchange) { exchange->abort(); }};
  FakeCoordinator other{[](Request, ExchangePtr exchange) { exchange->respond({200, {}, "{}"}); }};
  auto client = client_of({breaks.url(), other.url()});
  const auto answer = client.chat(hello());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == "upstream_failed");
  CHECK(other.seen().empty());
}

TEST_CASE("client: a server that never answers, timed_out and no other URL") {
  std::vector<ExchangePtr> kept;
  FakeCoordinator mute{[&](Request, ExchangePtr exchange) { kept.push_back(std::move(exchange)); }};
  FakeCoordinator other{[](Request, ExchangePtr exchange) { exchange->respond({200, {}, "{}"}); }};
  Options options;
  options.urls = {mute.url(), other.url()};
  options.timeouts.status = std::chrono::milliseconds{50};
  Client client{options};
  const auto body = client.get("/");
  REQUIRE_FALSE(body);
  CHECK(body.error().code == "timed_out");
  CHECK(other.seen().empty());
}

TEST_CASE("client: the callback says stop, the server sees the client go") {
  Flag gone;
  std::vector<ExchangePtr> kept;
  FakeCoordinator fake{[&](Request, ExchangePtr exchange) {
    exchange->on_gone([&](bool) { gone.raise(); });
    exchange->begin(200, placed);
    exchange->write(delta("one") + delta("two"));
    kept.push_back(exchange);
  }};
  auto client = client_of({fake.url()});
  int pieces = 0;
  const auto answer = client.stream(hello(), [&](const std::string&) {
    ++pieces;
    return false;
  });
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == "cancelled");
  CHECK(answer.error().request_id == "req-1-1");
  CHECK(pieces == 1);
  CHECK(gone.wait());
}

TEST_CASE("client: another thread cancels, the call ends and the client goes on working") {
  Flag asked, gone;
  std::vector<ExchangePtr> kept;
  FakeCoordinator fake{[&](Request request, ExchangePtr exchange) {
    if (request.path == "/ok") return exchange->respond({200, {}, "fine"});
    exchange->on_gone([&](bool) { gone.raise(); });
    kept.push_back(std::move(exchange));
    asked.raise();
  }};
  auto client = client_of({fake.url()});
  CancelToken token;
  std::thread other{[&] {
    asked.wait();
    token.cancel();
    token.cancel();
  }};
  const auto answer = client.chat(hello(), token);
  other.join();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == "cancelled");
  CHECK(gone.wait());
  CHECK(token.cancelled());
  CHECK(client.get("/ok", token).error().code == "cancelled");
  const auto next = client.get("/ok");
  REQUIRE(next);
  CHECK(*next == "fine");
}

TEST_CASE("client: the callback throws, the exception passes and the client goes on working") {
  FakeCoordinator fake{[](Request request, ExchangePtr exchange) {
    if (request.path == "/ok") return exchange->respond({200, {}, "fine"});
    exchange->begin(200, placed);
    exchange->write(delta("one"));
  }};
  auto client = client_of({fake.url()});
  const auto broken = [](const std::string&) -> bool { throw std::runtime_error{"mine"}; };
  CHECK_THROWS_WITH_AS((void)client.stream(hello(), broken), "mine", std::runtime_error);
  CHECK(client.get("/ok"));
}

TEST_CASE("client: a call from within a callback works") {
  FakeCoordinator fake{[](Request request, ExchangePtr exchange) {
    if (request.path == "/ok") return exchange->respond({200, {}, "fine"});
    stream_of(exchange, delta("one") + "data: [DONE]\n\n", 4096);
  }};
  auto client = client_of({fake.url()});
  bool inner = false;
  CHECK(client.stream(hello(), [&](const std::string&) {
    inner = static_cast<bool>(client.get("/ok"));
    return true;
  }));
  CHECK(inner);
}

TEST_CASE("client: eight threads share one client, every answer belongs to its question") {
  FakeCoordinator fake{[](Request request, ExchangePtr exchange) {
    exchange->respond({200, {}, request.path});
  }};
  auto client = client_of({fake.url()});
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto body = client.get(path);
        if (body && *body == path) ++right;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(right == 400);
}

TEST_CASE("client: what cannot be sent is refused before any connection") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) { exchange->respond({200, {}, "{}"}); }};
  auto client = client_of({fake.url()});
  auto request = hello();
  request.extra = "[1]";
  CHECK(client.chat(request).error().code == "invalid_request");
  request = hello();
  request.messages[0].content = "\xff";
  CHECK(client.chat(request).error().code == "invalid_request");
  request = hello();
  request.session = "a\r\nx-data-grade: P2";
  CHECK(client.chat(request).error().code == "invalid_request");
  request = hello();
  request.deadline = std::chrono::milliseconds{0};
  CHECK(client.stream(request, {}).error().code == "invalid_request");
  CHECK(client.get("nodes").error().code == "invalid_request");
  CHECK(fake.seen().empty());
}

TEST_CASE("client: wrong options, each call says invalid_config") {
  CHECK(client_of({}).get("/").error().code == "invalid_config");
  CHECK(client_of({"ftp://127.0.0.1"}).get("/").error().code == "invalid_config");
  CHECK(client_of({dead_url()}, "a\nb").get("/").error().code == "invalid_config");
}
