#include "coordinator/cli/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace weir::cli {
namespace {

namespace fs = std::filesystem;

constexpr int exit_cannot_execute = 127;

/// Runs in the forked child: nothing but async-signal-safe calls.
[[noreturn]] void become(const char* program, char* const* arguments, int log, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(exit_cannot_execute);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execv(program, arguments);
  constexpr char failed[] = "cannot be executed\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, failed, sizeof failed - 1);
  ::_exit(exit_cannot_execute);
}

Error refused(const std::string& what) {
  return {Code::internal, what + ": " + std::strerror(errno)};
}

bool executable(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

Result<Child> Child::start(const std::string& program, const std::vector<std::string>& arguments,
                           const std::string& log_file) {
  std::vector<std::string> texts{program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                         S_IRUSR | S_IWUSR);
  if (log < 0) return refused(log_file);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid == 0) become(program.c_str(), pointers.data(), log, parent);
  const int why = errno;
  ::close(log);
  errno = why;
  if (pid < 0) return refused("cannot start " + program);
  return Child{pid, log_file};
}

Child::Child(Child&& other) noexcept
    : pid_{other.pid_},
      log_file_{std::move(other.log_file_)},
      ended_{std::exchange(other.ended_, true)},
      status_{other.status_} {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(log_file_, other.log_file_);
  std::swap(ended_, other.ended_);
  std::swap(status_, other.status_);
  return *this;
}

Child::~Child() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {}
}

bool Child::running() {
  if (ended_) return false;
  ended_ = ::waitpid(pid_, &status_, WNOHANG) != 0;
  return !ended_;
}

std::string Child::ending() const {
  return WIFSIGNALED(status_) ? "signal " + std::to_string(WTERMSIG(status_))
                              : "exit code " + std::to_string(WEXITSTATUS(status_));
}

void Child::send(int signal) {
  if (running()) ::kill(pid_, signal);
}

Result<std::string> find_program(const std::string& name) {
  std::error_code failed;
  const auto self = fs::read_symlink("/proc/self/exe", failed);
  if (!failed && executable(self.parent_path() / name)) return (self.parent_path() / name).string();
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const auto folder = rest.substr(0, end);
    if (!folder.empty() && executable(fs::path{folder} / name))
      return (fs::path{folder} / name).string();
    rest.erase(0, end + 1);
  }
  return Error{Code::invalid_config, name + " stands neither beside weir nor in PATH"};
}

}  // namespace weir::cli
