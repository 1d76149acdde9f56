#include "tests/coordinator/gateway/harness.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::test;
using nlohmann::json;

namespace {

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

json error_of(const std::string& answer) { return json::parse(body_of(answer)).at("error"); }

bool status_is(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

}  // namespace

TEST_CASE("dispatch: a unary answer comes whole, under the asked name, and says where it ran") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false), "X-Data-Grade: P1\r\n");
  const auto spec = w.submitted();
  CHECK(spec.model == "asked");
  CHECK(spec.label == Grade::p1);
  CHECK(spec.tenant == "default");
  const auto a = w.dispatch(spec);
  const auto sent = w.link.all<Dispatch>();
  REQUIRE(sent.size() == 1);
  CHECK(w.link.body.empty());
  w.accept(a);
  CHECK(sent[0].body_bytes == w.link.body.size());
  CHECK(json::parse(w.link.body).at("model") == "engine-model");
  w.begin(a);
  w.data(a, whole_answer.substr(0, 40));
  w.data(a, whole_answer.substr(40));
  CHECK(w.link.done_with == whole_answer.size());
  w.finish(a);
  const auto got = w.answer(c);
  CHECK(status_is(got, 200));
  for (const char* header :
       {"server: weir", "x-weir-node: gpu-1", "x-weir-tier: L1", "x-weir-grade: P1",
        "x-weir-model: engine-model", "x-weir-attempts: 1", "x-weir-queue-ms: 3",
        "openai-processing-ms: ", "content-type: application/json"})
    CHECK_MESSAGE(c->has(header), header);
  CHECK(c->has("x-request-id: " + public_id(incarnation, spec.id)));
  CHECK(json::parse(body_of(got)).at("model") == "asked");
  CHECK(w.face->running() == 0);
  const auto said = w.brain.said<Finish>();
  REQUIRE(said.size() == 1);
  CHECK_FALSE(said[0].error);
  CHECK(said[0].usage.completion == Tokens{3});
  CHECK(w.metric(R"(weir_requests_total{code="200",grade="P1",tier="L1"})") == 1);
  CHECK(w.metric(R"(weir_tokens_total{kind="completion",tier="L1"})") == 3);
}

TEST_CASE("dispatch: a request for auto shows the model that served it") {
  World w;
  const auto c = w.post("/v1/completions", R"({"model":"auto","prompt":"hi"})");
  const auto a = w.dispatch(w.submitted());
  w.accept(a);
  w.begin(a);
  w.data(a, whole_answer);
  w.finish(a);
  CHECK(json::parse(body_of(w.answer(c))).at("model") == "engine-model");
}

TEST_CASE("dispatch: a retry under an Idempotency-Key waits for the first and gets its answer") {
  World w;
  const std::string key = "Idempotency-Key: k1\r\n";
  const auto c = w.post("/v1/chat/completions", World::chat(false), key);
  const auto spec = w.submitted();
  const auto retry = w.post("/v1/chat/completions", World::chat(false), key);
  const auto other = w.post("/v1/chat/completions", World::chat(true), key);
  CHECK(status_is(w.answer(other), 400));
  const auto a = w.dispatch(spec);
  w.accept(a);
  w.begin(a);
  w.data(a, whole_answer);
  w.finish(a);
  CHECK(status_is(w.answer(c), 200));
  CHECK(status_is(w.answer(retry), 200));
  CHECK(retry->has("idempotent-replayed: true"));
  CHECK(retry->has("x-request-id: " + public_id(incarnation, spec.id)));
  CHECK(body_of(retry->got) == body_of(c->got));
  CHECK(w.brain.all<Submitted>().size() == 1);
}

