#include "schema/types/sensitive.hpp"

namespace weir {
namespace {

constexpr PerKind<std::string_view> names{
    "PERSON",      "SECRET",    "CN_MOBILE",   "EMAIL",       "CN_ID_CARD",  "ADDRESS",
    "IP_ADDRESS",  "BANK_CARD", "CONTRACT_NO", "CN_PLATE",    "US_PHONE",    "CN_USCC",
    "CN_LANDLINE", "IBAN",      "US_SSN",      "CN_PASSPORT", "MAC_ADDRESS", "PHONE",
    "CONTRACT",    "FINANCE",   "UNREADABLE"};

}  // namespace

std::string_view name_of(Sensitive kind) { return names[index_of(kind)]; }

std::optional<Sensitive> parse_sensitive(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Sensitive>(i);
  return std::nullopt;
}

PerKind<Grade> DetectorRules::factory_grades() {
  PerKind<Grade> grades;
  grades.fill(Grade::p1);
  for (const auto kind : {Sensitive::secret, Sensitive::contract_no, Sensitive::contract,
                          Sensitive::finance, Sensitive::unreadable})
    grades[index_of(kind)] = Grade::p0;
  return grades;
}

PerKind<std::uint8_t> DetectorRules::factory_thresholds() {
  PerKind<std::uint8_t> thresholds;
  thresholds.fill(50);
  return thresholds;
}

}  // namespace weir
