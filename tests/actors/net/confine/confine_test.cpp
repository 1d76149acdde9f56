#include "actors/net/confine/confine.hpp"

#include "tests/actors/net/confine/child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <csignal>
#include <fstream>
#include <thread>

using namespace weir;
using namespace weir::net;
using weir::test::Folder;
using weir::test::in_child;
using weir::test::outcome;

namespace {

/// What this kernel offers, found in a child; a test that needs more says that it was skipped.
bool offers(int abi, const char* what) {
  const auto told = in_child([] {
    const auto by = confine({});
    return by && by->seccomp ? std::to_string(by->landlock) : std::string{"-1"};
  });
  const bool enough = std::stoi(told) >= abi;
  if (!enough) MESSAGE("SKIPPED: this kernel lacks " << what);
  return enough;
}

std::string make(const std::string& path, int flags = O_WRONLY | O_CREAT) {
  const int fd = ::open(path.c_str(), flags, 0600);
  const auto told = outcome(fd >= 0);
  if (fd >= 0) ::close(fd);
  return told;
}

std::string call(long result) { return outcome(result >= 0); }

std::string run_true() {
  char name[] = "/bin/true";
  char* const argv[] = {name, nullptr};
  ::execv(name, argv);
  return outcome(false);
}

bool sanitized() {
#ifdef __SANITIZE_ADDRESS__
  return true;
#else
  return false;
#endif
}

}  // namespace

TEST_CASE("confine: files are written in the own folder and nowhere else") {
  if (!offers(2, "Landlock 2")) return;
  const Folder own, other;
  std::ofstream{other / "there"} << "text";
  const auto told = in_child([&] {
    if (!confine({{own.path()}, {}, true, {}, {}})) return std::string{"not confined"};
    std::string all = make(own / "a") + call(::mkdir((own / "d").c_str(), 0700));
    all += make(own / "d/b") + call(::rename((own / "a").c_str(), (own / "d/c").c_str()));
    all += call(::unlink((own / "d/b").c_str())) + call(::unlink((own / "d/c").c_str()));
    all += call(::rmdir((own / "d").c_str()));
    all += "| " + make("/dev/null", O_WRONLY) + make(other / "there", O_RDONLY) + "| ";
    all += make(other / "a") + make(other / "there", O_WRONLY) + make(other / "there", O_RDWR);
    all += call(::unlink((other / "there").c_str())) + call(::mkdir((other / "d").c_str(), 0700));
    return all + call(::symlink("/etc/passwd", (own / "link").c_str())) +
           call(::mkfifo((own / "pipe").c_str(), 0600));
  });
  CHECK(told == "ok ok ok ok ok ok ok | ok ok | EACCES EACCES EACCES EACCES EACCES EACCES EACCES ");
}

TEST_CASE("confine: named files may be written, other devices not") {
  if (!offers(1, "Landlock")) return;
  const Folder other;
  std::ofstream{other / "device"} << "text";
  std::ofstream{other / "sibling"} << "text";
  const auto told = in_child([&] {
    if (!confine({{}, {other / "device"}, true, {}, {}})) return std::string{"not confined"};
    return make(other / "device", O_RDWR) + make(other / "sibling", O_RDWR) +
           make("/dev/zero", O_RDWR);
  });
  CHECK(told == "ok EACCES EACCES ");
}

TEST_CASE("confine: no program is started, by the process or its children") {
  if (!offers(0, "seccomp")) return;
  CHECK(in_child([] { return confine({}) ? run_true() : "not confined"; }) == "EPERM ");
  CHECK(in_child([] {
          if (!confine({})) return std::string{"not confined"};
          return in_child([] { return run_true(); });
        }) == "EPERM ");
}

TEST_CASE("confine: a memory file is no way around") {
  if (!offers(0, "seccomp")) return;
  CHECK(in_child([] {
          if (!confine({})) return std::string{"not confined"};
          const int fd = static_cast<int>(::memfd_create("x", 0));
          char empty[] = "";
          char* const none[] = {nullptr};
          return call(::syscall(SYS_execveat, fd, empty, none, none, 0x1000));
        }) == "EPERM ");
}

