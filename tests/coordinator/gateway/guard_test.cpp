// What the guard sees of requests, and what becomes of them where it sees nothing.
#include "tests/coordinator/gateway/harness.hpp"

#include "actors/domain/clearance.hpp"
#include "tests/actors/domain/detectors.hpp"
#include "tests/actors/domain/digests.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using test::World;

namespace {

/// Answers when the test says so.
struct NotedGuard final : ports::Guard {
  struct Look {
    std::string body;
    std::uint32_t unreadable = 0;
    std::function<void(Detected)> done;
  };
  std::vector<Look> looks;
  std::vector<std::pair<CloudDraft, std::function<void(ClearanceAnswer)>>> drafts;
  Scan scanned;

  void clear(CloudDraft draft, std::function<void(ClearanceAnswer)> done) override {
    drafts.emplace_back(std::move(draft), std::move(done));
  }
  void inspect(std::shared_ptr<const std::string> body, std::uint32_t unreadable,
               std::function<void(Detected)> done) override {
    looks.push_back({*body, unreadable, std::move(done)});
  }
  void scan(std::shared_ptr<const std::string>, std::function<void(Scan)> done) override {
    done(scanned);
  }
  std::optional<GuardKey> key_for(const PeerIdentity&) const override { return std::nullopt; }
};

struct Guarded : World {
  explicit Guarded(gateway::GatewaySettings settings = {}) : World{std::move(settings)} {
    face->guard_with(guard);
  }
  NotedGuard::Look& look(std::size_t n = 1) {
    pump([&] { return guard.looks.size() >= n; });
    return guard.looks[n - 1];
  }
  NotedGuard guard;
};

Detected found(Grade grade, Sensitive kind) {
  auto d = Detected::nothing();
  d.grade = grade;
  d.counts[index_of(kind)] = 1;
  return d;
}

void to_cloud(SendDispatch& order, Grade grade) {
  order.placement.node = "cloud";
  order.placement.tier = Tier::l2;
  order.placement.grade = grade;
  order.placement.model = "far";
}

}  // namespace

TEST_CASE("guard: the brain hears of a request when the guard has looked at all of its body") {
  Guarded w;
  const auto body = World::chat(false);
  const auto c = w.post("/v1/chat/completions", body);
  auto& look = w.look();
  CHECK(look.body == body);
  CHECK(look.unreadable == 0);
  w.settle();
  CHECK(w.brain.all<Submitted>().empty());
  look.done(found(Grade::p1, Sensitive::email));
  const auto spec = w.submitted();
  CHECK(spec.found.grade == Grade::p1);
  CHECK(spec.found.counts[index_of(Sensitive::email)] == 1);
  CHECK(w.metric("weir_guard_verdicts_total{grade=\"P1\",reason=\"found\"}") == 1);
}

