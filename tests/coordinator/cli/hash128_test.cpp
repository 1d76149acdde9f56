#include "coordinator/cli/hash128.hpp"

#include <doctest/doctest.h>

using namespace weir::cli;

TEST_CASE("hash128: the published values of MurmurHash3 x64 128") {
  CHECK(hex_of(hash128("")) == "00000000000000000000000000000000");
  CHECK(hex_of(hash128("hello")) == "cbd8a7b341bd9b025b1e906a48ae1d19");
  CHECK(hex_of(hash128("The quick brown fox jumps over the lazy dog")) ==
        "e34bbc7bbc071b6c7a433ca9c49a9347");
}

TEST_CASE("hash128: a seed chains texts, in their order") {
  CHECK(hash128("b", hash128("a")) != hash128("a", hash128("b")));
  CHECK(hash128("b", hash128("a")) != hash128("ab"));
}
