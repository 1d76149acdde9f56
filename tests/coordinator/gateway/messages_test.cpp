// POST /v1/messages from the client's side, served by an engine of OpenAI's dialect.
#include "tests/coordinator/gateway/harness.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::test;
using nlohmann::json;

namespace {

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}
int status_of(const std::string& answer) { return std::stoi(answer.substr(9, 3)); }
json error_of(const std::string& answer) {
  const auto body = json::parse(body_of(answer));
  CHECK(body.at("type") == "error");
  return body.at("error");
}

std::string ask(bool stream, const std::string& more = "", const std::string& content = R"("hi")") {
  return R"({"model":"asked","max_tokens":9,"messages":[{"role":"user","content":)" + content +
         "}]" + more + (stream ? R"(,"stream":true})" : "}");
}

const std::string whole =
    R"({"id":"c1","object":"chat.completion","model":"engine-model","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})";

void answer_with(World& w, AttemptId a, const std::string& body) {
  w.accept(a);
  w.begin(a);
  w.data(a, body);
  w.finish(a);
}

struct Running {
  std::shared_ptr<Client> client;
  RequestSpec spec;
  AttemptId attempt;
};

/// A streaming request whose agent has accepted it, and nothing more.
Running accepted(World& w, const std::string& headers = "") {
  const auto before = w.brain.all<Submitted>().size();
  Running r{w.post("/v1/messages", ask(true), headers), {}, {}};
  r.spec = w.submitted(before + 1);
  r.attempt = w.dispatch(r.spec);
  w.accept(r.attempt);
  return r;
}

Running start(World& w, const std::string& headers = "") {
  auto r = accepted(w, headers);
  w.begin(r.attempt, 200, "text/event-stream");
  return r;
}

gateway::GatewaySettings impatient() {
  gateway::GatewaySettings settings;
  settings.dispatcher.silent_max = Millis{40};
  return settings;
}

}  // namespace

TEST_CASE("messages: an OpenAI engine is asked in its dialect and its answer comes back") {
  World w;
  const auto c = w.post("/v1/messages", ask(false, R"(,"system":"be kind")"),
                        "anthropic-version: 2023-06-01\r\nX-Data-Grade: P2\r\n"
                        "X-Weir-Priority: batch\r\nX-Weir-Session: s1\r\n"
                        "X-Weir-Deadline-Ms: 5000\r\n");
  const auto spec = w.submitted();
  CHECK(spec.endpoint == Endpoint::messages);
  CHECK((spec.model == "asked" && spec.output_tokens_max == Tokens{9} && !spec.stream));
  CHECK((spec.priority == Priority::batch && spec.session == "s1"));
  CHECK((spec.deadline == Millis{5000} && spec.label == Grade::p2));
  const auto a = w.dispatch(spec);
  answer_with(w, a, whole);
  const auto sent = w.link.all<Dispatch>().at(0);
  CHECK(sent.endpoint == Endpoint::chat_completions);
  CHECK(sent.body_bytes == w.link.body.size());
  const auto upstream = json::parse(w.link.body);
  CHECK(upstream.at("model") == "engine-model");
  CHECK(upstream.at("messages").at(0).at("content") == "be kind");
  const auto got = w.answer(c);
  CHECK(status_of(got) == 200);
  const auto id = public_id(incarnation, spec.id);
  CHECK(c->has("\r\nrequest-id: " + id));
  CHECK(c->has("x-request-id: " + id));
  CHECK((c->has("x-weir-node: gpu-1") && c->has("content-type: application/json")));
  const auto message = json::parse(body_of(got));
  CHECK((message.at("type") == "message" && message.at("model") == "asked"));
  CHECK(message.at("content").at(0).at("text") == "Hi");
  CHECK(message.at("usage").at("output_tokens") == 3);
  CHECK(w.brain.said<Finish>().at(0).usage.completion == Tokens{3});
  CHECK(w.metric(R"(weir_tokens_total{kind="completion",tier="L1"})") == 3);
}

TEST_CASE("messages: a stream leaves event by event and ends in message_stop") {
  World w;
  const auto r = start(w);
  CHECK(w.link.body.find(R"("include_usage":true)") != std::string::npos);
  w.data(r.attempt, chunk_one);
  w.pump([&] { return r.client->has("\"Hi\""); });
  CHECK(r.client->has("event: message_start\ndata: {"));
  CHECK(r.client->has("content-type: text/event-stream"));
  CHECK(r.client->has("\r\nrequest-id: req-"));
  CHECK(w.brain.all<Committed>().size() == 1);
  w.data(r.attempt, chunk_end + chunk_usage + chunk_done);
  w.finish(r.attempt);
  const auto got = w.answer(r.client);
  CHECK(got.ends_with("data: {\"type\":\"message_stop\"}\n\n\r\n0\r\n\r\n"));
  CHECK(got.find("[DONE]") == std::string::npos);
  CHECK(w.brain.said<Finish>().at(0).usage.completion == Tokens{3});
  CHECK(w.metric(R"(weir_time_to_first_token_seconds_count{tier="L1"})") == 1);
  CHECK(w.face->running() == 0);
}

