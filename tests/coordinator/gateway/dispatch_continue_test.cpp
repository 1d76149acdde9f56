// Begun streams that go on: on another link of their agent, and on another machine.
#include "tests/coordinator/gateway/harness.hpp"

using namespace weir;
using namespace weir::test;

namespace {

constexpr LinkId heir{8};

std::string said(const std::string& id, const std::string& delta) {
  return R"(data: {"id":")" + id + R"(","object":"chat.completion.chunk","created":)" +
         std::to_string(id.size()) + R"(,"model":"engine-model","choices":[{"index":0,"delta":)" +
         delta + "}]}\n\n";
}

/// A stream whose client has "Hello" of its first attempt.
struct Begun : World {
  explicit Begun(const std::string& more = "") {
    client = post("/v1/chat/completions", World::chat(true, more));
    spec = submitted();
    first = dispatch(spec);
    accept(first);
    begin(first, 200, "text/event-stream");
    data(first, said("one", R"({"role":"assistant","content":""})"));
    data(first, said("one", R"({"content":"Hello"})"));
    pump([&] { return client->has("Hello"); });
  }
  /// A second attempt goes on, on another machine.
  void go_on() {
    link.body.clear();
    link.sent.clear();
    answered = 0;
    second = dispatch(spec, 2, heir, true);
    accept(second, heir);
    begin(second, 200, "text/event-stream", heir);
  }
  std::size_t count(const std::string& what) const {
    std::size_t n = 0;
    for (auto at = client->got.find(what); at != std::string::npos;
         at = client->got.find(what, at + 1))
      ++n;
    return n;
  }

  std::shared_ptr<Client> client;
  RequestSpec spec;
  AttemptId first, second;
};

}  // namespace

TEST_CASE("continue: the request and the text so far go to the next machine") {
  Begun w;
  CHECK(w.spec.continuable);
  w.go_on();
  REQUIRE(w.link.all<Dispatch>().size() == 1);
  const auto sent = w.link.all<Dispatch>()[0];
  CHECK(sent.prefix_bytes == 5);
  CHECK(sent.body_bytes == w.link.body.size());
  CHECK(w.link.body.ends_with("}Hello"));
  CHECK(w.link.body.find(R"("model":"engine-model")") != std::string::npos);
}

TEST_CASE("continue: the client sees one answer: one id, one time, one role, no text twice") {
  Begun w;
  w.go_on();
  CHECK(w.brain.all<Committed>().size() == 1);
  w.data(w.second, said("another", R"({"role":"assistant","content":""})"), heir);
  w.data(w.second, said("another", R"({"content":" world"})"), heir);
  w.data(w.second, chunk_end + chunk_usage + chunk_done, heir);
  w.finish(w.second, {}, heir);
  (void)w.answer(w.client);
  CHECK(w.count("Hello") == 1);
  CHECK(w.count(" world") == 1);
  CHECK(w.count("assistant") == 1);
  CHECK(w.count("another") == 0);
  CHECK(w.count(R"("created":3)") == 3);
  CHECK(w.count(R"("id":"one")") == 4);
  CHECK(w.count("[DONE]") == 1);
  CHECK(w.brain.all<Committed>().size() == 2);
  CHECK(w.brain.all<Committed>()[1].attempt == w.second);
  CHECK(w.face->running() == 0);
}

TEST_CASE("continue: an engine's error in the middle is not shown while the answer may go on") {
  Begun w;
  w.data(w.first, "data: {\"error\":{\"message\":\"out of memory\"}}\n\n");
  w.finish(w.first, Error{Code::upstream_failed, ""});
  w.settle();
  CHECK(w.count("out of memory") == 0);
  w.go_on();
  w.data(w.second, said("x", R"({"content":"!"})") + chunk_end + chunk_done, heir);
  w.finish(w.second, {}, heir);
  (void)w.answer(w.client);
  CHECK(w.count("error") == 0);
  CHECK(w.count("[DONE]") == 1);
}

TEST_CASE("continue: where it does not go on, the client gets one typed error") {
  Begun w;
  w.data(w.first, "data: {\"error\":{\"message\":\"out of memory\"}}\n\n");
  w.finish(w.first, Error{Code::upstream_failed, ""});
  w.apply(FailRequest{w.spec.id, {Code::upstream_failed, "broke"}, Grade::p1, 1, {}});
  (void)w.answer(w.client);
  CHECK(w.count("event: error") == 1);
  CHECK(w.count("upstream_failed") == 1);
  CHECK(w.face->running() == 0);
}

