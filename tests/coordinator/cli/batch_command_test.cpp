// The built program against a fake coordinator.
#include "tests/coordinator/cli/batch_file.hpp"
#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace {

using namespace weir::cli::testing;
using weir::client::testing::dead_url;
using weir::client::testing::FakeCoordinator;
using weir::client::testing::Flag;
using weir::net::http::ExchangePtr;
using weir::net::http::find;
using weir::net::http::Request;

struct Ended {
  int code;
  std::string out, err;
};

Ended batch(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "batch");
  Program program{weir_program(), std::move(arguments)};
  const int code = program.exit_code();
  return {code, program.out, program.err};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void answer(const Request& request, const ExchangePtr& exchange) {
  if (request.path == "/v1/models") return exchange->respond({200, {}, R"({"data":[]})"});
  exchange->respond(
      {200, {{"x-request-id", "req-1"}}, R"({"choices":[],"usage":{"completion_tokens":5}})"});
}

}  // namespace

TEST_CASE("weir batch: answers beside the file, what was asked of the coordinator, run again") {
  FakeCoordinator fake{answer};
  const Folder folder;
  const auto file = write_file(folder, "b.jsonl", batch_line("a") + batch_line("b"));
  const auto ended = batch({file, "--grade", "P2", "--concurrency", "1", "--url", fake.url()});
  CHECK(ended.code == 0);
  CHECK(holds(ended.out, "2 of 2 answered, in "));
  const auto out = (folder.path / "b.out.jsonl").string();
  const auto text = read_file(out);
  CHECK(holds(text, R"("custom_id":"a","response":{"status_code":200,"request_id":"req-1",)"
                    R"("body":{"choices":[],"usage":{"completion_tokens":5}}},"error":null})"));
  const auto seen = fake.seen();
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].path == "/v1/chat/completions");
  CHECK(find(seen[1].headers, "x-weir-priority") == "batch");
  CHECK(find(seen[1].headers, "x-data-grade") == "P2");
  CHECK(find(seen[1].headers, "idempotency-key") != find(seen[2].headers, "idempotency-key"));
  const auto again = batch({file, "--url", fake.url()});
  CHECK(again.code == 0);
  CHECK(holds(again.out, "2 of 2 answered, all by earlier runs\n"));
  CHECK(fake.seen().size() == 3);
  CHECK(read_file(out) == text);
}

TEST_CASE("weir batch: what is wrong is told with its line before anything is sent") {
  FakeCoordinator fake{answer};
  const Folder folder;
  const auto file = write_file(folder, "b", batch_line("a") + "{\n" + batch_line("a"));
  const auto ended = batch({file, "--url", fake.url()});
  CHECK(ended.code == 2);
  CHECK(ended.err == file + ":2: is not JSON\n" + file +
                         ":3: custom_id stands already in line 1\nweir: nothing was sent\n");
  const auto json = batch({file, "--json", "--url", fake.url()});
  CHECK(json.code == 2);
  CHECK(json.out.rfind(R"({"error":{"code":"invalid_config",)", 0) == 0);
  CHECK(fake.seen().empty());
  CHECK_FALSE(std::filesystem::exists(folder.path / "b.out.jsonl"));
}

TEST_CASE("weir batch: no coordinator is exit code 3, a refused key 1; nothing is written") {
  const Folder folder;
  const auto file = write_file(folder, "b.jsonl", batch_line("a"));
  CHECK(batch({file, "--url", dead_url()}).code == 3);
  FakeCoordinator fake{[](const Request& request, const ExchangePtr& exchange) {
    if (request.path == "/v1/models") return answer(request, exchange);
    exchange->respond({401, {}, R"({"error":{"message":"no such key","code":"unauthorized"}})"});
  }};
  const auto ended = batch({file, "--url", fake.url()});
  CHECK(ended.code == 1);
  CHECK(holds(ended.out, "ended early: unauthorized: no such key\n"));
  CHECK(read_file((folder.path / "b.out.jsonl").string()).empty());
}

TEST_CASE("weir batch --json: a summary document at the end") {
  FakeCoordinator fake{answer};
  const Folder folder;
  const auto file = write_file(folder, "b.jsonl", batch_line("a"));
  const auto ended = batch({file, "--json", "--url", fake.url()});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(holds(ended.out, R"({"event":"summary",)"));
  CHECK(holds(ended.out, R"("complete":true)"));
}

TEST_CASE("weir batch: Ctrl-C lets what runs finish, a second one leaves it; both can be resumed") {
  Flag asked;
  std::mutex mutex;
  std::vector<ExchangePtr> kept;
  FakeCoordinator fake{[&](const Request& request, const ExchangePtr& exchange) {
    if (request.path == "/v1/models") return answer(request, exchange);
    const std::lock_guard lock{mutex};
    kept.push_back(exchange);
    asked.raise();
  }};
  const Folder folder;
  const auto file = write_file(folder, "b.jsonl", batch_line("a") + batch_line("b"));
  Program program{weir_program(), {"batch", file, "--concurrency", "1", "--url", fake.url()}};
  REQUIRE(asked.wait());
  program.send(SIGINT);
  CHECK(program.complains("stopping: what runs may finish"));
  program.send(SIGINT);
  CHECK(program.exit_code() == 1);
  CHECK(holds(program.out, "0 of 2 answered"));
  CHECK(holds(program.out, "2 to do; the same command goes on from here\n"));
}
