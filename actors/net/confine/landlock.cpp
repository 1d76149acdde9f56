#include "actors/net/confine/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace weir::net {

namespace {

// <linux/landlock.h> as later kernels have it.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t ports;   // ABI 4
  std::uint64_t scoped;  // ABI 6
};
struct PortRule {
  std::uint64_t allowed;
  std::uint64_t port;
};
constexpr int rule_port = 2;                   // LANDLOCK_RULE_NET_PORT
constexpr std::uint64_t refer = 1U << 13U;     // ABI 2
constexpr std::uint64_t truncate = 1U << 14U;  // ABI 3
constexpr std::uint64_t device = 1U << 15U;    // ABI 5: ioctl()
constexpr std::uint64_t bind_tcp = 1U << 0U;   // ABI 4
constexpr std::uint64_t connect_tcp = 1U << 1U;
constexpr std::uint64_t abstract_unix_and_signals = 3;  // ABI 6

constexpr std::uint64_t in_own_folder =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | refer | truncate;
constexpr std::uint64_t nowhere = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t to_a_file = LANDLOCK_ACCESS_FS_WRITE_FILE | truncate | device;

Ruleset ruleset_of(int abi) {
  Ruleset all{in_own_folder | nowhere | device, bind_tcp | connect_tcp, abstract_unix_and_signals};
  if (abi < 2) all.files &= ~refer;
  if (abi < 3) all.files &= ~truncate;
  if (abi < 4) all.ports = 0;
  if (abi < 5) all.files &= ~device;
  if (abi < 6) all.scoped = 0;
  return all;
}

class Descriptor {
 public:
  explicit Descriptor(long number) : number_{static_cast<int>(number)} {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Error refused(const std::string& what) {
  return Error{Code::internal, "landlock: " + what + ": " + std::strerror(errno)};
}

Result<Done> allow_path(const Descriptor& rules, const std::string& path, std::uint64_t access) {
  const Descriptor there{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  if (there.number() < 0) return Error{Code::invalid_config, path + ": " + std::strerror(errno)};
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = there.number();
  if (::syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return refused(path);
  return Done{};
}

Result<Done> allow_port(const Descriptor& rules, std::uint16_t port, std::uint64_t access) {
  const PortRule rule{access, port};
  if (::syscall(SYS_landlock_add_rule, rules.number(), rule_port, &rule, 0) != 0)
    return refused("port " + std::to_string(port));
  return Done{};
}

}  // namespace

int landlock_abi() {
  const auto abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

Result<Done> landlock(const Confinement& what, int abi) {
  const auto all = ruleset_of(abi);
  // A kernel that knows less takes a longer structure whose rest is 0.
  const Descriptor rules{::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0)};
  if (rules.number() < 0) return refused("no rules");
  for (const auto& path : what.write_below)
    if (auto done = allow_path(rules, path, in_own_folder & all.files); !done) return done;
  if (auto done = allow_path(rules, "/dev/null", to_a_file & all.files); !done) return done;
  for (const auto& path : what.write_to)
    if (auto done = allow_path(rules, path, to_a_file & all.files); !done) return done;
  if (all.ports != 0) {
    for (const auto port : what.bind_ports)
      if (auto done = allow_port(rules, port, bind_tcp); !done) return done;
    for (const auto port : what.may_connect ? what.connect_ports : std::vector<std::uint16_t>{})
      if (auto done = allow_port(rules, port, connect_tcp); !done) return done;
  }
  if (::syscall(SYS_landlock_restrict_self, rules.number(), 0) != 0) return refused("not taken");
  return Done{};
}

}  // namespace weir::net
