// Servers that misbehave, as raw bytes over the real adapters: what each does to a job and to a
// look. Nothing of it may stop the agent, hold its memory, or end a job twice.
#include "node-agent/engines/llama_cpp.hpp"
#include "node-agent/engines/ollama.hpp"
#include "node-agent/engines/vllm.hpp"
#include "tests/actors/net/http/loop.hpp"
#include "tests/node-agent/engines/heard.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

using namespace weir;
using namespace weir::engines;
using weir::net::http::test::Listener;
using weir::net::http::test::Loop;
using weir::net::http::test::Peer;
using weir::test::Heard;

namespace {

/// Does the same to everybody who asks.
struct Server {
  /// What it does to a connection that has asked: `step` counts from 0, once in each turn.
  using Manners = std::function<void(Peer& peer, int step)>;

  explicit Server(Manners how) : manners{std::move(how)} {}
  EngineSettings settings() const {
    EngineSettings s;
    s.url = "http://127.0.0.1:" + std::to_string(listener.port());
    return s;
  }
  void serve() {
    for (Peer peer = listener.accept(); peer.open(); peer = listener.accept())
      peers.push_back({std::move(peer), 0, false});
    for (auto& one : peers) {
      if (!one.peer.open()) continue;
      one.asked = one.asked || one.peer.got("\r\n\r\n");
      if (one.asked) manners(one.peer, one.step++);
    }
  }
  bool until(const std::function<bool()>& done) {
    return loop.until([&] {
      serve();
      return done();
    });
  }
  /// One job on it. `first` and `stall` are its limits in milliseconds.
  Heard run(ports::Engine& engine, int first = 2'000, int stall = 2'000) {
    Heard heard;
    engine.start({.attempt = {7, RequestId{1}, 1},
                  .body = R"({"model":"m","messages":[]})",
                  .first_byte_max = Millis{first},
                  .stall_max = Millis{stall}},
                 heard.answer());
    REQUIRE(until([&] { return heard.ended(); }));
    loop.pump(Millis{5});
    CHECK(heard.ends == 1);
    return heard;
  }
  EngineSnapshot look(ports::Engine& engine) {
    std::optional<EngineSnapshot> found;
    engine.observe([&](EngineSnapshot s) { found = std::move(s); });
    REQUIRE(until([&] { return found.has_value(); }));
    return *found;
  }

  struct Asking {
    Peer peer;
    int step;
    bool asked;
  };
  Loop loop;
  Listener listener;
  Manners manners;
  std::vector<Asking> peers;
};

/// Says this, once.
Server::Manners says(std::string text, bool close = false) {
  return [text = std::move(text), close](Peer& peer, int step) {
    if (step == 0) peer.send(text);
    if (step == 1 && close) peer.close();
  };
}

std::string head(const std::string& more, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + more + "\r\n";
}
const std::string sse = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
std::string chunk(const std::string& text) {
  std::string size;
  for (auto n = text.size(); n > 0 || size.empty(); n /= 16)
    size.insert(size.begin(), "0123456789abcdef"[n % 16]);
  return size + "\r\n" + text + "\r\n";
}
const std::string event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
constexpr const char* closing = "0\r\n\r\n";
constexpr Millis look_max{60};

std::vector<std::unique_ptr<ports::Engine>> adapters(Server& server) {
  std::vector<std::unique_ptr<ports::Engine>> all;
  auto& io = server.loop.io;
  const auto settings = server.settings();
  all.push_back(std::move(*OpenAiCompatible::make(io, 0, settings, look_max)));
  all.push_back(std::move(*LlamaCpp::make(io, 1, settings, look_max)));
  all.push_back(std::move(*Vllm::make(io, 2, settings, look_max)));
  all.push_back(std::move(*Ollama::make(io, 3, settings, look_max)));
  return all;
}

/// Runs a job on every adapter against these manners.
void each(const Server::Manners& manners, const std::function<void(const Heard&)>& check,
          int first = 2'000, int stall = 2'000) {
  Server server{manners};
  for (const auto& engine : adapters(server)) check(server.run(*engine, first, stall));
}

}  // namespace

TEST_CASE("hostile: a stream without [DONE] ends with its connection's orderly end") {
  each(says(head(sse) + chunk(event) + closing), [](const Heard& h) {
    CHECK_FALSE(h.error);
    CHECK(h.text == event);
  });
}

TEST_CASE("hostile: a connection dropped in mid-stream fails the job, what came is passed on") {
  each(says(head(sse) + chunk(event) + "5\r\nda", true), [](const Heard& h) {
    REQUIRE(h.error);
    CHECK(h.error->code == Code::upstream_failed);
    CHECK(h.begun == 200);
    CHECK(h.text.starts_with(event));
  });
}

TEST_CASE("hostile: a connection reset before any answer is no answer") {
  each(
      [](Peer& peer, int step) {
        if (step == 0) peer.reset();
      },
      [](const Heard& h) {
        REQUIRE(h.error);
        CHECK(h.begun == 0);
        CHECK(h.engine_status == 0);
      });
}