TEST_CASE("messages: grades in header and body count, tools and images are needs") {
  World w;
  w.post("/v1/messages", ask(false, R"(,"metadata":{"data_grade":"P1","user_id":"u"})"),
         "X-Data-Grade: P2\r\n");
  const auto labelled = w.submitted();
  CHECK(labelled.label == Grade::p1);
  CHECK(labelled.needs == 0);
  const std::string image =
      R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}})";
  w.post("/v1/messages", ask(false, R"(,"tools":[{"name":"f","input_schema":{"type":"object"}}])",
                             "[" + image + "]"));
  CHECK(w.submitted(2).needs == (feature::tools | feature::vision));
  w.post("/v1/messages",
         ask(false, "", R"([{"type":"tool_result","tool_use_id":"t","content":[)" + image + "]}]"));
  CHECK(w.submitted(3).needs == feature::vision);
}

TEST_CASE("messages: what cannot be read or translated is 400 and names its place") {
  World w;
  struct Case {
    std::string body;
    std::string place;
  };
  for (const auto& bad :
       {Case{"{", "JSON"}, Case{ask(false, R"(,"surprise":1)"), "surprise"},
        Case{ask(false, R"(,"metadata":{"data_grade":"P9"})"), "metadata.data_grade"},
        Case{ask(false, R"(,"container":"c")"), "container"},
        Case{ask(false, "", R"([{"type":"server_tool_use","id":"x"}])"), "messages[0].content[0]"},
        Case{R"({"model":"m","messages":[{"role":"user","content":"x"}]})", "max_tokens"}}) {
    const auto got = w.answer(w.post("/v1/messages", bad.body));
    CHECK_MESSAGE(status_of(got) == 400, bad.body);
    const auto error = error_of(got);
    CHECK(error.at("type") == "invalid_request_error");
    CHECK_MESSAGE(error.at("message").get<std::string>().find(bad.place) != std::string::npos,
                  error.dump());
  }
  CHECK(status_of(w.answer(w.post("/v1/messages", ask(false), "X-Data-Grade: x\r\n"))) == 400);
  CHECK(w.brain.all<Submitted>().empty());
}

TEST_CASE("messages: what the chosen engine's dialect cannot say is 400, and its slot comes back") {
  World w;
  const auto c =
      w.post("/v1/messages",
             ask(false, "",
                 R"([{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":)"
                 R"({"type":"base64","media_type":"image/png","data":"AAAA"}}]}])"));
  const auto spec = w.submitted();
  const auto a = w.dispatch(spec);
  const auto told = w.brain.all<Unsayable>();
  REQUIRE(told.size() == 1);
  CHECK((told[0].attempt == a && told[0].error.code == Code::not_supported));
  CHECK(w.link.all<Dispatch>().empty());
  w.apply(FailRequest{spec.id, told[0].error, Grade::p1, 1, {}});
  const auto got = w.answer(c);
  CHECK(status_of(got) == 400);
  CHECK(error_of(got).at("type") == "invalid_request_error");
  CHECK(error_of(got).at("message").get<std::string>().find("messages[0]") != std::string::npos);
  CHECK(w.metric(R"(weir_requests_total{code="400",grade="P1",tier="none"})") == 1);
  CHECK(w.face->running() == 0);
}

TEST_CASE("messages: keys, paths and methods are refused in Anthropic's shape") {
  gateway::GatewaySettings settings;
  settings.keys = {test_key()};
  World w{settings};
  const auto c = w.post("/v1/messages", ask(false), "x-api-key: sk-wrong\r\n");
  CHECK(error_of(w.answer(c)).at("type") == "authentication_error");
  CHECK(c->has("\r\nrequest-id: req-"));
  const auto early = w.client();
  early->send(
      "POST /v1/messages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
      "Content-Length: 30000000\r\n\r\n");
  CHECK(error_of(w.answer(early)).at("type") == "authentication_error");
  CHECK(early->has("\r\nrequest-id: req-"));
  const std::string key = "x-api-key: sk-test\r\n";
  w.post("/v1/messages", ask(false), key);
  CHECK(w.submitted().tenant == "eng");
  const auto missing = w.answer(w.post("/v1/messages/batches", "{}", key));
  CHECK((status_of(missing) == 404 && error_of(missing).at("type") == "not_found_error"));
  const auto method = w.answer(w.get("/v1/messages", key));
  CHECK((status_of(method) == 405 && error_of(method).at("type") == "invalid_request_error"));
  const auto count = w.answer(w.post("/v1/messages/count_tokens", "{}", key));
  CHECK((status_of(count) == 400 && error_of(count).at("type") == "invalid_request_error"));
}

