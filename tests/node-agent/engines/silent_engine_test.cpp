// Engines that answer late, in part, with nonsense, or not at all: raw bytes from a raw server.
#include "node-agent/engines/llama_cpp.hpp"
#include "tests/actors/net/http/loop.hpp"
#include "tests/node-agent/engines/heard.hpp"

#include <doctest/doctest.h>
#include <map>
#include <memory>
#include <optional>

using namespace weir;
using namespace weir::engines;
using weir::net::http::test::Listener;
using weir::net::http::test::Loop;
using weir::net::http::test::Peer;
using weir::test::Heard;

namespace {

std::string answer(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// Answers each path with the bytes the test put there; silent where there are none.
struct Server {
  EngineSettings settings(EngineKind kind) const {
    EngineSettings s;
    s.kind = kind;
    s.url = "http://127.0.0.1:" + std::to_string(listener->port());
    return s;
  }
  void serve() {
    if (listener)
      for (Peer peer = listener->accept(); peer.open(); peer = listener->accept())
        peers.push_back(std::move(peer));
    for (auto& peer : peers) {
      if (&peer == dripping) peer.send(" ");
      if (!peer.got("\r\n\r\n")) continue;
      const auto text = peer.take();
      const auto from = text.find(' ') + 1;
      const auto path = text.substr(from, text.find(' ', from) - from);
      if (const auto page = pages.find(path); page != pages.end()) peer.send(page->second);
      if (drips) dripping = &peer;
    }
  }
  template <class Done>
  bool until(Done done) {
    return loop.until([&] {
      serve();
      return done();
    });
  }
  EngineSnapshot look(ports::Engine& engine) {
    std::optional<EngineSnapshot> found;
    engine.observe([&](EngineSnapshot s) { found = std::move(s); });
    REQUIRE(until([&] { return found.has_value(); }));
    return *found;
  }

  Loop loop;
  std::unique_ptr<Listener> listener = std::make_unique<Listener>();
  std::vector<Peer> peers;
  std::map<std::string, std::string> pages;
  bool drips = false;              ///< answers go on, one byte at a time
  const Peer* dripping = nullptr;  ///< the connection that gets them
};

constexpr const char* chat = "/v1/chat/completions";

ports::EngineJob job(Millis first_byte_max = Millis{60'000}) {
  return {.attempt = {7, RequestId{1}, 1},
          .body = "{}",
          .first_byte_max = first_byte_max,
          .stall_max = Millis{60'000}};
}

const std::string one_model = answer(R"({"data":[{"id":"m","meta":{"n_ctx_train":131072}}]})");
/// One look of these tests.
constexpr Millis look_max{60};

}  // namespace

TEST_CASE("engine: a status that HTTP does not have is a failure without a status") {
  for (const char* status : {"999 Weird", "600 X", "050 Low", "099 Y"}) {
    CAPTURE(status);
    Server server;
    server.pages[chat] = answer("text", status);
    const auto engine =
        std::move(*OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::openai)));
    Heard o;
    engine->start(job(), o.answer());
    REQUIRE(server.until([&] { return o.ends > 0; }));
    CHECK(o.begun == 0);
    CHECK(o.text.size() == 0);
    REQUIRE(o.error);
    CHECK(o.error->code == Code::upstream_failed);
    CHECK(o.engine_status == 0);
  }
}

TEST_CASE("engine: an error answer fails the job at its head, however slow its text is") {
  Server server;
  server.pages[chat] = "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n";
  const auto engine =
      std::move(*OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::openai)));
  Heard o;
  engine->start(job(), o.answer());
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(server.until([&] { return o.ends > 0; }));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(2));
  CHECK(o.engine_status == 503);
  CHECK(server.until([&] { return server.peers[0].finished(); }));
  CHECK(o.ends == 1);
}

TEST_CASE("engine: a short error answer does not cost its connection") {
  Server server;
  server.pages[chat] = answer("try again", "503 Service Unavailable");
  const auto engine =
      std::move(*OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::openai)));
  for (int i = 1; i <= 5; ++i) {
    Heard o;
    engine->start(job(), o.answer());
    REQUIRE(server.until([&] { return o.ends > 0; }));
    CHECK(o.engine_status == 503);
    engine->cancel(job().attempt);  // of no effect: it is over
  }
  CHECK(server.peers.size() == 1);
}

