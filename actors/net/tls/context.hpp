// TLS contexts and TLS on a descriptor: OpenSSL reads and writes the socket itself
// (SSL_set_fd), Asio only says when it is ready. Costs 20 KB a connection, not 78.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/result.hpp"
#include "schema/types/settings.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;
typedef struct x509_st X509;

namespace weir::net::tls {

/// A shared, immutable TLS configuration. Replace it to rotate certificates: connections keep
/// the one they began with.
using Context = std::shared_ptr<SSL_CTX>;

/// Mutual TLS 1.3 for links: both sides show a certificate of `files.ca`; no tickets, no 0-RTT.
/// errors  invalid_config naming the file that cannot be read or does not fit.
Result<Context> link_server_context(const TlsFiles& files);
Result<Context> link_client_context(const TlsFiles& files);
/// TLS 1.2+ server for HTTP clients; asks for no client certificate.
Result<Context> https_server_context(const TlsFiles& files);
/// TLS 1.2+ client that verifies the server's name against `ca_file` (empty: the system's).
Result<Context> https_client_context(const std::string& ca_file);

/// Reads role, name and tier from the verified peer certificate's URI SAN
/// `weir://<cluster>/<role>/<name>` and, for agents, `weir-tier:<L0|L1|L2>`.
/// errors  unauthorized: no certificate, or none of these names in it.
Result<PeerIdentity> peer_identity(SSL* ssl);
/// The same for a certificate in hand (`weir certs show`, tests).
Result<PeerIdentity> identity_of(X509* certificate);

/// What a non-blocking TLS call wants next.
enum class Want { nothing, read, write, closed, failed };

/// One TLS session over a non-blocking descriptor that somebody else owns and waits for. The
/// process must ignore SIGPIPE: OpenSSL writes to the descriptor itself.
class Session {
 public:
  /// `server_name` sets SNI and is verified (https clients); empty: neither.
  Session(const Context& context, int descriptor, bool server, const std::string& server_name);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// nothing: done. read/write: call again when the descriptor is ready for it.
  Want handshake();
  /// A server's handshake: the client has said a whole ClientHello.
  bool hello_seen() const;
  /// Reads up to into.size() bytes; `got` > 0 exactly when nothing is returned.
  Want read(std::span<std::byte> into, std::size_t& got);
  /// Writes a prefix of `from`; `put` > 0 exactly when nothing is returned. After read/write
  /// the same bytes must be offered again (they may stand elsewhere, and may be more).
  Want write(std::span<const std::byte> from, std::size_t& put);
  /// Whether bytes already decrypted wait inside (no readiness will announce them).
  bool pending() const;
  /// Sends close_notify, best effort.
  void shutdown();
  SSL* native() const { return ssl_; }
  /// Why the last call failed; for logs. Holds no content.
  std::string failure() const;

 private:
  Want after(int returned);

  SSL* ssl_;
  std::string failure_;
};

}  // namespace weir::net::tls
