#include "tests/coordinator/gateway/harness.hpp"

using namespace weir;
using namespace weir::test;

namespace {

const std::string with_usage = R"(,"stream_options":{"include_usage":true})";

struct Running {
  std::shared_ptr<Client> client;
  RequestSpec spec;
  AttemptId attempt;
};

Running start(World& w, const std::string& more = "", bool reading = true) {
  const auto before = w.brain.all<Submitted>().size();
  Running r{w.post("/v1/chat/completions", World::chat(true, more), "", reading), {}, {}};
  r.spec = w.submitted(before + 1);
  r.attempt = w.dispatch(r.spec);
  w.accept(r.attempt);
  w.begin(r.attempt, 200, "text/event-stream");
  return r;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("stream: events leave one by one, with the head at the first, and end in [DONE]") {
  World w;
  const auto r = start(w);
  w.settle();
  CHECK(r.client->got.empty());
  CHECK(w.brain.all<Committed>().empty());
  w.data(r.attempt, chunk_one.substr(0, 30));
  w.settle();
  CHECK(r.client->got.empty());
  w.data(r.attempt, chunk_one.substr(30));
  w.pump([&] { return r.client->has("\"Hi\""); });
  for (const char* header :
       {"HTTP/1.1 200 ", "content-type: text/event-stream", "cache-control: no-cache",
        "x-accel-buffering: no", "x-weir-node: gpu-1", "x-weir-grade: P1", "x-request-id: req-",
        "transfer-encoding: chunked"})
    CHECK_MESSAGE(r.client->has(header), header);
  CHECK(r.client->has(R"("model":"asked")"));
  REQUIRE(w.brain.all<Committed>().size() == 1);
  CHECK(w.brain.all<Committed>()[0].attempt == r.attempt);
  w.data(r.attempt, chunk_end + chunk_usage + chunk_done);
  w.finish(r.attempt);
  const auto got = w.answer(r.client);
  CHECK(got.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"));
  CHECK(count_of(got, "usage") == 0);
  CHECK(w.brain.all<Committed>().size() == 1);
  CHECK(w.brain.said<Finish>().at(0).usage.completion == Tokens{3});
  CHECK_FALSE(w.brain.said<Finish>()[0].error);
  CHECK(w.face->running() == 0);
  CHECK(w.metric(R"(weir_time_to_first_token_seconds_count{tier="L1"})") == 1);
  CHECK(w.metric(R"(weir_time_per_output_token_seconds_count{tier="L1"})") == 1);
}

TEST_CASE("stream: usage is always asked of the engine and kept where the client asked for it") {
  World w;
  const auto r = start(w, with_usage);
  CHECK(w.link.body.find(R"("include_usage":true)") != std::string::npos);
  w.data(r.attempt, chunk_one + chunk_end + chunk_usage + chunk_done);
  w.finish(r.attempt);
  CHECK(w.answer(r.client).find(R"("completion_tokens":3)") != std::string::npos);
  const auto second = start(w);
  CHECK(count_of(w.link.body, R"("include_usage":true)") == 2);
  w.answered = 0;
  w.data(second.attempt, chunk_one);
  w.pump([&] { return second.client->has("Hi"); });
}

TEST_CASE("stream: an engine that leaves [DONE] out after a finish reason is complete") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, chunk_one + chunk_end);
  w.finish(r.attempt);
  CHECK(w.answer(r.client).find("data: [DONE]") != std::string::npos);
  CHECK_FALSE(w.brain.said<Finish>().at(0).error);
}

TEST_CASE("stream: one that breaks off before its first event is a failure that may be retried") {
  World w;
  const auto r = start(w);
  w.finish(r.attempt);
  REQUIRE(w.brain.said<Finish>().at(0).error);
  CHECK(w.brain.said<Finish>()[0].error->code == Code::upstream_failed);
  const auto second = w.dispatch(r.spec, 2, LinkId{8});
  w.begin(second, 200, "text/event-stream", LinkId{8});
  w.data(second, chunk_one + chunk_end + chunk_done, LinkId{8});
  w.finish(second, {}, LinkId{8});
  CHECK(w.answer(r.client).find("x-weir-attempts: 2") != std::string::npos);
}

TEST_CASE("stream: an engine's error before the first token is the attempt's, not the client's") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, "data: {\"error\":{\"message\":\"out of memory\"}}\n\n");
  w.finish(r.attempt);
  w.settle();
  CHECK(r.client->got.empty());
  CHECK(w.brain.all<Committed>().empty());
  REQUIRE(w.brain.said<Finish>().at(0).error);
  w.apply(FailRequest{r.spec.id, {Code::upstream_failed, "no engine"}, Grade::p1, 3, {}});
  CHECK(w.answer(r.client).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("stream: one that breaks after its first event ends in one typed error event") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, chunk_one);
  w.finish(r.attempt);
  REQUIRE(w.brain.said<Finish>().at(0).error);
  w.settle();
  CHECK_FALSE(r.client->has("event: error"));
  w.apply(FailRequest{r.spec.id, {Code::upstream_failed, "broke"}, Grade::p1, 1, {}});
  const auto got = w.answer(r.client);
  CHECK(count_of(got, "event: error\ndata: {\"error\":{") == 1);
  CHECK(count_of(got, "upstream_failed") == 1);
  CHECK(got.find("[DONE]") == std::string::npos);
  CHECK(w.face->running() == 0);
}

