#include "actors/net/confine/seccomp.hpp"

#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <cerrno>
#include <cstring>
#include <initializer_list>

namespace weir::net {

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;  // LeakSanitizer looks at its own threads with ptrace
#else
constexpr bool sanitized = false;
#endif

constexpr scmp_datum_t low_half = 0xFFFF'FFFFU;  // the kernel reads an int from these bits alone

/// One filter in the making; the first failure is kept.
class Filter {
 public:
  Filter() : context_{seccomp_init(SCMP_ACT_ALLOW)} {
    failed_ = context_ == nullptr ? -ENOMEM : seccomp_attr_set(context_, SCMP_FLTATR_CTL_TSYNC, 1);
  }
  ~Filter() {
    if (context_ != nullptr) seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void deny(std::initializer_list<int> calls, int error = EPERM) {
    for (const int call : calls)
      if (failed_ == 0) failed_ = seccomp_rule_add(context_, SCMP_ACT_ERRNO(error), call, 0);
  }
  /// Denies `call` where an argument is as `when` says.
  void deny_where(int call, scmp_arg_cmp when) {
    if (failed_ == 0) failed_ = seccomp_rule_add(context_, SCMP_ACT_ERRNO(EPERM), call, 1, when);
  }
  Result<Done> load() {
    if (failed_ == 0) failed_ = seccomp_load(context_);
    if (failed_ == 0) return Done{};
    return Error{Code::not_supported, std::string{"seccomp: "} + std::strerror(std::abs(failed_))};
  }

 private:
  scmp_filter_ctx context_;
  int failed_ = 0;
};

void deny_bits(Filter& filter, int call, unsigned argument, scmp_datum_t bits) {
  filter.deny_where(call, SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, bits, bits));
}

void deny_programs_and_peeping(Filter& filter) {
  filter.deny({SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(process_vm_readv),
               SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(perf_event_open),
               SCMP_SYS(bpf), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key),
               SCMP_SYS(request_key), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
               SCMP_SYS(io_uring_register)});
  if (sanitized) return;
  filter.deny({SCMP_SYS(ptrace)});
  // Once private, the memory stays so.
  filter.deny_where(SCMP_SYS(prctl), SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, low_half, PR_SET_DUMPABLE));
}

void deny_the_machine(Filter& filter) {
  filter.deny({SCMP_SYS(mount),         SCMP_SYS(umount2),
               SCMP_SYS(pivot_root),    SCMP_SYS(chroot),
               SCMP_SYS(move_mount),    SCMP_SYS(open_tree),
               SCMP_SYS(fsopen),        SCMP_SYS(fsconfig),
               SCMP_SYS(fsmount),       SCMP_SYS(fspick),
               SCMP_SYS(mount_setattr), SCMP_SYS(setns),
               SCMP_SYS(unshare),       SCMP_SYS(open_by_handle_at),
               SCMP_SYS(kexec_load),    SCMP_SYS(kexec_file_load),
               SCMP_SYS(init_module),   SCMP_SYS(finit_module),
               SCMP_SYS(delete_module), SCMP_SYS(reboot),
               SCMP_SYS(swapon),        SCMP_SYS(swapoff),
               SCMP_SYS(acct),          SCMP_SYS(quotactl),
               SCMP_SYS(settimeofday),  SCMP_SYS(clock_settime),
               SCMP_SYS(ioperm),        SCMP_SYS(iopl)});
  for (const scmp_datum_t space : {CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
                                   CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP})
    deny_bits(filter, SCMP_SYS(clone), 0, space);
  filter.deny({SCMP_SYS(clone3)}, ENOSYS);  // its flags cannot be seen; glibc falls back to clone
}

/// Ways around Landlock's rules for TCP ports, and kinds of sockets that nothing here uses.
void deny_odd_sockets(Filter& filter) {
  filter.deny_where(SCMP_SYS(socket), SCMP_CMP64(0, SCMP_CMP_GT, AF_NETLINK));
  filter.deny_where(SCMP_SYS(socket), SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, low_half, IPPROTO_MPTCP));
  filter.deny_where(SCMP_SYS(socket), SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, low_half, IPPROTO_SCTP));
  deny_bits(filter, SCMP_SYS(sendto), 3, MSG_FASTOPEN);
  deny_bits(filter, SCMP_SYS(sendmsg), 2, MSG_FASTOPEN);
  deny_bits(filter, SCMP_SYS(sendmmsg), 3, MSG_FASTOPEN);
}

}  // namespace

Result<Done> deny_calls(bool connect) {
  Filter filter;
  deny_programs_and_peeping(filter);
  deny_the_machine(filter);
  deny_odd_sockets(filter);
  if (!connect) filter.deny({SCMP_SYS(connect)});
  return filter.load();
}

Result<Done> deny_listeners(bool connect) {
  Filter filter;
  filter.deny({SCMP_SYS(listen)});
  if (!connect) filter.deny({SCMP_SYS(socket), SCMP_SYS(bind)});
  return filter.load();
}

}  // namespace weir::net
