#include "actors/net/tls/mac.hpp"

#include "schema/types/assert.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace weir::net::tls {

Sha256 sha256(std::string_view bytes) {
  Sha256 digest{};
  unsigned size = 0;
  const int good =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  WEIR_ASSERT(good == 1 && size == digest.size());
  return digest;
}

Sha256 hmac_sha256(const Sha256& key, std::string_view bytes) {
  Sha256 mac{};
  unsigned size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), mac.data(), &size);
  WEIR_ASSERT(made != nullptr && size == mac.size());
  return mac;
}

Sha256 random_key() {
  Sha256 key{};
  const int good = RAND_bytes(key.data(), static_cast<int>(key.size()));
  WEIR_ASSERT(good == 1);
  return key;
}

}  // namespace weir::net::tls
