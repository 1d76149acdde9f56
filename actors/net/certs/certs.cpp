#include "actors/net/certs/certs.hpp"

#include "actors/net/certs/openssl_pointers.hpp"
#include "actors/net/tls/context.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace weir::net::certs {
namespace {

namespace fs = std::filesystem;

constexpr long day_s = 86'400;
constexpr long ca_days = 3'650;
constexpr long leaf_days = 365;
/// Certificates begin a little in the past: clocks of an organisation are never quite equal.
constexpr long backdate_s = 3'600;

Error wrong(const std::string& what) { return {Code::invalid_config, what}; }

bool only(const std::string& text, const char* allowed) {
  return !text.empty() && text.size() <= 63 && text.find_first_not_of(allowed) == std::string::npos;
}

/// What X.520 allows in a common name or an organisation.
constexpr std::size_t subject_bytes_max = 64;

constexpr const char* lower_digits_dash = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr const char* name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/// What PEM_write_bio_* wrote, as text.
std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// A file written beside its place, not yet moved there; removed again where it never is.
class Staged {
 public:
  explicit Staged(std::string file) : file_{std::move(file)}, fresh_{file_ + ".new"} {}
  ~Staged() {
    if (written_) ::unlink(fresh_.c_str());
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;

  Result<Done> write(const std::string& text, mode_t mode) {
    ::unlink(fresh_.c_str());
    const int fd = ::open(fresh_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return wrong(fresh_ + ": " + std::strerror(errno));
    written_ = true;
    const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool safe = whole && ::fsync(fd) == 0;
    const int error = errno;
    ::close(fd);
    if (!safe) return wrong(fresh_ + ": " + std::strerror(error));
    return Done{};
  }
  /// Readers see the old file or the new one, whole. `exclusive` refuses to replace, also where
  /// two do this at once.
  Result<Done> move(bool exclusive) {
    const bool moved = (exclusive ? ::link(fresh_.c_str(), file_.c_str())
                                  : ::rename(fresh_.c_str(), file_.c_str())) == 0;
    if (!moved) return wrong(file_ + ": " + std::strerror(errno));
    if (!exclusive) written_ = false;
    return Done{};
  }

 private:
  std::string file_, fresh_;
  bool written_ = false;
};

/// Makes what was moved into `dir` last through a power cut.
Result<Done> sync_folder(const std::string& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return wrong(dir + ": " + std::strerror(errno));
  // Some file systems cannot do it for folders, and need not.
  const bool safe = ::fsync(fd) == 0 || errno == EINVAL;
  const int error = errno;
  ::close(fd);
  if (!safe) return wrong(dir + ": " + std::strerror(error));
  return Done{};
}

Result<Key> new_key() {
  Key key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  if (!key) return wrong("cannot make a key");
  return key;
}

std::string pem(const Key& key) {
  const Bio bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

std::string pem(const Certificate& certificate) {
  const Bio bio{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_X509(bio.get(), certificate.get());
  return text_of(bio.get());
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

/// A certificate with serial, validity and subject, not yet extended or signed.
Result<Certificate> blank(const std::string& common_name, const std::string& organisation,
                          const Key& key, long days) {
  Certificate certificate{X509_new(), X509_free};
  std::array<unsigned char, 16> serial{};
  if (!certificate || RAND_bytes(serial.data(), serial.size()) != 1)
    return wrong("cannot make a certificate");
  serial[0] &= 0x7F;
  X509_set_version(certificate.get(), X509_VERSION_3);
  BIGNUM* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -backdate_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * day_s);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  // Cut where it is too long: the common name is for people, identities stand in the SANs.
  const auto add = [&](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(
               subject, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
               static_cast<int>(std::min(value.size(), subject_bytes_max)), -1, 0) == 1;
  };
  if (!add("O", organisation) || !add("CN", common_name))
    return wrong("cannot name '" + common_name + "' in a certificate");
  X509_set_pubkey(certificate.get(), key.get());
  return certificate;
}

/// A CA's key stands in a file of mode 0600, not behind a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

struct Ca {
  Certificate certificate;
  Key key;
};

Result<Ca> load_ca(const std::string& dir) {
  const auto cert_file = (fs::path{dir} / "ca.pem").string();
  const auto key_file = (fs::path{dir} / "ca-key.pem").string();
  const Bio cert{BIO_new_file(cert_file.c_str(), "r"), BIO_free};
  const Bio key{BIO_new_file(key_file.c_str(), "r"), BIO_free};
  if (!cert) return wrong(cert_file + ": cannot be read (make it with: weir certs init)");
  if (!key) return wrong(key_file + ": cannot be read");
  Ca ca{{PEM_read_bio_X509(cert.get(), nullptr, nullptr, nullptr), X509_free},
        {PEM_read_bio_PrivateKey(key.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free}};
  if (!ca.certificate || !ca.key) return wrong(dir + ": ca.pem or ca-key.pem is damaged");
  if (X509_check_private_key(ca.certificate.get(), ca.key.get()) != 1)
    return wrong(key_file + ": does not belong to ca.pem");
  return ca;
}

/// The cluster that a CA was made for: its subject's organisation.
std::string cluster_of(X509* ca) {
  std::array<char, 128> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(ca), NID_organizationName, text.data(),
                            static_cast<int>(text.size()));
  return text.data();
}

Result<std::string> alternative_names(const IssueOrder& order, const std::string& cluster) {
  std::string names = "URI:weir://" + cluster + "/" + order.role + "/" + order.name;
  if (order.tier) names += ",URI:weir-tier:" + std::string{name_of(*order.tier)};
  if (order.role == "coordinator") names += ",DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const auto& san : order.sans) {
    const bool ip = san.find_first_not_of("0123456789.") == std::string::npos ||
                    (san.find(':') != std::string::npos &&
                     san.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos);
    if (!ip && (san.size() > 253 || san.empty() ||
                san.find_first_not_of(name_characters + std::string{"*"}) != std::string::npos))
      return wrong("--san: '" + san + "' is neither a DNS name nor an IP address");
    names += (ip ? ",IP:" : ",DNS:") + san;
  }
  return names;
}

Result<Done> check(const IssueOrder& order) {
  if (order.role != "coordinator" && order.role != "agent")
    return wrong("the role must be coordinator or agent, got '" + order.role + "'");
  if (!only(order.name, name_characters) || order.name[0] == '.')
    return wrong("a name is 1 to 63 letters, digits, '.', '_' or '-', got '" + order.name + "'");
  // "x-key" would be written to x-key.pem, where the key of "x" stands.
  const std::string key_ending = "-key";
  if (order.name == "ca" ||
      (order.name.size() >= key_ending.size() &&
       order.name.substr(order.name.size() - key_ending.size()) == key_ending))
    return wrong("a name is not 'ca' and does not end in '-key', got '" + order.name + "'");
  if (order.role == "agent" && !order.tier) return wrong("an agent needs a tier: L0, L1 or L2");
  if (order.role == "coordinator" && order.tier) return wrong("a coordinator has no tier");
  return Done{};
}

/// The key that stands in the folder without its certificate: what an `init` that was cut off
/// leaves behind. It is taken as it is, so nothing is lost and nothing stands in the way.
Result<Key> lone_key(const std::string& key_file) {
  const Bio bio{BIO_new_file(key_file.c_str(), "r"), BIO_free};
  Key key{bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr,
          EVP_PKEY_free};
  if (!key)
    return wrong(key_file + ": exists already, without ca.pem, and holds no key (remove it)");
  return key;
}

Result<Certificate> authority(const std::string& cluster, const Key& key) {
  WEIR_TRY(Certificate ca, blank("Weir CA of " + cluster, cluster, key, ca_days));
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  const bool extended =
      add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
      add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  if (!extended || X509_sign(ca.get(), key.get(), EVP_sha256()) == 0)
    return wrong("cannot sign the certificate");
  return ca;
}

/// A name belongs to one role and tier: the files of another are not replaced by a slip.
Result<Done> check_replaced(const std::string& file, const IssueOrder& order) {
  if (!fs::exists(fs::symlink_status(file))) return Done{};
  const auto old = show(file);
  if (!old) return wrong(file + ": exists already and is no certificate (remove it)");
  if (old->role == order.role && old->tier == order.tier) return Done{};
  const auto what = [](const std::string& role, std::optional<Tier> tier) {
    if (role.empty()) return std::string{"something else"};
    return role + (tier ? " of tier " + std::string{name_of(*tier)} : "");
  };
  return wrong(file + ": is the certificate of " + what(old->role, old->tier) + ", not of " +
               what(order.role, order.tier) + "; choose another name, or remove it");
}

/// No certificate outlives its authority: its last year would be refused by everybody.
Result<Done> end_with(X509* leaf, X509* ca) {
  const ASN1_TIME* const last = X509_get0_notAfter(ca);
  if (X509_cmp_current_time(last) <= 0)
    return wrong("the authority's certificate (ca.pem) has expired");
  if (ASN1_TIME_compare(X509_get0_notAfter(leaf), last) > 0) X509_set1_notAfter(leaf, last);
  return Done{};
}

}  // namespace

Result<Done> init(const std::string& dir, const std::string& cluster) {
  if (!only(cluster, lower_digits_dash))
    return wrong("a cluster's name is 1 to 63 of a-z, 0-9 and '-', got '" + cluster + "'");
  std::error_code ec;
  fs::create_directories(dir, ec);
  if (ec) return wrong(dir + ": " + ec.message());
  const auto cert_file = (fs::path{dir} / "ca.pem").string();
  const auto key_file = (fs::path{dir} / "ca-key.pem").string();
  if (fs::exists(fs::symlink_status(cert_file))) return wrong(cert_file + ": exists already");
  const bool keep = fs::exists(fs::symlink_status(key_file));
  WEIR_TRY(const Key key, keep ? lone_key(key_file) : new_key());
  WEIR_TRY(const Certificate ca, authority(cluster, key));
  // Both are written before either has its name; the certificate, which says that the authority
  // is complete, comes last.
  Staged staged_key{key_file}, staged_cert{cert_file};
  if (!keep) {
    WEIR_TRY([[maybe_unused]] const Done key_written, staged_key.write(pem(key), 0600));
  }
  WEIR_TRY([[maybe_unused]] const Done written, staged_cert.write(pem(ca), 0644));
  if (!keep) {
    WEIR_TRY([[maybe_unused]] const Done key_moved, staged_key.move(true));
  }
  WEIR_TRY([[maybe_unused]] const Done moved, staged_cert.move(true));
  return sync_folder(dir);
}

Result<Done> issue(const std::string& dir, const IssueOrder& order) {
  WEIR_TRY([[maybe_unused]] const Done checked, check(order));
  const auto base = (fs::path{dir} / order.name).string();
  WEIR_TRY([[maybe_unused]] const Done ours, check_replaced(base + ".pem", order));
  WEIR_TRY(const Ca ca, load_ca(dir));
  const auto cluster = cluster_of(ca.certificate.get());
  if (!only(cluster, lower_digits_dash)) return wrong(dir + "/ca.pem: not made by weir certs init");
  WEIR_TRY(const std::string names, alternative_names(order, cluster));
  WEIR_TRY(const Key key, new_key());
  WEIR_TRY(const Certificate leaf, blank(order.name, cluster, key, leaf_days));
  X509* const issuer = ca.certificate.get();
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
  WEIR_TRY([[maybe_unused]] const Done ends, end_with(leaf.get(), issuer));
  const bool extended =
      add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature") &&
      add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
      add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid") &&
      add_extension(leaf.get(), issuer, NID_subject_alt_name, names);
  if (!extended || X509_sign(leaf.get(), ca.key.get(), EVP_sha256()) == 0)
    return wrong("cannot sign the certificate (is a --san malformed?)");
  // The key first: a reader between the two sees a pair that does not fit and keeps its old one.
  Staged staged_key{base + "-key.pem"}, staged_cert{base + ".pem"};
  WEIR_TRY([[maybe_unused]] const Done key_written, staged_key.write(pem(key), 0600));
  WEIR_TRY([[maybe_unused]] const Done written, staged_cert.write(pem(leaf), 0644));
  WEIR_TRY([[maybe_unused]] const Done key_moved, staged_key.move(false));
  WEIR_TRY([[maybe_unused]] const Done moved, staged_cert.move(false));
  return sync_folder(dir);
}

}  // namespace weir::net::certs