TEST_CASE("continue: an attempt that goes on can break and go on in turn") {
  Begun w;
  w.go_on();
  w.data(w.second, said("two", R"({"content":" dear"})"), heir);
  w.second = w.dispatch(w.spec, 3, LinkId{7}, true);
  w.link.body.clear();
  w.accept(w.second);
  CHECK(w.link.body.ends_with("}Hello dear"));
}

TEST_CASE("continue: tools, JSON, several choices, odd fields and whole answers do not go on") {
  for (const std::string more :
       {R"(,"tools":[{"type":"function"}])", R"(,"response_format":{"type":"json_object"})",
        R"(,"n":2)", R"(,"logprobs":true)", R"(,"grammar":"root ::= x")"}) {
    CAPTURE(more);
    World w;
    const auto client = w.post("/v1/chat/completions", World::chat(true, more));
    CHECK_FALSE(w.submitted().continuable);
  }
  World w;
  const auto client = w.post("/v1/chat/completions", World::chat(false));
  CHECK_FALSE(w.submitted().continuable);
}

TEST_CASE("continue: an answer that turned out to be more than text ends where it broke") {
  Begun w;
  w.data(w.first, said("one", R"({"tool_calls":[{"index":0}]})"));
  w.dispatch(w.spec, 2, heir, true);
  (void)w.answer(w.client);
  CHECK(w.count("event: error") == 1);
  CHECK(w.brain.all<ClientGone>().at(0).reason == CancelReason::superseded);
}

TEST_CASE("resume: the answer goes on behind what came over the old link") {
  Begun w;
  const auto had = w.answered;
  w.link.sent.clear();
  w.apply(SendResume{heir, w.first});
  REQUIRE(w.link.all<Resume>().size() == 1);
  CHECK(w.link.all<Resume>()[0].offset == had);
  w.data(w.first, said("one", R"({"content":" stale"})"));  // the old link's: nobody's
  w.answered = had;
  w.data(w.first, said("one", R"({"content":" world"})"), heir);
  w.data(w.first, chunk_end + chunk_done, heir);
  w.finish(w.first, {}, heir);
  (void)w.answer(w.client);
  CHECK(w.count("stale") == 0);
  CHECK(w.count(" world") == 1);
  CHECK(w.count("[DONE]") == 1);
  CHECK_FALSE(w.brain.said<Finish>().at(0).error);
}

TEST_CASE("resume: an event that was cut by the loss is whole once its rest came") {
  Begun w;
  const auto event = said("one", R"({"content":" world"})");
  w.data(w.first, event.substr(0, 20));
  w.apply(SendResume{heir, w.first});
  CHECK(w.link.all<Resume>()[0].offset == w.answered);
  w.data(w.first, event.substr(20) + chunk_end + chunk_done, heir);
  w.finish(w.first, {}, heir);
  (void)w.answer(w.client);
  CHECK(w.count(" world") == 1);
}

TEST_CASE("resume: credit of the lost link is not given on the new one") {
  Begun w;
  const auto before = w.link.done_with;
  w.apply(SendResume{heir, w.first});
  const auto event = said("one", R"({"content":" world"})");
  w.data(w.first, event, heir);
  w.pump([&] { return w.client->has(" world"); });
  w.settle();
  CHECK(w.link.done_with - before <= event.size());
}

TEST_CASE("resume: where the client left meanwhile, the attempt is cancelled on its new link") {
  Begun w;
  w.client->leave();
  w.pump([&] { return w.face->running() == 0; });
  w.apply(SendResume{heir, w.first});
  CHECK(w.link.all<Resume>().empty());
  CHECK(w.link.all<Cancel>().back().attempt == w.first);
}

TEST_CASE("continue: an answer that grew too long to go on keeps its id to the end") {
  Begun w;
  w.go_on();
  const std::string much(domain::SoFar::text_bytes_max, 'x');
  w.data(w.second, said("another", R"({"content":")" + much + "\"}"), heir);
  w.data(w.second, said("another", R"({"content":"end"})") + chunk_end + chunk_done, heir);
  w.finish(w.second, {}, heir);
  (void)w.answer(w.client);
  CHECK(w.count("another") == 0);
  CHECK(w.count("[DONE]") == 1);
}
