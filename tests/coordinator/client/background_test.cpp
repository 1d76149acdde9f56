#include "coordinator/client/background.hpp"

#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace {

using namespace weir::client;
using namespace weir::client::testing;
using std::chrono::seconds;
using weir::net::http::ExchangePtr;
using weir::net::http::Request;

using Ends = std::function<void(const Outcome<ChatAnswer>&)>;

ChatRequest hello() {
  ChatRequest request;
  request.messages = {{"user", "hello"}};
  return request;
}

Options options_of(const FakeCoordinator& fake, Background background = {}) {
  Options options;
  options.urls = {fake.url()};
  options.retries.attempts_max = 1;
  options.background = background;
  return options;
}

void answer(const Request& request, const ExchangePtr& exchange) {
  if (request.body.find("\"stream\":true") == std::string::npos)
    return exchange->respond(
        {200, {}, R"({"choices":[{"index":0,"message":{"content":"whole"}}]})"});
  exchange->begin(200, {{"content-type", "text/event-stream"}});
  for (const char* text : {"one", "two"})
    exchange->write(std::string{"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\""} +
                    text + "\"}}]}\n\n");
  exchange->write("data: [DONE]\n\n");
  exchange->end();
}

/// A server that answers nothing until it ends.
struct Mute {
  std::atomic<int> asked{0};
  std::vector<ExchangePtr> kept;
  FakeCoordinator fake{[this](Request, ExchangePtr exchange) {
    kept.push_back(std::move(exchange));
    ++asked;
  }};
  void wait_asked(int number) const {
    while (asked < number) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("background: a call streams where it has on_text, else it is whole; both end once") {
  FakeCoordinator fake{answer};
  Client client{options_of(fake)};
  std::string text;
  std::atomic<int> ends{0};
  std::thread::id texts, end;
  const auto streamed = client.submit(hello(), {[&](const std::string& piece) {
                                                  text += piece;
                                                  texts = std::this_thread::get_id();
                                                  return true;
                                                },
                                                [&](const Outcome<ChatAnswer>& outcome) {
                                                  end = std::this_thread::get_id();
                                                  ends += outcome ? 1 : 100;
                                                }});
  REQUIRE(streamed);
  const auto first = streamed->wait();
  REQUIRE(first);
  CHECK(first->text == "onetwo");
  CHECK(text == "onetwo");
  CHECK(texts == end);
  CHECK(end != std::this_thread::get_id());
  CHECK(streamed->done());
  CHECK(streamed->wait_for(seconds{0}));
  const auto whole = client.submit(hello(), {{}, [&](const auto&) { ++ends; }});
  REQUIRE(whole);
  REQUIRE(whole->wait());
  CHECK(whole->wait()->text == "whole");  // as often as one likes
  CHECK(ends == 2);
}

TEST_CASE("background: many calls of many threads, every on_done runs exactly once") {
  FakeCoordinator fake{answer};
  std::array<std::atomic<int>, 200> ends{};
  {
    Client client{options_of(fake, {4, 200})};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < ends.size(); i += 4) {
          auto call = client.submit(hello(), {{}, [&ends, i](const auto&) { ++ends[i]; }});
          if (call && i % 3 == 0) call->cancel();
        }
      });
    for (auto& thread : threads) thread.join();
  }
  for (const auto& count : ends) CHECK(count == 1);
}

TEST_CASE("background: cancel ends a call that runs and one that waits, the others go on") {
  Mute mute;
  Client client{options_of(mute.fake, {1, 10})};
  std::atomic<int> cancelled{0};
  const Ends note = [&](const Outcome<ChatAnswer>& outcome) {
    if (!outcome && outcome.error().kind() == ErrorCode::cancelled) ++cancelled;
  };
  auto running = client.submit(hello(), {{}, note});
  auto waiting = client.submit(hello(), {{}, note});
  auto last = client.submit(hello(), {{}, note});
  REQUIRE(running);
  REQUIRE(waiting);
  REQUIRE(last);
  mute.wait_asked(1);
  waiting->cancel();
  waiting->cancel();
  CHECK_FALSE(running->done());
  running->cancel();
  CHECK(running->wait().error().kind() == ErrorCode::cancelled);
  CHECK(waiting->wait().error().kind() == ErrorCode::cancelled);
  mute.wait_asked(2);
  CHECK_FALSE(last->done());
  last->cancel();
  last->wait().error();
  CHECK(cancelled == 3);
}