TEST_CASE("guard: what cannot be looked into is said to it") {
  Guarded w;
  auto unreadable = [&, n = 0](const char* path, const char* body) mutable {
    const auto c = w.post(path, body);
    return w.look(static_cast<std::size_t>(++n)).unreadable;
  };
  CHECK(unreadable("/v1/chat/completions",
                   R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url",)"
                   R"("image_url":{"url":"data:image/png;base64,AAAA"}}]}]})") == 1);
  CHECK(unreadable("/v1/embeddings", R"({"model":"m","input":[1,2,3]})") == 1);
  CHECK(unreadable("/v1/embeddings", R"({"model":"m","input":["a"]})") == 0);
  CHECK(unreadable("/v1/completions", R"({"model":"m","prompt":[[1,2]]})") == 1);
  CHECK(unreadable("/api/generate", R"({"model":"m","prompt":"x","context":[1]})") == 1);
  CHECK(unreadable("/v1/messages",
                   R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":)"
                   R"("image","source":{"type":"url","url":"https://x/y.png"}}]}]})") == 1);
}

TEST_CASE("guard: without one, or where it says nothing, a request is P0") {
  World bare;
  const auto c = bare.post("/v1/chat/completions", World::chat(false));
  CHECK(bare.submitted().found.grade == Grade::p0);
  CHECK_FALSE(bare.submitted().found.complete);

  gateway::GatewaySettings settings;
  settings.dispatcher.guard_silent_max = Millis{30};
  settings.dispatcher.silent_max = Millis{200};
  Guarded w{settings};
  const auto other = w.post("/v1/chat/completions", World::chat(false));
  const auto late = w.look().done;
  CHECK_FALSE(w.submitted().found.complete);
  late(Detected::nothing());  // changes nothing any more
  w.settle();
  CHECK(w.brain.all<Submitted>().size() == 1);
}

TEST_CASE("guard: a client that left while it looked is not submitted") {
  Guarded w;
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  const auto done = w.look().done;
  c->leave();
  w.pump([&] { return w.face->running() == 0; });
  done(Detected::nothing());
  w.settle();
  CHECK(w.brain.all<Submitted>().empty());
}

TEST_CASE("guard: a draft that it says nothing of stays here") {
  gateway::GatewaySettings settings;
  settings.dispatcher.guard_silent_max = Millis{30};
  settings.dispatcher.silent_max = Millis{200};
  Guarded w{settings};
  const auto c = w.post("/v1/chat/completions", World::chat(false));
  w.look().done(Detected::nothing());
  SendDispatch order;
  order.link = LinkId{7};
  order.dispatch.attempt = {test::incarnation, w.submitted().id, 1};
  order.dispatch.grade = Grade::p2;
  to_cloud(order, Grade::p2);
  order.cloud.emplace();
  w.apply(order);
  CHECK(w.guard.drafts.size() == 1);
  w.pump([&] { return !w.brain.all<ClearanceDenied>().empty(); });
  CHECK(w.brain.all<ClearanceDenied>()[0].why == Denial::late);
  CHECK(w.link.all<Dispatch>().empty());
}

TEST_CASE("guard: placeholders of what was redacted become values again for the client alone") {
  for (const bool stream : {false, true}) {
    Guarded w;
    const std::string body = R"({"model":"auto","messages":[{"role":"user","content":)"
                             R"("write to anna.meier@contoso.de"}])" +
                             std::string{stream ? R"(,"stream":true})" : "}"};
    const auto c = w.post("/v1/chat/completions", body);
    w.look().done(found(Grade::p1, Sensitive::email));
    const AttemptId attempt{test::incarnation, w.submitted().id, 1};
    SendDispatch order;
    order.link = LinkId{7};
    order.dispatch.attempt = attempt;
    order.dispatch.grade = Grade::p1;
    order.dispatch.model = "far";
    order.dispatch.stream = stream;
    to_cloud(order, Grade::p1);
    order.cloud = CloudTarget{1, {}, {}, 1};
    w.apply(order);
    REQUIRE(w.guard.drafts.size() == 1);
    const domain::ClearanceOffice office{domain::toy_digests, Sha256{1},
                                         domain::factory_detector()};
    auto answer = office.clear(std::move(w.guard.drafts[0].first));
    REQUIRE(std::holds_alternative<CloudBound>(answer));
    w.guard.drafts[0].second(std::move(answer));
    const auto sent = w.link.all<Dispatch>();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].clearance->terms.desensitised);
    w.accept(attempt);
    w.settle();
    CHECK(w.link.body.find("anna.meier") == std::string::npos);
    const auto at = w.link.body.find("⟦PII:EMAIL:1");
    REQUIRE(at != std::string::npos);
    const auto token = w.link.body.substr(at, w.link.body.find("⟧", at) + 3 - at);
    if (stream) {
      w.begin(attempt, 200, "text/event-stream");
      const std::string event =
          R"({"id":"1","object":"chat.completion.chunk","choices":[{"index":0,)"
          R"("delta":{"content":")";
      w.data(attempt, "data: " + event + "I wrote to " + token.substr(0, 9) + "\"}}]}\n\n");
      w.data(attempt, "data: " + event + token.substr(9) + R"("},"finish_reason":"stop"}]})" +
                          "\n\ndata: [DONE]\n\n");
    } else {
      w.begin(attempt);
      w.data(attempt,
             R"({"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":)"
             R"("assistant","content":"I wrote to )" +
                 token + R"("},"finish_reason":"stop"}]})");
    }
    w.finish(attempt);
    const auto got = w.answer(c);
    CHECK(got.find("anna.meier@contoso.de") != std::string::npos);
    CHECK(got.find("PII") == std::string::npos);
  }
}

