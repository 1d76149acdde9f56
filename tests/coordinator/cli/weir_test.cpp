// The built program against a fake coordinator: what it prints, and with which exit code it ends.
#include "tests/coordinator/cli/program.hpp"
#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

namespace {

using namespace weir::cli::testing;
using weir::client::testing::dead_url;
using weir::client::testing::FakeCoordinator;
using weir::client::testing::Flag;
using weir::net::http::ExchangePtr;
using weir::net::http::Headers;
using weir::net::http::Request;

struct Ended {
  int code;
  std::string out, err;
};

Ended weir_with(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  Program program{weir_program(), std::move(arguments), std::move(environment)};
  const int code = program.exit_code();
  return {code, program.out, program.err};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void chat(const ExchangePtr& exchange) {
  exchange->begin(200, {{"content-type", "text/event-stream"},
                        {"x-request-id", "req-7"},
                        {"x-weir-node", "ws-1"},
                        {"x-weir-tier", "L0"},
                        {"x-weir-grade", "P2"},
                        {"x-weir-model", "tiny"}});
  exchange->write("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n");
  exchange->write("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}\n\n");
  exchange->write("data: [DONE]\n\n");
  exchange->end();
}

void serve(const Request& request, const ExchangePtr& exchange) {
  const auto& path = request.path;
  if (path == "/v1/chat/completions") return chat(exchange);
  if (path == "/weir/v1/nodes")
    return exchange->respond({200, {}, R"({"nodes":[{"id":"ws-1","tier":"L0","state":"up",
      "models":["tiny"],"slots":{"used":0,"total":4}}]})"});
  if (path == "/weir/v1/requests/req-7")
    return exchange->respond(
        {200, {}, R"({"request":"req-7","grade":"P2","grade_why":"label","state":"done",
      "attempts":[{"number":1,"node":"ws-1","tier":"L0","model":"tiny","why":"the only one"}]})"});
  if (path == "/weir/v1/queues")
    return exchange->respond(
        {200, {}, R"({"waiting":0,"waiting_max":9,"running":0,"classes":[]})"});
  if (path == "/metrics") return exchange->respond({200, {}, "weir_spill_mode 1\n"});
  if (path == "/weir/v1/nodes/ws-1/drain" && request.method == "POST")
    return exchange->respond({200, {}, R"({"node":"ws-1","draining":true})"});
  exchange->respond({404, {}, R"({"error":{"message":"no such thing","code":"invalid_request"}})"});
}

}  // namespace

TEST_CASE("weir: wrong usage ends with 2, help and version with 0") {
  CHECK(weir_with({}).code == 2);
  CHECK(weir_with({"frobnicate"}).code == 2);
  CHECK(weir_with({"nodes", "--frobnicate"}).code == 2);
  CHECK(weir_with({"run"}).code == 2);
  CHECK(weir_with({"run", "x", "--grade", "P3"}).code == 2);
  CHECK(weir_with({"run", "x", "--priority", "urgent"}).code == 2);
  CHECK(weir_with({"run", "x", "--deadline-ms", "0"}).code == 2);
  CHECK(weir_with({"certs"}).code == 2);
  CHECK(weir_with({"batch"}).code == 2);
  CHECK(weir_with({"batch", "x", "--concurrency", "0"}).code == 2);
  CHECK(weir_with({"completion", "csh"}).code == 2);
  CHECK(weir_with({"man", "frobnicate"}).code == 2);
  const auto json = weir_with({"run", "--json"});
  CHECK(json.code == 2);
  CHECK(json.out.rfind(R"({"error":{"code":"invalid_request",)", 0) == 0);
  CHECK(weir_with({"nodes", "--url", "ftp://x"}).code == 2);
  CHECK(weir_with({"--help"}).code == 0);
  CHECK(holds(weir_with({"run", "--help"}).out, "--grade"));
  CHECK(holds(weir_with({"--version"}).out, "weir 0."));
}

TEST_CASE("weir: no coordinator there, exit code 3") {
  const auto ended = weir_with({"nodes", "--url", dead_url()});
  CHECK(ended.code == 3);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "no connection: http://127.0.0.1:"));
  const auto json = weir_with({"nodes", "--json", "--url", dead_url()});
  CHECK(json.code == 3);
  CHECK(holds(json.out, R"({"error":{"code":"unreachable")"));
}

