#include "actors/net/certs/certs.hpp"
#include "coordinator/client/sigpipe.hpp"
#include "coordinator/client/weir.hpp"
#include "tests/coordinator/client/fake_coordinator.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

namespace {

using namespace weir::client;
using namespace weir::client::testing;
using weir::net::http::ExchangePtr;
using weir::net::http::Request;

/// An authority with a certificate for a server on 127.0.0.1.
struct Authority {
  Authority() {
    auto name = (std::filesystem::temp_directory_path() / "weir-https-XXXXXX").string();
    dir = ::mkdtemp(name.data());
    REQUIRE(weir::net::certs::init(dir, "test"));
    REQUIRE(weir::net::certs::issue(dir, {"coordinator", "c", std::nullopt, {"127.0.0.1"}}));
  }
  ~Authority() { std::filesystem::remove_all(dir); }
  std::string file(const std::string& name) const { return dir + "/" + name; }
  std::string dir;
};

Client client_of(const std::string& url, const std::string& ca_file) {
  Options options;
  options.urls = {url};
  options.ca_file = ca_file;
  return Client{options};
}

}  // namespace

TEST_CASE("client: https, a server of the named authority is trusted, any other is not asked") {
  const Authority authority, stranger;
  const auto context = weir::net::tls::https_server_context(
      {"", authority.file("c.pem"), authority.file("c-key.pem")});
  REQUIRE(context);
  FakeCoordinator fake{[](Request, ExchangePtr exchange) {
                         exchange->respond({200, {}, "fine"});
                       },
                       *context};
  const auto body = client_of(fake.url(), authority.file("ca.pem")).get("/");
  REQUIRE(body);
  CHECK(*body == "fine");
  const auto refused = client_of(fake.url(), stranger.file("ca.pem")).get("/");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "unreachable");
  CHECK(fake.seen().size() == 1);
}

TEST_CASE("client: https with an authority's file that is none, invalid_config") {
  const auto body = client_of("https://127.0.0.1:1", "/nowhere/ca.pem").get("/");
  REQUIRE_FALSE(body);
  CHECK(body.error().code == "invalid_config");
}

TEST_CASE("client: a SIGPIPE that arises within a call is swallowed, one before it is kept") {
  {
    const SigpipeBlocked blocked;
    pthread_kill(pthread_self(), SIGPIPE);  // would end this test
  }
  const SigpipeBlocked outer;
  pthread_kill(pthread_self(), SIGPIPE);
  { const SigpipeBlocked inner; }
  sigset_t pending;
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 1);
}
