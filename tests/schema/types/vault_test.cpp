// The vault: what its placeholders are, and what becomes of its values.
#include "schema/types/vault.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <memory_resource>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace weir;

/// Memory that looks at every block which is given back.
class WatchedMemory final : public std::pmr::memory_resource {
 public:
  std::size_t taken = 0;
  std::size_t given_back = 0;
  std::size_t not_zero = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    taken += bytes;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* place, std::size_t bytes, std::size_t alignment) override {
    const auto* first = static_cast<const unsigned char*>(place);
    not_zero += static_cast<std::size_t>(
        std::count_if(first, first + bytes, [](unsigned char byte) { return byte != 0; }));
    given_back += bytes;
    std::pmr::new_delete_resource()->deallocate(place, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!std::is_copy_constructible_v<Vault> && !std::is_copy_assignable_v<Vault>);
static_assert(std::is_nothrow_move_constructible_v<Vault>);
static_assert(!Printable<Vault>);

}  // namespace

TEST_CASE("vault: a placeholder tells kind, number and nonce, and stands for its value") {
  Vault vault{"kqz"};
  CHECK(vault.empty());
  CHECK(vault.placeholder_bytes_max() == 0);
  CHECK(vault.placeholder_for(Sensitive::person, "王芳") == "⟦PII:PERSON:1:kqz⟧");
  CHECK(vault.placeholder_for(Sensitive::person, "李四") == "⟦PII:PERSON:2:kqz⟧");
  CHECK(vault.placeholder_for(Sensitive::cn_mobile, "13901234567") == "⟦PII:CN_MOBILE:1:kqz⟧");
  CHECK(vault.placeholder_for_text("⟦PII:") == "⟦PII:TEXT:1:kqz⟧");
  CHECK(vault.size() == 4);
  CHECK(vault.value_of("⟦PII:PERSON:2:kqz⟧") == "李四");
  CHECK(vault.value_of("⟦PII:TEXT:1:kqz⟧") == "⟦PII:");
  CHECK(vault.placeholder_bytes_max() == std::string{"⟦PII:CN_MOBILE:1:kqz⟧"}.size());
  CHECK(vault.issued(Sensitive::person));
  CHECK_FALSE(vault.issued(Sensitive::email));
}

TEST_CASE("vault: the same value of the same kind has one placeholder, of another kind another") {
  Vault vault{"a"};
  const auto first = vault.placeholder_for(Sensitive::person, "x");
  CHECK(vault.placeholder_for(Sensitive::person, std::string{"x"}) == first);
  CHECK(vault.placeholder_for(Sensitive::address, "x") != first);
  CHECK(vault.placeholder_for_text("x") != first);
  CHECK(vault.size() == 3);
}

TEST_CASE("vault: what was not issued has no value") {
  Vault vault{"abc"};
  vault.placeholder_for(Sensitive::person, "王芳");
  Vault other{"abd"};
  const std::string theirs{other.placeholder_for(Sensitive::person, "李四")};
  for (const auto& forged :
       {std::string{"⟦PII:PERSON:2:abc⟧"}, theirs, std::string{"⟦PII:PERSON:1⟧"},
        std::string{"⟦PII:PERSON:01:abc⟧"}, std::string{"⟦pii:person:1:abc⟧"},
        std::string{"⟦PII:PERSON:1:abc"}, std::string{"PII:PERSON:1:abc"}, std::string{}})
    CHECK_FALSE(vault.value_of(forged));
}

TEST_CASE("vault: it knows the beginnings of its placeholders and no others") {
  Vault vault{"abc"};
  const std::string placeholder{vault.placeholder_for(Sensitive::person, "王芳")};
  for (std::size_t n = 0; n < placeholder.size(); ++n)
    CHECK(vault.begins_one(std::string_view{placeholder}.substr(0, n)));
  CHECK_FALSE(vault.begins_one(placeholder));
  CHECK_FALSE(vault.begins_one(placeholder + "x"));
  CHECK_FALSE(vault.begins_one("⟦PII:PERSON:2"));
  CHECK_FALSE(vault.begins_one("⟦PII:E"));
}

TEST_CASE("vault: limits give no placeholder") {
  Vault vault{"a"};
  CHECK(vault.placeholder_for(Sensitive::person, "").empty());
  CHECK(vault.placeholder_for(Sensitive::person, std::string(Vault::value_bytes_max + 1, 'x'))
            .empty());
  CHECK_FALSE(vault.issued(Sensitive::person));
  for (std::size_t i = 0; i < Vault::entries_max; ++i)
    CHECK(!vault.placeholder_for(Sensitive::email, std::to_string(i)).empty());
  CHECK(vault.placeholder_for(Sensitive::email, "one more").empty());
  CHECK(!vault.placeholder_for(Sensitive::email, "77").empty());
  CHECK(vault.size() == Vault::entries_max);
}

TEST_CASE("vault: every value stands in one place and is zeros before that is given back") {
  WatchedMemory memory;
  std::size_t bytes = 0;
  {
    Vault first{"a", &memory};
    std::vector<std::string> placeholders;
    for (int i = 0; i < 1000; ++i) {
      const auto value = "v" + std::string(static_cast<std::size_t>(i % 40), 'x') +
                         std::to_string(i);  // also as short as a string keeps within itself
      placeholders.emplace_back(first.placeholder_for(Sensitive::person, value));
      first.placeholder_for(Sensitive::person, value);
      bytes += value.size();
    }
    const Vault second{std::move(first)};
    CHECK(second.size() == 1000);
    CHECK(second.value_of(placeholders[7]) == "vxxxxxxx7");
    CHECK(memory.taken == bytes);
    CHECK(memory.given_back == 0);
  }
  CHECK(memory.given_back == bytes);
  CHECK(memory.not_zero == 0);
}