TEST_CASE("dispatch: the client of a keyed request leaves, and the retry that waits runs") {
  World w;
  const std::string key = "Idempotency-Key: k1\r\n";
  const auto c = w.post("/v1/chat/completions", World::chat(false), key);
  w.submitted();
  const auto retry = w.post("/v1/chat/completions", World::chat(false), key);
  w.settle();
  c->leave();
  const auto spec = w.submitted(2);
  CHECK(w.brain.all<ClientGone>().size() == 1);
  const auto a = w.dispatch(spec);
  w.accept(a);
  w.begin(a);
  w.data(a, whole_answer);
  w.finish(a);
  CHECK(status_is(w.answer(retry), 200));
}

TEST_CASE("dispatch: an engine's own 429 passes through, with a time to wait") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto a = w.dispatch(w.submitted());
  w.accept(a);
  w.begin(a, 429);
  w.data(a, R"({"error":{"message":"slow down"}})");
  w.finish(a);
  CHECK(status_is(w.answer(c), 429));
  CHECK(c->has("slow down"));
  CHECK(c->has("retry-after: 1\r\n"));
  CHECK(c->has("retry-after-ms: 1000\r\n"));
}

TEST_CASE("dispatch: an engine's own 4xx passes through and counts as an answer") {
  for (const bool agent_reports_error : {false, true}) {
    World w;
    const auto c = w.post("/v1/chat/completions", World::chat(agent_reports_error));
    const auto a = w.dispatch(w.submitted());
    w.accept(a);
    w.begin(a, 422, "application/problem+json");
    w.data(a, R"({"error":{"message":"no"}})");
    w.finish(a,
             agent_reports_error ? std::optional{Error{Code::upstream_failed, ""}} : std::nullopt);
    const auto got = w.answer(c);
    CHECK(status_is(got, 422));
    CHECK(body_of(got) == R"({"error":{"message":"no"}})");
    CHECK(c->has("content-type: application/problem+json"));
    REQUIRE(w.brain.said<Finish>().size() == 1);
    CHECK_FALSE(w.brain.said<Finish>()[0].error);
    CHECK(w.face->running() == 0);
  }
}

TEST_CASE("dispatch: an engine's 5xx, a broken answer, and missing bytes fail the attempt alone") {
  struct Case {
    std::uint16_t status;
    std::string body;
    std::optional<Error> error;
  };
  for (const auto& failing :
       {Case{500, "oops", {}}, Case{302, "", {}}, Case{200, "not json", {}}, Case{200, "[1]", {}},
        Case{200, "{}", Error{Code::timed_out, "stalled"}}}) {
    World w;
    const auto c = w.post("/v1/chat/completions", World::chat(false));
    const auto spec = w.submitted();
    const auto first = w.dispatch(spec, 1);
    w.accept(first);
    w.begin(first, failing.status);
    w.data(first, failing.body);
    w.finish(first, failing.error);
    REQUIRE(w.brain.said<Finish>().size() == 1);
    CHECK(w.brain.said<Finish>()[0].error);
    w.settle();
    CHECK(c->got.empty());
    const auto second = w.dispatch(spec, 2, LinkId{8});
    w.accept(second, LinkId{8});
    w.begin(second, 200, "application/json", LinkId{8});
    w.data(second, whole_answer, LinkId{8});
    w.finish(second, {}, LinkId{8});
    CHECK(status_is(w.answer(c), 200));
    CHECK(c->has("x-weir-attempts: 2"));
    CHECK(w.metric(R"(weir_redispatched_total{reason="engine_failed"})") == 1);
  }
}

TEST_CASE("dispatch: an answer that lacks bytes is a failure, whatever its agent says") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto a = w.dispatch(w.submitted());
  w.begin(a);
  w.data(a, whole_answer);
  w.answered += 5;
  w.finish(a);
  CHECK(w.brain.said<Finish>().at(0).error->code == Code::upstream_failed);
  CHECK(w.face->running() == 1);
}