TEST_CASE("messages: what the brain refuses comes in Anthropic's shape") {
  World w;
  for (const auto& [code, status, type] :
       {std::tuple{Code::model_not_found, 404, "not_found_error"},
        std::tuple{Code::no_capacity, 503, "overloaded_error"},
        std::tuple{Code::queue_full, 429, "rate_limit_error"},
        std::tuple{Code::deadline_exceeded, 504, "timeout_error"}}) {
    const auto c = w.post("/v1/messages", ask(false));
    const auto before = w.brain.all<Submitted>().size();
    const auto spec = w.submitted(before + 1);
    w.apply(FailRequest{spec.id, {code, "so it is"}, Grade::p1, 0, {}});
    const auto got = w.answer(c);
    CHECK(status_of(got) == status);
    CHECK(error_of(got).at("type") == type);
    CHECK(error_of(got).at("message") == "so it is");
    CHECK(c->has("retry-after: ") == (status == 429 || status == 503));
  }
}

TEST_CASE("messages: an engine's 4xx comes in Anthropic's shape, with its status") {
  for (const bool stream : {false, true}) {
    World w;
    const auto c = w.post("/v1/messages", ask(stream));
    const auto a = w.dispatch(w.submitted());
    w.accept(a);
    w.begin(a, 400, "application/problem+json");
    w.data(a, R"({"error":{"message":"too long","type":"x"}})");
    w.finish(a);
    const auto got = w.answer(c);
    CHECK(status_of(got) == 400);
    CHECK(error_of(got) == json{{"type", "invalid_request_error"}, {"message", "too long"}});
    CHECK(c->has("content-type: application/json"));
    CHECK_FALSE(w.brain.said<Finish>().at(0).error);
  }
}

TEST_CASE("messages: a stream that breaks ends in one error event of Anthropic's shape") {
  World w;
  const auto r = start(w);
  w.data(r.attempt, chunk_one);
  w.finish(r.attempt);
  REQUIRE(w.brain.said<Finish>().at(0).error);
  w.apply(FailRequest{r.spec.id, {Code::upstream_failed, "broke"}, Grade::p1, 1, {}});
  const auto got = w.answer(r.client);
  CHECK(got.find("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                 "\"message\":\"broke\"}}\n\n") != std::string::npos);
  CHECK(got.find("message_stop") == std::string::npos);
}

TEST_CASE("messages: pings keep a silent client, later failures are events, a 4xx too") {
  World w{impatient()};
  const auto r = accepted(w);
  w.pump([&] { return r.client->has("event: ping\ndata: {\"type\":\"ping\"}\n\n"); });
  CHECK_FALSE(r.client->has(": keep-alive"));
  w.begin(r.attempt, 400);
  w.data(r.attempt, R"({"error":{"message":"too long"}})");
  w.finish(r.attempt);
  CHECK(w.answer(r.client).find("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                                "\"invalid_request_error\",\"message\":\"too long\"}}\n\n") !=
        std::string::npos);
  const auto late = start(w);
  w.pump([&] { return late.client->has("event: ping"); });
  w.apply(FailRequest{late.spec.id, {Code::deadline_exceeded, ""}, Grade::p1, 1, {}});
  CHECK(w.answer(late.client).find("timeout_error") != std::string::npos);
}

TEST_CASE(
    "messages: an engine's error before the first token is the attempt's, later the client's") {
  World w;
  const std::string error = "data: {\"error\":{\"message\":\"out of memory\"}}\n\n";
  const auto early = start(w);
  w.data(early.attempt, error);
  w.finish(early.attempt);
  w.settle();
  CHECK(early.client->got.empty());
  REQUIRE(w.brain.said<Finish>().at(0).error);
  const auto late = start(w);
  w.data(late.attempt, chunk_one);
  w.data(late.attempt, error);
  w.finish(late.attempt);
  w.apply(FailRequest{late.spec.id, {Code::upstream_failed, "broke"}, Grade::p1, 1, {}});
  const auto got = w.answer(late.client);
  CHECK(got.find("event: error\ndata: {\"type\":\"error\"") != std::string::npos);
  CHECK(got.find("out of memory") != std::string::npos);
  CHECK(got.find("broke") == std::string::npos);
}

TEST_CASE("messages: a retry under an Idempotency-Key gets the stream that was") {
  World w;
  const std::string key = "Idempotency-Key: k1\r\n";
  const auto r = start(w, key);
  w.data(r.attempt, chunk_one + chunk_end + chunk_usage + chunk_done);
  w.finish(r.attempt);
  w.answer(r.client);
  const auto retry = w.post("/v1/messages", ask(true), key);
  CHECK(w.answer(retry).find("message_stop") != std::string::npos);
  CHECK(retry->has("idempotent-replayed: true"));
  CHECK(retry->has("request-id: " + public_id(incarnation, r.spec.id)));
  CHECK(w.brain.all<Submitted>().size() == 1);
  CHECK(status_of(w.answer(w.post("/v1/chat/completions", World::chat(true), key))) == 400);
}