TEST_CASE("weir nodes: the table, or the document; URL from flag or environment, tried in turn") {
  FakeCoordinator fake{serve};
  const auto table = weir_with({"nodes", "--url", dead_url() + "," + fake.url()});
  CHECK(table.code == 0);
  CHECK(holds(table.out, "ws-1  L0    up"));
  const auto json =
      weir_with({"nodes", "--json"}, {"WEIR_URL=" + fake.url(), "WEIR_API_KEY=sk-env"});
  CHECK(json.code == 0);
  CHECK(json.out.rfind(R"({"nodes":[)", 0) == 0);
  CHECK(weir::net::http::find(fake.seen().back().headers, "authorization") == "Bearer sk-env");
}

TEST_CASE("weir: a typed error ends with 1") {
  FakeCoordinator fake{serve};
  const auto ended = weir_with({"--url", fake.url(), "explain", "req-0"});
  CHECK(ended.code == 1);
  CHECK(ended.err == "weir: invalid_request: no such thing\n");
  CHECK(weir_with({"--url", fake.url(), "explain", "req-7"}).code == 0);
  const auto drained = weir_with({"--url", fake.url(), "drain", "ws-1"});
  CHECK(drained.code == 0);
  CHECK(holds(drained.out, "ws-1: draining"));
}

TEST_CASE("weir: an answer that is not a coordinator's is an error, not an empty table") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({200, {}, "<html>hello</html>"});
  }};
  CHECK(weir_with({"--url", fake.url(), "nodes"}).code == 1);
}

TEST_CASE("weir run: the answer on stdout, where it ran on stderr") {
  FakeCoordinator fake{serve};
  const auto ended = weir_with({"run", "hi", "--grade", "p2", "--model", "tiny", "--priority",
                                "batch", "--deadline-ms", "900", "--url", fake.url()});
  CHECK(ended.code == 0);
  CHECK(ended.out == "Hello\n");
  CHECK(holds(ended.err, "[ran on ws-1 (L0), grade P2 (label), model tiny, "));
  CHECK(holds(ended.err, " ms to first token; why: the only one; weir explain req-7]\n"));
  const auto sent = fake.seen().at(0);
  CHECK(weir::net::http::find(sent.headers, "x-data-grade") == "P2");
  CHECK(weir::net::http::find(sent.headers, "x-weir-priority") == "batch");
  CHECK(weir::net::http::find(sent.headers, "x-weir-deadline-ms") == "900");
  CHECK(holds(sent.body, R"("model":"tiny")"));
}

TEST_CASE("weir run --json: a line for each piece, and one that says where it ran") {
  FakeCoordinator fake{serve};
  const auto ended = weir_with({"run", "hi", "--json", "--url", fake.url()});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(ended.out.rfind("{\"text\":\"Hel\"}\n{\"text\":\"lo\"}\n{\"attempts\":", 0) == 0);
  CHECK(holds(ended.out, R"("node":"ws-1")"));
}

TEST_CASE("weir run: files travel with the prompt, a file that cannot is exit code 2") {
  FakeCoordinator fake{serve};
  const Folder folder;
  const auto file = (folder.path / "notes.txt").string();
  std::ofstream{file} << "some notes";
  CHECK(weir_with({"run", "Sum up.", "--file", file, "--url", fake.url()}).code == 0);
  CHECK(holds(fake.seen().at(0).body, R"(Sum up.\n\nFile notes.txt:\n```\nsome notes\n```)"));
  CHECK(weir_with({"run", "x", "--file", file + "-absent", "--url", fake.url()}).code == 2);
}

TEST_CASE("weir run: Ctrl-C cancels the request at the coordinator and ends with 1") {
  Flag asked, gone;
  std::vector<ExchangePtr> kept;
  FakeCoordinator fake{[&](Request, ExchangePtr exchange) {
    exchange->on_gone([&](bool) { gone.raise(); });
    kept.push_back(std::move(exchange));
    asked.raise();
  }};
  Program program{weir_program(), {"run", "hi", "--url", fake.url()}};
  REQUIRE(asked.wait());
  program.send(SIGINT);
  CHECK(program.exit_code() == 1);
  CHECK(holds(program.err, "weir: cancelled"));
  CHECK(gone.wait());
}

