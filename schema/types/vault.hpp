// What the placeholders of one attempt stand for. A request that leaves for the cloud carries
// placeholders; the values stay here, and come back into the answer before the client gets it.
#pragma once

#include "schema/types/sensitive.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

/// How every placeholder begins and ends: U+27E6, "PII:", …, U+27E7.
inline constexpr std::string_view placeholder_open = "\u27e6";
inline constexpr std::string_view placeholder_close = "\u27e7";

/// Overwrites the text with zeros, and empties it.
void wipe(std::string& text);

/// Issues placeholders such as `⟦PII:PERSON:1:kqzfw⟧`: the kind's name, a number counted per kind
/// from 1, and the nonce, which tells them from another attempt's and from what anybody typed.
/// It cannot be copied, nor printed; every value stands in one place of memory, which is
/// overwritten with zeros at the end.
class Vault {
 public:
  static constexpr std::size_t entries_max = 10'000;
  static constexpr std::size_t value_bytes_max = std::size_t{64} << 10U;
  static constexpr std::size_t nonce_bytes_max = 64;

  /// `nonce`  1 .. nonce_bytes_max letters a .. z from a secure random source, new for each
  ///          attempt. `memory` is where the values stand; it outlives the vault.
  explicit Vault(std::string nonce,
                 std::pmr::memory_resource* memory = std::pmr::get_default_resource());
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  /// The vault that was moved from is empty, and may only be destroyed.
  Vault(Vault&& other) noexcept = default;
  Vault& operator=(Vault&&) = delete;
  ~Vault() = default;

  /// The placeholder of this value: the same for the same kind and value. Empty where there is
  /// none: at entries_max, for a value over value_bytes_max and for an empty one; the caller then
  /// refuses. The view is good as long as the vault, moved or not. O(log size()).
  std::string_view placeholder_for(Sensitive kind, std::string_view value);
  /// The same for text that is not sensitive but would be taken for a placeholder; its kind is
  /// called TEXT.
  std::string_view placeholder_for_text(std::string_view value);

  /// The value of a placeholder exactly as it was issued; absent for everything else. O(log).
  std::optional<std::string_view> value_of(std::string_view placeholder) const;
  /// Whether some placeholder begins with `text` and is longer. O(log).
  bool begins_one(std::string_view text) const;

  std::size_t placeholder_bytes_max() const { return bytes_max_; }  ///< of those issued; 0: none
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  bool issued(Sensitive kind) const { return counts_[index_of(kind)] != 0; }

 private:
  static constexpr std::size_t text_kind = sensitive_kinds;
  /// A value's one place.
  class Kept {
   public:
    Kept(std::string_view value, std::pmr::memory_resource* memory);
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    ~Kept();
    std::string_view view() const { return {bytes_, size_}; }

   private:
    std::pmr::memory_resource* memory_;
    std::size_t size_;
    char* bytes_;
  };
  struct Entry {
    Entry(std::string name, std::string_view value, std::pmr::memory_resource* memory)
        : placeholder{std::move(name)}, kept{value, memory} {}
    std::string placeholder;
    Kept kept;
  };

  std::string_view issue(std::size_t kind, std::string_view value);

  std::string nonce_;
  std::pmr::memory_resource* memory_;
  std::deque<Entry> entries_;  ///< never move; both maps point into them
  std::map<std::pair<std::size_t, std::string_view>, const Entry*> by_value_;
  std::map<std::string_view, const Entry*> by_placeholder_;
  std::array<std::uint32_t, sensitive_kinds + 1> counts_{};
  std::size_t bytes_max_ = 0;
};

}  // namespace weir
