// `weir up` with stand-ins for the two programs: who is started, watched, stopped, and what stays.
#include "tests/coordinator/cli/program.hpp"
#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>

namespace {

using namespace weir::cli::testing;
using weir::client::testing::FakeCoordinator;
using weir::net::http::ExchangePtr;
using weir::net::http::Request;
namespace fs = std::filesystem;

/// A folder with `weir` and two scripts in the place of its siblings.
struct Bench {
  Bench(const std::string& coordinator, const std::string& agent) {
    fs::create_directories(folder.path / "bin");
    fs::create_directories(folder.path / "tmp");
    std::error_code failed;
    fs::create_hard_link(weir_program(), folder.path / "bin" / "weir", failed);
    if (failed) fs::copy_file(weir_program(), folder.path / "bin" / "weir");
    script("weir-coordinator", coordinator);
    script("weir-node-agent", agent);
  }
  void script(const std::string& name, const std::string& text) const {
    const auto file = folder.path / "bin" / name;
    std::ofstream{file} << "#!/bin/sh\necho $$ > " << (folder.path / (name + ".pid")).string()
                        << "\n"
                        << text << "\n";
    fs::permissions(file, fs::perms::owner_all);
  }
  /// -1 where the stand-in was never started.
  pid_t pid_of(const std::string& name) const {
    pid_t pid = -1;
    std::ifstream{folder.path / (name + ".pid")} >> pid;
    return pid;
  }
  std::string weir() const { return (folder.path / "bin" / "weir").string(); }
  std::vector<std::string> environment() const {
    return {"TMPDIR=" + (folder.path / "tmp").string(), "PATH=/usr/bin:/bin"};
  }
  bool tidy() const { return fs::is_empty(folder.path / "tmp"); }

