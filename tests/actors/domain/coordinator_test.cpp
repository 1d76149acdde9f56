// The life of a request: admitted, placed, waiting, ended.
#include "actors/domain/coordinator.hpp"
#include "tests/actors/domain/brain_world.hpp"

#include <doctest/doctest.h>

using namespace weir;
using weir::testing::EngineSpec;
using weir::testing::World;

namespace {

EngineSpec slots(std::uint32_t n) {
  EngineSpec spec;
  spec.slots = n;
  return spec;
}

}  // namespace

TEST_CASE("coordinator: a request with a free slot is dispatched at once, with all it needs") {
  World w;
  const auto link = w.agent("gpu", Tier::l1);
  auto spec = w.spec(7);
  spec.deadline = Millis{5'000};
  w.tell(Submitted{spec});
  const auto d = w.one<SendDispatch>();
  CHECK(d.link == link);
  CHECK(d.dispatch.attempt == AttemptId{weir::testing::incarnation, RequestId{7}, 1});
  CHECK(d.dispatch.engine == 1);
  CHECK(d.dispatch.model == "m");
  CHECK(d.dispatch.first_byte_ms == 5'000);
  CHECK(d.dispatch.stall_ms == 30'000);
  CHECK(d.dispatch.body_bytes == 100);
  CHECK(d.dispatch.grade == Grade::p2);
  CHECK(d.dispatch.tenant == "t");
  CHECK(d.placement.node == "gpu");
  CHECK(d.placement.tier == Tier::l1);
  CHECK(d.placement.redispatch_reason == "");
  CHECK(w.queues().running == 1);
}

TEST_CASE("coordinator: a whole answer is given time for its tokens beyond the first-token time") {
  World w;
  w.agent("gpu", Tier::l1);
  auto spec = w.spec(1);
  spec.stream = false;
  spec.output_tokens_max = Tokens{20};
  spec.deadline = Millis{700};
  w.tell(Submitted{spec});
  CHECK(w.one<SendDispatch>().dispatch.first_byte_ms == 700 + 20 * 100);
}

TEST_CASE("coordinator: a finished request completes once and frees its slot") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(1));
  const auto attempt = (w.submit(1), w.one<SendDispatch>().dispatch.attempt);
  w.finish(link, attempt);
  CHECK(w.one<CompleteRequest>().request == RequestId{1});
  CHECK(w.none<FailRequest>());
  CHECK(w.one<Record>().explanation.state == "done");
  w.finish(link, attempt);
  CHECK(w.out.empty());
  CHECK(w.queues().running == 0);
  w.submit(2);
  CHECK(w.all<SendDispatch>().size() == 1);
}

TEST_CASE("coordinator: what was sent counts as used until its Finish, whatever reports say") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(2));
  w.submit(1);
  w.submit(2);
  w.report(link, 0);  // sent before the dispatches arrived there
  w.submit(3);
  CHECK(w.none<SendDispatch>());
  CHECK(w.queues().waiting == 1);
  CHECK(w.node("gpu").slots_used == 2);
}

TEST_CASE("coordinator: a slot taken by others counts as used") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(2));
  w.report(link, 0, 2);
  w.submit(1);
  CHECK(w.none<SendDispatch>());
  w.report(link, 0, 1);
  CHECK(w.one<SendDispatch>().link == link);
}

TEST_CASE("coordinator: a freed slot goes to the highest priority that waits") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(1));
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  auto batch = w.spec(2);
  batch.priority = Priority::batch;
  w.tell(Submitted{batch});
  w.submit(3);
  w.pass(Millis{120});
  w.finish(link, attempt);
  const auto d = w.one<SendDispatch>();
  CHECK(d.dispatch.attempt.request == RequestId{3});
  CHECK(d.placement.queue_ms == 120);
  w.finish(link, d.dispatch.attempt);
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{2});
}

TEST_CASE("coordinator: an unknown model is not found at once while somebody serves") {
  World w;
  w.agent("gpu", Tier::l1);
  auto spec = w.spec(1);
  spec.model = "no-such-model";
  w.tell(Submitted{spec});
  CHECK(w.failure() == Code::model_not_found);
  CHECK(w.one<FailRequest>().error.detail.find("no-such-model") == std::string::npos);
}

