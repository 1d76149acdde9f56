#include "actors/domain/grading/checksums.hpp"
#include "tests/actors/domain/grading/found.hpp"

#include <cstdint>

using namespace weir::domain;
using namespace weir::domain::testing;

namespace {

class Random {
 public:
  std::uint64_t below(std::uint64_t n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % n;
  }

 private:
  std::uint64_t state_ = 42;
};

std::string digits(Random& random, std::size_t n) {
  std::string out;
  while (out.size() < n) out += static_cast<char>('0' + random.below(10));
  return out;
}

/// The texts that `valid` takes among those that differ from `good` in one place.
template <class Valid>
int neighbours(const std::string& good, std::string_view alphabet, const Valid& valid) {
  int taken = 0;
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char c : alphabet) {
      auto other = good;
      other[i] = c;
      if (other != good && valid(other)) ++taken;
    }
  return taken;
}

}  // namespace

TEST_CASE("checksums: one check digit of ten is right, and no single change goes unseen") {
  Random random;
  for (int round = 0; round < 50; ++round) {
    const auto body = digits(random, 15);
    int valid = 0;
    std::string good;
    for (char c = '0'; c <= '9'; ++c)
      if (luhn(body + c)) ++valid, good = body + c;
    CHECK(valid == 1);
    CHECK(neighbours(good, "0123456789", [](const std::string& t) { return luhn(t); }) == 0);
  }
}

TEST_CASE("checksums: identity cards of real provinces and days only") {
  CHECK(chinese_id("110101199003077475"));
  CHECK(neighbours("110101199003077475", "0123456789",
                   [](const std::string& t) { return chinese_id(t); }) == 0);
  Random random;
  int valid = 0;
  for (int i = 0; i < 20'000; ++i) valid += chinese_id(digits(random, 18)) ? 1 : 0;
  CHECK(valid < 20);
  for (const char* bad :
       {"110101199002307471", "990101199003077475", "110101189903077475", "1", ""})
    CHECK(!chinese_id(bad));
}

TEST_CASE("checksums: credit codes, IBANs, social security numbers") {
  CHECK(credit_code("91350100M000100Y43"));
  CHECK(!credit_code("91350100M000100Y44"));
  CHECK(iban("DE89370400440532013000"));
  CHECK(iban("GB82WEST12345698765432"));
  CHECK(neighbours("DE89370400440532013000", "0123456789",
                   [](const std::string& t) { return iban(t); }) == 0);
  CHECK(iban_length("NO") == 15);
  CHECK(iban_length("ZZ") == 0);
  CHECK(social_security("223456789"));
  for (const char* bad : {"000456789", "666456789", "900456789", "223006789", "223450000", "12"})
    CHECK(!social_security(bad));
}