TEST_CASE("guard: a dry run asks the brain and runs nothing") {
  Guarded w;
  const auto c = w.post("/v1/chat/completions", World::chat(false), "X-Weir-Dry-Run: 1\r\n");
  w.look().done(found(Grade::p1, Sensitive::cn_mobile));
  w.pump([&] { return !w.brain.all<Supposed>().empty(); });
  CHECK(w.brain.all<Submitted>().empty());
  const auto asked = w.brain.all<Supposed>()[0];
  CHECK(asked.spec.found.grade == Grade::p1);
  Explanation e;
  e.grade = Grade::p1;
  e.grade_why = "detector";
  e.state = "would run";
  e.found[index_of(Sensitive::cn_mobile)] = 1;
  e.attempts.push_back({});
  e.attempts[0].node = "gpu-1";
  e.attempts[0].tier = Tier::l1;
  w.apply(Reply{asked.reply, e});
  const auto got = w.answer(c);
  const auto j = nlohmann::json::parse(got.substr(got.find("\r\n\r\n") + 4));
  CHECK(j["would"] == "run");
  CHECK(j["grade"] == "P1");
  CHECK(j["found"]["CN_MOBILE"] == 1);
  CHECK(j["placement"]["node"] == "gpu-1");
  CHECK(w.face->running() == 0);

  const auto wrong = w.post("/v1/chat/completions", World::chat(false), "X-Weir-Dry-Run: yes\r\n");
  CHECK(w.answer(wrong).find("400 ") != std::string::npos);
}

TEST_CASE("guard: a dry run whose guard says nothing is answered as P0 all the same") {
  gateway::GatewaySettings settings;
  settings.dispatcher.guard_silent_max = Millis{30};
  settings.dispatcher.silent_max = Millis{200};
  Guarded w{settings};
  const auto c = w.post("/v1/chat/completions", World::chat(false), "X-Weir-Dry-Run: 1\r\n");
  const auto late = w.look().done;
  w.pump([&] { return !w.brain.all<Supposed>().empty(); });
  CHECK_FALSE(w.brain.all<Supposed>()[0].spec.found.complete);
  late(Detected::nothing());
  w.settle();
  CHECK(w.brain.all<Supposed>().size() == 1);
}

TEST_CASE("guard: a scan tells types and places in code points, never values") {
  Guarded w;
  w.guard.scanned.findings = {{Sensitive::email, 90, 9, 14}};
  w.guard.scanned.grade = Grade::p1;
  const auto c = w.post("/weir/v1/guard/scan", R"({"text":"邮箱：a@b.cn"})");
  const auto got = w.answer(c);
  const auto j = nlohmann::json::parse(got.substr(got.find("\r\n\r\n") + 4));
  CHECK(j["grade"] == "P1");
  CHECK(j["spans"][0]["start"] == 3);
  CHECK(j["spans"][0]["end"] == 8);
  CHECK(j["spans"][0]["type"] == "EMAIL");
  CHECK(got.find("a@b.cn") == std::string::npos);
  CHECK(w.answer(w.post("/weir/v1/guard/scan", R"({"txt":1})")).find("400 ") != std::string::npos);
}