TEST_CASE("coordinator: with nobody connected a request waits two seconds, then no_capacity") {
  World w;
  w.submit(1);
  CHECK(w.out.empty());
  w.run(Millis{1'900});
  CHECK(w.none<FailRequest>());
  w.run(Millis{150});
  CHECK(w.failure() == Code::no_capacity);
  CHECK(w.one<FailRequest>().retry_after >= Millis{1'000});
  CHECK(w.queues().waiting == 0);
}

TEST_CASE("coordinator: no_capacity comes at the deadline where that is earlier") {
  World w;
  for (const bool stream : {true, false}) {
    auto spec = w.spec(stream ? 1 : 2);
    spec.stream = stream;
    spec.deadline = Millis{500};
    w.tell(Submitted{spec});
    w.run(Millis{600});
    CHECK(w.failure() == Code::no_capacity);
  }
}

TEST_CASE("coordinator: an agent that connects in time takes those who waited for it") {
  World w;
  w.submit(1);
  w.run(Millis{1'000});
  const LinkId link{1};
  w.agent("gpu", Tier::l1);
  CHECK(w.one<SendDispatch>().link == link);
}

TEST_CASE("coordinator: a model seen before is missed with no_capacity, not model_not_found") {
  World w;
  const auto link = w.agent("gpu", Tier::l1);
  EngineSpec other;
  other.models = {"other"};
  const auto second = w.agent("other", Tier::l1, other);
  w.tell(AgentDown{link, "test"});
  w.submit(1);
  CHECK(w.out.empty());
  w.run(Millis{2'100}, {second});
  CHECK(w.failure() == Code::no_capacity);
}

TEST_CASE("coordinator: where only the cloud has it, P0 and P1 fail and never go there") {
  World w;
  const auto link = w.agent("cloud", Tier::l2);
  for (const auto grade : {Grade::p0, Grade::p1}) {
    auto spec = w.spec(grade == Grade::p0 ? 1 : 2);
    spec.label = grade;
    w.tell(Submitted{spec});
    CHECK(w.none<SendDispatch>());
    w.run(Millis{2'100}, {link});
    CHECK(w.failure() == Code::grade_forbids_cloud);
    CHECK(w.none<SendDispatch>());
    CHECK(w.one<FailRequest>().grade == grade);
    CHECK(w.one<FailRequest>().retry_after.has_value());
  }
  w.submit(3);
  CHECK(w.one<SendDispatch>().link == link);
}

TEST_CASE("coordinator: a floor keeps a P2 label off the cloud, and a session keeps its grade") {
  domain::CoordinatorPolicy policy;
  policy.grade_floors = {{"finance", Grade::p1}};
  World w{policy};
  w.agent("cloud", Tier::l2);
  auto spec = w.spec(1);
  spec.tenant = "finance";
  w.tell(Submitted{spec});
  CHECK(w.none<SendDispatch>());
  w.tell(ClientGone{RequestId{1}});
  auto secret = w.spec(2);
  secret.session = "s";
  secret.label = Grade::p0;
  w.tell(Submitted{secret});
  auto later = w.spec(3);
  later.session = "s";
  w.tell(Submitted{later});
  CHECK(w.none<SendDispatch>());
  CHECK(w.ask<Explanation>(Question::explain, "req-3").grade_why == "session");
}

TEST_CASE("coordinator: a prompt too long for every machine is refused at once") {
  World w;
  EngineSpec spec;
  spec.context_tokens = 60;
  w.agent("gpu", Tier::l1, spec);
  auto long_one = w.spec(1);
  long_one.body_bytes = 61 * 24;
  w.tell(Submitted{long_one});
  CHECK(w.failure() == Code::context_length_exceeded);
}

TEST_CASE("coordinator: a feature that no machine has is not supported, at once") {
  World w;
  w.agent("gpu", Tier::l1);
  auto spec = w.spec(1);
  spec.needs = feature::vision;
  w.tell(Submitted{spec});
  CHECK(w.failure() == Code::not_supported);
}

TEST_CASE("coordinator: the queue takes waiting_max requests, the next one fails") {
  domain::CoordinatorPolicy policy;
  policy.queue.waiting_max = 2;
  World w{policy};
  w.agent("gpu", Tier::l1, slots(1));
  w.submit(1);
  w.submit(2);
  w.submit(3);
  CHECK(w.out.empty());
  w.submit(4);
  CHECK(w.failure() == Code::queue_full);
  CHECK(w.one<FailRequest>().retry_after >= Millis{1'000});
  CHECK(w.queues().waiting == 2);
}

TEST_CASE("coordinator: waiting for a busy machine ends at the deadline") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(1));
  w.submit(1);
  w.tell(Committed{w.one<SendDispatch>().dispatch.attempt});
  auto spec = w.spec(2);
  spec.deadline = Millis{3'000};
  w.tell(Submitted{spec});
  w.run(Millis{2'950}, {link});
  CHECK(w.none<FailRequest>());
  w.run(Millis{100}, {link});
  CHECK(w.failure() == Code::deadline_exceeded);
  CHECK(w.queues().running == 1);
}

TEST_CASE("coordinator: an attempt without a first byte is cancelled at the deadline") {
  World w;
  const auto link = w.agent("gpu", Tier::l1);
  auto spec = w.spec(1);
  spec.deadline = Millis{1'000};
  w.tell(Submitted{spec});
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.run(Millis{1'050}, {link});
  CHECK(w.failure() == Code::deadline_exceeded);
  CHECK(w.one<SendCancel>().cancel.reason == CancelReason::deadline);
  CHECK(w.node("gpu").slots_used == 1);  // the agent still holds it
  w.finish(link, attempt, Code::cancelled);
  CHECK(w.out.empty());
  CHECK(w.node("gpu").slots_used == 0);
}

TEST_CASE("coordinator: a committed stream outlives its deadline") {
  World w;
  const auto link = w.agent("gpu", Tier::l1);
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.tell(Committed{attempt});
  w.run(Millis{60'000}, {link});
  CHECK(w.out.empty());
  w.finish(link, attempt);
  CHECK(w.one<CompleteRequest>().request == RequestId{1});
}

TEST_CASE("coordinator: a client that leaves the queue leaves no trace and gets no answer") {
  World w;
  w.agent("gpu", Tier::l1, slots(1));
  w.submit(1);
  w.submit(2);
  w.tell(ClientGone{RequestId{2}});
  CHECK(w.none<FailRequest>());
  CHECK(w.none<CompleteRequest>());
  CHECK(w.one<Record>().explanation.error == "cancelled");
  CHECK(w.queues().waiting == 0);
  w.tell(ClientGone{RequestId{2}});
  CHECK(w.out.empty());
}

TEST_CASE("coordinator: a client that leaves a running request cancels it, its slot comes later") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(1));
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.tell(ClientGone{RequestId{1}, CancelReason::slow_client});
  CHECK(w.one<SendCancel>().cancel.attempt == attempt);
  CHECK(w.one<SendCancel>().cancel.reason == CancelReason::slow_client);
  CHECK(w.none<FailRequest>());
  w.submit(2);
  CHECK(w.none<SendDispatch>());
  w.finish(link, attempt, Code::cancelled);
  CHECK(w.none<CompleteRequest>());
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{2});
}

TEST_CASE("coordinator: a cancelled attempt that is never heard of again gives its slot back") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(1));
  w.submit(1);
  w.tell(ClientGone{RequestId{1}});
  w.submit(2);
  w.run(Millis{6'000}, {link});
  CHECK(w.one<SendDispatch>().dispatch.attempt.request == RequestId{2});
}

TEST_CASE("coordinator: a stopping coordinator admits nothing and finishes what it has") {
  World w;
  const auto link = w.agent("gpu", Tier::l1);
  w.submit(1);
  const auto attempt = w.one<SendDispatch>().dispatch.attempt;
  w.tell(StopAdmitting{});
  w.submit(2);
  CHECK(w.failure() == Code::no_capacity);
  CHECK(w.one<FailRequest>().retry_after.has_value());
  w.finish(link, attempt);
  CHECK(w.one<CompleteRequest>().request == RequestId{1});
}

TEST_CASE("coordinator: when the last machine for a waiting request goes, it fails in 2 s") {
  World w;
  const auto link = w.agent("gpu", Tier::l1, slots(1));
  EngineSpec other;
  other.models = {"other"};
  const auto second = w.agent("other", Tier::l1, other);
  w.submit(1);
  w.tell(Committed{w.one<SendDispatch>().dispatch.attempt});
  w.submit(2);
  w.tell(AgentDown{link, "test"});
  w.run(Millis{1'900}, {second});
  CHECK(w.none<FailRequest>());
  w.run(Millis{200}, {second});
  CHECK(w.failure() == Code::no_capacity);
}