TEST_CASE("background: one token cancels many calls, and later ones at once") {
  Mute mute;
  Client client{options_of(mute.fake)};
  CancelToken all;
  std::vector<AsyncCall> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(*client.submit(hello(), {}, all));
  auto other = client.submit(hello(), {});
  REQUIRE(other);
  mute.wait_asked(4);
  all.cancel();
  for (const auto& call : calls) CHECK(call.wait().error().kind() == ErrorCode::cancelled);
  CHECK(client.submit(hello(), {}, all)->wait().error().kind() == ErrorCode::cancelled);
  CHECK_FALSE(other->done());
  CHECK(mute.asked == 4);
}

TEST_CASE("background: beyond its limit a call is refused, and its callbacks never run") {
  Mute mute;
  std::atomic<int> ends{0};
  {
    Client client{options_of(mute.fake, {2, 1})};
    const Callbacks callbacks{{}, [&](const auto&) { ++ends; }};
    for (int i = 0; i < 3; ++i) CHECK(client.submit(hello(), callbacks));
    const auto fourth = client.submit(hello(), callbacks);
    REQUIRE_FALSE(fourth);
    CHECK(fourth.error().status == 0);
    CHECK(fourth.error().kind() == ErrorCode::queue_full);
  }
  CHECK(ends == 3);
}

TEST_CASE("background: without a queue, as many calls as threads run, and more when one is free") {
  FakeCoordinator fake{answer};
  Client client{options_of(fake, {2, 0})};
  for (int i = 0; i < 20; ++i) {
    auto one = client.submit(hello(), {});
    auto two = client.submit(hello(), {});
    REQUIRE(one);
    REQUIRE(two);
    CHECK(one->wait());
    CHECK(two->wait());
  }
}

TEST_CASE("background: the client's end cancels what runs and waits, and awaits its callbacks") {
  Mute mute;
  std::vector<AsyncCall> calls;
  std::atomic<int> ends{0};
  {
    Client client{options_of(mute.fake, {1, 10})};
    for (int i = 0; i < 5; ++i)
      calls.push_back(*client.submit(hello(), {{}, [&](const Outcome<ChatAnswer>& outcome) {
                                                 CHECK_FALSE(outcome);
                                                 ++ends;
                                               }}));
    mute.wait_asked(1);
  }
  CHECK(ends == 5);
  for (const auto& call : calls) CHECK(call.wait().error().kind() == ErrorCode::cancelled);
}

TEST_CASE("background: on_done may submit again, until the client ends") {
  FakeCoordinator fake{answer};
  std::atomic<int> rounds{0}, refused{0};
  Flag enough;
  Ends again;
  {
    Client client{options_of(fake, {1, 1})};
    again = [&](const Outcome<ChatAnswer>&) {
      if (++rounds == 5) enough.raise();
      if (!client.submit(hello(), {{}, again})) ++refused;
    };
    REQUIRE(client.submit(hello(), {{}, again}));
    CHECK(enough.wait());
  }
  CHECK(rounds >= 5);
  CHECK(refused == 1);
}

TEST_CASE("background: a callback cannot wait for its own call, but for itself it can chat") {
  FakeCoordinator fake{answer};
  Client client{options_of(fake)};
  std::optional<AsyncCall> self;
  Flag known;
  std::optional<ErrorCode> told;
  bool inner = false;
  self.emplace(*client.submit(hello(), {{}, [&](const Outcome<ChatAnswer>&) {
                                          known.wait();
                                          told = self->wait().error().kind();
                                          CHECK_FALSE(self->wait_for(seconds{60}));
                                          inner = static_cast<bool>(client.chat(hello()));
                                        }}));
  known.raise();
  CHECK(self->wait());
  CHECK(told == ErrorCode::invalid_request);
  CHECK(inner);
}

