#include "coordinator/client/retry.hpp"

#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace weir::client;
using namespace weir::client::testing;
using std::chrono::milliseconds;
using weir::net::http::ExchangePtr;
using weir::net::http::Request;
using weir::net::http::Response;

const std::string whole =
    R"({"choices":[{"index":0,"message":{"content":"fine"},"finish_reason":"stop"}]})";
const std::string delta = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n\n";

Options quick(std::vector<std::string> urls, std::uint32_t attempts_max = 3) {
  Options options;
  options.urls = std::move(urls);
  options.retries.attempts_max = attempts_max;
  options.retries.backoff_first = milliseconds{2};
  options.retries.backoff_max = milliseconds{8};
  return options;
}

ChatRequest hello() {
  ChatRequest request;
  request.messages = {{"user", "hello"}};
  return request;
}

std::string key_of(const Request& request) {
  return std::string{weir::net::http::find(request.headers, "idempotency-key").value_or("")};
}

/// Answers the first `failures` requests by `fail`, then with a whole chat answer.
class Failing {
 public:
  Failing(int failures, std::function<void(const ExchangePtr&)> fail)
      : left_{failures}, fail_{std::move(fail)}, fake_{[this](Request, ExchangePtr exchange) {
          if (left_-- > 0) return fail_(exchange);
          exchange->respond({200, {}, whole});
        }} {}
  std::string url() const { return fake_.url(); }
  std::vector<Request> seen() const { return fake_.seen(); }

 private:
  std::atomic<int> left_;
  std::function<void(const ExchangePtr&)> fail_;
  FakeCoordinator fake_;
};

std::function<void(const ExchangePtr&)> status(int code, weir::net::http::Headers headers = {}) {
  return [code, headers](const ExchangePtr& e) { e->respond({code, headers, "{}"}); };
}

}  // namespace

TEST_CASE("retry: the wait grows twofold up to its limit, and comes on top of retry_after") {
  Retries r;
  r.backoff_first = milliseconds{100};
  r.backoff_max = milliseconds{700};
  constexpr std::uint32_t all = 0xffffffff, half = 0x80000000;
  CHECK(wait_of(r, 1, {}, 0) == milliseconds{0});
  CHECK(wait_of(r, 1, {}, half) == milliseconds{50});
  CHECK(wait_of(r, 1, {}, all) == milliseconds{99});
  CHECK(wait_of(r, 2, {}, half) == milliseconds{100});
  CHECK(wait_of(r, 3, {}, half) == milliseconds{200});
  CHECK(wait_of(r, 4, {}, half) == milliseconds{350});
  CHECK(wait_of(r, 100, {}, half) == milliseconds{350});
  CHECK(wait_of(r, 1, milliseconds{2'000}, half) == milliseconds{2'050});
  r.backoff_first = milliseconds{0};
  CHECK(wait_of(r, 50, {}, all) == milliseconds{0});
  r.backoff_first = r.backoff_max = milliseconds::max();
  CHECK(wait_of(r, 100, {}, half) == std::chrono::hours{12});
}

TEST_CASE("retry: random keys are 32 digits and differ") {
  CHECK(random_key().size() == 32);
  CHECK(random_key() != random_key());
}

TEST_CASE("retry: 429, 502, 503 and broken answers are tried again under the same key") {
  const std::vector<std::function<void(const ExchangePtr&)>> failures{
      status(429, {{"retry-after-ms", "5"}}), status(502), status(503),
      [](const ExchangePtr& e) { e->abort(); },
      [](const ExchangePtr& e) {
        e->begin(200, {});
        e->write("{\"cho");
        e->abort();
      }};
  for (const auto& fail : failures) {
    Failing fake{2, fail};
    Client client{quick({fake.url()})};
    const auto answer = client.chat(hello());
    REQUIRE(answer);
    CHECK(answer->text == "fine");
    const auto seen = fake.seen();
    REQUIRE(seen.size() >= 3);  // a connection that breaks is tried anew on its own
    for (const auto& request : seen) {
      CHECK(key_of(request).size() == 32);
      CHECK(key_of(request) == key_of(seen[0]));
      CHECK(request.body == seen[0].body);
    }
  }
}

TEST_CASE("retry: each call has a key of its own, the caller's own is kept, a GET has none") {
  Failing fake{0, status(500)};
  Client client{quick({fake.url()})};
  REQUIRE(client.chat(hello()));
  REQUIRE(client.chat(hello()));
  auto mine = hello();
  mine.idempotency_key = "order-7";
  REQUIRE(client.chat(mine));
  REQUIRE(client.get("/weir/v1/nodes"));
  Client never{quick({fake.url()}, 1)};
  REQUIRE(never.chat(hello()));
  const auto seen = fake.seen();
  REQUIRE(seen.size() == 5);
  CHECK(key_of(seen[0]) != key_of(seen[1]));
  CHECK(key_of(seen[2]) == "order-7");
  CHECK(key_of(seen[3]).empty());
  CHECK(key_of(seen[4]).empty());
}

TEST_CASE("retry: after attempts_max the last error is returned, other errors at once") {
  Failing busy{100, status(429)};
  Client client{quick({busy.url()})};
  const auto answer = client.chat(hello());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().status == 429);
  CHECK(busy.seen().size() == 3);
  Failing wrong{100, status(400)};
  CHECK(Client{quick({wrong.url()})}.chat(hello()).error().status == 400);
  CHECK(wrong.seen().size() == 1);
  const auto dead = dead_url();
  CHECK(Client{quick({dead})}.get("/").error().kind() == ErrorCode::unreachable);
}

