// Strangers at the door: silent ones must lock nobody out, and who was refused can be seen.
#include "actors/net/link/say.hpp"
#include "tests/actors/net/link/raw_peer.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

using namespace weir;
using namespace weir::net;
using namespace weir::net::link;
using asio::ip::tcp;

namespace {

/// Connects and says nothing; comes back as soon as it is closed.
class Silent {
 public:
  Silent(asio::io_context& io, std::uint16_t port) : socket_{io}, port_{port} { connect(); }
  void stop() {
    port_ = 0;
    asio::error_code ignored;
    socket_.close(ignored);
  }

 private:
  void connect() {
    if (port_ == 0) return;
    asio::error_code ignored;
    socket_.close(ignored);
    socket_.async_connect({asio::ip::address_v4::loopback(), port_}, [this](asio::error_code e) {
      if (e == asio::error::operation_aborted) return;
      socket_.async_read_some(asio::buffer(&byte_, 1), [this](asio::error_code r, std::size_t) {
        if (r != asio::error::operation_aborted) connect();
      });
    });
  }

  tcp::socket socket_;
  std::uint16_t port_;
  char byte_ = 0;
};

/// Catches what is logged while it lives.
class Caught {
 public:
  Caught() : before_{spdlog::default_logger()} {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~Caught() { spdlog::set_default_logger(before_); }
  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;

  std::size_t count(const std::string& what) const {
    const auto all = text_.str();
    std::size_t n = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + 1)) ++n;
    return n;
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

}  // namespace

TEST_CASE("hub: four hundred silent clients that come back at once do not lock an agent out") {
  Pair pair;
  std::vector<std::unique_ptr<Silent>> silent;
  for (int i = 0; i < 400; ++i) silent.push_back(std::make_unique<Silent>(pair.io, pair.port));
  REQUIRE(pump(pair.io, [&] { return pair.server->stats().handshakes_failed > 100; }));
  Recorder at_late;
  Hub late{pair.io, {}, hello_of(5), at_late};
  late.connect({{"127.0.0.1", pair.port}}, *tls::link_client_context(pair.folder.files("agent")),
               "test");
  CHECK(pump(pair.io, [&] { return !at_late.links.empty(); }));
  CHECK(pair.at_client.down.empty());
  for (auto& s : silent) s->stop();
  pump(pair.io, [n = 0]() mutable { return ++n > 3; });
}

TEST_CASE("hub: a silent handshake loses its place to one that waits, long before its deadline") {
  LinkLimits limits;
  limits.handshakes_max = 2;
  limits.first_byte_deadline = limits.handshake_deadline = Millis{60'000};
  Pair pair{limits};
  std::vector<tcp::socket> silent;
  for (int i = 0; i < 4; ++i) {
    silent.emplace_back(pair.io);
    silent.back().connect({asio::ip::address_v4::loopback(), pair.port});
  }
  Recorder at_late;
  Hub late{pair.io, {}, hello_of(5), at_late};
  late.connect({{"127.0.0.1", pair.port}}, *tls::link_client_context(pair.folder.files("agent")),
               "test");
  CHECK(pump(pair.io, [&] { return !at_late.links.empty(); }));
  CHECK(pair.server->stats().handshakes_failed >= 2);
}

TEST_CASE("hub: a client that says nothing is closed at the first byte's deadline") {
  LinkLimits limits;
  limits.first_byte_deadline = Millis{50};
  limits.handshake_deadline = Millis{60'000};
  Pair pair{limits};
  Caught caught;
  tcp::socket silent{pair.io};
  silent.connect({asio::ip::address_v4::loopback(), pair.port});
  REQUIRE(pump(pair.io, [&] { return pair.server->stats().handshakes_failed == 1; }));
  const auto from = "from=127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  CHECK(caught.count("warning") == 1);
  CHECK(caught.count(from + " why=\"it said nothing\" times=1") == 1);
}

TEST_CASE("hub: of 250 refused alike, the log shows three") {
  Pair pair;
  Caught caught;
  for (std::uint64_t i = 0; i < 250; ++i) {
    tcp::socket hasty{pair.io};
    hasty.connect({asio::ip::address_v4::loopback(), pair.port});
    asio::write(hasty, asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
    REQUIRE(pump(pair.io, [&] { return pair.server->stats().handshakes_failed > i; }));
  }
  CHECK(caught.count("link refused from=127.0.0.1:") == 3);
  CHECK(caught.count("times=201") == 1);
}

TEST_CASE("hub: a link that ends before its hello is logged with its peer and the reason") {
  Pair pair;
  pair.folder.issue("agent", "odd", Tier::l0);
  RawPeer odd{pair.io, pair.port, pair.folder.files("odd")};
  Caught caught;
  odd.send(Ping{1, false});
  CHECK(odd.closed());
  REQUIRE(pump(pair.io, [&] { return caught.count("link refused") == 1; }));
  CHECK(caught.count("from=127.0.0.1:") == 1);
  CHECK(caught.count("peer=odd why=\"before its hello: protocol error: a message before") == 1);
}

TEST_CASE("say: a peer's text cannot end a log line, open a field or move the cursor") {
  CHECK(printable("weir 0.1.0 (linux)") == "weir 0.1.0 (linux)");
  CHECK(printable("a\nb\r\x1b[2J\x7f\"q\\\xc3\xa4") == "a?b??[2J??q???");
}

TEST_CASE("say: strangers cannot fill the memory of what was said") {
  Sparse sparse;
  std::size_t said = 0;
  for (int i = 0; i < 10'000; ++i) said += sparse.due(std::to_string(i)) > 0 ? 1 : 0;
  CHECK(said < 200);
}