TEST_CASE("background: callbacks that throw, on_text cancels the call, on_done changes nothing") {
  FakeCoordinator fake{answer};
  Client client{options_of(fake, {1, 4})};
  int ends = 0;
  auto call = client.submit(hello(), {[](const std::string&) -> bool { throw 1; },
                                      [&](const Outcome<ChatAnswer>&) {
                                        ++ends;
                                        throw std::runtime_error{"mine"};
                                      }});
  REQUIRE(call);
  const auto outcome = call->wait();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind() == ErrorCode::cancelled);
  CHECK(outcome.error().message == "on_text threw");
  CHECK(ends == 1);
  CHECK(client.submit(hello(), {})->wait());
}

TEST_CASE("background: what the callbacks hold is let go of before wait() returns") {
  FakeCoordinator fake{answer};
  Client client{options_of(fake)};
  const auto held = std::make_shared<int>(1);
  auto call = client.submit(hello(), {[held](const std::string&) { return true; },
                                      [held](const Outcome<ChatAnswer>&) {}});
  REQUIRE(call);
  CHECK(call->wait());
  CHECK(held.use_count() == 1);
}

TEST_CASE("background: wrong options refuse a call at once, a wrong request ends it") {
  Options options;
  options.urls = {"ftp://x"};
  CHECK(Client{options}.submit(hello(), {}).error().kind() == ErrorCode::invalid_config);
  FakeCoordinator fake{answer};
  Client client{options_of(fake)};
  auto request = hello();
  request.extra = "[";
  auto call = client.submit(request, {});
  REQUIRE(call);
  CHECK(call->wait().error().kind() == ErrorCode::invalid_request);
}

TEST_CASE("background: calls that wait end when they are cancelled, though no thread is free") {
  Mute mute;
  Client client{options_of(mute.fake, {1, 10})};
  std::atomic<int> ends{0};
  const Ends note = [&](const Outcome<ChatAnswer>&) { ++ends; };
  const auto running = client.submit(hello(), {{}, note});
  REQUIRE(running);
  mute.wait_asked(1);
  CancelToken all;
  std::vector<AsyncCall> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(*client.submit(hello(), {{}, note}, all));
  calls[1].cancel();
  CHECK(calls[1].wait_for(seconds{10}));
  CHECK_FALSE(calls[0].done());
  all.cancel();
  calls.push_back(*client.submit(hello(), {{}, note}, all));
  for (const auto& call : calls) {
    REQUIRE(call.wait_for(seconds{10}));
    CHECK(call.wait().error().kind() == ErrorCode::cancelled);
  }
  CHECK_FALSE(running->done());
  CHECK(ends == 4);
}

TEST_CASE("background: the client's end ends calls that a running callback depends on") {
  Mute mute;
  Flag other;
  bool came = false;
  {
    Client client{options_of(mute.fake, {1, 10})};
    CHECK(client.submit(hello(), {{}, [&](const auto&) { came = other.wait(); }}));
    mute.wait_asked(1);
    CHECK(client.submit(hello(), {{}, [&](const auto&) { other.raise(); }}));
  }
  CHECK(came);
}

TEST_CASE("background: a callback never blocks in wait() for another call of its client") {
  Mute mute;
  Client client{options_of(mute.fake, {1, 10})};
  std::optional<AsyncCall> other;
  Flag known;
  std::optional<ErrorCode> told;
  bool done = true;
  auto first = client.submit(hello(), {{}, [&](const auto&) {
                                         known.wait();
                                         told = other->wait().error().kind();
                                         done = other->wait_for(seconds{60});
                                       }});
  REQUIRE(first);
  mute.wait_asked(1);
  other.emplace(*client.submit(hello(), {}));
  known.raise();
  first->cancel();
  CHECK_FALSE(first->wait());
  CHECK(told == ErrorCode::invalid_request);
  CHECK_FALSE(done);
}

TEST_CASE("background: the longest wait_for there is waits") {
  Mute mute;
  Client client{options_of(mute.fake)};
  auto call = client.submit(hello(), {});
  REQUIRE(call);
  CHECK_FALSE(call->wait_for(std::chrono::milliseconds::min()));
  std::thread canceller{[&] {
    mute.wait_asked(1);
    call->cancel();
  }};
  CHECK(call->wait_for(std::chrono::milliseconds::max()));
  canceller.join();
}