TEST_CASE("engine: headers without a body are no first byte") {
  Server server;
  server.pages[chat] = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
  const auto engine =
      std::move(*OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::openai)));
  Heard o;
  engine->start(job(Millis{50}), o.answer());
  REQUIRE(server.until([&] { return o.ends > 0; }));
  CHECK(o.error->code == Code::timed_out);
}

TEST_CASE("look: one that nothing answers repeats the last, the second says down") {
  Server server;
  server.pages["/v1/models"] = one_model;
  const auto engine = std::move(
      *OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::openai), look_max));
  CHECK(server.look(*engine).state == EngineState::up);
  SUBCASE("silence") { server.pages.erase("/v1/models"); }
  SUBCASE("an answer that drips and never ends") {
    server.pages["/v1/models"] = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    server.drips = true;
  }
  const auto missed = server.look(*engine);
  CHECK(missed.state == EngineState::up);
  CHECK(missed.models.size() == 1);
  CHECK(server.look(*engine).state == EngineState::down);
  CHECK(server.look(*engine).state == EngineState::down);
  server.drips = false;
  server.dripping = nullptr;
  server.pages["/v1/models"] = one_model;
  CHECK(server.look(*engine).state == EngineState::up);
}

TEST_CASE("look: a server that is gone is down at once") {
  Server server;
  server.pages["/v1/models"] = one_model;
  const auto engine = std::move(
      *OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::openai), look_max));
  CHECK(server.look(*engine).state == EngineState::up);
  server.peers.clear();
  server.listener.reset();
  CHECK(server.look(*engine).state == EngineState::down);
}

TEST_CASE("look: a server that still loads its model is starting") {
  Server server;
  server.pages["/v1/models"] =
      answer(R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
             "503 Service Unavailable");
  const auto engine = std::move(
      *OpenAiCompatible::make(server.loop.io, 0, server.settings(EngineKind::llama_cpp), look_max));
  CHECK(server.look(*engine).state == EngineState::starting);
  server.pages["/v1/models"] = answer(R"({"error":{"message":"overloaded"}})", "503 Busy");
  CHECK(server.look(*engine).state == EngineState::down);
}

TEST_CASE("llama.cpp: pages that do not answer in time leave what they said before") {
  Server server;
  server.pages["/v1/models"] = one_model;
  server.pages["/props"] =
      answer(R"({"total_slots":1,"default_generation_settings":{"n_ctx":4096}})");
  server.pages["/slots"] = answer(R"([{"is_processing":true}])");
  server.pages["/metrics"] = answer("llamacpp:requests_deferred 3\n");
  const auto engine = std::move(
      *LlamaCpp::make(server.loop.io, 0, server.settings(EngineKind::llama_cpp), look_max));
  const auto check = [](const EngineSnapshot& s) {
    CHECK(s.state == EngineState::up);
    CHECK(s.slots_total == 1);
    CHECK(s.running == 1);
    CHECK(s.counts_running);
    CHECK(s.waiting == 3);
    REQUIRE(s.models.size() == 1);
    CHECK(s.models[0].context_tokens == 4'096);
    CHECK((s.models[0].features & feature::tools) != 0);
  };
  check(server.look(*engine));
  SUBCASE("silent") {
    for (const char* page : {"/props", "/slots", "/metrics"}) server.pages.erase(page);
  }
  SUBCASE("failing") {
    for (const char* page : {"/props", "/slots", "/metrics"})
      server.pages[page] = answer("", "500 Internal Server Error");
  }
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) check(server.look(*engine));
  CHECK(std::chrono::steady_clock::now() - began < 4 * look_max + std::chrono::seconds(1));
}

TEST_CASE("llama.cpp: nothing runs on a server that went away, its size is kept") {
  Server server;
  server.pages["/v1/models"] = one_model;
  server.pages["/props"] = answer(R"({"total_slots":1})");
  server.pages["/slots"] = answer(R"([{"is_processing":true}])");
  server.pages["/metrics"] = answer("", "501 Not Implemented");
  const auto engine = std::move(
      *LlamaCpp::make(server.loop.io, 0, server.settings(EngineKind::llama_cpp), look_max));
  CHECK(server.look(*engine).running == 1);
  server.pages["/v1/models"] = answer("", "500 Internal Server Error");
  const auto down = server.look(*engine);
  CHECK(down.state == EngineState::down);
  CHECK(down.running == 0);
  CHECK_FALSE(down.counts_running);
  CHECK(down.slots_total == 1);
}