TEST_CASE("stream: an engine's error after the first token reaches the client once") {
  World w;
  const auto r = start(w, R"(,"logprobs":true)");  // it cannot go on elsewhere
  w.data(r.attempt, chunk_one);
  w.data(r.attempt, "data: {\"error\":{\"message\":\"out of memory\"}}\n\n");
  w.finish(r.attempt, Error{Code::upstream_failed, ""});
  w.apply(FailRequest{r.spec.id, {Code::upstream_failed, "broke"}, Grade::p1, 1, {}});
  const auto got = w.answer(r.client);
  CHECK(count_of(got, "\"error\"") == 1);
  CHECK(got.find("out of memory") != std::string::npos);
}

TEST_CASE("stream: garbage from the engine stops its agent and fails the attempt") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, "data: {not json\n\n");
  w.data(r.attempt, "data: {not json\n\n");
  CHECK(w.link.all<Cancel>().size() == 1);
  w.finish(r.attempt, Error{Code::cancelled, ""});
  CHECK(w.brain.said<Finish>().at(0).error->code == Code::upstream_failed);
}

TEST_CASE("stream: data before Begin is a failure") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(true));
  const auto a = w.dispatch(w.submitted());
  w.data(a, chunk_one);
  w.settle();
  CHECK(c->got.empty());
  CHECK(w.link.all<Cancel>().size() == 1);
}

TEST_CASE("stream: the head is withheld, then comments keep the client, then it goes on") {
  gateway::GatewaySettings settings;
  settings.dispatcher.silent_max = Millis{40};
  World w{settings};
  const auto r = start(w);
  w.pump([&] { return count_of(r.client->got, ": keep-alive\n\n") >= 2; });
  CHECK(r.client->has("HTTP/1.1 200 "));
  CHECK_FALSE(r.client->has("x-weir-node"));
  CHECK(w.brain.all<Committed>().empty());
  w.finish(r.attempt);
  const auto second = w.dispatch(r.spec, 2, LinkId{8});
  w.begin(second, 200, "text/event-stream", LinkId{8});
  w.data(second, chunk_one + chunk_end + chunk_done, LinkId{8});
  w.finish(second, {}, LinkId{8});
  CHECK(w.answer(r.client).find("data: [DONE]") != std::string::npos);
  CHECK(count_of(r.client->got, "HTTP/1.1") == 1);
}

TEST_CASE("stream: the brain hears once of an attempt that its agent does not answer") {
  gateway::GatewaySettings settings;
  settings.dispatcher.silent_max = Millis{40};
  settings.dispatcher.unanswered_max = Millis{40};
  World w{settings};
  const auto heard = start(w);  // accepted
  const auto c = w.post("/v1/chat/completions", World::chat(true));
  const auto deaf = w.dispatch(w.submitted(2));
  w.pump([&] { return !w.brain.all<Unanswered>().empty() && c->has(": keep-alive"); });
  REQUIRE(w.brain.all<Unanswered>().size() == 1);
  CHECK(w.brain.all<Unanswered>()[0].attempt == deaf);
  CHECK(deaf != heard.attempt);
}

TEST_CASE("stream: failures after the withheld head are error events, an engine's 4xx too") {
  gateway::GatewaySettings settings;
  settings.dispatcher.silent_max = Millis{40};
  World w{settings};
  const auto r = start(w);
  w.pump([&] { return r.client->has(": keep-alive"); });
  w.apply(FailRequest{r.spec.id, {Code::deadline_exceeded, ""}, Grade::p1, 1, {}});
  const auto got = w.answer(r.client);
  CHECK(got.find("event: error\ndata: {\"error\"") != std::string::npos);
  CHECK(got.find("deadline_exceeded") != std::string::npos);
  const auto c = w.post("/v1/chat/completions", World::chat(true));
  const auto a = w.dispatch(w.submitted(2));
  w.pump([&] { return c->has(": keep-alive"); });
  w.begin(a, 400);
  w.data(a, "{\"error\":{\n\"message\":\"too long\"}}");
  w.finish(a);
  CHECK(w.answer(c).find("event: error\ndata: {\"error\":{ \"message\":\"too long\"}}\n\n") !=
        std::string::npos);
}

