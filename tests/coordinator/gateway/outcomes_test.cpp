#include "coordinator/gateway/outcomes.hpp"

#include "actors/net/asio.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

using namespace weir;
using gateway::Outcomes;
using net::http::Response;

namespace {

/// What one client got.
struct Noted final : net::http::Exchange {
  void respond(Response response) override {
    status = response.status;
    headers = std::move(response.headers);
    got = std::move(response.body);
    ended = true;
  }
  void begin(int s, net::http::Headers h) override {
    status = s;
    headers = std::move(h);
  }
  std::size_t write(std::string_view bytes) override {
    got.append(bytes);
    return 0;
  }
  void end() override { ended = true; }
  void abort() override { ended = true; }
  void on_sent(std::function<void(std::size_t)>) override {}
  void on_gone(std::function<void(bool)>) override {}
  std::string peer() const override { return ""; }

  bool replayed() const { return find(headers, "idempotent-replayed") == "true"; }

  int status = 0;
  net::http::Headers headers;
  std::string got;
  bool ended = false;
};

struct Stage {
  explicit Stage(gateway::OutcomeLimits limits = {})
      : outcomes{std::make_shared<Outcomes>(io, limits)} {}

  /// A request comes; `runs` gets what must be answered.
  std::shared_ptr<Noted> ask(const std::string& key = "k", const std::string& digest = "d",
                             std::size_t body_bytes = 0) {
    auto client = std::make_shared<Noted>();
    refusal = outcomes->enter({key, digest, body_bytes}, client, now,
                              [this](net::http::ExchangePtr to) { runs.push_back(std::move(to)); });
    return client;
  }
  void turn() {
    io.restart();
    io.poll();
  }

  asio::io_context io{1};
  TimePoint now{std::chrono::steady_clock::now()};
  std::shared_ptr<Outcomes> outcomes;
  std::vector<net::http::ExchangePtr> runs;
  std::optional<gateway::Refusal> refusal;
};

}  // namespace

TEST_CASE("outcomes: a retry of a finished request gets its answer and does not run") {
  Stage s;
  const auto first = s.ask();
  s.runs.at(0)->respond({200, {{"x-request-id", "req-1"}}, "answer"});
  const auto retry = s.ask();
  CHECK(s.runs.size() == 1);
  CHECK(first->got == "answer");
  CHECK_FALSE(first->replayed());
  CHECK(retry->got == "answer");
  CHECK(find(retry->headers, "x-request-id") == "req-1");
  CHECK(retry->replayed());
}

TEST_CASE("outcomes: retries of a running request wait for its stream and get all of it") {
  Stage s;
  s.ask();
  const auto retry = s.ask();
  auto run = s.runs.at(0);
  run->begin(200, {{"content-type", "text/event-stream"}});
  run->write("data: {}\n\n");
  CHECK_FALSE(retry->ended);
  run->write("data: [DONE]\n\n");
  run->end();
  CHECK(s.runs.size() == 1);
  CHECK(retry->ended);
  CHECK(retry->got == "data: {}\n\ndata: [DONE]\n\n");
  const auto another = s.ask("k2");
  s.runs.at(1)->begin(200, {{"content-type", "text/event-stream"}});
  s.runs.at(1)->write("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
  s.runs.at(1)->end();
  CHECK(s.ask("k2")->got == another->got);
  CHECK(s.runs.size() == 2);
}

TEST_CASE("outcomes: what another try may cure is not kept, and the next that waits runs") {
  Stage s;
  const auto first = s.ask();
  const auto second = s.ask();
  const auto third = s.ask();
  s.runs.at(0)->respond({503, {}, "busy"});
  CHECK(first->status == 503);
  CHECK(s.runs.size() == 1);
  s.turn();
  REQUIRE(s.runs.size() == 2);
  s.runs[1]->respond({200, {}, "answer"});
  CHECK(second->got == "answer");
  CHECK(third->got == "answer");
  CHECK(s.runs.size() == 2);
}

TEST_CASE("outcomes: a stream that broke off is not kept") {
  Stage s;
  s.ask();
  s.runs.at(0)->begin(200, {});
  s.runs.at(0)->write("data: {}\n\nevent: error\ndata: {}\n\n");
  s.runs.at(0)->end();
  s.ask();
  CHECK(s.runs.size() == 2);
}

TEST_CASE("outcomes: a request whose client left makes way for the retry that waits") {
  Stage s;
  s.ask();
  const auto retry = s.ask();
  s.runs.clear();  // its answerer let go of it
  s.turn();
  REQUIRE(s.runs.size() == 1);
  s.runs[0]->respond({200, {}, "answer"});
  CHECK(retry->got == "answer");
}

TEST_CASE("outcomes: another request under the same key is refused, other keys are apart") {
  Stage s;
  s.ask();
  s.ask("k", "other");
  REQUIRE(s.refusal);
  CHECK(s.refusal->error.code == Code::invalid_request);
  s.ask("k2", "other");
  CHECK_FALSE(s.refusal);
  CHECK(s.runs.size() == 2);
}

TEST_CASE("outcomes: too many waiting retries are refused") {
  Stage s{{.waiting_max = 2}};
  for (int i = 0; i < 3; ++i) s.ask();
  CHECK_FALSE(s.refusal);
  s.ask();
  REQUIRE(s.refusal);
  CHECK(s.refusal->error.code == Code::queue_full);
}

TEST_CASE("outcomes: the bodies of all waiting retries together are bounded, and given back") {
  Stage s{{.waiting_bytes_max = 100}};
  s.ask("k", "d", 90);
  CHECK(s.outcomes->waiting_bytes() == 0);  // the first one runs
  s.ask("k", "d", 90);
  CHECK_FALSE(s.refusal);
  s.ask("k", "d", 11);
  REQUIRE(s.refusal);
  CHECK(s.refusal->error.code == Code::queue_full);
  s.runs.at(0)->respond({503, {}, ""});
  CHECK(s.outcomes->waiting_bytes() == 0);
  s.turn();
  s.ask("k", "d", 100);
  CHECK_FALSE(s.refusal);
  s.runs.at(1)->respond({200, {}, ""});
  CHECK(s.outcomes->waiting_bytes() == 0);
}

TEST_CASE("outcomes: kept for their time, and never more bytes or keys than the limits") {
  Stage s{{.keep = Millis{1'000}, .keys_max = 8, .bytes_max = 100, .outcome_bytes_max = 60}};
  const auto run = [&](const std::string& key, std::size_t bytes) {
    s.ask(key);
    if (!s.refusal && !s.runs.empty()) s.runs.back()->respond({200, {}, std::string(bytes, 'x')});
    s.runs.clear();
  };
  run("large", 61);
  CHECK(s.outcomes->keys() == 0);
  for (int i = 0; i < 20; ++i) {
    run("k" + std::to_string(i), 40);
    CHECK(s.outcomes->bytes() <= 140);
    CHECK(s.outcomes->keys() <= 8);
  }
  const auto kept = s.outcomes->keys();
  CHECK(kept > 0);
  s.now += Millis{2'000};
  run("fresh", 1);
  CHECK(s.outcomes->keys() == 1);
}

TEST_CASE("outcomes: keys that all run are a full table, not a growing one") {
  Stage s{{.keys_max = 3}};
  for (int i = 0; i < 3; ++i) s.ask("k" + std::to_string(i));
  s.ask("one more");
  REQUIRE(s.refusal);
  CHECK(s.refusal->error.code == Code::queue_full);
  CHECK(s.outcomes->keys() == 3);
}
