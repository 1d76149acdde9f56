// The first detector: identifiers whose own checksum or form proves them, and credentials. It is
// what the guard and, independently, every cloud proxy looks for in bytes that are to leave.
#pragma once

#include "schema/types/grade.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::domain {

enum class Sensitive : std::uint8_t { secret, bank_card, iban, cn_id_card, cn_uscc };
/// "SECRET", "BANK_CARD", "IBAN", "CN_ID_CARD", "CN_USCC".
std::string_view name_of(Sensitive kind);
/// The grade of data that holds one: P0 for a secret, P1 otherwise.
Grade grade_of(Sensitive kind);

/// The bytes [begin, end) of the text.
struct Finding {
  Sensitive kind = Sensitive::secret;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What a text holds. Findings are in order and do not overlap.
struct Scan {
  static constexpr std::size_t findings_max = 1'000;
  std::vector<Finding> findings;  ///< the first findings_max
  std::uint64_t bytes = 0;        ///< covered by all findings
  Grade grade = Grade::p2;        ///< the strictest of them
};

/// Reads plain text and JSON alike (a letter of an escape such as `\n` is no part of a word).
///   bank card   13 .. 19 digits of a known issuer, Luhn (ISO/IEC 7812), single blanks or hyphens
///               between groups
///   IBAN        a known country's length, mod 97 (ISO 13616), blanks between groups
///   Chinese identity card   GB 11643: a date of birth and the ISO 7064 check character
///   unified social credit code   GB 32100: its alphabet, its check character, and GB 11714's
///   secret      private keys in PEM, and keys of providers that begin in a way of their own
/// O(text), no allocation but for findings.
Scan scan(std::string_view text);

}  // namespace weir::domain
