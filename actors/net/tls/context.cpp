#include "actors/net/tls/context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

namespace weir::net::tls {
namespace {

/// The newest entry of OpenSSL's error queue, for people; empties the queue. In the system's words
/// where the system said no: OpenSSL's own words for that are "system lib".
std::string openssl_reason() {
  unsigned long last = 0;
  for (auto code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    last = code;
    if (!ERR_SYSTEM_ERROR(code)) continue;
    ERR_clear_error();
    return std::generic_category().message(ERR_GET_REASON(code));
  }
  if (last == 0) return "unknown reason";
  const char* reason = ERR_reason_error_string(last);
  return reason != nullptr ? reason : "error " + std::to_string(last);
}

Error file_error(const std::string& file) {
  std::error_code ignored;  // OpenSSL opens a directory, and finds nothing in it
  if (std::filesystem::is_directory(file, ignored)) {
    ERR_clear_error();
    return {Code::invalid_config, file + ": Is a directory"};
  }
  return {Code::invalid_config, file + ": " + openssl_reason()};
}

Result<Context> make(const SSL_METHOD* method, int version_min) {
  Context context{SSL_CTX_new(method), SSL_CTX_free};
  if (!context) return Error{Code::invalid_config, "TLS: " + openssl_reason()};
  SSL_CTX_set_min_proto_version(context.get(), version_min);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  return context;
}

/// Keys stand in files of mode 0600, not behind passphrases: a daemon has nobody to ask.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Done> load_identity(SSL_CTX* context, const TlsFiles& files) {
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, files.cert.c_str()) != 1)
    return file_error(files.cert);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return file_error(files.key);
  if (SSL_CTX_check_private_key(context) != 1)
    return Error{Code::invalid_config, files.key + ": does not belong to " + files.cert};
  return Done{};
}

Result<Context> link_context(const SSL_METHOD* method, const TlsFiles& files) {
  WEIR_TRY(Context context, make(method, TLS1_3_VERSION));
  WEIR_TRY([[maybe_unused]] const Done done, load_identity(context.get(), files));
  if (SSL_CTX_load_verify_file(context.get(), files.ca.c_str()) != 1) return file_error(files.ca);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

/// The URI subject alternative names of a certificate.
/// errors  unauthorized: a name with an embedded NUL, which C code might read differently.
Result<std::vector<std::string>> uris_of(X509* certificate) {
  std::vector<std::string> uris;
  // A second such extension makes this null: then there are no names at all.
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> names{
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free};
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    std::string uri{reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                    static_cast<std::size_t>(ASN1_STRING_length(text))};
    if (uri.find('\0') != std::string::npos)
      return Error{Code::unauthorized, "a name with an embedded NUL"};
    uris.push_back(std::move(uri));
  }
  return uris;
}

bool plain_name(const std::string& text) {
  return !text.empty() && text.size() <= 63 && text[0] != '.' &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789._-") == std::string::npos;
}

/// `weir://<cluster>/<role>/<name>` into its parts; false when it is anything else.
bool parse_identity(const std::string& uri, PeerIdentity& out) {
  const std::string rest = uri.substr(std::strlen("weir://"));
  const auto first = rest.find('/');
  const auto second = first == std::string::npos ? first : rest.find('/', first + 1);
  if (second == std::string::npos) return false;
  out.cluster = rest.substr(0, first);
  out.role = rest.substr(first + 1, second - first - 1);
  out.name = rest.substr(second + 1);
  return plain_name(out.cluster) && plain_name(out.name) &&
         (out.role == "coordinator" || out.role == "agent");
}

}  // namespace

Result<Context> link_server_context(const TlsFiles& files) {
  return link_context(TLS_server_method(), files);
}

Result<Context> link_client_context(const TlsFiles& files) {
  return link_context(TLS_client_method(), files);
}

Result<Context> https_server_context(const TlsFiles& files) {
  WEIR_TRY(Context context, make(TLS_server_method(), TLS1_2_VERSION));
  WEIR_TRY([[maybe_unused]] const Done done, load_identity(context.get(), files));
  return context;
}

