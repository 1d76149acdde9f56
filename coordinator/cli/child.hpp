// A program that `weir up` runs. It never outlives its Child, nor the thread that started it.
#pragma once

#include "schema/types/result.hpp"

#include <sys/types.h>
#include <string>
#include <vector>

namespace weir::cli {

class Child {
 public:
  /// Starts `program` (a path) with its output in `log_file`, which is emptied first. Its process
  /// group is its own: Ctrl-C on the terminal reaches `weir up` alone.
  /// errors  internal: the system refuses.
  static Result<Child> start(const std::string& program, const std::vector<std::string>& arguments,
                             const std::string& log_file);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  ///< kills what still runs

  /// Whether it runs; reaps it when it has ended.
  bool running();
  /// How it ended: "exit code 1", "signal 11"; valid once it does not run.
  std::string ending() const;
  /// Without effect when it has ended.
  void send(int signal);
  pid_t pid() const { return pid_; }
  const std::string& log_file() const { return log_file_; }

 private:
  Child(pid_t pid, std::string log_file) : pid_{pid}, log_file_{std::move(log_file)} {}

  pid_t pid_;
  std::string log_file_;
  bool ended_ = false;
  int status_ = 0;
};

/// `name` beside this program's own file, else in PATH.
/// errors  invalid_config: in neither.
Result<std::string> find_program(const std::string& name);

}  // namespace weir::cli
