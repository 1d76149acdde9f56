#include "actors/net/confine/confine.hpp"
#include "tests/actors/net/confine/child.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <future>
#include <thread>

using namespace weir;
using namespace weir::net;
using weir::test::in_child;
using weir::test::outcome;

namespace {

sockaddr_in here(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// A TCP listener on loopback; closed at the end.
class Listener {
 public:
  explicit Listener(std::uint16_t port = 0) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    const auto at = here(port);
    good_ = ::bind(socket_, generic(at), sizeof at) == 0 && ::listen(socket_, 8) == 0;
    told_ = outcome(good_);
    sockaddr_in got{};
    socklen_t size = sizeof got;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&got), &size);
    port_ = ntohs(got.sin_port);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::uint16_t port() const { return port_; }
  int socket() const { return socket_; }
  const std::string& told() const { return told_; }

 private:
  int socket_;
  bool good_;
  std::string told_;
  std::uint16_t port_ = 0;
};

std::string reach(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0) return "socket: " + outcome(false);
  const auto to = here(port);
  const auto told = outcome(::connect(s, generic(to), sizeof to) == 0);
  ::close(s);
  return told;
}

std::string reach_unix() {
  const int s = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::snprintf(to.sun_path, sizeof to.sun_path, "/nonexistent/socket");
  const auto told = outcome(::connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  ::close(s);
  return told;
}

std::string reach_fast(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto to = here(port);
  const auto told =
      outcome(::sendto(s, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, generic(to), sizeof to) >= 0);
  ::close(s);
  return told;
}

std::string make_socket(int family, int type, int protocol) {
  const int s = ::socket(family, type, protocol);
  const auto told = outcome(s >= 0);
  if (s >= 0) ::close(s);
  return told;
}

bool offers(int abi) {
  const auto told = in_child([] {
    const auto by = confine({});
    return by && by->seccomp ? std::to_string(by->landlock) : std::string{"-1"};
  });
  const bool enough = std::stoi(told) >= abi;
  if (!enough) MESSAGE("SKIPPED: this kernel lacks seccomp or Landlock " << abi);
  return enough;
}

}  // namespace

TEST_CASE("confine: a process without connect reaches nobody, by no kind of socket") {
  if (!offers(0)) return;
  const Listener listener;
  CHECK(in_child([&] { return reach(listener.port()) + reach_unix(); }) == "ok ENOENT ");
  const auto told = in_child([&] {
    if (!confine({{}, {}, false, {}, {}})) return std::string{"not confined"};
    return reach(listener.port()) + reach_unix() + reach_fast(listener.port());
  });
  CHECK(told == "EPERM EPERM EPERM ");
}

TEST_CASE("confine: a process without connect still listens, before and after it was confined") {
  if (!offers(0)) return;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::promise<std::string> answer;
  std::thread client{[&] {  // the child tells its port; we connect and read what it says
    std::uint16_t port = 0;
    char said[3] = "";
    const bool got = ::read(ends[0], &port, sizeof port) == sizeof port;
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto to = here(port);
    if (got && ::connect(s, generic(to), sizeof to) == 0 && ::recv(s, said, 2, 0) == 2)
      answer.set_value(said);
    else
      answer.set_value("nothing");
    ::close(s);
  }};
  const auto told = in_child([&] {
    const auto by = confine({{}, {}, false, {}, {0}});
    if (!by) return std::string{"not confined"};
    const Listener listener;
    const auto sealed = seal(*by);
    const auto port = listener.port();
    if (!sealed || ::write(ends[1], &port, sizeof port) != sizeof port) return std::string{"?"};
    const int peer = ::accept(listener.socket(), nullptr, nullptr);
    return listener.told() + outcome(::send(peer, "hi", 2, MSG_NOSIGNAL) == 2);
  });
  client.join();
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(told == "ok ok ");
  CHECK(answer.get_future().get() == "hi");
}

TEST_CASE("confine: TCP goes to the named ports and from the named ports") {
  if (!offers(4)) return;
  const Listener named, other;
  std::uint16_t free = 0;
  { free = Listener{}.port(); }
  const auto told = in_child([&] {
    if (!confine({{}, {}, true, {named.port()}, {free}})) return std::string{"not confined"};
    return reach(named.port()) + reach(other.port()) + Listener{free}.told() + Listener{0}.told();
  });
  CHECK(told == "ok EACCES ok EACCES ");
}

TEST_CASE("confine: the rules for ports have no way around") {
  if (!offers(4)) return;
  const Listener other;
  const auto told = in_child([&] {
    if (!confine({{}, {}, true, {1}, {}})) return std::string{"not confined"};
    return reach_fast(other.port()) + make_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) +
           make_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) + make_socket(AF_VSOCK, SOCK_STREAM, 0) +
           make_socket(AF_INET, SOCK_STREAM, 0) + make_socket(AF_INET, SOCK_DGRAM, 0) +
           make_socket(AF_NETLINK, SOCK_RAW, 0);
  });
  CHECK(told == "EPERM EPERM EPERM EPERM ok ok ok ");
}

TEST_CASE("confine: once sealed nothing listens any more, in threads that run already either") {
  if (!offers(0)) return;
  const auto told = [](bool connect) {
    return in_child([connect] {
      const auto by = confine({{}, {}, connect, {}, {0}});
      if (!by) return std::string{"not confined"};
      const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
      std::promise<void> sealed;
      std::string all;
      std::thread early{[&, ready = sealed.get_future()] {
        ready.wait();
        all = outcome(::listen(socket, 1) == 0) + make_socket(AF_INET, SOCK_STREAM, 0) +
              make_socket(AF_INET, SOCK_DGRAM, 0) + make_socket(AF_UNIX, SOCK_STREAM, 0);
      }};
      const auto done = seal(*by);
      sealed.set_value();
      early.join();
      return done ? all : done.error().detail;
    });
  };
  CHECK(told(false) == "EPERM EPERM EPERM EPERM ");
  CHECK(told(true) == "EPERM ok ok ok ");
}