Result<Context> https_client_context(const std::string& ca_file) {
  WEIR_TRY(Context context, make(TLS_client_method(), TLS1_2_VERSION));
  const bool loaded = ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                          : SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) == 1;
  if (!loaded) return file_error(ca_file.empty() ? "the system's CA certificates" : ca_file);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

Result<PeerIdentity> identity_of(X509* certificate) {
  WEIR_TRY(const auto uris, uris_of(certificate));
  PeerIdentity identity;
  int identities = 0, tiers = 0;
  for (const auto& uri : uris) {
    if (uri.rfind("weir://", 0) == 0) {
      ++identities;
      if (!parse_identity(uri, identity)) return Error{Code::unauthorized, "malformed Weir name"};
    } else if (uri.rfind("weir-tier:", 0) == 0) {
      ++tiers;
      identity.tier = parse_tier(uri.substr(std::strlen("weir-tier:")));
      if (!identity.tier) return Error{Code::unauthorized, "malformed tier"};
    }
  }
  if (identities != 1 || tiers > 1)
    return Error{Code::unauthorized, "the certificate must hold one Weir name and one tier"};
  if ((identity.role == "agent") != identity.tier.has_value())
    return Error{Code::unauthorized, "agents have a tier, coordinators none"};
  return identity;
}

Result<PeerIdentity> peer_identity(SSL* ssl) {
  const std::unique_ptr<X509, void (*)(X509*)> certificate{SSL_get1_peer_certificate(ssl),
                                                           X509_free};
  if (!certificate) return Error{Code::unauthorized, "no certificate"};
  if (SSL_get_verify_result(ssl) != X509_V_OK)
    return Error{Code::unauthorized, "certificate not verified"};
  return identity_of(certificate.get());
}

Session::Session(const Context& context, int descriptor, bool server,
                 const std::string& server_name)
    : ssl_{SSL_new(context.get())} {
  WEIR_ASSERT(ssl_ != nullptr);
  SSL_set_fd(ssl_, descriptor);
  if (server) {
    SSL_set_accept_state(ssl_);
    return;
  }
  SSL_set_connect_state(ssl_);
  if (server_name.empty()) return;
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), server_name.c_str()) == 1) return;
  SSL_set_tlsext_host_name(ssl_, server_name.c_str());
  SSL_set1_host(ssl_, server_name.c_str());
}

Session::~Session() { SSL_free(ssl_); }

Want Session::after(int returned) {
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
      return Want::read;
    case SSL_ERROR_WANT_WRITE:
      return Want::write;
    case SSL_ERROR_ZERO_RETURN:
      return Want::closed;
    case SSL_ERROR_SYSCALL:
      failure_ = errno != 0 ? std::strerror(errno) : "connection closed";
      ERR_clear_error();
      return Want::closed;
    default:
      break;
  }
  const long verified = SSL_get_verify_result(ssl_);
  const auto reason = openssl_reason();
  failure_ = verified == X509_V_OK ? reason : std::string{X509_verify_cert_error_string(verified)};
  return Want::failed;
}

Want Session::handshake() {
  errno = 0;
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_);
  return done == 1 ? Want::nothing : after(done);
}

bool Session::hello_seen() const {
  const auto state = SSL_get_state(ssl_);
  return state != TLS_ST_BEFORE && state != TLS_ST_SR_CLNT_HELLO;
}

Want Session::read(std::span<std::byte> into, std::size_t& got) {
  errno = 0;
  ERR_clear_error();
  got = 0;
  return SSL_read_ex(ssl_, into.data(), into.size(), &got) == 1 ? Want::nothing : after(0);
}

Want Session::write(std::span<const std::byte> from, std::size_t& put) {
  errno = 0;
  ERR_clear_error();
  put = 0;
  return SSL_write_ex(ssl_, from.data(), from.size(), &put) == 1 ? Want::nothing : after(0);
}

bool Session::pending() const { return SSL_pending(ssl_) > 0; }

void Session::shutdown() {
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::string Session::failure() const { return failure_; }

}  // namespace weir::net::tls