TEST_CASE("hostile: a 422 with its list of details passes as it is") {
  const std::string body =
      R"({"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]})";
  each(says(head("content-type: application/json\r\ncontent-length: " +
                     std::to_string(body.size()) + "\r\n",
                 "422 Unprocessable Entity") +
            body),
       [&](const Heard& h) {
         CHECK_FALSE(h.error);
         CHECK(h.begun == 422);
         CHECK(h.text == body);
       });
}

TEST_CASE("hostile: headers without end fail the job at their limit") {
  each(
      [](Peer& peer, int step) {
        if (step == 0) peer.send("HTTP/1.1 200 OK\r\n");
        peer.send("x-header: " + std::string(4'000, 'y') + "\r\n");
      },
      [](const Heard& h) {
        REQUIRE(h.error);
        CHECK(h.error->code == Code::upstream_failed);
        CHECK(h.begun == 0);
      });
}

TEST_CASE("hostile: headers that drip are no answer, and time out") {
  each([](Peer& peer, int step) { peer.send(step == 0 ? "HTTP/1.1 200 OK\r\nx-header: " : "y"); },
       [](const Heard& h) {
         REQUIRE(h.error);
         CHECK(h.error->code == Code::timed_out);
       },
       50, 50);
}

TEST_CASE("hostile: a stream that falls silent times out, one that drips goes on") {
  each(
      says(head(sse) + chunk(event)),
      [](const Heard& h) {
        REQUIRE(h.error);
        CHECK(h.error->code == Code::timed_out);
        CHECK(h.text == event);
      },
      1'000, 50);
  each(
      [](Peer& peer, int step) {
        if (step == 0) peer.send(head(sse));
        if (step % 10 == 5 && step < 200) peer.send(chunk("d"));
        if (step == 200) peer.send(closing);
      },
      [](const Heard& h) {
        CHECK_FALSE(h.error);
        CHECK(h.text == std::string(20, 'd'));
      },
      1'000, 1'000);
}

TEST_CASE("hostile: a type that does not fit, or none, passes as it came") {
  for (const std::string type : {"content-type: text/html\r\n", ""})
    each(says(head(type + "content-length: 2\r\n") + "{}"), [&](const Heard& h) {
      CHECK_FALSE(h.error);
      CHECK(h.text == "{}");
      CHECK(h.content_type == (type.empty() ? "" : "text/html"));
    });
}

TEST_CASE("hostile: JSON that is none passes unread, and is counted as nothing") {
  each(says(head("content-type: application/json\r\ncontent-length: 3\r\n") + "{]\xff"),
       [](const Heard& h) {
         CHECK_FALSE(h.error);
         CHECK(h.text == "{]\xff");
       });
}

TEST_CASE("hostile: a line of megabytes passes in pieces") {
  const std::string piece(16'384, 'x');
  each(
      [&piece](Peer& peer, int step) {
        if (step == 0) peer.send(head(sse));
        if (step >= 1 && step <= 128) peer.send(chunk(piece));
        if (step == 129) peer.send(closing);
      },
      [&piece](const Heard& h) {
        CHECK_FALSE(h.error);
        CHECK(h.text.size() == 128 * piece.size());
      });
}

TEST_CASE("hostile: a length that is not kept, or is none, fails the job") {
  for (const auto& text :
       {head("content-length: 100\r\n") + "short", head("content-length: -1\r\n"),
        head("content-length: 1\r\ncontent-length: 2\r\n") + "ab",
        head("transfer-encoding: chunked\r\n") + "zz\r\n",
        std::string{"SSH-2.0-OpenSSH_9.2\r\n\r\n"}, std::string(3, '\0')})
    each(says(text, true), [](const Heard& h) {
      REQUIRE(h.error);
      CHECK(h.error->code == Code::upstream_failed);
    });
}

TEST_CASE("hostile: whatever a look meets, it ends, and the engine is down or has nothing") {
  const std::string deep(100'000, '[');
  const std::string pages[] = {
      head("content-length: 2\r\n") + "{}",
      head("content-length: " + std::to_string(deep.size()) + "\r\n") + deep,
      head("content-length: 99999999\r\n") + "{\"data\":[",
      head("content-length: 4\r\n") + "\xff\xfe\x00\x01",
      head("content-length: 0\r\n", "302 Found"),
      head(sse) + chunk("{\"data\":[{\"id\":"),
      head("content-length: 21\r\n") + R"({"data":{},"models":1})",
      "garbage\r\n\r\n",
  };
  for (const auto& page : pages) {
    Server server{says(page)};
    for (const auto& engine : adapters(server)) {
      const auto seen = server.look(*engine);
      CHECK(seen.state != EngineState::up);
      CHECK(seen.models.empty());
    }
  }
}

TEST_CASE("hostile: a list of models larger than its limit is not read") {
  Server server{[](Peer& peer, int step) {
    if (step == 0) peer.send(head("content-length: 50000000\r\n"));
    peer.send(std::string(65'536, ' '));
  }};
  for (const auto& engine : adapters(server))
    CHECK(server.look(*engine).state == EngineState::down);
}
