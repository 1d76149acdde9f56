// Certificates that `weir certs` would never make: odd names, odd dates, odd purposes.
#pragma once

#include "actors/net/certs/certs.hpp"
#include "actors/net/certs/openssl_pointers.hpp"
#include "schema/types/settings.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir::net::tls {

/// A folder with a CA of the cluster "test", removed at the end.
class CaFolder {
 public:
  CaFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    dir_ = pattern;
    REQUIRE(certs::init(dir_, "test"));
  }
  ~CaFolder() { std::filesystem::remove_all(dir_); }
  CaFolder(const CaFolder&) = delete;
  CaFolder& operator=(const CaFolder&) = delete;

  const std::string& dir() const { return dir_; }
  std::string file(const std::string& name) const { return dir_ + "/" + name; }
  TlsFiles files(const std::string& name) const {
    return {file("ca.pem"), file(name + ".pem"), file(name + "-key.pem")};
  }
  TlsFiles issue(const std::string& role, const std::string& name, std::optional<Tier> tier) {
    REQUIRE(certs::issue(dir_, {role, name, tier, {}}));
    return files(name);
  }

 private:
  std::string dir_;
};

struct LeafOrder {
  std::vector<std::string> uris;
  long begins_s = -3'600;  ///< from now
  long ends_s = 3'600;
  const char* purpose = "serverAuth,clientAuth";
};

inline void add_uris(X509* leaf, const std::vector<std::string>& uris) {
  GENERAL_NAMES* names = GENERAL_NAMES_new();
  for (const auto& uri : uris) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, uri.data(), static_cast<int>(uri.size()));
    GENERAL_NAME_set0_value(name, GEN_URI, text);
    sk_GENERAL_NAME_push(names, name);
  }
  REQUIRE(X509_add1_ext_i2d(leaf, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1);
  GENERAL_NAMES_free(names);
}

/// A certificate for `key`, complete but not signed.
inline certs::Certificate leaf_of(const LeafOrder& order, EVP_PKEY* key) {
  certs::Certificate leaf{X509_new(), X509_free};
  X509_set_version(leaf.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(leaf.get()), 7);
  X509_gmtime_adj(X509_getm_notBefore(leaf.get()), order.begins_s);
  X509_gmtime_adj(X509_getm_notAfter(leaf.get()), order.ends_s);
  X509_set_pubkey(leaf.get(), key);
  X509_EXTENSION* purpose = X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, order.purpose);
  X509_add_ext(leaf.get(), purpose, -1);
  X509_EXTENSION_free(purpose);
  if (!order.uris.empty()) add_uris(leaf.get(), order.uris);
  return leaf;
}

inline certs::Key new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

/// Makes name.pem and name-key.pem in the folder, signed by its CA.
inline TlsFiles sign_leaf(const CaFolder& folder, const std::string& name, const LeafOrder& order) {
  const certs::Bio ca_file{BIO_new_file(folder.file("ca.pem").c_str(), "r"), BIO_free};
  const certs::Bio key_file{BIO_new_file(folder.file("ca-key.pem").c_str(), "r"), BIO_free};
  const certs::Certificate ca{PEM_read_bio_X509(ca_file.get(), nullptr, nullptr, nullptr),
                              X509_free};
  const certs::Key ca_key{PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr),
                          EVP_PKEY_free};
  const auto key = new_key();
  const auto leaf = leaf_of(order, key.get());
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get()));
  REQUIRE(X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) > 0);
  const auto files = folder.files(name);
  const certs::Bio out{BIO_new_file(files.cert.c_str(), "w"), BIO_free};
  const certs::Bio out_key{BIO_new_file(files.key.c_str(), "w"), BIO_free};
  REQUIRE(PEM_write_bio_X509(out.get(), leaf.get()) == 1);
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(out_key.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1);
  return files;
}

/// Signs the folder's authority again, to end so many seconds from now.
inline void age_authority(const CaFolder& folder, long ends_s) {
  const certs::Bio ca_file{BIO_new_file(folder.file("ca.pem").c_str(), "r"), BIO_free};
  const certs::Bio key_file{BIO_new_file(folder.file("ca-key.pem").c_str(), "r"), BIO_free};
  const certs::Certificate ca{PEM_read_bio_X509(ca_file.get(), nullptr, nullptr, nullptr),
                              X509_free};
  const certs::Key key{PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr),
                       EVP_PKEY_free};
  X509_gmtime_adj(X509_getm_notAfter(ca.get()), ends_s);
  REQUIRE(X509_sign(ca.get(), key.get(), EVP_sha256()) > 0);
  const certs::Bio out{BIO_new_file(folder.file("ca.pem").c_str(), "w"), BIO_free};
  REQUIRE(PEM_write_bio_X509(out.get(), ca.get()) == 1);
}

}  // namespace weir::net::tls
