#include "coordinator/cli/up_text.hpp"

#include <doctest/doctest.h>

#include "schema/config/load.hpp"

namespace {

using namespace weir::cli;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("up: a host name becomes an agent's name") {
  CHECK(agent_name("ws-1.example.com") == "ws-1");
  CHECK(agent_name("büro pc") == "b--ro-pc");
  CHECK(agent_name("-_x") == "x");
  CHECK(agent_name("") == "this-machine");
  CHECK(agent_name("...") == "this-machine");
  CHECK(agent_name("ca") == "ca-agent");
  CHECK(agent_name("coordinator") == "coordinator-agent");
  CHECK(agent_name(std::string(200, 'a')).size() <= 63);
}

TEST_CASE("up: the coordinator's configuration is valid and stays on this machine") {
  const auto loaded =
      weir::config::parse_coordinator(coordinator_yaml({"local", 0, 0}), "c.yaml", "/d");
  CHECK(loaded.errors == std::vector<std::string>{});
  CHECK(loaded.settings.cluster == "local");
  CHECK(loaded.settings.http == weir::HostPort{"127.0.0.1", 0});
  CHECK(loaded.settings.agents == weir::HostPort{"127.0.0.1", 0});
  CHECK(loaded.settings.default_grade == weir::Grade::p0);
  CHECK(loaded.settings.tls.ca == "/d/ca.pem");
}

TEST_CASE(
    "up: the agent's configuration takes all grades, and looks for engines if none is named") {
  const auto loaded =
      weir::config::parse_agent(agent_yaml({"ws-1", "127.0.0.1:4711", {}}), "a.yaml", "/d");
  CHECK(loaded.errors == std::vector<std::string>{});
  CHECK(loaded.settings.name == "ws-1");
  CHECK(loaded.settings.tier == weir::Tier::l0);
  CHECK(loaded.settings.accepts.accepts(weir::Grade::p0, "anybody"));
  CHECK(loaded.settings.accepts.accepts(weir::Grade::p2, "anybody"));
  CHECK_FALSE(loaded.settings.engines);
  CHECK_FALSE(loaded.settings.presence.yield);
  CHECK(loaded.settings.coordinators.at(0).port == 4711);
  CHECK(loaded.settings.tls.key == "/d/ws-1-key.pem");
}

TEST_CASE("up: an engine's URL cannot break out of the configuration") {
  const auto good = weir::config::parse_agent(
      agent_yaml({"ws-1", "127.0.0.1:4711", {"http://127.0.0.1:8080"}}), "a", "/d");
  REQUIRE(good.errors.empty());
  CHECK(good.settings.engines->at(0).detect);
  CHECK(good.settings.engines->at(0).url == "http://127.0.0.1:8080");
  const auto bad = weir::config::parse_agent(
      agent_yaml({"ws-1", "127.0.0.1:4711", {"x\"}\ntier: L1\n#"}}), "a", "/d");
  CHECK_FALSE(bad.errors.empty());
  CHECK(bad.settings.tier == weir::Tier::l0);
}

TEST_CASE("up: the coordinator's first line is found once it is whole") {
  CHECK_FALSE(find_listening(""));
  CHECK_FALSE(find_listening("weir-coordinator: http 127.0.0.1:1 agents 127.0.0.1:"));
  CHECK_FALSE(find_listening("x weir-coordinator: http 127.0.0.1:1 agents 127.0.0.1:2\n"));
  CHECK_FALSE(find_listening("weir-coordinator: http 127.0.0.1:1\n"));
  const auto found =
      find_listening("a log line\nweir-coordinator: http 127.0.0.1:1 agents 127.0.0.1:2\nmore");
  REQUIRE(found);
  CHECK(found->http == "127.0.0.1:1");
  CHECK(found->agents == "127.0.0.1:2");
}

TEST_CASE("up: the ready text holds address, models, snippets and how to label") {
  const auto text = ready_text({"http://127.0.0.1:8700", "ws-1", "/d", {"tiny"}, {}, false, ""});
  CHECK(holds(text, "Weir is up: http://127.0.0.1:8700\n"));
  CHECK(holds(text, "models: tiny\n"));
  CHECK(holds(text, "curl http://127.0.0.1:8700/v1/chat/completions"));
  CHECK(holds(text, R"(OpenAI(base_url="http://127.0.0.1:8700/v1")"));
  CHECK(holds(text, "X-Data-Grade: P2"));
  CHECK(holds(text, "(removed at the end)"));
  const auto none = ready_text({"http://127.0.0.1:8700", "ws-1", "/d", {}, {}, true, "cloud.yaml"});
  CHECK(holds(none,
              "no engine found on this machine; start Ollama or llama.cpp, or "
              "weir-demo-engine, it will be picked up"));
  CHECK(holds(text, "cloud: off (--cloud FILE turns it on)\n"));
  CHECK(holds(none, "cloud: ON, as cloud.yaml says; a request without a label never goes there\n"));
  CHECK_FALSE(holds(none, "(removed at the end)"));
  CHECK(holds(no_engine_text({"http://h:1"}), "no model yet from http://h:1"));
}

TEST_CASE("up: the last lines of a log") {
  CHECK(last_lines("", 3).empty());
  CHECK(last_lines("a\n", 3) == "a\n");
  CHECK(last_lines("a\nb\nc\nd\n", 2) == "c\nd\n");
  CHECK(last_lines("a\nb", 1) == "b\n");
}

TEST_CASE("up: the configuration of the agent for clouds keeps the lines of its file") {
  const auto text = cloud_yaml("engines:\n  - {kind: openai}", {"ws-1-cloud", "127.0.0.1:9", "/d"});
  CHECK(text.rfind("engines:\n  - {kind: openai}\n# Written by `weir up`", 0) == 0);
  for (const char* part : {"\nname: \"ws-1-cloud\"\n", "\ntier: L2\n",
                           "\ncoordinators: [\"127.0.0.1:9\"]\n", "ca: \"/d/ca.pem\""})
    CHECK(holds(text, part));
}
