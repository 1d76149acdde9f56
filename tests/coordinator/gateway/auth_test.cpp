#include "coordinator/gateway/auth.hpp"

#include "tests/coordinator/gateway/harness.hpp"

#include <doctest/doctest.h>

using namespace weir;
using namespace weir::gateway;

namespace {

const TimePoint start{std::chrono::hours{1}};
using Headers = net::http::Headers;

Caller limited(std::uint32_t rpm, std::uint32_t tpm) {
  return {std::make_shared<KeyState>(KeyState{test::test_key(), {rpm, start}, {tpm, start}}), 0};
}

}  // namespace

TEST_CASE("auth: without configured keys nobody is asked for one") {
  const auto caller = Keys{{}}.authenticate({});
  REQUIRE(caller);
  CHECK(caller->tenant() == "default");
  CHECK_FALSE(caller->default_grade());
}

TEST_CASE("auth: a key is taken as Bearer, in any case of the word, or as x-api-key") {
  const Keys keys{{test::test_key()}};
  for (const auto& headers :
       {Headers{{"authorization", "Bearer sk-test"}},
        Headers{{"authorization", "bEARER  sk-test "}}, Headers{{"x-api-key", "sk-test"}},
        Headers{{"authorization", "Basic abcdefgh"}, {"x-api-key", "sk-test"}}}) {
    const auto caller = keys.authenticate(headers);
    REQUIRE(caller);
    CHECK(caller->tenant() == "eng");
    CHECK(caller->default_grade() == Grade::p2);
  }
}

TEST_CASE("auth: a wrong, empty, or missing key is unauthorized, and the text does not hold it") {
  const Keys keys{{test::test_key()}};
  for (const auto& headers :
       {Headers{}, Headers{{"authorization", "Bearer "}}, Headers{{"authorization", "Bearer"}},
        Headers{{"authorization", "sk-test"}}, Headers{{"x-api-key", "sk-tes"}},
        Headers{{"authorization", "Bearer sk-test2"}}, Headers{{"x-api-key", ""}}}) {
    const auto caller = keys.authenticate(headers);
    REQUIRE_FALSE(caller);
    CHECK(caller.error().code == Code::unauthorized);
    CHECK(caller.error().detail.find("sk-t") == std::string::npos);
  }
}

TEST_CASE("auth: the second of several keys is found, and belongs to its own tenant") {
  auto other = test::test_key();
  other.digest[31] ^= 1;
  other.tenant = "other";
  const auto caller = Keys{{other, test::test_key()}}.authenticate({{"x-api-key", "sk-test"}});
  REQUIRE(caller);
  CHECK(caller->tenant() == "eng");
}

TEST_CASE("bucket: it is full at first, empties, and refills evenly within a minute") {
  Bucket bucket{60, start};
  for (int i = 0; i < 60; ++i) {
    CHECK(bucket.wait(1, start) == Millis{0});
    bucket.take(1, start);
  }
  CHECK(bucket.remaining(start) == 0);
  CHECK(bucket.wait(1, start) == Millis{1000});
  CHECK(bucket.wait(1, start + Millis{400}) == Millis{600});
  CHECK(bucket.wait(1, start + Millis{1000}) == Millis{0});
  CHECK(bucket.remaining(start + std::chrono::minutes{5}) == 60);
  CHECK(bucket.until_full(start) == Millis{60'000});
}

TEST_CASE("bucket: an amount above the limit waits for a full bucket, not for ever") {
  Bucket bucket{100, start};
  CHECK(bucket.wait(5000, start) == Millis{0});
  bucket.take(100, start);
  CHECK(bucket.wait(5000, start) == Millis{60'000});
}

TEST_CASE("limits: the request beyond rpm is told how long to wait and takes nothing") {
  auto caller = limited(2, 0);
  CHECK_FALSE(admit(caller, 10, start));
  CHECK_FALSE(admit(caller, 10, start));
  CHECK(admit(caller, 10, start) == Millis{30'000});
  CHECK(admit(caller, 10, start + Millis{20'000}) == Millis{10'000});
  CHECK_FALSE(admit(caller, 10, start + Millis{30'000}));
}

TEST_CASE("limits: tokens are charged by estimate and corrected by what was used") {
  auto caller = limited(0, 1000);
  CHECK_FALSE(admit(caller, 900, start));
  auto second = caller;
  CHECK(admit(second, 900, start) > Millis{0});
  settle(caller, 100, start);
  CHECK(caller.key->tokens.remaining(start) == 900);
  CHECK_FALSE(admit(second, 900, start));
  settle(second, 1900, start);
  CHECK(caller.key->tokens.remaining(start) == 0);
  CHECK(caller.key->tokens.wait(1, start) > Millis{60'000});
}

TEST_CASE("limits: headers say limit, remaining and reset for what is limited, and no more") {
  auto caller = limited(60, 0);
  CHECK_FALSE(admit(caller, 10, start));
  Headers headers;
  add_limit_headers(caller, start, headers);
  CHECK(headers.size() == 3);
  CHECK(find(headers, "x-ratelimit-limit-requests") == "60");
  CHECK(find(headers, "x-ratelimit-remaining-requests") == "59");
  CHECK(find(headers, "x-ratelimit-reset-requests") == "1s");
  headers.clear();
  add_limit_headers(Caller{}, start, headers);
  CHECK(headers.empty());
}

TEST_CASE("keys: a reload keeps what a staying key has used and drops keys that left") {
  auto key = test::test_key();
  key.rpm = 1;
  Keys keys{{key}};
  auto caller = *keys.authenticate({{"x-api-key", "sk-test"}});
  const auto now = std::chrono::steady_clock::now();
  CHECK_FALSE(admit(caller, 1, now));
  keys.replace({key});
  auto again = *keys.authenticate({{"x-api-key", "sk-test"}});
  CHECK(admit(again, 1, now));
  key.digest[0] ^= 1;
  keys.replace({key});
  CHECK_FALSE(keys.authenticate({{"x-api-key", "sk-test"}}));
}
