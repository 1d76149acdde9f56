// What begins at a token of a layer. Each looks at a bounded number of bytes.
#pragma once

#include "actors/domain/grading/reading.hpp"

namespace weir::domain {

/// At a digit with no letter or digit before it. returns  the end of what was found; 0: nothing.
std::size_t find_person_number(Reading& reading, std::size_t at);
/// An address of IP version 4 at a digit. returns  its end; 0: none, also where it is nobody's.
std::size_t find_ipv4(Reading& reading, std::size_t at);
/// IP version 6 or a MAC address at a hex digit or a colon.
std::size_t find_colons(Reading& reading, std::size_t at);
/// An amount of money at a digit; returns its end.
std::size_t find_amount(Reading& reading, std::size_t at);
/// Plates, passports, credit codes, IBANs at a token [at, end) that begins with a letter, or holds
/// one after digits.
std::size_t find_code(Reading& reading, std::size_t at, std::size_t end);
/// A number such as HT-2026-7731 near words of contracts.
std::size_t find_contract_number(Reading& reading, std::size_t at, std::size_t end);

}  // namespace weir::domain
