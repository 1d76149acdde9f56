#include "schema/config/load.hpp"

#include "tests/schema/config/directory.hpp"

#include <doctest/doctest.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace weir;
using weir::testing::Directory;

const std::string agent_head =
    "name: gpu-01\ntier: L1\ncoordinators: [127.0.0.1:8743]\n"
    "tls: {ca: ca.pem, cert: a.pem, key: a-key.pem}\n";
const std::string coordinator_head =
    "cluster: demo\ntls: {ca: ca.pem, cert: c.pem, key: c-key.pem}\n";
const std::string hex(64, 'a');

auto agent(const std::string& more) { return config::parse_agent(agent_head + more, "f", "/d"); }
auto cloud(const std::string& more) {
  auto text = agent_head + more;
  text.replace(text.find("L1"), 2, "L2");
  return config::parse_agent(text, "f", "/d");
}
auto coordinator(const std::string& more) {
  return config::parse_coordinator(coordinator_head + more, "f", "/d");
}

template <class Settings>
std::string joined(const config::Loaded<Settings>& loaded) {
  std::string all;
  for (const auto& e : loaded.errors) all += e + "\n";
  return all;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Variable {
  const char* name;
  Variable(const char* n, const char* value) : name{n} { setenv(n, value, 1); }
  ~Variable() { unsetenv(name); }
};

}  // namespace