TEST_CASE("confine: what looks into others or changes the machine fails") {
  if (!offers(0, "seccomp")) return;
  const auto told = in_child([] {
    if (!confine({})) return std::string{"not confined"};
    std::string all = call(::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0));
    all += call(::syscall(SYS_bpf, 0, nullptr, 0)) + call(::syscall(SYS_keyctl, 0, 0, 0, 0, 0));
    all += call(::syscall(SYS_io_uring_setup, 1, nullptr)) + call(::unshare(CLONE_NEWUSER));
    all += call(::syscall(SYS_mount, "a", "b", "c", 0, nullptr)) + call(::chroot("/"));
    all += call(::syscall(SYS_setns, 0, 0)) + call(::syscall(SYS_userfaultfd, 0));
    all += call(::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0));
    all += call(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0));
    if (sanitized()) return all + "EPERM EPERM ";
    return all + call(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)) +
           call(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
  });
  std::string expected;
  for (int i = 0; i < 13; ++i) expected += "EPERM ";
  CHECK(told == expected);
}

TEST_CASE("confine: no core is written and the memory is not shown") {
  const auto told = in_child([] {
    if (!confine({})) return std::string{"not confined"};
    rlimit core{1, 1};
    ::getrlimit(RLIMIT_CORE, &core);
    const int shown = sanitized() ? 0 : ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    return std::to_string(core.rlim_cur) + std::to_string(core.rlim_max) + std::to_string(shown) +
           std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  });
  CHECK(told == "0001");
}

TEST_CASE("confine: threads that start later run, and are confined") {
  if (!offers(1, "Landlock")) return;
  const Folder other;
  CHECK(in_child([&] {
          if (!confine({})) return std::string{"not confined"};
          std::string all;
          std::thread{[&] { all = make(other / "a") + run_true(); }}.join();
          return all;
        }) == "EACCES EPERM ");
}

TEST_CASE("confine: a thread that ran before is told of") {
  const auto told = in_child([] {
    int ends[2];
    if (::pipe(ends) != 0) return std::string{"no pipe"};
    std::thread early{[&] {
      char c = 0;
      if (::read(ends[0], &c, 1) != 1) std::abort();
    }};
    const auto by = confine({});
    const bool written = ::write(ends[1], "x", 1) == 1;
    early.join();
    return by && written ? by->lacks : std::string{"not confined"};
  });
  CHECK(told.find("other threads were running already") != std::string::npos);
}

TEST_CASE("confine: a folder that is not there is an error, not a gap") {
  if (!offers(1, "Landlock")) return;
  CHECK(in_child([] {
          const auto by = confine({{"/nonexistent/weir"}, {}, true, {}, {}});
          return by ? std::string{"confined"} : by.error().detail;
        }) == "/nonexistent/weir: No such file or directory");
}

TEST_CASE("confine: it is left away where that is wanted") {
  CHECK(in_child([] {
          const auto by = confine({{"/nonexistent/weir"}, {}, false, {}, {}}, Confine::off);
          if (!by || !seal(*by)) return std::string{"an error"};
          return text_of(*by) + " " + std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
        }) == "by nothing (confine is false) 0");
}

TEST_CASE("confine: where it is required, it holds or it is an error") {
  const auto told = in_child([] {
    const auto by = confine({}, Confine::required);
    if (!by) return by.error().detail;
    return std::string{by->landlock > 0 && by->seccomp && by->memory ? "holds" : "a gap"};
  });
  CHECK((told == "holds" || told.starts_with("confine is required: ")));
}

TEST_CASE("confine: the log says what holds") {
  CHECK(text_of({true, 7, true, false, ""}) == "landlock 7, seccomp, no connect");
  CHECK(text_of({true, 4, true, true, ""}) == "landlock 4, seccomp");
  CHECK(text_of({true, 0, true, true, "this kernel has no Landlock"}) ==
        "seccomp (this kernel has no Landlock)");
  CHECK(text_of({true, 0, false, false, "a; b"}) == "memory and core alone (a; b)");
}