TEST_CASE("dispatch: what the brain refuses is a typed error with its headers") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto spec = w.submitted();
  w.apply(
      FailRequest{spec.id, {Code::queue_full, "waiting_max reached"}, Grade::p0, 0, Millis{2500}});
  const auto got = w.answer(c);
  CHECK(status_is(got, 429));
  CHECK(error_of(got).at("code") == "queue_full");
  CHECK(c->has("retry-after: 3\r\n"));
  CHECK(c->has("retry-after-ms: 2500\r\n"));
  CHECK(c->has("x-weir-grade: P0\r\n"));
  CHECK(c->has("x-request-id: "));
  CHECK(w.metric(R"(weir_refused_total{code="queue_full"})") == 1);
  CHECK(w.metric(R"(weir_requests_total{code="429",grade="P0",tier="none"})") == 1);
  CHECK(w.face->running() == 0);
}

TEST_CASE(
    "dispatch: stale answers are dropped and forgotten, and their Finish still reaches the "
    "brain") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto spec = w.submitted();
  const auto first = w.dispatch(spec, 1);
  w.accept(first);
  w.begin(first);
  w.data(first, "{\"old\":");
  const auto second = w.dispatch(spec, 2, LinkId{8});
  w.begin(second, 200, "application/json", LinkId{8});
  w.answered = 0;
  w.data(second, whole_answer, LinkId{8});
  const auto before = w.link.forgotten.size();
  w.events().on_data(LinkId{7}, first.stream(), ports::DataKind::chunk,
                     std::as_bytes(std::span{"1}", 2}));
  w.accept(first);
  w.begin(first, 500);
  w.events().on_message(LinkId{8}, Begin{first, 500, ""});
  CHECK(w.link.forgotten.size() == before + 4);
  CHECK(w.metric("weir_stale_messages_total") == 4);
  Finish late;
  late.attempt = first;
  late.error = Error{Code::cancelled, ""};
  w.events().on_message(LinkId{7}, late);
  REQUIRE(w.brain.said<Finish>().size() == 1);
  CHECK(w.brain.said<Finish>()[0].attempt == first);
  w.finish(second, {}, LinkId{8});
  CHECK(json::parse(body_of(w.answer(c))).at("id") == "c1");
}

TEST_CASE("dispatch: a client that leaves is reported at once, and its attempt is cancelled") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto spec = w.submitted();
  const auto a = w.dispatch(spec);
  w.accept(a);
  c->leave();
  w.pump([&] { return !w.brain.all<ClientGone>().empty(); });
  CHECK(w.brain.all<ClientGone>()[0].request == spec.id);
  CHECK(w.brain.all<ClientGone>()[0].reason == CancelReason::client_gone);
  CHECK(w.face->running() == 0);
  CHECK(w.link.forgotten == std::vector{a.stream()});
  w.apply(SendCancel{LinkId{7}, {a, CancelReason::client_gone}});
  REQUIRE(w.link.all<Cancel>().size() == 1);
  CHECK(w.link.all<Cancel>()[0].attempt == a);
  CHECK(w.metric(R"(weir_requests_total{code="499",grade="P1",tier="L1"})") == 1);
}

TEST_CASE("dispatch: a placement that crosses its client's leaving is sent and taken back") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto spec = w.submitted();
  c->leave();
  w.pump([&] { return w.face->running() == 0; });
  const auto a = w.dispatch(spec);
  CHECK(w.link.all<Dispatch>().size() == 1);
  CHECK(w.brain.all<ClientGone>().size() == 2);
  w.accept(a);
  CHECK(w.link.body.empty());
}

TEST_CASE("dispatch: a large body goes in pieces and waits while the link has enough") {
  World w;
  std::string text(1'000'000, 'a');
  const auto c =
      w.post("/v1/chat/completions",
             R"({"model":"asked","messages":[{"role":"user","content":")" + text + R"("}]})");
  const auto a = w.dispatch(w.submitted());
  w.link.buffered = 300'000;
  w.accept(a);
  CHECK(w.link.pieces.size() == 1);
  w.events().on_drained(LinkId{7}, a.stream());
  CHECK(w.link.pieces.size() == 2);
  w.link.buffered = 0;
  w.events().on_drained(LinkId{7}, a.stream());
  CHECK(w.link.body.size() == w.link.all<Dispatch>()[0].body_bytes);
  for (const auto piece : w.link.pieces) CHECK(piece <= 256 * 1024);
  const auto pieces = w.link.pieces.size();
  w.events().on_drained(LinkId{7}, a.stream());
  w.accept(a);
  CHECK(w.link.pieces.size() == pieces);
}