TEST_CASE("config: the example files load, with references from the environment") {
  const std::string dir = std::string{WEIR_ROOT} + "/examples/config/";
  const Variable a{"WEIR_ASSISTANT_KEY_SHA256", hex.c_str()};
  const std::string other(64, 'b');
  const Variable b{"WEIR_LEDGER_KEY_SHA256", other.c_str()};
  const Variable c{"LLAMA_KEY", "llama-secret"};
  const Variable d{"CLOUD_API_KEY", "cloud-secret"};
  const Variable e{"OTHER_CLOUD_KEY", "other-secret"};

  const auto main = config::load_coordinator(dir + "coordinator.yaml");
  CHECK(joined(main) == "");
  CHECK(main.settings.http == HostPort{"0.0.0.0", 8700});
  CHECK(main.settings.api_keys.at(1).digest.at(31) == 0xBB);
  CHECK(main.settings.grade_floors.at(0).tenant == "finance");
  CHECK(main.settings.models.at(0).features == (feature::tools | feature::json));
  CHECK(main.settings.tls.ca == dir + "certs/ca.pem");

  const auto node = config::load_agent(dir + "node-agent.yaml");
  CHECK(joined(node) == "");
  CHECK(node.settings.engines->at(0).kind == EngineKind::llama_cpp);
  CHECK(node.settings.engines->at(0).api_key == "llama-secret");
  CHECK(node.settings.engines->at(1).slots == 8);

  const auto proxy = config::load_agent(dir + "cloud-proxy.yaml");
  CHECK(joined(proxy) == "");
  CHECK(proxy.settings.tier == Tier::l2);
  CHECK_FALSE(proxy.settings.accepts.p0);
  CHECK(proxy.settings.engines->at(0).models.at(0).in_per_mtok == MicroUsd{150'000});
  CHECK(proxy.settings.engines->at(0).models.at(1).out_per_mtok == MicroUsd{10'000'000});
  CHECK(proxy.settings.engines->at(1).kind == EngineKind::anthropic);
  CHECK(proxy.settings.engines->at(1).api_key == "other-secret");

  const auto policy = config::load_policy(dir + "policy.yaml");
  CHECK(joined(policy) == "");
  CHECK(policy.settings.rules.size() == 5);
  CHECK(policy.settings.tests.size() == 6);

  CHECK(*config::kind_of(dir + "policy.yaml") == "policy");
  CHECK(*config::kind_of(dir + "coordinator.yaml") == "coordinator");
  CHECK(*config::kind_of(dir + "node-agent.yaml") == "agent");
  CHECK(*config::kind_of(dir + "cloud-proxy.yaml") == "agent");
}

TEST_CASE("config: the shortest files load with the factory values") {
  const auto c = coordinator("");
  CHECK(joined(c) == "");
  CHECK(c.settings.data_dir == "/d/data");
  CHECK(c.settings.default_grade == Grade::p0);
  CHECK(c.settings.http == HostPort{"127.0.0.1", 8700});
  CHECK(c.settings.queue.waiting_max == 4096);
  const auto a = agent("");
  CHECK(joined(a) == "");
  CHECK_FALSE(a.settings.engines);
  CHECK(a.settings.accepts.p0);
  CHECK(a.settings.tls.key == "/d/a-key.pem");
  CHECK(a.settings.coordinators.at(0) == HostPort{"127.0.0.1", 8743});
}

TEST_CASE("config: every key of a coordinator's file reaches its setting") {
  const auto c = coordinator(
      "data_dir: /var/x\nlisten: {http: '[::1]:0', agents: '10.2.3.4:1', admin: 127.0.0.1:2}\n"
      "default_grade: p1\nscoring: {safety: 1, capability: 0.5, latency: 0, cost: 0.25}\n"
      "slo: {ttft_ms: 7, tpot_ms: 8}\nqueue: {waiting_max: 9, deadline_ms: 10}\ndrain_ms: 11\n"
      "spill: {enabled: false}\nhttp_tls: {cert: h.pem, key: /h-key.pem}\n"
      "api_keys: [{name: n, sha256: " +
      hex +
      ", tenant: t, default_grade: P2, rpm: 5, tpm: 6}]\n"
      "models: [{alias: a, members: [m], capability: 3, features: [vision]}]\n");
  CHECK(joined(c) == "");
  const auto& s = c.settings;
  CHECK(s.data_dir == "/var/x");
  CHECK(s.http == HostPort{"::1", 0});
  CHECK(s.agents == HostPort{"10.2.3.4", 1});
  CHECK(*s.admin == HostPort{"127.0.0.1", 2});
  CHECK(s.default_grade == Grade::p1);
  CHECK((s.scoring.safety == 1.0 && s.scoring.latency == 0.0 && s.scoring.cost == 0.25));
  CHECK((s.slo.ttft_ms == 7 && s.slo.tpot_ms == 8));
  CHECK((s.queue.waiting_max == 9 && s.queue.deadline_ms == 10 && s.drain_ms == 11));
  CHECK_FALSE(s.spill_enabled);
  CHECK((s.http_tls->cert == "/d/h.pem" && s.http_tls->key == "/h-key.pem"));
  CHECK((s.api_keys.at(0).rpm == 5 && s.api_keys.at(0).tpm == 6));
  CHECK(s.api_keys.at(0).default_grade == Grade::p2);
  CHECK((s.models.at(0).capability == 3 && s.models.at(0).features == feature::vision));
}

TEST_CASE("config: confinement is on, off, or a condition of the start, in both files") {
  CHECK(coordinator("").settings.confine == Confine::on);
  CHECK(coordinator("confine: false\n").settings.confine == Confine::off);
  CHECK(coordinator("confine: required\n").settings.confine == Confine::required);
  CHECK(agent("confine: true\n").settings.confine == Confine::on);
  CHECK(agent("confine: required\n").settings.confine == Confine::required);
  CHECK(has(joined(agent("confine: maybe\n")), "confine: must be true, false or required"));
}

TEST_CASE("config: errors come all at once, in file order, each with line and column") {
  const auto c = config::parse_coordinator(
      "cluster: demo\n"
      "queue: {waiting_max: 0, depth: 3}\n"
      "tls: {ca: a, cert: b}\n"
      "drain_ms: soon\n"
      "colour: blue\n",
      "coordinator.yaml", "");
  const std::vector<std::string> expected{
      "coordinator.yaml:2:22: queue.waiting_max: must be 1..65536, got 0",
      "coordinator.yaml:2:25: queue.depth: unknown key",
      "coordinator.yaml:3:6: tls.key: is missing",
      "coordinator.yaml:4:11: drain_ms: must be 0..3600000, got soon",
      "coordinator.yaml:5:1: colour: unknown key"};
  CHECK(c.errors == expected);
}

TEST_CASE("config: a file that is no YAML or no map is refused with its place") {
  CHECK(has(joined(coordinator("x: [1\n")), "not valid YAML"));
  CHECK(has(joined(coordinator("slo: a: b\n")), "f:3:7: not valid YAML"));
  CHECK(has(joined(coordinator("---\na: 1\n")), "a second document"));
  CHECK(has(joined(config::parse_agent("- 1\n", "f", "")), "must be a map"));
  CHECK(has(joined(config::parse_agent("text", "f", "")), "must be a map"));
  CHECK(has(joined(config::parse_agent("", "f", "")), "name: is missing"));
  CHECK(has(joined(config::parse_agent("a: \x02", "f", "")), "f:1:4: the file holds a control"));
  CHECK(has(joined(config::parse_agent(std::string((1 << 20) + 1, '#'), "f", "")), "1 MiB"));
  CHECK(has(joined(config::parse_agent("{[a]: b}", "f", "")), "a key must be plain text"));
}

TEST_CASE("config: keys that stand twice, aliases and tags are refused") {
  CHECK(has(joined(agent("name: b\n")), "f:5:1: name: stands twice"));
  CHECK(has(joined(agent("presence: {yield: true, yield: false}\n")),
            "f:5:25: presence.yield: stands twice"));
  CHECK(has(joined(agent("a: &x [1]\nb: [*x, *x]\n")), "f:5:4: anchors are not used here"));
  CHECK(has(joined(agent("drain_ms: !!int 5\n")), "tags are not used here"));
  std::string deep = "x: ";
  for (int i = 0; i < 200; ++i) deep += "[[";
  CHECK_FALSE(agent(deep + "\n").errors.empty());
}

TEST_CASE("config: references stand anywhere in a value; an unset variable is an error") {
  const Variable v{"WEIR_TEST_PART", "7"};
  const auto c = coordinator(
      "slo: {ttft_ms: ${WEIR_TEST_PART}, tpot_ms: \"1${WEIR_TEST_PART}\"}\n"
      "data_dir: /x/${WEIR_TEST_PART}/${WEIR_TEST_PART}\n");
  CHECK(joined(c) == "");
  CHECK((c.settings.slo.ttft_ms == 7 && c.settings.slo.tpot_ms == 17));
  CHECK(c.settings.data_dir == "/x/7/7");
  const auto unset = coordinator("drain_ms: ${WEIR_TEST_UNSET}\n");
  CHECK(joined(unset) == "f:3:11: drain_ms: the environment variable WEIR_TEST_UNSET is not set\n");
  CHECK(coordinator("cluster2: ${}\n").errors.size() == 1);
}

TEST_CASE("config: a secret comes from a file's first line and no error shows one") {
  const Directory dir;
  dir.write("key", "s3cret\r\nsecond line\n");
  dir.write("empty", "\nx");
  const auto load = [&](const std::string& value) {
    return config::load_agent(
        dir.write("a.yaml", agent_head + "engines: [{url: http://h, api_key: '" + value + "'}]\n"));
  };
  CHECK(load("file:key").settings.engines->at(0).api_key == "s3cret");
  CHECK(load("file:" + (dir.path / "key").string()).errors.empty());
  CHECK(has(joined(load("file:none")), "cannot read the file"));
  CHECK(has(joined(load("file:.")), "cannot read the file"));
  CHECK(has(joined(load("file:empty")), "printable"));

  const Variable v{"WEIR_TEST_SECRET", "hunter2"};
  const auto wrong = agent(
      "drain_ms: ${WEIR_TEST_SECRET}\nadmin: ${WEIR_TEST_SECRET}\n"
      "presence: {yield: ${WEIR_TEST_SECRET}}\n"
      "engines: [{url: 'x-${WEIR_TEST_SECRET}', kind: openai, cloud: ${WEIR_TEST_SECRET}}]\n");
  CHECK(wrong.errors.size() == 5);
  CHECK_FALSE(has(joined(wrong), "hunter2"));
  const auto pasted = coordinator("api_keys: [{name: a, tenant: t, sha256: sk-hunter2}]\n");
  CHECK(has(joined(pasted), "64 hexadecimal digits"));
  CHECK_FALSE(has(joined(pasted), "hunter2"));
}

TEST_CASE("config: values of the wrong type or range are refused") {
  const auto wrong = [](const std::string& more) { return joined(coordinator(more)); };
  CHECK(has(wrong("drain_ms: [1]\n"), "must be one value"));
  CHECK(has(wrong("drain_ms:\n"), "has no value"));
  CHECK(has(wrong("drain_ms: -1\n"), "got -1"));
  CHECK(has(wrong("drain_ms: 1.5\n"), "got 1.5"));
  CHECK(has(wrong("drain_ms: 99999999999999999999\n"), "must be 0..3600000"));
  CHECK(has(wrong("queue: 5\n"), "queue: must be a map"));
  CHECK(has(wrong("queue: {waiting_max: 65537}\n"), "must be 1..65536"));
  CHECK(has(wrong("spill: {enabled: yes}\n"), "must be true or false, got yes"));
  CHECK(has(wrong("default_grade: P3\n"), "must be P0, P1 or P2, got P3"));
  CHECK(has(wrong("scoring: {safety: 1.1}\n"), "must be 0..1"));
  CHECK(has(wrong("scoring: {cost: nan}\n"), "must be 0..1"));
  CHECK(has(wrong("scoring: {safety: 0, capability: 0, latency: 0, cost: 0}\n"), "above 0"));
  CHECK(has(wrong("listen: {http: 8700}\n"), "must be host:port"));
  CHECK(has(wrong("listen: {http: 'h:65536'}\n"), "must be host:port"));
  CHECK(has(wrong("models: {a: b}\n"), "must be a list"));
  CHECK(has(wrong("models: [x]\n"), "models[0]: must be a map"));
  CHECK(has(wrong("models: [{alias: a, members: []}]\n"), "members: must be a list of 1.."));
  CHECK(has(wrong("models: [{alias: a, members: [[x]]}]\n"), "members[0]: must be 1..256"));
  CHECK(has(wrong("models: [{alias: a, members: [x, x]}]\n"), "members[1]: is used twice"));
  CHECK(has(wrong("models: [{alias: a, members: [x], capability: 4}]\n"), "must be 1..3"));
  CHECK(has(wrong("models: [{alias: a, members: [x], features: [fly]}]\n"), "must be tools"));
  CHECK(has(wrong("models: [{alias: auto, members: [x]}]\n"), "auto is reserved"));
  CHECK(has(wrong("api_keys: [{name: a, sha256: " + hex + "0, tenant: t}]\n"), "64 hexadecimal"));
  CHECK(has(joined(config::parse_agent("name: 'a b'\n", "f", "")), "name: must be 1..64"));
}

TEST_CASE("config: names, digests and addresses are used once") {
  const auto key = [](const std::string& name, char digit) {
    return "{name: " + name + ", tenant: t, sha256: " + std::string(64, digit) + "}";
  };
  const auto twice =
      joined(coordinator("api_keys: [" + key("a", '1') + "," + key("a", '1') + "]\n"));
  CHECK(has(twice, "api_keys[1].name: is used twice"));
  CHECK(has(twice, "api_keys[1].sha256: is used twice"));
  CHECK(coordinator("api_keys: [" + key("a", '1') + "," + key("b", '2') + "]\n").errors.empty());
  CHECK(
      has(joined(coordinator("grade_floors: [{tenant: a, at_least: P1}, {tenant: a, at_least: P0}]"
                             "\n")),
          "grade_floors[1].tenant: is used twice"));
  CHECK(has(joined(coordinator("models: [{alias: a, members: [x]}, {alias: a, members: [y]}]\n")),
            "models[1].alias: is used twice"));
  CHECK(has(joined(coordinator("listen: {http: 127.0.0.1:1, agents: 127.0.0.1:1}\n")),
            "is the address of http"));
  CHECK(coordinator("listen: {http: 127.0.0.1:0, agents: 127.0.0.1:0, admin: 127.0.0.1:0}\n")
            .errors.empty());
}

TEST_CASE("config: a listener's address is one that can be bound without a resolver") {
  for (const char* host : {"some-host", "127.1", "300.0.0.1"})
    CHECK(has(joined(coordinator(std::string{"listen: {agents: '"} + host + ":0'}\n")),
              "listen.agents: must be an IP address of this machine, or localhost"));
  CHECK(joined(coordinator("listen: {agents: 'localhost:0'}\n")) == "");
}

TEST_CASE("config: what only a program finds wrong is shown at its key's place") {
  auto loaded = coordinator("drain_ms: 1\nmodels: [{alias: a, members: [m]}]\n");
  loaded.wrong("drain_ms", "is too short");
  loaded.wrong("tls.cert", "is old");
  loaded.wrong("models[0].alias", "is odd");
  loaded.wrong("absent", "is wrong");
  CHECK(joined(loaded) ==
        "f:3:11: drain_ms: is too short\nf:2:25: tls.cert: is old\n"
        "f:4:18: models[0].alias: is odd\nf:1:1: absent: is wrong\n");
}

TEST_CASE("config: HTTP beyond loopback needs TLS and keys") {
  const std::string tls = "http_tls: {cert: h, key: k}\n";
  const std::string keys = "api_keys: [{name: n, tenant: t, sha256: " + hex + "}]\n";
  for (const char* listener : {"http", "admin"}) {
    const auto listen = [&](const std::string& host) {
      return std::string{"listen: {"} + listener + ": '" + host + ":9', agents: '10.0.0.1:1'}\n";
    };
    for (const char* host : {"127.0.0.1", "127.1.2.3", "[::1]", "localhost"})
      CHECK(joined(coordinator(listen(host))) == "");
    for (const char* host : {"0.0.0.0", "[::]", "10.0.0.1", "127.evil.example", "weir.local"}) {
      const auto errors = joined(coordinator(listen(host)));
      CHECK_MESSAGE(has(errors, "beyond loopback needs http_tls"), host);
      CHECK_MESSAGE(has(errors, "beyond loopback needs api_keys"), host);
      CHECK_FALSE(coordinator(listen(host) + tls).errors.empty());
      CHECK_FALSE(coordinator(listen(host) + keys).errors.empty());
    }
    CHECK(joined(coordinator(listen("0.0.0.0") + tls + keys)) == "");
  }
}

TEST_CASE("config: presence: yielding with a grace is the factory value, a file is optional") {
  const auto factory = agent("").settings.presence;
  CHECK((factory.yield && factory.grace_ms == 2'000 && factory.file.empty()));
  const auto given = agent("presence: {yield: false, grace_ms: 7, file: here/presence}\n");
  CHECK(joined(given) == "");
  CHECK_FALSE(given.settings.presence.yield);
  CHECK(given.settings.presence.grace_ms == 7);
  CHECK(given.settings.presence.file == "/d/here/presence");
}

TEST_CASE("config: an agent's machine accepts what its layer's factory value says") {
  const auto accepts = [](const char* tier, const std::string& more) {
    auto text = agent_head + more;
    text.replace(text.find("L1"), 2, tier);
    return config::parse_agent(text, "f", "").settings.accepts;
  };
  CHECK(accepts("L1", "").p0);
  CHECK_FALSE(accepts("L0", "").p0);
  CHECK((accepts("L0", "").p1 && accepts("L0", "").p2));
  CHECK_FALSE(accepts("L2", "").p0);
  CHECK(accepts("L0", "accepts: {grades: [P0]}\n").p0);
  CHECK_FALSE(accepts("L1", "accepts: {grades: [P0]}\n").p2);
  CHECK_FALSE(accepts("L0", "accepts: {tenants: [a]}\n").p0);
  CHECK(accepts("L1", "accepts: {tenants: [a, b]}\n").tenants.size() == 2);
  CHECK(has(joined(cloud("accepts: {grades: [P2, P0]}\n")), "P0 never runs on L2"));
  CHECK(has(joined(agent("accepts: {grades: [P9]}\n")), "must be P0, P1 or P2"));
}

TEST_CASE("config: engines fit their agent's tier, and clouds are reached by https") {
  const std::string models = ", models: [{id: m, usd_in_per_mtok: 1, usd_out_per_mtok: 0}]}]\n";
  const std::string good = "engines: [{cloud: true, url: https://api.example.com" + models;
  CHECK(joined(cloud(good)) == "");
  CHECK(has(joined(agent(good)), "cloud: needs tier: L2"));
  CHECK(has(joined(cloud("engines: [{url: https://h}]\n")), "cloud engines only"));
  CHECK(has(joined(cloud("")), "must list its cloud engines"));
  CHECK(has(joined(cloud("engines: []\n")), "must list its cloud engines"));
  CHECK(has(joined(cloud("engines: [{cloud: true, url: http://api.example.com" + models)),
            "beyond loopback needs https"));
  CHECK(cloud("engines: [{cloud: true, url: http://127.0.0.1:9" + models).errors.empty());
  CHECK(agent("engines: [{url: http://10.0.0.9:8000}]\n").errors.empty());
  CHECK(agent("engines: []\n").settings.engines->empty());
}

TEST_CASE("config: a cloud speaks one of two dialects, and lists its models with their prices") {
  const auto engine = [](const std::string& more) {
    return joined(cloud("engines: [{cloud: true, url: https://h, " + more + "}]\n"));
  };
  const std::string models = "models: [{id: m, usd_in_per_mtok: 3, usd_out_per_mtok: 15}]";
  const auto loaded = cloud("engines: [{kind: anthropic, cloud: true, url: https://h, " + models +
                            ", rpm: 50, tpm: 40000}]\n");
  CHECK(joined(loaded) == "");
  CHECK(loaded.settings.engines->at(0).kind == EngineKind::anthropic);
  CHECK(loaded.settings.engines->at(0).rpm == 50);
  CHECK(has(engine("kind: llama_cpp, " + models), "kind: a cloud engine is openai or anthropic"));
  CHECK(has(joined(agent("engines: [{kind: anthropic, url: http://h}]\n")),
            "kind: anthropic needs cloud: true"));
  CHECK(has(engine("kind: openai"), "models: a cloud engine must list its models"));
  CHECK(has(engine("models: []"), "models: a cloud engine must list its models"));
  CHECK(has(engine("models: [{id: m, usd_in_per_mtok: 3}]"), "usd_out_per_mtok: is missing"));
  CHECK(has(engine("models: [{id: m, usd_out_per_mtok: 3}]"), "usd_in_per_mtok: is missing"));
}

TEST_CASE("config: an engine's kind is one of five, and is found out where none is given") {
  const auto kind_of = [](const std::string& kind) {
    const auto loaded = agent("engines: [{" + kind + "url: http://h}]\n");
    CHECK(joined(loaded) == "");
    return loaded.settings.engines->at(0);
  };
  CHECK(kind_of("kind: vllm, ").kind == EngineKind::vllm);
  CHECK(kind_of("kind: ollama, ").kind == EngineKind::ollama);
  CHECK_FALSE(kind_of("kind: openai, ").detect);
  CHECK(kind_of("").detect);
  CHECK(has(joined(agent("engines: [{kind: x, url: http://h}]\n")),
            "engines[0].kind: must be openai, anthropic, llama_cpp, vllm or ollama"));
  for (const std::string kind : {"vllm", "ollama"})
    CHECK(has(joined(cloud("engines: [{kind: " + kind + ", cloud: true, url: https://h}]\n")),
              "kind: a cloud engine is openai or anthropic"));
}

TEST_CASE("config: what an operator knows of a local engine's models needs no price") {
  const auto models = [](const std::string& what) {
    return agent("engines: [{url: http://h, models: [{id: m, " + what + "}]}]\n");
  };
  const auto loaded = models("capability: 2, features: [tools, vision]");
  CHECK(joined(loaded) == "");
  const auto& model = loaded.settings.engines->at(0).models.at(0);
  CHECK(model.capability == 2);
  CHECK(model.features == (feature::tools | feature::vision));
  CHECK(has(joined(models("features: [tools, flying]")),
            "features: must be tools, json, vision, embeddings or rerank"));
  CHECK(has(joined(models("features: []")), "features"));
}

TEST_CASE("config: an engine's url is checked and a closing /v1 is cut") {
  const auto url = [](const std::string& text) {
    return agent("engines: [{url: '" + text + "'}]\n");
  };
  for (const char* good : {"http://h", "https://h:1/prefix", "http://[::1]:80", "http://a.b/c/d"})
    CHECK_MESSAGE(url(good).errors.empty(), good);
  for (const char* bad : {"h:80", "ftp://h", "http://", "http://h:0", "http://h:x", "http://u@h",
                          "http://h?q", "http://h/#f", "http://[::1", "http://[]", "http://h:80x"})
    CHECK_MESSAGE(has(joined(url(bad)), "engines[0].url: must be http"), bad);
  CHECK(url("http://h/v1/").settings.engines->at(0).url == "http://h");
  CHECK(url("http://h/openai/v1").settings.engines->at(0).url == "http://h/openai");
  CHECK(url("http://h:80//").settings.engines->at(0).url == "http://h:80");
}

TEST_CASE("config: prices are exact and round up") {
  const auto price = [](const std::string& text) {
    return cloud("engines: [{cloud: true, url: https://h, models: [{id: m, usd_in_per_mtok: " +
                 text + "}]}]\n");
  };
  const auto micro = [&](const std::string& text) {
    return price(text).settings.engines->at(0).models.at(0).in_per_mtok.count();
  };
  CHECK(micro("0.15") == 150'000);
  CHECK(micro("0.07") == 70'000);
  CHECK(micro("15") == 15'000'000);
  CHECK(micro("0.0000001") == 1);
  CHECK(micro("0.1000000") == 100'000);
  for (const char* bad : {"-1", "1e3", ".5", "1.", "free", "1000000000", "1.2.3"})
    CHECK_MESSAGE(has(joined(price(bad)), "must be US dollars"), bad);
}

TEST_CASE("config: coordinators of an agent are addresses with a port") {
  const auto list = [](const std::string& text) {
    return joined(config::parse_agent(
        "name: a\ntier: L1\ntls: {ca: a, cert: b, key: c}\ncoordinators: " + text + "\n", "f", ""));
  };
  CHECK(list("['h:1', '[::1]:2']") == "");
  CHECK(has(list("[h]"), "coordinators[0]: must be host:port"));
  CHECK(has(list("['h:0']"), "must be host:port"));
  CHECK(has(list("[]"), "must be a list of 1.."));
  CHECK(has(list("h:1"), "must be a list"));
  CHECK(list("['h:1', 'h:1']") == "f:4:23: coordinators[1]: is used twice\n");
  CHECK(list("['h:1', 'g:1', 'H:01']") == "f:4:30: coordinators[2]: is used twice\n");
  CHECK(list("['h:1', 'h:2']") == "");
}

TEST_CASE("config: kind_of tells the three files apart and refuses what is neither or both") {
  const Directory dir;
  CHECK(*config::kind_of(dir.write("a", "listen: {}\n")) == "coordinator");
  CHECK(*config::kind_of(dir.write("b", "tier: L0\n")) == "agent");
  for (const char* key : {"rules", "detector", "redaction", "floors", "tests"})
    CHECK(*config::kind_of(dir.write("p", std::string{key} + ":\n")) == "policy");
  CHECK_FALSE(config::kind_of(dir.write("c", "tier: L0\ncluster: x\n")));
  CHECK(has(config::kind_of(dir.write("c", "rules: []\ntier: L0\n")).error().detail,
            "c:1:1: the file has keys of an agent and of a policy"));
  CHECK_FALSE(config::kind_of(dir.write("d", "other: 1\n")));
  CHECK_FALSE(config::kind_of(dir.write("e", "a: [\n")));
  CHECK(has(config::kind_of(dir.path.string()).error().detail, "cannot be read"));
  CHECK(has(config::kind_of(dir.path / "none").error().detail, "cannot be read"));
  CHECK(has(joined(config::load_agent(dir.path / "none")), "cannot be read"));
}
