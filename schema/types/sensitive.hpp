// What a text may hold that must not simply leave: the closed vocabulary of the detector, of the
// policy that grades its findings, and of explanations. Names are those of ../shared/guard.
#pragma once

#include "schema/types/grade.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class Sensitive : std::uint8_t {
  person,
  secret,
  cn_mobile,
  email,
  cn_id_card,
  address,
  ip_address,
  bank_card,
  contract_no,
  cn_plate,
  us_phone,
  cn_uscc,
  cn_landline,
  iban,
  us_ssn,
  cn_passport,
  mac_address,
  phone,       ///< international, of no country above
  contract,    ///< the text of a contract; a finding covers the words that tell
  finance,     ///< unpublished figures: payroll, profit, transfers, mergers, bids
  unreadable,  ///< images, audio, token ids, what cannot be decoded: nobody knows what it holds
};
inline constexpr std::size_t sensitive_kinds = 21;

/// "PERSON", "SECRET", …, "UNREADABLE".
std::string_view name_of(Sensitive kind);
std::optional<Sensitive> parse_sensitive(std::string_view name);

/// An array with a place for each kind.
template <class T>
using PerKind = std::array<T, sensitive_kinds>;
constexpr std::size_t index_of(Sensitive kind) { return static_cast<std::size_t>(kind); }

/// What the detector goes by; a policy may change all of it.
struct DetectorRules {
  /// Of data that holds one of a kind. Factory values: P0 for secret, contract_no, contract,
  /// finance, unreadable; P1 for the rest.
  PerKind<Grade> grades = factory_grades();
  /// Findings below this confidence count as none; percent, 0 .. 100.
  PerKind<std::uint8_t> at_least = factory_thresholds();
  /// Words that alone make a text `contract` or `finance`, beside the built-in lexicons.
  std::vector<std::string> contract_terms;
  std::vector<std::string> finance_terms;
  /// Texts that are no finding where they are exactly that: a service's number, a public address.
  std::vector<std::string> allowed;

  static PerKind<Grade> factory_grades();
  static PerKind<std::uint8_t> factory_thresholds();
};

/// The bytes [begin, end) of the text that was scanned, as it stands there: of a value in disguise
/// (spaced, encoded, in other digits) all of its disguise.
struct Finding {
  Sensitive kind = Sensitive::secret;
  std::uint8_t confidence = 0;  ///< percent
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Scan {
  static constexpr std::size_t findings_max = 10'000;
  std::vector<Finding> findings;  ///< in order, not overlapping
  std::uint64_t bytes = 0;        ///< covered by findings whose grade is not P2
  Grade grade = Grade::p2;        ///< the strictest of the findings; P0 unless complete
  bool complete = true;           ///< false: a limit was hit
};

/// What a scan found, without a byte of it: safe to log, store and show.
struct Detected {
  Grade grade = Grade::p0;
  bool complete = false;  ///< false: the scan failed or hit a limit, and the grade is P0
  PerKind<std::uint32_t> counts{};

  /// A scan that found nothing.
  static Detected nothing() { return {Grade::p2, true, {}}; }
};

}  // namespace weir
