#include "coordinator/cli/up_dir.hpp"

#include "actors/net/certs/certs.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace weir::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::streamoff log_bytes_max = 1 << 20;

Error wrong(const std::string& what) {
  return {Code::invalid_config, what + ": " + std::strerror(errno)};
}

Result<std::string> make_dir(const std::string& dir) {
  std::error_code failed;
  if (dir.empty()) {
    auto name = (fs::temp_directory_path(failed) / "weir-up-XXXXXX").string();
    if (failed || ::mkdtemp(name.data()) == nullptr) return wrong("no temporary folder");
    return name;
  }
  const auto path = fs::absolute(fs::path{dir} / "").lexically_normal().parent_path();
  fs::create_directories(path.parent_path(), failed);
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return wrong(path.string());
  return path.string();
}

}  // namespace

Result<UpDir> UpDir::open(const std::string& dir) {
  WEIR_TRY(auto path, make_dir(dir));
  const auto lock_file = (fs::path{path} / "up.lock").string();
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock < 0) return wrong(lock_file);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const auto why = errno == EWOULDBLOCK ? "another weir up works in it" : std::strerror(errno);
    ::close(lock);
    return Error{Code::invalid_config, path + ": " + why};
  }
  return UpDir{std::move(path), !dir.empty(), lock};
}

UpDir::UpDir(UpDir&& other) noexcept
    : path_{std::move(other.path_)}, stays_{other.stays_}, lock_{std::exchange(other.lock_, -1)} {}

UpDir::~UpDir() {
  if (lock_ < 0) return;  // moved from
  ::close(lock_);
  std::error_code ignored;
  if (!stays_) fs::remove_all(path_, ignored);
}

std::string UpDir::file(const std::string& name) const { return (fs::path{path_} / name).string(); }

Result<Done> UpDir::write(const std::string& name, const std::string& text) const {
  const auto whole = file(name);
  // A new file: whoever could read the one before, or holds it open, cannot read this one.
  ::unlink(whole.c_str());
  const int fd = ::open(whole.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (fd < 0) return wrong(whole);
  const auto put = ::write(fd, text.data(), text.size());
  if (::close(fd) != 0 || put != static_cast<ssize_t>(text.size())) return wrong(whole);
  return Done{};
}

void UpDir::remove(const std::string& name) const { ::unlink(file(name).c_str()); }

std::string UpDir::read(const std::string& name) const {
  std::ifstream in{file(name), std::ios::binary | std::ios::ate};
  if (!in) return {};
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - log_bytes_max));
  return {std::istreambuf_iterator<char>{in}, {}};
}

Result<std::string> make_certificates(const UpDir& dir, const std::string& agent,
                                      const std::string& cloud) {
  namespace certs = net::certs;
  if (!fs::exists(dir.file("ca.pem")))
    if (const auto made = certs::init(dir.path(), "local"); !made) return made.error();
  const certs::IssueOrder coordinator{
      "coordinator", "coordinator", std::nullopt, {"127.0.0.1", "localhost"}};
  std::vector<certs::IssueOrder> orders{coordinator, {"agent", agent, Tier::l0, {}}};
  if (!cloud.empty()) orders.push_back({"agent", cloud, Tier::l2, {}});
  for (const auto& order : orders)
    if (const auto issued = certs::issue(dir.path(), order); !issued) return issued.error();
  WEIR_TRY(const auto shown, certs::show(dir.file("coordinator.pem")));
  return shown.cluster;
}

}  // namespace weir::cli
