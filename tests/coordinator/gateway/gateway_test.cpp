#include "tests/coordinator/gateway/harness.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::test;
using nlohmann::json;

namespace {

json body_of(const std::string& answer) {
  return json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

int status_of(const std::string& answer) { return std::stoi(answer.substr(9, 3)); }

gateway::GatewaySettings with_key(std::uint32_t rpm = 0) {
  gateway::GatewaySettings settings;
  settings.keys = {test_key()};
  settings.keys[0].rpm = rpm;
  return settings;
}

FleetView fleet() {
  NodeView node;
  node.name = "gpu-1";
  node.tier = Tier::l1;
  node.state = "up";
  node.models = {"qwen", "org/llama"};
  node.slots_used = 1;
  node.slots_total = 4;
  EngineInventory engine;
  engine.models = {{"qwen", "", "", 8192, 2, feature::tools, true}};
  node.engines = {engine};
  return {{node}, {{"chat-small", {"qwen", "absent"}, 1, 0}, {"nobody", {"absent"}, 1, 0}}};
}

/// Answers the brain's questions as they come until `c` has its answer.
std::string answered(World& w, const std::shared_ptr<Client>& c, const Answer& answer) {
  std::size_t seen = 0;
  w.pump([&] {
    const auto asked = w.brain.all<Asked>();
    for (; seen < asked.size(); ++seen) {
      const bool queues =
          asked[seen].question == Question::queues && std::holds_alternative<FleetView>(answer);
      QueueView view{false, 5, 100, 2, {{"m", Grade::p0, Priority::batch, 5, 10}}};
      w.apply(Reply{asked[seen].reply, queues ? Answer{view} : answer});
    }
    return World::complete(c->got);
  });
  return c->got;
}

}  // namespace

TEST_CASE("gateway: health needs no key and says when the program stops") {
  World w{with_key()};
  for (const char* path :
       {"/livez", "/readyz", "/health", "/healthz", "/health/liveliness", "/health/readiness"})
    CHECK_MESSAGE(status_of(w.answer(w.get(path))) == 200, path);
  w.face->stop();
  w.face->stop();
  CHECK(w.brain.all<StopAdmitting>().size() == 1);
  CHECK(status_of(w.answer(w.get("/readyz"))) == 503);
  CHECK(status_of(w.answer(w.get("/health/readiness"))) == 503);
  CHECK(status_of(w.answer(w.get("/livez"))) == 200);
  const auto c = w.post("/v1/chat/completions", World::chat(false), "x-api-key: sk-test\r\n");
  const auto got = w.answer(c);
  CHECK(status_of(got) == 503);
  CHECK(body_of(got)["error"]["code"] == "no_capacity");
  CHECK(c->has("retry-after: "));
}

TEST_CASE("gateway: data plane and /weir/v1 need a key where keys are configured") {
  World w{with_key()};
  for (const char* path : {"/v1/models", "/v1/models/x", "/weir/v1/nodes", "/weir/v1/queues",
                           "/weir/v1/models", "/weir/v1/requests/r", "/api/tags"})
    CHECK_MESSAGE(status_of(w.answer(w.get(path))) == 401, path);
  CHECK(status_of(w.answer(w.post("/weir/v1/nodes/n/drain", ""))) == 401);
  const auto c = w.post("/v1/chat/completions", "{}", "Authorization: Bearer sk-wrong\r\n");
  const auto got = w.answer(c);
  CHECK(status_of(got) == 401);
  CHECK(body_of(got)["error"]["code"] == "unauthorized");
  CHECK(c->has("x-request-id: req-"));
  CHECK(got.find("sk-wrong") == std::string::npos);
  CHECK(body_of(w.answer(w.post("/v1/messages", "{}")))["error"]["type"] == "authentication_error");
  CHECK(w.brain.events.empty());
  CHECK(w.metric(R"(weir_refused_total{code="unauthorized"})") == 10);
}

TEST_CASE("gateway: every answer says which request it is and how long it took") {
  World w{with_key()};
  for (const char* path : {"/v1/models", "/weir/v1/nodes", "/nowhere", "/livez"}) {
    const auto c = w.get(path);
    w.answer(c);
    CHECK_MESSAGE(c->has("x-request-id: req-"), path);
    CHECK_MESSAGE(c->has("openai-processing-ms: "), path);
  }
  const auto c = w.client();
  c->send("nonsense\r\n\r\n");
  CHECK(status_of(w.answer(c)) == 400);
  CHECK(w.face->server_error(400, "/").headers.back().name == "x-request-id");
}

TEST_CASE("gateway: nobody without a key may send a body first") {
  World w{with_key()};
  for (const char* path : {"/v1/chat/completions", "/nowhere", "/v1/embeddings"}) {
    const auto c = w.client();
    c->send(std::string{"POST "} + path +
            " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 30000000\r\n\r\n");
    const auto got = w.answer(c);
    CHECK_MESSAGE(status_of(got) == (std::string{path} == "/nowhere" ? 404 : 401), path);
    CHECK(c->has("x-request-id: req-"));
  }
}

TEST_CASE("gateway: a body that tells no length is refused before it comes, a small one after") {
  World w{with_key()};
  const auto chunked = w.client();
  chunked->send("POST /v1/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(status_of(w.answer(chunked)) == 401);
  const auto small = w.client();
  small->send("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n");
  w.settle();
  CHECK(small->got.empty());
  small->send("{}");
  CHECK(status_of(w.answer(small)) == 401);
}

TEST_CASE("gateway: tokens are charged for what ran, once") {
  auto settings = with_key();
  settings.keys[0].tpm = 1'000;
  World w{settings};
  const std::string key = "Authorization: Bearer sk-test\r\n";
  const auto body = World::chat(true, R"(,"max_tokens":900)");
  const auto leaver = w.post("/v1/chat/completions", body, key);
  w.submitted(1);
  leaver->leave();
  w.pump([&] { return w.face->running() == 0; });
  const auto failed = w.post("/v1/chat/completions", body, key);
  FailRequest none;
  none.request = w.submitted(2).id;
  none.error = {Code::no_capacity, "none"};
  w.apply(none);
  CHECK(status_of(w.answer(failed)) == 503);
  const auto served = w.post("/v1/chat/completions", body, key);
  const auto a = w.dispatch(w.submitted(3));
  w.accept(a);
  w.begin(a);
  w.data(a, chunk_one + chunk_end + chunk_usage + chunk_done);
  w.finish(a);
  CHECK(status_of(w.answer(served)) == 200);
  const auto c = w.post("/v1/chat/completions", "{", key);
  w.answer(c);
  CHECK(c->has("x-ratelimit-remaining-tokens: 992"));  // 5 + 3 were used
}

TEST_CASE("gateway: the key's tenant and default grade reach the brain") {
  World w{with_key()};
  const auto c = w.post("/v1/chat/completions", World::chat(false),
                        "Authorization: Bearer sk-test\r\nContent-Type: application/json\r\n");
  const auto spec = w.submitted();
  CHECK(spec.tenant == "eng");
  CHECK(spec.key_default == Grade::p2);
  CHECK_FALSE(spec.label);
}

TEST_CASE("gateway: the request beyond rpm is 429 with its limits in the headers") {
  World w{with_key(1)};
  const auto first = w.post("/v1/chat/completions", World::chat(false), "x-api-key: sk-test\r\n");
  w.submitted();
  const auto c = w.post("/v1/chat/completions", World::chat(false), "x-api-key: sk-test\r\n");
  const auto got = w.answer(c);
  CHECK(status_of(got) == 429);
  CHECK(body_of(got)["error"]["code"] == "rate_limited");
  CHECK(body_of(got)["error"]["type"] == "rate_limit_error");
  for (const char* header : {"retry-after: ", "retry-after-ms: ", "x-ratelimit-limit-requests: 1",
                             "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: "})
    CHECK_MESSAGE(c->has(header), header);
  CHECK(w.brain.all<Submitted>().size() == 1);
}

TEST_CASE("gateway: malformed requests are 400 in the API's shape and never reach the brain") {
  World w;
  for (const char* body :
       {"", "[]", "{", R"({"model":"m"})", R"({"model":"m","messages":"x"})",
        R"({"model":"m","model":"n","messages":[{"role":"user","content":"x"}]})",
        R"({"model":"m","base_url":"http://x","messages":[{"role":"user","content":"x"}]})"}) {
    const auto got = w.answer(w.post("/v1/chat/completions", body));
    CHECK(status_of(got) == 400);
    CHECK(body_of(got)["error"]["code"] == "invalid_request");
    CHECK(got.find("server: weir") != std::string::npos);
  }
  const auto graded = w.answer(w.post("/v1/chat/completions", World::chat(false),
                                      "X-Data-Grade: P2\r\nX-Data-Grade: top\r\n"));
  CHECK(status_of(graded) == 400);
  CHECK(body_of(graded)["error"]["code"] == "invalid_grade");
  CHECK(w.brain.events.empty());
}

TEST_CASE("gateway: unknown paths, wrong methods, and endpoints nobody offers have their answers") {
  World w;
  const auto unknown = w.answer(w.get("/v2/chat"));
  CHECK(status_of(unknown) == 404);
  CHECK(body_of(unknown)["error"]["message"].is_string());
  const auto c = w.get("/v1/chat/completions");
  CHECK(status_of(w.answer(c)) == 405);
  CHECK(c->has("allow: POST"));
  const auto d = w.post("/v1/models", "");
  CHECK(status_of(w.answer(d)) == 405);
  CHECK(d->has("allow: GET, HEAD"));
  for (const char* path : {"/weir/v1/feedback"})
    CHECK_MESSAGE(status_of(w.answer(w.post(path, "{}"))) == 501, path);
  for (const char* path : {"/v1/embeddings", "/v1/rerank", "/v1/responses", "/api/embed",
                           "/v1/messages/count_tokens", "/api/chat", "/api/generate"})
    CHECK_MESSAGE(status_of(w.answer(w.post(path, "{}"))) == 400, path);
  CHECK(body_of(w.answer(w.post("/v1/embeddings", "{}")))["error"]["code"] == "invalid_request");
  CHECK(body_of(w.answer(w.post("/v1/messages/count_tokens", "{}")))["type"] == "error");
  CHECK(body_of(w.answer(w.post("/api/chat", "{}")))["error"].is_string());
  CHECK(body_of(w.answer(w.get("/api/nothing")))["error"].is_string());
}

TEST_CASE("gateway: models are listed with their aliases and found one by one") {
  World w;
  const auto list = body_of(answered(w, w.get("/v1/models"), fleet()));
  CHECK(list["object"] == "list");
  std::vector<std::string> ids;
  for (const auto& m : list["data"]) {
    ids.push_back(m["id"]);
    CHECK(m["object"] == "model");
    CHECK(m["created"] == 1'700'000'000);
    CHECK_FALSE(m["owned_by"].get<std::string>().empty());
  }
  CHECK(ids == std::vector<std::string>{"chat-small", "org/llama", "qwen"});
}

TEST_CASE("gateway: one model is found by its decoded id; an unknown one is 404") {
  World w;
  CHECK(body_of(answered(w, w.get("/v1/models/org%2Fllama"), fleet()))["id"] == "org/llama");
  World other;
  const auto c = other.get("/v1/models/nope");
  const auto got = answered(other, c, fleet());
  CHECK(status_of(got) == 404);
  CHECK(body_of(got)["error"]["code"] == "model_not_found");
  CHECK(c->has("x-request-id: "));
}

TEST_CASE("gateway: nodes, models and queues are shown as JSON") {
  World w;
  const auto node = body_of(answered(w, w.get("/weir/v1/nodes"), fleet()))["nodes"][0];
  CHECK(node["id"] == "gpu-1");
  CHECK(node["tier"] == "L1");
  CHECK(node["state"] == "up");
  CHECK(node["slots"] == json{{"used", 1}, {"total", 4}});
  CHECK(node["models"] == json{"qwen", "org/llama"});
  World m;
  const auto models = body_of(answered(m, m.get("/weir/v1/models"), fleet()))["models"];
  REQUIRE(models.size() == 3);
  CHECK(models[0]["alias"] == true);
  CHECK(models[0]["members"] == json{"qwen"});
  CHECK(models[2]["context_tokens"] == 8192);
  CHECK(models[2]["features"] == json{"tools"});
  World q;
  QueueView view{false, 5, 100, 2, {{"m", Grade::p0, Priority::batch, 5, 10}}};
  const auto queues = body_of(answered(q, q.get("/weir/v1/queues"), view));
  CHECK(queues["waiting"] == 5);
  CHECK(queues["running"] == 2);
  CHECK(queues["classes"][0]["grade"] == "P0");
}

TEST_CASE("gateway: an explanation comes from memory, else from the store, else 404") {
  Explanation e;
  e.request = "req-1";
  e.state = "done";
  e.grade_why = "label";
  AttemptView attempt;
  attempt.node = "gpu-1";
  attempt.usage = {Tokens{5}, Tokens{3}};
  attempt.candidates = {{"gpu-1", Tier::l1, 0, "m", "", {1, 1, 1, 1, 0.9}, 20}};
  e.attempts = {attempt};
  World w;
  const auto shown = body_of(answered(w, w.get("/weir/v1/requests/req-1"), e));
  CHECK(w.brain.all<Asked>()[0].argument == "req-1");
  CHECK(shown["grade_why"] == "label");
  CHECK(shown["attempts"][0]["usage"]["completion_tokens"] == 3);
  CHECK(shown["attempts"][0]["candidates"][0]["score"]["total"] == 0.9);
  World s;
  s.stored = e;
  CHECK(body_of(answered(s, s.get("/weir/v1/requests/req-1"), NotFound{}))["state"] == "done");
  World n;
  CHECK(status_of(answered(n, n.get("/weir/v1/requests/req-1"), NotFound{})) == 404);
}

TEST_CASE("gateway: drain and undrain are asked of the brain, an unknown node is 404") {
  World w;
  const auto c = w.post("/weir/v1/nodes/gpu-1/drain", "");
  w.pump([&] { return !w.brain.all<DrainAsked>().empty(); });
  auto asked = w.brain.all<DrainAsked>()[0];
  CHECK(asked.node == "gpu-1");
  CHECK(asked.on);
  w.apply(Reply{asked.reply, DrainAnswer{"gpu-1", true}});
  CHECK(body_of(w.answer(c)) == json{{"node", "gpu-1"}, {"draining", true}});
  const auto d = w.post("/weir/v1/nodes/nope/undrain", "");
  w.pump([&] { return w.brain.all<DrainAsked>().size() == 2; });
  asked = w.brain.all<DrainAsked>()[1];
  CHECK_FALSE(asked.on);
  w.apply(Reply{asked.reply, NotFound{"nope"}});
  CHECK(status_of(w.answer(d)) == 404);
}

TEST_CASE("gateway: metrics show the fleet and the queues of this moment") {
  World w{with_key()};
  const auto got = answered(w, w.get("/metrics"), fleet());
  CHECK(got.find("content-type: text/plain; version=0.0.4") != std::string::npos);
  for (const char* line :
       {R"(weir_nodes{state="up",tier="L1"} 1)", R"(weir_nodes{state="suspect",tier="L0"} 0)",
        R"(weir_engine_slots{node="gpu-1",state="used"} 1)",
        R"(weir_engine_slots{node="gpu-1",state="free"} 3)",
        R"(weir_queue_depth{class="batch/P0"} 5)", R"(weir_queue_depth{class="normal/P1"} 0)",
        "weir_request_seconds_bucket", "weir_time_to_first_token_seconds_bucket",
        "weir_time_per_output_token_seconds_bucket", "weir_queue_seconds_bucket",
        "weir_tokens_total"})
    CHECK_MESSAGE(got.find(line) != std::string::npos, line);
  const auto again = w.get("/metrics");
  std::size_t seen = 2;
  w.pump([&] {
    const auto asked = w.brain.all<Asked>();
    for (; seen < asked.size(); ++seen)
      w.apply(Reply{asked[seen].reply, asked[seen].question == Question::fleet
                                           ? Answer{FleetView{}}
                                           : Answer{QueueView{}}});
    return World::complete(again->got);
  });
  CHECK_FALSE(again->has("gpu-1"));
  CHECK(again->has(R"(weir_queue_depth{class="batch/P0"} 0)"));
}

TEST_CASE("gateway: with an admin listener each listener serves its own plane alone") {
  gateway::GatewaySettings settings;
  settings.admin_apart = true;
  World w{settings};
  for (const char* path : {"/livez", "/metrics", "/weir/v1/nodes", "/weir/v1/requests/x"})
    CHECK_MESSAGE(status_of(w.answer(w.get(path))) == 404, path);
  CHECK(status_of(w.answer(w.post("/v1/chat/completions", "{}"))) == 400);
  w.admin = true;
  CHECK(status_of(w.answer(w.get("/livez"))) == 200);
  CHECK(status_of(w.answer(w.post("/v1/chat/completions", "{}"))) == 404);
  CHECK(status_of(answered(w, w.get("/weir/v1/nodes"), fleet())) == 200);
}

TEST_CASE("gateway: decisions that ended are kept") {
  World w;
  Explanation e;
  e.request = "req-9";
  w.apply(Record{e});
  REQUIRE(w.kept.size() == 1);
  CHECK(w.kept[0].request == "req-9");
}
