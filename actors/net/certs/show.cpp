#include "actors/net/certs/certs.hpp"
#include "actors/net/certs/openssl_pointers.hpp"
#include "actors/net/tls/context.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <array>
#include <cstdio>
#include <ctime>

namespace weir::net::certs {
namespace {

std::string iso8601(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "";
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string hex(const unsigned char* bytes, std::size_t count) {
  std::string text;
  std::array<char, 3> two{};
  for (std::size_t i = 0; i < count; ++i) {
    std::snprintf(two.data(), two.size(), "%02x", bytes[i]);
    text += two.data();
  }
  return text;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> all;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const Bio bio{BIO_new(BIO_s_mem()), BIO_free};
    GENERAL_NAME_print(bio.get(), sk_GENERAL_NAME_value(names, i));
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    all.emplace_back(data, static_cast<std::size_t>(size));
  }
  GENERAL_NAMES_free(names);
  return all;
}

}  // namespace

Result<Shown> show(const std::string& file) {
  const Bio bio{BIO_new_file(file.c_str(), "r"), BIO_free};
  if (!bio) return Error{Code::invalid_config, file + ": cannot be read"};
  const Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
  if (!certificate) return Error{Code::invalid_config, file + ": holds no certificate"};
  Shown shown;
  const Bio subject{BIO_new(BIO_s_mem()), BIO_free};
  X509_NAME_print_ex(subject.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(subject.get(), &data);
  shown.subject.assign(data, static_cast<std::size_t>(size));
  shown.ca = X509_check_ca(certificate.get()) == 1;
  if (const auto identity = tls::identity_of(certificate.get())) {
    shown.cluster = identity->cluster;
    shown.role = identity->role;
    shown.name = identity->name;
    shown.tier = identity->tier;
  }
  shown.not_before = iso8601(X509_get0_notBefore(certificate.get()));
  shown.not_after = iso8601(X509_get0_notAfter(certificate.get()));
  shown.sans = names_of(certificate.get());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &digest_size) == 1)
    shown.sha256 = hex(digest.data(), digest_size);
  return shown;
}

}  // namespace weir::net::certs
