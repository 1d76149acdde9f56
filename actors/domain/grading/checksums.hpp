// Identifiers that prove themselves. Texts are plain: no separators.
#pragma once

#include <string_view>

namespace weir::domain {

/// ISO/IEC 7812 check digit.
bool luhn(std::string_view digits);
/// Luhn, and a length and an issuer's range that are in use for payment.
bool payment_card(std::string_view digits);
/// GB 11643: 18 characters, a province, a date of birth from 1900 to `year_max`, ISO 7064 mod 11-2.
bool chinese_id(std::string_view text);
/// The 15 digits in use before 1999: a province and a date; they have no check digit.
bool chinese_id_15(std::string_view digits);
/// GB 32100: its alphabet and check character, and GB 11714's inside.
bool credit_code(std::string_view text);
/// ISO 13616: the length of IBANs of the country whose code `text` begins with; 0: none.
std::size_t iban_length(std::string_view text);
bool iban(std::string_view text);
/// The area, group and serial number could have been given to somebody.
bool social_security(std::string_view nine_digits);

}  // namespace weir::domain
