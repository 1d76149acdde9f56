#include "schema/types/utf8.hpp"

#include <doctest/doctest.h>

using weir::is_utf8;
using weir::utf8_prefix_bytes;

TEST_CASE("utf8: whole characters, none cut, too long, a surrogate or beyond the last") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\xC3\xA9 合同 \xF0\x9F\x98\x80"));
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xE5\x90",
                          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"})
    CHECK_FALSE(is_utf8(bad));
  CHECK(utf8_prefix_bytes("ok\xFFmore") == 2);
}
