// One layer of a text while it is read: its words of the lexicon, its amounts, what was found.
#pragma once

#include "actors/domain/grading/layer.hpp"
#include "actors/domain/grading/scan.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace weir::domain {

/// What a word of the lexicon tells about its surroundings.
enum class Role : std::uint8_t {
  none,
  // A number follows that is …
  order_label,  ///< … of a thing: an order, a parcel, a device, a build
  phone_label,
  id_label,
  bank_label,
  passport_label,
  plate_label,
  ssn_label,
  version_label,
  contract_label,
  hotline_label,
  // A secret follows.
  password_word,
  key_word,
  weak_key_word,
  provider_word,
  secret_prefix,  ///< the beginning of a credential; Hit::word is its place in the formats
  pem,
  web_token,  ///< the beginning of a JWT
  scheme,     ///< "://"
  // People and places.
  person_label,
  person_title,
  en_label,
  en_title,
  road,
  place_end,
  region,
  street,
  at_word,
  // Documents.
  salary,
  profit,
  unpublished,
  transfer,
  merger,
  bid,
  contract_core,
  contract_word,
  general,    ///< a question about words, not about a case
  published,  ///< figures that everybody may know
  house,
  contract_mark,
  contract_ref,
  shell_user,
  connection,
  amount_word,
  finance_term,
  contract_term,
  public_key,
  // Business: who, must what, in which paper; whose figures, how secret, planned.
  party,
  duty,
  deed,
  secrecy,
  inside,
  own,
  plan,
  metric,
  deal,
  count_,
};
inline constexpr auto roles_max = static_cast<std::size_t>(Role::count_);

struct Hit {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint16_t word = 0;
  Role role = Role::none;
};

/// Offsets are those of `text`.
struct Reading {
  std::string_view text;
  std::vector<Hit> hits;      ///< by their ends
  std::vector<Span> amounts;  ///< of money
  std::vector<Finding> found;
  bool cjk = false;

  void add(Sensitive kind, int confidence, std::size_t begin, std::size_t end) {
    found.push_back({kind, static_cast<std::uint8_t>(confidence), begin, end});
  }
  /// Where findings begin that a person's name may stand beside: all but addresses of machines and
  /// secrets. In order.
  std::vector<std::size_t> beside() const;
  /// The first hit that ends after `at`.
  std::size_t hit_after(std::size_t at) const;
  /// The label of the number that begins at `at`: the nearest one before it within a clause and
  /// without another number between them.
  Role label_of(std::size_t at) const;
  /// Whether one of `roles` stands at most `near` bytes before `at`, in the same line.
  bool precedes(std::size_t at, std::initializer_list<Role> roles, std::size_t near) const;
  /// Whether one of `roles` stands within `near` bytes of [begin, end).
  bool around(Span span, std::initializer_list<Role> roles, std::size_t near) const;
};

constexpr bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
constexpr bool is_upper(char c) { return static_cast<unsigned char>(c - 'A') < 26; }
constexpr bool is_lower(char c) { return static_cast<unsigned char>(c - 'a') < 26; }
constexpr bool is_alpha(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }
constexpr bool is_word(char c) { return is_digit(c) || is_alpha(c); }
constexpr bool is_cjk_byte(char c) { return (c & 0x80) != 0; }
constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

/// The finders. Each reads the whole layer; O(text).
void find_numbers(Reading& reading);  ///< also amounts, plates, passports, IBANs, addresses of IP
void find_mails(Reading& reading);
void find_secrets(Reading& reading);
void find_chinese_people(Reading& reading);
void find_english_people(Reading& reading);
void find_addresses(Reading& reading);
void find_documents(Reading& reading);  ///< after all others but the next
void find_business(Reading& reading);   ///< what find_documents leaves: scores of plainer words

}  // namespace weir::domain