TEST_CASE("dispatch: an answer over its limit stops the agent and fails the attempt") {
  gateway::GatewaySettings settings;
  settings.dispatcher.answer.answer_bytes_max = 1000;
  World w{settings};
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto a = w.dispatch(w.submitted());
  w.begin(a);
  w.data(a, std::string(900, 'x'));
  CHECK(w.link.all<Cancel>().empty());
  w.data(a, std::string(200, 'x'));
  w.data(a, std::string(200, 'x'));
  CHECK(w.link.all<Cancel>().size() == 1);
  w.finish(a, Error{Code::cancelled, ""});
  CHECK(w.brain.said<Finish>().at(0).error->code == Code::upstream_failed);
}

TEST_CASE("dispatch: bodies beyond what all requests together may hold are refused") {
  gateway::GatewaySettings settings;
  settings.dispatcher.held_bytes_max = 100;
  World w{settings};
  const auto first = w.post("/v1/chat/completions", World::chat(false));
  const auto spec = w.submitted();
  const auto second = w.post("/v1/chat/completions", World::chat(false));
  CHECK(error_of(w.answer(second)).at("code") == "queue_full");
  w.apply(FailRequest{spec.id, {Code::no_capacity, ""}, Grade::p0, 0, {}});
  w.answer(first);
  const auto third = w.post("/v1/chat/completions", World::chat(false));
  w.submitted(2);
  CHECK(w.face->running() == 1);
}

TEST_CASE("dispatch: refusals and reports of agents, ups and downs all reach the brain") {
  World w;
  w.events().on_up(LinkId{3}, {"c", "agent", "n", Tier::l0}, {});
  w.events().on_message(LinkId{3}, CapacityReport{});
  w.events().on_message(LinkId{3}, Refuse{{incarnation, RequestId{5}, 1}, {}, {}});
  w.events().on_down(LinkId{3}, "reset");
  CHECK(w.brain.all<AgentUp>().at(0).peer.name == "n");
  CHECK(w.brain.said<CapacityReport>().size() == 1);
  CHECK(w.brain.said<Refuse>().size() == 1);
  CHECK(w.brain.all<AgentDown>().at(0).why == "reset");
  w.apply(SendDrain{LinkId{3}, {true}});
  w.apply(DropLink{LinkId{3}, "replaced"});
  CHECK(w.link.all<Drain>().size() == 1);
  CHECK(w.link.closed == std::vector{LinkId{3}});
}

TEST_CASE("dispatch: what still runs when the program stops ends with a typed error") {
  World w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto spec = w.submitted();
  w.dispatch(spec);
  w.face->abandon();
  CHECK(error_of(w.answer(c)).at("code") == "no_capacity");
  CHECK(w.brain.all<ClientGone>().at(0).reason == CancelReason::shutdown);
  CHECK(w.face->running() == 0);
}

TEST_CASE("dispatch: an agent that begins one answer twice has failed, and nothing is kept") {
  World w;
  w.post("/v1/chat/completions", R"({"model":"m","messages":[{"role":"user","content":"hi"}]})");
  const auto a = w.dispatch(w.submitted());
  w.accept(a);
  w.begin(a, 200);
  w.data(a, std::string(2'000'000, 'x'));
  w.begin(a, 500);
  w.data(a, std::string(100, 'x'));
  w.finish(a);
  const auto told = w.brain.said<Finish>();
  REQUIRE(told.size() == 1);
  REQUIRE(told[0].error);
  CHECK(told[0].error->detail == "the agent began an answer twice");
}
