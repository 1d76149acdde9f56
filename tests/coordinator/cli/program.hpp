// The built `weir`, run as users run it: a process with its output in pipes.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace weir::cli::testing {

/// `weir`, which the build puts beside this test program.
inline std::string weir_program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "weir").string();
}

/// A descriptor that becomes readable when the process ends; -1 where there is none.
inline int process_descriptor(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

/// A private folder, removed at the end.
struct Folder {
  Folder() {
    auto name = (std::filesystem::temp_directory_path() / "weir-cli-test-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

class Program {
 public:
  /// `environment` holds whole "NAME=value" texts, and is all that the program gets.
  Program(std::string file, std::vector<std::string> arguments,
          std::vector<std::string> environment = {}) {
    std::array<std::array<int, 2>, 2> pipes{};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (std::size_t i = 0; i < 2; ++i) {
      if (::pipe2(pipes[i].data(), O_CLOEXEC) != 0) std::abort();
      posix_spawn_file_actions_adddup2(&actions, pipes[i][1], static_cast<int>(i) + 1);
      ends_[i] = pipes[i][0];
    }
    arguments.insert(arguments.begin(), file);
    const auto argv = pointers(arguments), env = pointers(environment);
    if (::posix_spawn(&pid_, file.c_str(), &actions, nullptr, argv.data(), env.data()) != 0)
      std::abort();
    posix_spawn_file_actions_destroy(&actions);
    for (const auto& p : pipes) ::close(p[1]);
    pidfd_ = process_descriptor(pid_);
  }
  ~Program() {
    if (!ended_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    for (const int end : ends_) ::close(end);
    ::close(pidfd_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const { ::kill(pid_, signal); }
  pid_t pid() const { return pid_; }
  /// Reads until `text` stands in the output; false after 20 s or at its end.
  bool says(const std::string& text) {
    return pump([&] { return out.find(text) != std::string::npos; });
  }
  /// The same of what it says on stderr.
  bool complains(const std::string& text) {
    return pump([&] { return err.find(text) != std::string::npos; });
  }
  /// The exit code; -1 after 20 s or where a signal ended it.
  int exit_code() {
    pump([] { return false; });
    pollfd ended{pidfd_, POLLIN, 0};
    if (::poll(&ended, 1, 20'000) != 1) return -1;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string out, err;

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

  template <class Enough>
  bool pump(const Enough& enough) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    std::array<bool, 2> open{true, true};
    while (!enough()) {
      if ((!open[0] && !open[1]) || std::chrono::steady_clock::now() > until) return false;
      std::array<pollfd, 2> wanted{
          {{open[0] ? ends_[0] : -1, POLLIN, 0}, {open[1] ? ends_[1] : -1, POLLIN, 0}}};
      ::poll(wanted.data(), 2, 100);
      for (std::size_t i = 0; i < 2; ++i) {
        if (wanted[i].revents == 0) continue;
        std::array<char, 4096> bytes;
        const auto n = ::read(ends_[i], bytes.data(), bytes.size());
        if (n <= 0) open[i] = false;
        if (n > 0) (i == 0 ? out : err).append(bytes.data(), static_cast<std::size_t>(n));
      }
    }
    return true;
  }

  pid_t pid_ = 0;
  int pidfd_ = -1;
  std::array<int, 2> ends_{};
  bool ended_ = false;
};

}  // namespace weir::cli::testing