  Folder folder;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool gone(pid_t pid) { return pid > 0 && ::kill(pid, 0) != 0; }

/// A coordinator's HTTP side.
FakeCoordinator::Handler fleet_of(const std::string& nodes) {
  return [nodes](Request request, ExchangePtr exchange) {
    if (request.path == "/readyz") return exchange->respond({200, {}, "ready\n"});
    if (request.path == "/weir/v1/nodes")
      return exchange->respond({200, {}, R"({"nodes":[)" + nodes + "]}"});
    exchange->respond({404, {}, "{}"});
  };
}
/// `models` is what its one node offers.
FakeCoordinator::Handler fleet(const std::string& models) {
  return fleet_of(R"({"id":"x","models":)" + models + "}");
}
/// A node with two engines.
const std::string two_engines =
    R"({"id":"x","models":["tiny"],"engines":[{"models":["tiny"]},{"models":["tiny"]}]})";

std::string listening(const FakeCoordinator& fake) {
  return "echo 'weir-coordinator: http " + fake.url().substr(7) + " agents 127.0.0.1:4711'\n";
}

const std::string waits = "exec tail -f /dev/null";

}  // namespace

TEST_CASE("up: both run, it says so, and SIGTERM leaves no process and no file") {
  FakeCoordinator fake{fleet(R"(["tiny"])")};
  const Bench bench{listening(fake) + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0"}, bench.environment()};
  REQUIRE(up.says("Ctrl-C stops everything."));
  CHECK(holds(up.out, "Weir is up: " + fake.url() + "\n"));
  CHECK(holds(up.out, "models: tiny\n"));
  CHECK_FALSE(bench.tidy());
  const auto coordinator = bench.pid_of("weir-coordinator"),
             agent = bench.pid_of("weir-node-agent");
  CHECK(::kill(coordinator, 0) == 0);
  CHECK(::kill(agent, 0) == 0);
  up.send(SIGTERM);
  CHECK(up.exit_code() == 0);
  CHECK(gone(coordinator));
  CHECK(gone(agent));
  CHECK(bench.tidy());
}

TEST_CASE("up: a program that ignores SIGTERM is killed at the second signal") {
  FakeCoordinator fake{fleet(R"(["tiny"])")};
  const Bench bench{listening(fake) + "trap '' TERM INT\n" + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0"}, bench.environment()};
  REQUIRE(up.says("Ctrl-C stops everything."));
  up.send(SIGINT);
  up.send(SIGINT);
  CHECK(up.exit_code() == 0);
  CHECK(gone(bench.pid_of("weir-coordinator")));
  CHECK(bench.tidy());
}

TEST_CASE("up: no engine on the machine, it says so, stays up and finds one that comes") {
  std::atomic<bool> found{false};
  FakeCoordinator fake{[&](Request request, ExchangePtr exchange) {
    fleet(found ? R"(["tiny"])" : "[]")(std::move(request), std::move(exchange));
  }};
  const Bench bench{listening(fake) + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0", "--json"}, bench.environment()};
  REQUIRE(up.says(R"("event":"no_engine")"));
  found = true;
  REQUIRE(up.says(R"("event":"ready")"));
  up.send(SIGINT);
  CHECK(up.exit_code() == 0);
  CHECK(holds(up.out, R"({"event":"stopped"})"));
}

TEST_CASE("up: a coordinator that cannot start, its last words and exit code 1") {
  const Bench bench{"echo 'cannot listen on 127.0.0.1:8700: Address already in use' >&2; exit 1",
                    waits};
  Program up{bench.weir(), {"up"}, bench.environment()};
  CHECK(up.exit_code() == 1);
  CHECK(holds(up.err, "the coordinator ended (exit code 1)"));
  CHECK(holds(up.err, "cannot listen on 127.0.0.1:8700: Address already in use\n"));
  CHECK(holds(up.err, "--port 0 takes a free one"));
  CHECK(bench.pid_of("weir-node-agent") == -1);
  CHECK(bench.tidy());
}

TEST_CASE("up: the agent dies later, the coordinator is stopped as well") {
  FakeCoordinator fake{fleet(R"(["tiny"])")};
  const Bench bench{listening(fake) + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0"}, bench.environment()};
  REQUIRE(up.says("Ctrl-C stops everything."));
  ::kill(bench.pid_of("weir-node-agent"), SIGKILL);
  CHECK(up.exit_code() == 1);
  CHECK(holds(up.err, "the agent ended (signal 9)"));
  CHECK(gone(bench.pid_of("weir-coordinator")));
  CHECK(bench.tidy());
}

TEST_CASE("up: killed outright, its programs go with it") {
  FakeCoordinator fake{fleet(R"(["tiny"])")};
  const Bench bench{listening(fake) + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0"}, bench.environment()};
  REQUIRE(up.says("Ctrl-C stops everything."));
  const int coordinator = process_descriptor(bench.pid_of("weir-coordinator"));
  REQUIRE(coordinator >= 0);
  up.send(SIGKILL);
  pollfd ended{coordinator, POLLIN, 0};
  CHECK(::poll(&ended, 1, 10'000) == 1);
  ::close(coordinator);
}

TEST_CASE("up: a folder of one's own stays, works again, and is not shared") {
  FakeCoordinator fake{fleet(R"(["tiny"])")};
  const Bench bench{listening(fake) + waits, waits};
  const auto dir = (bench.folder.path / "mine").string();
  const std::vector<std::string> arguments{"up", "--port", "0", "--dir", dir, "--json"};
  for (int round = 0; round < 2; ++round) {
    Program up{bench.weir(), arguments, bench.environment()};
    REQUIRE(up.says(R"("event":"ready")"));
    Program second{bench.weir(), arguments, bench.environment()};
    CHECK(second.exit_code() == 2);
    CHECK(holds(second.out, "another weir up works in it"));
    up.send(SIGTERM);
    CHECK(up.exit_code() == 0);
  }
  CHECK(fs::exists(dir + "/coordinator.yaml"));
  CHECK(fs::exists(dir + "/agent.log"));
  CHECK((fs::status(dir).permissions() & fs::perms::all) == fs::perms::owner_all);
}

TEST_CASE("up: engines that are named are left for the agent to find out what they are") {
  FakeCoordinator fake{fleet_of(two_engines)};
  const Bench bench{listening(fake) + waits, waits};
  const auto dir = (bench.folder.path / "mine").string();
  Program up{bench.weir(),
             {"up", "--port", "0", "--dir", dir, "--engine", "http://127.0.0.1:9/v1", "--engine",
              "http://127.0.0.1:10", "--json"},
             bench.environment()};
  const bool ready = up.says(R"("event":"ready")");
  INFO(up.out, up.err);
  REQUIRE(ready);
  std::ifstream in{dir + "/agent.yaml"};
  const std::string yaml{std::istreambuf_iterator<char>{in}, {}};
  CHECK(holds(yaml, "- {url: \"http://127.0.0.1:9/v1\"}\n  - {url: \"http://127.0.0.1:10\"}"));
  CHECK(holds(yaml, "coordinators: [\"127.0.0.1:4711\"]"));
}

TEST_CASE("up: an engine's URL that is none is exit code 2") {
  FakeCoordinator fake{fleet("[]")};
  const Bench bench{listening(fake) + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0", "--engine", "nowhere"}, bench.environment()};
  CHECK(up.exit_code() == 2);
  CHECK(holds(up.err, "url: must be"));
  CHECK(bench.tidy());
}

TEST_CASE("up: SIGQUIT stops it as the others do") {
  FakeCoordinator fake{fleet(R"(["tiny"])")};
  const Bench bench{listening(fake) + waits, waits};
  Program up{bench.weir(), {"up", "--port", "0"}, bench.environment()};
  REQUIRE(up.says("Ctrl-C stops everything."));
  up.send(SIGQUIT);
  CHECK(up.exit_code() == 0);
  CHECK(bench.tidy());
}

TEST_CASE("up: the copy of a file of clouds is private, gone at the end, and never the file") {
  FakeCoordinator fake{fleet_of(two_engines + R"(,{"id":"x-cloud","models":["far"]})")};
  const Bench bench{listening(fake) + waits, waits};
  const auto dir = bench.folder.path / "mine";
  fs::create_directory(dir);
  const auto copy = dir / "cloud.yaml", file = bench.folder.path / "mine.yaml";
  std::ofstream{copy} << "old";
  fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  std::ofstream{file}
      << "engines:\n  - {kind: openai, cloud: true, url: 'https://127.0.0.1:1', api_key: 'k',"
         " models: [{id: far, capability: 1, usd_in_per_mtok: 1, usd_out_per_mtok: 1}]}\n";
  std::vector<std::string> arguments{"up",         "--port", "0",       "--dir",
                                     dir.string(), "--json", "--cloud", file.string()};
  Program up{bench.weir(), arguments, bench.environment()};
  const bool ready = up.says(R"("event":"ready")");
  INFO(up.out, up.err);
  REQUIRE(ready);
  CHECK(fs::status(copy).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  up.send(SIGTERM);
  CHECK(up.exit_code() == 0);
  CHECK_FALSE(fs::exists(copy));
  CHECK(fs::exists(file));
  fs::rename(file, copy);
  arguments.back() = copy.string();
  Program same{bench.weir(), arguments, bench.environment()};
  CHECK(same.exit_code() == 2);
  CHECK(holds(same.out, "would be written over"));
  CHECK(fs::exists(copy));
}
