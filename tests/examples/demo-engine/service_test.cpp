#include "examples/demo-engine/service.hpp"
#include "actors/net/http/client.hpp"
#include "tests/actors/net/http/loop.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <optional>

namespace {

using namespace weir;
using namespace weir::net;
using demo::Service;

struct Running {
  explicit Running(demo::Settings settings, http::Limits limits = {})
      : service{io, std::move(settings)},
        server{io,
               limits,
               {},
               std::nullopt,
               [this](http::Request request, http::ExchangePtr exchange) {
                 service.handle(std::move(request), std::move(exchange));
               },
               [](int status, std::string_view) { return Service::error(status, "refused"); }},
        client{io, std::nullopt} {
    const auto listening = server.listen({"127.0.0.1", 0});
    REQUIRE(listening);
    port = *listening;
  }

  http::Origin origin() const { return {false, "127.0.0.1", port, ""}; }

  template <class F>
  bool until(F done, Millis limit = Millis{5'000}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds{1});
    }
    return done();
  }

  /// A failed call has status 0.
  http::Response call(const std::string& path, const std::string& body = "",
                      http::Headers headers = {}) {
    http::ClientRequest request;
    request.method = body.empty() ? "GET" : "POST";
    request.path = path;
    request.headers = std::move(headers);
    request.body = body;
    std::optional<http::Response> got;
    http::fetch(client, origin(), std::move(request), 1U << 20U, [&](Result<http::Response> r) {
      got = r ? *r : http::Response{0, {}, ""};
    });
    REQUIRE(until([&] { return got.has_value(); }));
    return *got;
  }
  http::Response chat(const std::string& more = "") {
    return call("/v1/chat/completions",
                R"({"model":"demo","messages":[{"role":"user","content":"one two"}])" + more + "}");
  }
  void fail(const std::string& mode, int count = 1) {
    const auto ask = R"({"mode":")" + mode + R"(","count":)" + std::to_string(count) + "}";
    CHECK(call("/demo/fail", ask).status == 200);
  }