TEST_CASE("stream: a new placement of a begun stream ends it, and the brain is told") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, chunk_one);
  w.dispatch(r.spec, 2, LinkId{8});
  CHECK(w.answer(r.client).find("event: error") != std::string::npos);
  CHECK(w.brain.all<ClientGone>().at(0).reason == CancelReason::superseded);
  CHECK(w.link.all<Dispatch>().size() == 2);
  CHECK(w.face->running() == 0);
}

TEST_CASE("stream: a cancelled attempt's data no longer reaches the client") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, chunk_one);
  w.apply(SendCancel{LinkId{7}, {r.attempt, CancelReason::deadline}});
  w.data(r.attempt, chunk_end);
  w.apply(FailRequest{r.spec.id, {Code::upstream_failed, ""}, Grade::p1, 1, {}});
  const auto got = w.answer(r.client);
  CHECK(count_of(got, "finish_reason") == 0);
  CHECK(count_of(got, "event: error") == 1);
}

TEST_CASE("stream: a client that leaves in the middle is reported once and nothing follows") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, chunk_one);
  w.pump([&] { return r.client->has("Hi"); });
  r.client->leave();
  w.pump([&] { return !w.brain.all<ClientGone>().empty(); });
  w.data(r.attempt, chunk_one);
  w.data(r.attempt, chunk_one);
  w.settle();
  CHECK(w.brain.all<ClientGone>().size() == 1);
  CHECK(w.brain.all<ClientGone>()[0].reason == CancelReason::client_gone);
  CHECK(w.metric("weir_stale_messages_total") == 2);
}

TEST_CASE("stream: credit follows what the client takes, and all of it comes back in the end") {
  World w;
  const auto r = start(w, "", false);
  std::string event = chunk_one;
  event.replace(event.find("Hi"), 2, std::string(60'000, 'x'));
  std::size_t fed = 0;
  // Until the sockets are full the credit comes back; then it must stop well before all of it.
  for (int i = 0; i < 300; ++i) {
    if (fed - w.link.done_with > 256 * 1024) break;
    w.data(r.attempt, event);
    fed += event.size();
    w.settle();
  }
  CHECK(fed - w.link.done_with > 200 * 1024);
  CHECK(w.link.done_with > 0);
  r.client->start();
  w.pump([&] { return w.link.done_with == fed; });
  CHECK(w.brain.all<ClientGone>().empty());
}

TEST_CASE("stream: an event in the making is credited, or one over the credit would never end") {
  World w;
  const auto r = start(w);
  std::string event = chunk_one;
  event.replace(event.find("Hi"), 2, std::string(500'000, 'x'));
  for (std::size_t at = 0; at < event.size(); at += 16'000)
    w.data(r.attempt, event.substr(at, 16'000));
  w.pump([&] { return w.link.done_with == event.size(); });
  w.pump([&] { return r.client->got.size() > 500'000; });
}

TEST_CASE("stream: a client that takes nothing is given up as slow") {
  net::http::Limits limits;
  limits.write_stall = Millis{100};
  World w{{}, limits};
  const auto r = start(w, "", false);
  std::string event = chunk_one;
  event.replace(event.find("Hi"), 2, std::string(60'000, 'x'));
  w.pump([&] {
    if (w.face->running() == 1) w.data(r.attempt, event);
    return !w.brain.all<ClientGone>().empty();
  });
  CHECK(w.brain.all<ClientGone>()[0].reason == CancelReason::slow_client);
  CHECK(w.face->running() == 0);
}

TEST_CASE("stream: fifty at once keep their own events") {
  World w;
  std::vector<Running> all;
  for (int i = 0; i < 50; ++i) all.push_back(start(w));
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string event = chunk_one;
    event.replace(event.find("Hi"), 2, "text-" + std::to_string(i) + ".");
    w.data(all[i].attempt, event + chunk_end + chunk_done);
    w.finish(all[i].attempt);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto got = w.answer(all[i].client);
    CHECK(count_of(got, "text-") == 1);
    CHECK(got.find("text-" + std::to_string(i) + ".") != std::string::npos);
  }
  CHECK(w.face->running() == 0);
}