TEST_CASE("weir certs and config: init, issue, show; a wrong file is exit code 2") {
  const Folder folder;
  const auto dir = (folder.path / "pki").string();
  const auto made = weir_with({"certs", "init", "--dir", dir, "--cluster", "demo"});
  CHECK(made.code == 0);
  CHECK(holds(made.out, "next: weir certs issue --dir " + dir));
  CHECK(weir_with({"certs", "init", "--dir", dir, "--cluster", "demo"}).code == 2);
  CHECK(weir_with({"certs", "issue", "--dir", dir, "--role", "agent", "--name", "ws-1", "--tier",
                   "L0", "--san", "10.0.0.1", "--san", "ws-1.example"})
            .code == 0);
  CHECK(weir_with({"certs", "issue", "--dir", dir, "--role", "agent", "--name", "ws-2"}).code == 2);
  const auto shown = weir_with({"certs", "show", dir + "/ws-1.pem"});
  CHECK(shown.code == 0);
  CHECK(holds(shown.out, "name     ws-1\n"));
  CHECK(holds(shown.out, "tier     L0\n"));
  CHECK(weir_with({"certs", "show", dir + "/absent.pem"}).code == 2);

  const auto file = (folder.path / "agent.yaml").string();
  std::ofstream{file} << "name: ws-1\ntier: L0\ncoordinators: [127.0.0.1:8743]\n"
                         "tls: {ca: ca.pem, cert: a.pem, key: a-key.pem}\n";
  const auto good = weir_with({"config", "check", file});
  CHECK(good.code == 0);
  CHECK(good.out == file + ": ok (agent)\n");
  std::ofstream{file, std::ios::app} << "coluor: red\n";
  const auto bad = weir_with({"config", "check", file});
  CHECK(bad.code == 2);
  CHECK(holds(bad.err, file + ":5:1: "));
  CHECK(weir_with({"config", "check", file + "-absent"}).code == 2);
}

TEST_CASE("weir drain --wait: ends when nothing runs there") {
  std::atomic<int> looks = 0;
  FakeCoordinator fake{[&](const Request& request, const ExchangePtr& exchange) {
    if (request.path != "/weir/v1/nodes") return serve(request, exchange);
    exchange->respond({200,
                       {},
                       ++looks < 2 ? R"({"nodes":[{"id":"ws-1","slots":{"used":2}}]})"
                                   : R"({"nodes":[{"id":"ws-1","slots":{"used":0}}]})"});
  }};
  const auto ended = weir_with({"drain", "ws-1", "--wait", "--url", fake.url()});
  CHECK(ended.code == 0);
  CHECK(ended.err == "ws-1: 2 still running\n");
  CHECK(ended.out == "ws-1: nothing runs there\n");
}

TEST_CASE("weir top: where stdout is no terminal, one table; a JSON line with --json --once") {
  FakeCoordinator fake{serve};
  const auto table = weir_with({"top", "--url", fake.url()});
  CHECK(table.code == 0);
  CHECK(holds(table.out, "nodes 1/1 up  0 running  0 waiting  spill ON  slots 0/4\n"));
  CHECK_FALSE(holds(table.out, "\x1b"));
  const auto json = weir_with({"top", "--once", "--json", "--url", fake.url()});
  CHECK(json.code == 0);
  CHECK(holds(json.out, R"("spill_mode":true)"));
  CHECK(weir_with({"top", "--url", dead_url()}).code == 3);
  Program program{weir_program(), {"top", "--json", "--url", fake.url()}};
  CHECK(program.says("}\n{"));
  program.send(SIGTERM);
  CHECK(program.exit_code() == 0);
}

TEST_CASE("weir completion and man: scripts and pages from the real commands") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = weir_with({"completion", shell});
    CHECK(script.code == 0);
    for (const char* part : {"batch", "concurrency", "P0 P1 P2", "undrain"})
      CHECK_MESSAGE(holds(script.out, part), shell << " " << part);
  }
  const auto page = weir_with({"man", "certs", "issue"});
  CHECK(page.code == 0);
  CHECK(page.out.rfind(".TH WEIR\\-CERTS\\-ISSUE 1 ", 0) == 0);
  const Folder folder;
  CHECK(weir_with({"man", "--dir", folder.path.string()}).code == 0);
  CHECK(std::filesystem::exists(folder.path / "weir.1"));
  CHECK(std::filesystem::exists(folder.path / "weir-batch.1"));
}

TEST_CASE("weir: arguments that are not UTF-8 end nothing") {
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
    exchange->respond({200, {}, R"({"choices":[{"message":{"content":"seen"}}]})"});
  }};
  const Folder folder;
  const auto image = (folder.path / "image").string();
  std::ofstream{image, std::ios::binary} << "\x89PNG\r\n\x1a\n0123456789";
  const auto asked =
      weir_with({"run", "a", "--model", "m\xff", "--file", image, "--url", fake.url()});
  CHECK(asked.code == 0);
  CHECK(holds(asked.out, "seen"));
  const auto made = weir_with(
      {"certs", "init", "--json", "--cluster", "demo", "--dir", (folder.path / "d\xff").string()});
  CHECK(made.code == 0);
  CHECK(holds(made.out, "\xef\xbf\xbd/ca.pem"));
}
