#include "tests/actors/net/tls/leaves.hpp"
#include "tests/actors/net/tls/session_pair.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <fstream>

using namespace weir;
using namespace weir::net;
using namespace weir::net::tls;

namespace {

struct Link {
  Context server() const { return *link_server_context(server_files); }
  Context client() const { return *link_client_context(client_files); }

  CaFolder ca;
  TlsFiles server_files = ca.issue("coordinator", "c1", std::nullopt);
  TlsFiles client_files = ca.issue("agent", "gpu-01", Tier::l1);
};

/// A client as somebody else might configure it.
Context foreign_client(const TlsFiles* files, int version_max) {
  Context context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SSL_CTX_set_max_proto_version(context.get(), version_max);
  if (files != nullptr) {
    REQUIRE(SSL_CTX_use_certificate_chain_file(context.get(), files->cert.c_str()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), files->key.c_str(), SSL_FILETYPE_PEM) == 1);
  }
  return context;
}

}  // namespace

TEST_CASE("session: both sides of a link learn who the other is, over TLS 1.3") {
  Link link;
  SessionPair pair{link.server(), link.client()};
  REQUIRE(pair.handshake());
  CHECK(SSL_version(pair.server->native()) == TLS1_3_VERSION);
  const auto agent = peer_identity(pair.server->native());
  REQUIRE(agent);
  CHECK(agent->name == "gpu-01");
  CHECK(agent->tier == Tier::l1);
  const auto coordinator = peer_identity(pair.client->native());
  REQUIRE(coordinator);
  CHECK(coordinator->role == "coordinator");
}

TEST_CASE("session: a link offers nothing to resume and takes no early data") {
  Link link;
  SessionPair pair{link.server(), link.client()};
  REQUIRE(pair.handshake());
  CHECK(SSL_SESSION_is_resumable(SSL_get_session(pair.client->native())) == 0);
  CHECK(SSL_SESSION_has_ticket(SSL_get_session(pair.client->native())) == 0);
  CHECK(SSL_get_max_early_data(pair.server->native()) == 0);
}

TEST_CASE("session: a client that speaks only TLS 1.2 is refused on a link") {
  Link link;
  SessionPair old{link.server(), foreign_client(&link.client_files, TLS1_2_VERSION)};
  CHECK_FALSE(old.handshake());
  SessionPair recent{link.server(), foreign_client(&link.client_files, TLS1_3_VERSION)};
  CHECK(recent.handshake());
}

TEST_CASE("session: a client without a certificate is refused on a link") {
  Link link;
  SessionPair pair{link.server(), foreign_client(nullptr, TLS1_3_VERSION)};
  CHECK_FALSE(pair.handshake());
  CHECK(pair.server->failure() == "peer did not return a certificate");
  CHECK_FALSE(peer_identity(pair.server->native()));
}

TEST_CASE("session: certificates of another authority are refused by either side") {
  Link link;
  CaFolder strangers;
  auto files = strangers.issue("agent", "gpu-01", Tier::l1);
  files.ca = link.server_files.ca;
  SessionPair client{link.server(), *link_client_context(files)};
  CHECK_FALSE(client.handshake());

  auto impostor = strangers.issue("coordinator", "c1", std::nullopt);
  impostor.ca = link.server_files.ca;
  SessionPair server{*link_server_context(impostor), link.client()};
  CHECK_FALSE(server.handshake());
}

TEST_CASE("session: expired, future and wrong-purpose certificates are refused") {
  Link link;
  const std::vector<std::string> names{"weir://test/agent/gpu-02", "weir-tier:L0"};
  const auto passes = [&](const LeafOrder& order) {
    const auto files = sign_leaf(link.ca, "odd", order);
    SessionPair pair{link.server(), *link_client_context(files)};
    return pair.handshake();
  };
  CHECK(passes({names}));
  CHECK_FALSE(passes({names, -7'200, -3'600}));
  CHECK_FALSE(passes({names, 3'600, 7'200}));
  CHECK_FALSE(passes({names, -3'600, 3'600, "serverAuth"}));
}

TEST_CASE("session: a megabyte passes, in pieces that may move between attempts to write") {
  Link link;
  SessionPair pair{link.server(), link.client()};
  REQUIRE(pair.handshake());
  std::string sent(1'000'000, '\0'), got;
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 3);
  std::size_t at = 0;
  bool blocked = false;
  std::vector<std::byte> in(20'000);
  while (got.size() < sent.size()) {
    for (Want want = Want::nothing; want == Want::nothing && at < sent.size();) {
      const std::string copy = sent.substr(at);  // somewhere else each time
      std::size_t put = 0;
      want = pair.client->write(std::as_bytes(std::span{copy.data(), copy.size()}), put);
      REQUIRE((want == Want::nothing || want == Want::write));
      CHECK((put > 0) == (want == Want::nothing));
      blocked = blocked || want == Want::write;
      at += put;
    }
    std::size_t n = 0;
    REQUIRE(pair.server->read(in, n) == Want::nothing);
    got.append(reinterpret_cast<const char*>(in.data()), n);
  }
  CHECK(blocked);
  CHECK(got == sent);
}