TEST_CASE("retry: a wait that would exceed total_max or the deadline is not begun") {
  Failing busy{100, status(429, {{"retry-after", "3600"}})};
  auto options = quick({busy.url()});
  const auto answer = Client{options}.chat(hello());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().retry_after == std::chrono::hours{1});
  CHECK(busy.seen().size() == 1);
  options.retries.total_max = std::chrono::hours{24};
  auto urgent = hello();
  urgent.deadline = std::chrono::minutes{30};
  CHECK(Client{options}.chat(urgent).error().status == 429);
  CHECK(busy.seen().size() == 2);
}

TEST_CASE("retry: a later attempt has what is left of the deadline") {
  Failing busy{1, status(429, {{"retry-after-ms", "20"}})};
  auto request = hello();
  request.deadline = std::chrono::minutes{1};
  REQUIRE(Client{quick({busy.url()})}.chat(request));
  const auto seen = busy.seen();
  REQUIRE(seen.size() == 2);
  const auto left = [&](std::size_t i) {
    return std::stoi(std::string{*weir::net::http::find(seen[i].headers, "x-weir-deadline-ms")});
  };
  CHECK(left(0) == 60'000);
  CHECK(left(1) <= 59'980);
  CHECK(left(1) > 0);
}

TEST_CASE("retry: 503 at one URL is asked at the other at once, as one attempt, then both again") {
  Failing first{100, status(503)}, second{1, status(503)};
  Client client{quick({first.url(), second.url()}, 2)};
  REQUIRE(client.chat(hello()));
  CHECK(first.seen().size() == 2);
  REQUIRE(second.seen().size() == 2);
  CHECK(key_of(first.seen()[0]) == key_of(second.seen()[1]));
}

TEST_CASE("retry: a cancelled token ends the wait, and the call says cancelled") {
  Flag refused;
  Failing busy{100, [&](const ExchangePtr& e) {
                 e->respond({429, {{"retry-after", "600"}, {"x-request-id", "req-1"}}, "{}"});
                 refused.raise();
               }};
  auto options = quick({busy.url()});
  options.retries.total_max = std::chrono::hours{1};
  Client client{options};
  CancelToken token;
  std::thread other{[&] {
    refused.wait();
    token.cancel();
  }};
  const auto answer = client.chat(hello(), token);
  other.join();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind() == ErrorCode::cancelled);
  CHECK(busy.seen().size() == 1);
  CHECK_FALSE(sleep_unless(token, std::chrono::hours{1}));
  CHECK(sleep_unless({}, milliseconds{1}));
}

TEST_CASE("retry: a stream that fails before its first text is tried again, later never") {
  std::atomic<int> asked{0};
  FakeCoordinator fake{[&](Request, ExchangePtr exchange) {
    const auto number = ++asked;
    if (number == 1) return exchange->respond({503, {}, "{}"});
    exchange->begin(200, {{"content-type", "text/event-stream"}});
    exchange->write(": keep-alive\n\n");
    if (number == 2)
      exchange->write("event: error\ndata: {\"error\":{\"code\":\"no_capacity\"}}\n\n");
    if (number >= 3) exchange->write(delta);
    exchange->abort();
  }};
  Client client{quick({fake.url()}, 10)};
  int pieces = 0;
  const auto answer = client.stream(hello(), [&](const std::string&) { return ++pieces > 0; });
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind() == ErrorCode::upstream_failed);
  CHECK(pieces == 1);
  CHECK(asked == 3);
  std::set<std::string> keys;
  for (const auto& request : fake.seen()) keys.insert(key_of(request));
  CHECK(keys.size() == 1);
}

TEST_CASE("retry: limits out of range are wrong options") {
  const auto failed = [](auto change) {
    auto options = quick({dead_url()});
    change(options);
    return Client{options}.get("/").error().kind();
  };
  CHECK(failed([](Options& o) { o.retries.attempts_max = 0; }) == ErrorCode::invalid_config);
  CHECK(failed([](Options& o) { o.retries.attempts_max = 101; }) == ErrorCode::invalid_config);
  CHECK(failed([](Options& o) { o.retries.backoff_max = milliseconds{-1}; }) ==
        ErrorCode::invalid_config);
  CHECK(failed([](Options& o) { o.background.threads_max = 0; }) == ErrorCode::invalid_config);
}
