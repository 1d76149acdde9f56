#include "actors/net/tls/mac.hpp"

#include <doctest/doctest.h>
#include <cstdio>
#include <string>

namespace weir::net::tls {
namespace {

std::string hex(const Sha256& digest) {
  std::string out;
  for (const auto byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    out += two;
  }
  return out;
}

TEST_CASE("SHA-256 as FIPS 180-4 has it") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("HMAC-SHA-256 as RFC 4231 has it") {
  Sha256 key{};
  for (std::size_t i = 0; i < 20; ++i) key[i] = 0x0b;  // shorter keys are padded with zeros
  CHECK(hex(hmac_sha256(key, "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST_CASE("keys are random") { CHECK(random_key() != random_key()); }

}  // namespace
}  // namespace weir::net::tls
