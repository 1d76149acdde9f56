#include "node-agent/probe/input_probe.hpp"
#include "tests/node-agent/probe/folder.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

using namespace weir;
using namespace weir::probe;
using namespace std::string_literals;
using weir::test::Folder;

namespace {

/// A machine with two processors whose people are whoever runs this test.
struct Machine {
  Folder folder;
  InputProbe probe{folder.dir + "/proc", folder.dir + "/dev", 0};

  void process(const std::string& pid, std::uint64_t ticks, const std::string& cmdline) const {
    folder.write("proc/" + pid + "/stat",
                 pid + " (x) S 1 1 1 0 -1 0 0 0 0 0 " + std::to_string(ticks) + " 0 0\n");
    folder.write("proc/" + pid + "/cmdline", cmdline);
  }
  void total(std::uint64_t ticks) const {
    folder.write("proc/stat", "cpu 0 0 0 " + std::to_string(ticks) + " 0 0 0 0\n");
  }
  void terminal(const std::string& name, std::time_t age) const {
    folder.write(name, "");
    const timespec then{std::time(nullptr) - age, 0};
    const timespec times[2]{then, {0, UTIME_NOW}};  // output just now
    REQUIRE(::utimensat(AT_FDCWD, (folder.dir + "/" + name).c_str(), times, 0) == 0);
  }
};

}  // namespace

TEST_CASE("input probe: load is that of people's programs since the last look") {
  Machine m;
  m.process("10", 500, "/usr/bin/gcc\0"s);
  m.process("11", 900, "/usr/bin/llama-server\0"s);
  m.total(1'000);
  CHECK(m.probe.look().busy_permille == 0);  // nothing to compare with
  m.process("10", 530, "/usr/bin/gcc\0"s);
  m.process("11", 990, "/usr/bin/llama-server\0"s);
  m.process("12", 20, "/usr/bin/make\0"s);
  m.total(1'200);
  CHECK(m.probe.look().busy_permille == 250);
  m.process("10", 3, "/usr/bin/other\0"s);  // the number was given to another process
  m.total(1'300);
  CHECK(m.probe.look().busy_permille == 30);
}

TEST_CASE("input probe: programs of the system's own accounts are nobody's") {
  Machine m;
  InputProbe probe{m.folder.dir + "/proc", m.folder.dir + "/dev", ::getuid() + 1};
  m.total(1'000);
  (void)probe.look();
  m.process("10", 500, "/usr/bin/updatedb\0"s);
  m.total(2'000);
  CHECK(probe.look().busy_permille == 0);
}

TEST_CASE("input probe: the newest input on any terminal counts, output does not") {
  Machine m;
  CHECK_FALSE(m.probe.look().terminals_idle);
  m.terminal("dev/tty1", 500);
  m.terminal("dev/pts/3", 100);
  m.terminal("dev/pts/ptmx", 0);
  m.terminal("dev/ttyS0x", 0);
  const auto idle = m.probe.look().terminals_idle;
  REQUIRE(idle);
  CHECK(*idle >= Millis{100'000});
  CHECK(*idle < Millis{110'000});
}

TEST_CASE("input probe: interrupts are those of /proc, none where there are no input devices") {
  Machine m;
  CHECK_FALSE(m.probe.look().interrupts);
  m.folder.write("proc/interrupts", " 1: 4 5 IO-APIC 1-edge i8042\n");
  CHECK(m.probe.look().interrupts == 9);
}

TEST_CASE("input probe: this machine can be looked at") {
  InputProbe probe;
  (void)probe.look();
  CHECK(probe.look().busy_permille <= 1'000);
}