  asio::io_context io{1};
  Service service;
  http::Server server;
  http::Client client;
  std::uint16_t port = 0;
};

demo::Settings fast() {
  demo::Settings settings;
  settings.pace = {0, 0};
  return settings;
}

bool has(const http::Response& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("demo engine: an answer says that no model runs, counts words, keeps max_tokens") {
  Running engine{fast()};
  const auto whole = engine.chat();
  CHECK(whole.status == 200);
  CHECK(has(whole, "no model runs here. You said 2 words."));
  CHECK(has(whole, R"("finish_reason":"stop")"));
  const auto three = engine.chat(R"(,"max_tokens":3)");
  CHECK(has(three, R"("content":"This is weir-demo-engine:")"));
  CHECK(has(three, R"("finish_reason":"length")"));
  CHECK(has(three, R"("completion_tokens":3)"));
}

TEST_CASE("demo engine: a stream has one event a token, usage where asked for, and an end") {
  Running engine{fast()};
  const auto got = engine.chat(R"(,"stream":true,"stream_options":{"include_usage":true})");
  std::size_t tokens = 0;
  for (auto at = got.body.find(R"("delta":{"content":)"); at != std::string::npos;
       at = got.body.find(R"("delta":{"content":)", at + 1))
    ++tokens;
  CHECK(tokens == 11);
  CHECK(has(got, R"("choices":[],"usage":{"prompt_tokens":1,"completion_tokens":11)"));
  CHECK(has(got, "data: [DONE]\n\n"));
  CHECK_FALSE(has(engine.chat(R"(,"stream":true)"), "usage"));
}

TEST_CASE("demo engine: errors have OpenAI's shape and status") {
  auto settings = fast();
  settings.api_key = "k";
  settings.context = 100;
  Running engine{settings};
  const http::Headers key{{"authorization", "Bearer k"}};
  CHECK(engine.chat().status == 401);
  CHECK(engine.call("/v1/models", "", {{"authorization", "Bearer kk"}}).status == 401);
  CHECK(engine.call("/v1/models", "", key).status == 200);
  CHECK(engine.call("/health").status == 200);
  const auto post = [&](const std::string& body) {
    return engine.call("/v1/chat/completions", body, key);
  };
  for (const char* body :
       {"{", "[]", R"({"messages":[{"role":"user"}]})", R"({"model":"demo","messages":[]})",
        R"({"model":"demo"})", R"({"model":"demo","messages":[{"role":"user"}],"max_tokens":0})",
        R"({"model":"demo","messages":[{"role":"user"}],"stream":1})",
        R"({"model":"demo","messages":[{"role":"user"}],"n":2})"})
    CHECK_MESSAGE(post(body).status == 400, body);
  const auto unknown = post(R"({"model":"x","messages":[{"role":"user","content":""}]})");
  CHECK(unknown.status == 404);
  CHECK(has(unknown, R"("code":"model_not_found")"));
  CHECK(has(post(R"({"model":"demo","messages":[{"role":"user"}],"max_tokens":100})"),
            "context_length_exceeded"));
}

TEST_CASE("demo engine: each failure happens as often as asked for") {
  Running engine{fast()};
  engine.fail("http500");
  CHECK(engine.chat().status == 500);
  engine.fail("close_before", 2);  // the client tries once more on a fresh connection
  CHECK(engine.chat().status == 0);
  engine.fail("close_mid_stream");
  CHECK(engine.chat(R"(,"stream":true)").status == 0);
  engine.fail("close_mid_stream");
  CHECK(engine.chat().status == 0);
  engine.fail("no_done");
  CHECK_FALSE(has(engine.chat(R"(,"stream":true)"), "[DONE]"));
  CHECK(has(engine.chat(R"(,"stream":true)"), "[DONE]"));
  CHECK(engine.call("/demo/fail", R"({"mode":"nonsense"})").status == 400);
}

TEST_CASE("demo engine: a 429 that was asked for has OpenAI's shape and says when to come again") {
  Running engine{fast()};
  engine.fail("http429", 2);
  for (const char* more : {"", R"(,"stream":true)"}) {
    const auto got = engine.chat(more);
    CHECK(got.status == 429);
    CHECK(http::find(got.headers, "retry-after") == "7");
    CHECK(has(got, R"("code":"rate_limit_exceeded")"));
    CHECK(has(got, R"("type":"requests")"));
  }
  CHECK(engine.chat().status == 200);
}

TEST_CASE("demo engine: a client that leaves frees its slot at once") {
  auto settings = fast();
  settings.slots = 1;
  Running engine{settings};
  engine.fail("stall");
  http::ClientRequest request;
  request.method = "POST";
  request.path = "/v1/completions";
  request.body = R"({"model":"demo","prompt":"x"})";
  const auto stalled = engine.client.start(engine.origin(), request, {});
  const auto stats = [&](const char* text) { return has(engine.call("/demo/stats"), text); };
  REQUIRE(engine.until([&] { return stats(R"("running":1)"); }));
  engine.client.cancel(stalled);
  CHECK(engine.until([&] { return stats(R"("running":0)"); }));
  CHECK(stats(R"("cancelled":1)"));
  CHECK(engine.chat().status == 200);
}

TEST_CASE("demo engine: tokens wait for a client that reads nothing, who loses none of them") {
  auto settings = fast();
  settings.context = 0;
  http::Limits limits;
  limits.buffered_bytes_max = 40'000;  // the server gives a client up at four times as much
  Running engine{settings, limits};
  auto client = http::test::Peer::connect(engine.port, 4096);
  const std::string body = R"({"model":"demo","prompt":"x","stream":true,"max_tokens":5000,"n":1})";
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  engine.until([] { return false; }, Millis{1'000});
  CHECK(has(engine.call("/demo/stats"), R"("running":1)"));
  REQUIRE(engine.until([&] { return client.finished(); }));
  CHECK(client.received.find("data: [DONE]\n\n") != std::string::npos);
  CHECK(has(engine.call("/demo/stats"), R"("cancelled":0)"));
}

TEST_CASE("demo engine: llama.cpp's own pages are there for that kind alone") {
  auto settings = fast();
  CHECK(Running{settings}.call("/slots").status == 404);
  settings.llama_cpp = true;
  Running engine{settings};
  CHECK(has(engine.call("/props"), R"("total_slots":4)"));
  CHECK(has(engine.call("/slots"), R"("is_processing":false)"));
  CHECK(has(engine.call("/metrics"), "llamacpp:requests_processing 0\n"));
  CHECK(has(engine.call("/metrics"), "llamacpp:kv_cache_usage_ratio 0"));
  CHECK(has(engine.call("/v1/models"), R"("n_ctx_train":8192)"));
}
