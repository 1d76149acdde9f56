// A child process that confines itself and tells what it may still do.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace weir::test {

/// What `tell` returned in a child of its own, as text.
template <class Tell>
std::string in_child(Tell tell) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    const std::string told = tell();
    const auto written = ::write(ends[1], told.data(), told.size());
    ::_exit(written == static_cast<ssize_t>(told.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string told;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;)
    told.append(piece, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK_MESSAGE(status == 0, "the child ended " << status << " after: " << told);
  return told;
}

/// "ok", or the name of what `errno` holds.
inline std::string outcome(bool good) {
  if (good) return "ok ";
  switch (errno) {
    case EPERM:
      return "EPERM ";
    case EACCES:
      return "EACCES ";
    case EXDEV:
      return "EXDEV ";
    case ENOENT:
      return "ENOENT ";
    case ECONNREFUSED:
      return "ECONNREFUSED ";
    default:
      return std::to_string(errno) + " ";
  }
}

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    path_ = (std::filesystem::temp_directory_path() / "weir-confine-XXXXXX").string();
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace weir::test
