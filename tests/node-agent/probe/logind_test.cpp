// logind as sessions on a bus of our own. Skipped, and says so, where there is no dbus-daemon.
#include "node-agent/probe/logind.hpp"
#include "tests/node-agent/probe/folder.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sdbus-c++/sdbus-c++.h>
#include <spawn.h>
#include <sys/wait.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>

extern char** environ;

using weir::probe::Logind;
using weir::test::Folder;

namespace {

constexpr const char* daemon_program = "/usr/bin/dbus-daemon";
constexpr const char* session_interface = "org.freedesktop.login1.Session";

/// A bus that takes the system bus's place for this process while it lives.
class Bus {
 public:
  Bus() {
    const auto socket = folder_.dir + "/bus";
    folder_.write("bus.conf", "<busconfig><listen>unix:path=" + socket +
                                  "</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                                  "<allow send_destination=\"*\"/><allow receive_sender=\"*\"/>"
                                  "<allow own=\"*\"/><allow user=\"*\"/></policy></busconfig>");
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + socket).c_str(), 1);
    start();
  }
  ~Bus() {
    stop();
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  void start() {
    std::array<int, 2> ready{};
    REQUIRE(::pipe(ready.data()) == 0);
    auto config = "--config-file=" + folder_.dir + "/bus.conf";
    auto print = "--print-address=" + std::to_string(ready[1]);
    std::string name = daemon_program, nofork = "--nofork";
    std::array<char*, 5> arguments{name.data(), config.data(), nofork.data(), print.data(),
                                   nullptr};
    REQUIRE(::posix_spawn(&pid_, daemon_program, nullptr, nullptr, arguments.data(), environ) == 0);
    ::close(ready[1]);
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);  // it listens
    ::close(ready[0]);
  }
  void stop() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
    std::filesystem::remove(folder_.dir + "/bus");
  }

 private:
  Folder folder_;
  pid_t pid_ = 0;
};

/// Sessions by number, on the bus under logind's name.
class FakeLogind {
 public:
  struct Session {
    std::string kind = "user", seat = "seat0";
    bool active = true, remote = false, idle = false, locked = false;
  };

  explicit FakeLogind(std::map<int, Session> sessions) : sessions_{std::move(sessions)} {
    connection_->requestName("org.freedesktop.login1");
    connection_->enterEventLoopAsync();
    manager_ = sdbus::createObject(*connection_, "/org/freedesktop/login1");
    manager_->registerMethod("ListSessions")
        .onInterface("org.freedesktop.login1.Manager")
        .implementedAs([this] { return list(); });
    manager_->finishRegistration();
    for (const auto& [number, session] : sessions_) add(number, session);
  }
  ~FakeLogind() { connection_->leaveEventLoop(); }

 private:
  using Row =
      sdbus::Struct<std::string, std::uint32_t, std::string, std::string, sdbus::ObjectPath>;

  static std::string path(int number) {
    return "/org/freedesktop/login1/session/_" + std::to_string(number);
  }
  std::vector<Row> list() const {
    std::vector<Row> all;
    for (const auto& [number, s] : sessions_)
      all.emplace_back(std::to_string(number), 1'000U, "ann", s.seat, path(number));
    return all;
  }
  void add(int number, const Session& s) {
    if (number == 0) return;  // listed, but gone
    auto object = sdbus::createObject(*connection_, path(number));
    const auto property = [&](const char* name, auto value) {
      object->registerProperty(name).onInterface(session_interface).withGetter([value] {
        return value;
      });
    };
    property("Class", s.kind);
    property("Active", s.active);
    property("Remote", s.remote);
    property("IdleHint", s.idle);
    property("LockedHint", s.locked);
    object->finishRegistration();
    objects_.push_back(std::move(object));
  }

  std::map<int, Session> sessions_;
  std::unique_ptr<sdbus::IConnection> connection_ = sdbus::createSystemBusConnection();
  std::unique_ptr<sdbus::IObject> manager_;
  std::vector<std::unique_ptr<sdbus::IObject>> objects_;
};

bool no_daemon() {
  if (::access(daemon_program, X_OK) == 0) return false;
  MESSAGE("SKIPPED: no dbus-daemon here");
  return true;
}

}  // namespace

TEST_CASE("logind: one session at work is enough, and idle, locked or remote ones are none") {
  if (no_daemon()) return;
  Bus bus;
  Logind logind;
  using S = FakeLogind::Session;
  const auto ask = [&](std::map<int, S> sessions) {
    const FakeLogind fake{std::move(sessions)};
    return logind.owner_present();
  };
  CHECK(ask({}) == false);
  CHECK(ask({{1, S{}}}) == true);
  CHECK(ask({{1, {.idle = true}}}) == false);
  CHECK(ask({{1, {.locked = true}}}) == false);
  CHECK(ask({{1, {.active = false}}}) == false);
  CHECK(ask({{1, {.seat = "", .remote = true}}}) == false);
  CHECK(ask({{1, {.kind = "greeter"}}}) == false);
  CHECK(ask({{1, {.kind = "greeter"}}, {2, {.idle = true}}, {3, S{}}}) == true);
  CHECK(ask({{0, S{}}}) == false);  // it ended between the list and the look
  CHECK(ask({{0, S{}}, {1, S{}}}) == true);
}

TEST_CASE("logind: no bus, a bus without it, and a bus that was restarted are told apart") {
  if (no_daemon()) return;
  Bus bus;
  Logind logind;
  CHECK_FALSE(logind.owner_present());
  {
    const FakeLogind fake{{{1, {}}}};
    CHECK(logind.owner_present() == true);
  }
  CHECK_FALSE(logind.owner_present());
  bus.stop();
  CHECK_FALSE(logind.owner_present());
  bus.start();
  CHECK_FALSE(logind.owner_present());
  const FakeLogind fake{{{1, {.idle = true}}}};
  CHECK(logind.owner_present() == false);
}
