#include "actors/net/certs/certs.hpp"
#include "actors/net/http/client.hpp"
#include "tests/actors/net/http/served.hpp"

#include <cstdlib>
#include <filesystem>

namespace {

using namespace weir;
using namespace weir::net;
using namespace weir::net::http;
using namespace weir::net::http::test;

/// A CA and one certificate for 127.0.0.1 and localhost, in a folder of their own.
struct Certificates {
  Certificates() {
    auto pattern = (std::filesystem::temp_directory_path() / "weir-https-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    dir = pattern;
    REQUIRE(certs::init(dir, "test"));
    REQUIRE(certs::issue(dir, {"coordinator", "web", std::nullopt, {"127.0.0.1", "localhost"}}));
  }
  ~Certificates() { std::filesystem::remove_all(dir); }

  tls::Context server() const {
    auto context = tls::https_server_context({"", dir + "/web.pem", dir + "/web-key.pem"});
    REQUIRE(context);
    return *context;
  }
  tls::Context client() const {
    auto context = tls::https_client_context(dir + "/ca.pem");
    REQUIRE(context);
    return *context;
  }
  std::string dir;
};

std::optional<Result<Response>> call(Served& served, Client& client, const std::string& host,
                                     std::string body = "") {
  std::optional<Result<Response>> got;
  ClientRequest request;
  request.method = "POST";
  request.body = std::move(body);
  fetch(client, {true, host, served.port, ""}, std::move(request), 64U << 20U,
        [&](Result<Response> r) { got.emplace(std::move(r)); });
  REQUIRE(served.loop.until([&] { return got.has_value(); }, Millis{20'000}));
  return got;
}

}  // namespace

TEST_CASE("https: server and client over TLS, kept alive, small and large") {
  const Certificates certificates;
  Served served{{}, certificates.server()};
  Client client{served.loop.io, certificates.client()};
  const std::string large(5'000'000, 'x');
  served.at_once = Response{200, {}, large};
  for (int i = 0; i < 3; ++i) {
    const auto got = call(served, client, i == 2 ? "localhost" : "127.0.0.1", large);
    REQUIRE(*got);
    CHECK((*got)->body.size() == large.size());
  }
}

TEST_CASE("https: a certificate for another name, or of another CA, is refused") {
  const Certificates certificates, others;
  Served served{{}, certificates.server()};
  served.at_once = Response{};
  Client right{served.loop.io, certificates.client()};
  Client wrong{served.loop.io, others.client()};
  CHECK(*call(served, right, "127.0.0.1"));
  CHECK_FALSE(*call(served, right, "127.0.0.2"));
  CHECK_FALSE(*call(served, wrong, "127.0.0.1"));
}

TEST_CASE("https: a new certificate serves new connections") {
  const Certificates old, fresh;
  Served served{{}, old.server()};
  served.at_once = Response{};
  Client before{served.loop.io, old.client()};
  CHECK(*call(served, before, "127.0.0.1"));
  served.server->replace_tls(fresh.server());
  Client after{served.loop.io, fresh.client()};
  CHECK(*call(served, after, "127.0.0.1"));
  CHECK(*call(served, before, "127.0.0.1"));  // its connection goes on
}

TEST_CASE("https: a streamed answer arrives piece by piece, a client that leaves is gone") {
  const Certificates certificates;
  Served served{{}, certificates.server()};
  Client client{served.loop.io, certificates.client()};
  std::string body;
  ClientAnswer answer;
  answer.on_bytes = [&](std::span<const std::byte> bytes) {
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const auto id = client.start({true, "127.0.0.1", served.port, ""}, {}, answer);
  auto exchange = served.request().exchange;
  bool gone = false;
  exchange->on_gone([&](bool) { gone = true; });
  exchange->begin(200, {});
  exchange->write("one ");
  REQUIRE(served.loop.until([&] { return body == "one "; }));
  exchange->write("two");
  REQUIRE(served.loop.until([&] { return body == "one two"; }));
  client.cancel(id);
  CHECK(served.loop.until([&] { return gone; }, Millis{500}));
}

TEST_CASE("https: plain text, silence and garbage are closed without an answer") {
  const Certificates certificates;
  Limits limits;
  limits.header_deadline = Millis{60};
  Served served{limits, certificates.server()};
  auto plain = Peer::connect(served.port);
  auto silent = Peer::connect(served.port);
  plain.send(get);
  CHECK(served.loop.until([&] { return plain.finished(); }));
  CHECK(served.loop.until([&] { return silent.finished(); }));
  CHECK(plain.received.find("HTTP/") == std::string::npos);
  CHECK(served.asked.empty());
}

TEST_CASE("https: a server that never answers the handshake is timed out") {
  const Certificates certificates;
  Loop loop;
  Listener silent;
  Client client{loop.io, certificates.client()};
  std::optional<Error> error;
  ClientRequest request;
  request.connect_max = Millis{60};
  ClientAnswer answer;
  answer.on_end = [&](Result<Done> how) {
    REQUIRE_FALSE(how);
    error = how.error();
  };
  client.start({true, "127.0.0.1", silent.port(), ""}, request, answer);
  REQUIRE(loop.until([&] { return error.has_value(); }, Millis{2'000}));
  CHECK(error->code == Code::timed_out);
}