TEST_CASE("session: a goodbye reads as closed, and a dead peer never as data") {
  Link link;
  std::array<std::byte, 8> in{};
  std::size_t n = 0;
  SessionPair polite{link.server(), link.client()};
  REQUIRE(polite.handshake());
  CHECK(polite.client->read(in, n) == Want::read);
  polite.server->shutdown();
  CHECK(polite.client->read(in, n) == Want::closed);
  SessionPair dead{link.server(), link.client()};
  REQUIRE(dead.handshake());
  dead.cut_server();
  const auto want = dead.client->read(in, n);
  CHECK((want == Want::failed || want == Want::closed));
  CHECK(n == 0);
  CHECK_FALSE(dead.client->failure().empty());
}

TEST_CASE("session: bytes that are decrypted but unread are announced as pending") {
  Link link;
  SessionPair pair{link.server(), link.client()};
  REQUIRE(pair.handshake());
  const std::array<std::byte, 100> out{};
  std::array<std::byte, 60> in{};
  std::size_t n = 0;
  REQUIRE(pair.server->write(out, n) == Want::nothing);
  REQUIRE(pair.client->read(in, n) == Want::nothing);
  CHECK(pair.client->pending());
  REQUIRE(pair.client->read(in, n) == Want::nothing);
  CHECK(n == 40);
  CHECK_FALSE(pair.client->pending());
}

TEST_CASE("https: the client checks the server's name or address, and its authority") {
  Link link;
  const auto server = *https_server_context(link.server_files);
  const auto client = *https_client_context(link.server_files.ca);
  const auto passes = [&](const Context& with, const std::string& name) {
    SessionPair pair{server, with, name};
    return pair.handshake();
  };
  CHECK(passes(client, "localhost"));
  CHECK(passes(client, "127.0.0.1"));
  CHECK(passes(client, "::1"));
  CHECK_FALSE(passes(client, "example.com"));
  CHECK_FALSE(passes(client, "127.0.0.2"));
  CaFolder strangers;
  CHECK_FALSE(passes(*https_client_context(strangers.file("ca.pem")), "localhost"));
}

TEST_CASE("https: clients of TLS 1.2 without a certificate are welcome") {
  Link link;
  SessionPair pair{*https_server_context(link.server_files),
                   foreign_client(nullptr, TLS1_2_VERSION)};
  CHECK(pair.handshake());
  CHECK(SSL_version(pair.server->native()) == TLS1_2_VERSION);
}

TEST_CASE("context: a file that is missing, damaged or does not fit is named") {
  Link link;
  const auto fails_at = [&](TlsFiles files, const std::string& file) {
    const auto made = link_server_context(files);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Code::invalid_config);
    CHECK(made.error().detail.find(file) == 0);
  };
  auto files = link.server_files;
  files.cert = link.ca.file("absent.pem");
  fails_at(files, files.cert);
  files = link.server_files;
  files.ca = link.ca.file("absent.pem");
  fails_at(files, files.ca);
  files = link.server_files;
  files.key = link.client_files.key;
  fails_at(files, files.key);
  files.key = link.ca.file("damaged.pem");
  std::ofstream{files.key} << "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  fails_at(files, files.key);
  CHECK_FALSE(https_client_context(link.ca.file("absent.pem")));
}

TEST_CASE("context: a key behind a passphrase is refused, and nobody is asked for it") {
  Link link;
  auto files = link.server_files;
  files.key = link.ca.file("sealed.pem");
  const certs::Bio out{BIO_new_file(files.key.c_str(), "w"), BIO_free};
  const auto key = new_key();
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), "secret", 6,
                                        nullptr, nullptr) == 1);
  REQUIRE(BIO_flush(out.get()) == 1);
  CHECK_FALSE(link_server_context(files));
}

TEST_CASE(
    "session: a server tells a client that said nothing, or half a hello, from one that spoke") {
  Link link;
  SessionPair pair{link.server(), link.client()};
  CHECK(pair.server->handshake() == Want::read);
  CHECK_FALSE(pair.server->hello_seen());
  std::array<int, 2> fds{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) == 0);
  {
    // A record of 512 bytes that begins a ClientHello, and no more of it.
    const std::array<unsigned char, 11> half{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3};
    Session server{link.server(), fds[0], true, ""};
    REQUIRE(::write(fds[1], half.data(), half.size()) == static_cast<ssize_t>(half.size()));
    CHECK(server.handshake() == Want::read);
    CHECK_FALSE(server.hello_seen());
  }
  for (const int fd : fds) ::close(fd);
  CHECK(pair.client->handshake() == Want::read);
  CHECK(pair.server->handshake() == Want::read);
  CHECK(pair.server->hello_seen());
}
