#include "actors/domain/grading/checksums.hpp"

#include "actors/domain/grading/reading.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

int number(std::string_view digits) {
  int n = 0;
  for (const char c : digits) n = n * 10 + (c - '0');
  return n;
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

/// GB/T 2260: what an identity card or a credit code begins with.
bool province(int two) {
  constexpr std::array all{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43,
                           44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83};
  return std::binary_search(all.begin(), all.end(), two);
}

bool date(int year, int month, int day) {
  constexpr int year_max = 2099;
  constexpr std::array days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1900 || year > year_max || month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= days[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

/// Digits are worth themselves, letters what follows nine.
int worth(char c) { return is_digit(c) ? c - '0' : c - 'A' + 10; }

bool organisation(std::string_view t) {
  constexpr std::array weights{3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += worth(t[i]) * weights[i];
  const int check = 11 - sum % 11;
  return t[8] == (check == 10 ? 'X' : check == 11 ? '0' : static_cast<char>('0' + check));
}

struct IbanLength {
  std::string_view country;
  std::size_t length;
};
/// The registry of ISO 13616, and countries that use the form without being in it.
constexpr std::array iban_lengths{
    IbanLength{"AD", 24}, IbanLength{"AE", 23}, IbanLength{"AL", 28}, IbanLength{"AO", 25},
    IbanLength{"AT", 20}, IbanLength{"AZ", 28}, IbanLength{"BA", 20}, IbanLength{"BE", 16},
    IbanLength{"BF", 28}, IbanLength{"BG", 22}, IbanLength{"BH", 22}, IbanLength{"BI", 27},
    IbanLength{"BJ", 28}, IbanLength{"BR", 29}, IbanLength{"BY", 28}, IbanLength{"CF", 27},
    IbanLength{"CG", 27}, IbanLength{"CH", 21}, IbanLength{"CI", 28}, IbanLength{"CM", 27},
    IbanLength{"CR", 22}, IbanLength{"CV", 25}, IbanLength{"CY", 28}, IbanLength{"CZ", 24},
    IbanLength{"DE", 22}, IbanLength{"DJ", 27}, IbanLength{"DK", 18}, IbanLength{"DO", 28},
    IbanLength{"DZ", 26}, IbanLength{"EE", 20}, IbanLength{"EG", 29}, IbanLength{"ES", 24},
    IbanLength{"FI", 18}, IbanLength{"FK", 18}, IbanLength{"FO", 18}, IbanLength{"FR", 27},
    IbanLength{"GA", 27}, IbanLength{"GB", 22}, IbanLength{"GE", 22}, IbanLength{"GI", 23},
    IbanLength{"GL", 18}, IbanLength{"GQ", 27}, IbanLength{"GR", 27}, IbanLength{"GT", 28},
    IbanLength{"GW", 25}, IbanLength{"HN", 28}, IbanLength{"HR", 21}, IbanLength{"HU", 28},
    IbanLength{"IE", 22}, IbanLength{"IL", 23}, IbanLength{"IQ", 23}, IbanLength{"IR", 26},
    IbanLength{"IS", 26}, IbanLength{"IT", 27}, IbanLength{"JO", 30}, IbanLength{"KM", 27},
    IbanLength{"KW", 30}, IbanLength{"KZ", 20}, IbanLength{"LB", 28}, IbanLength{"LC", 32},
    IbanLength{"LI", 21}, IbanLength{"LT", 20}, IbanLength{"LU", 20}, IbanLength{"LV", 21},
    IbanLength{"LY", 25}, IbanLength{"MA", 28}, IbanLength{"MC", 27}, IbanLength{"MD", 24},
    IbanLength{"ME", 22}, IbanLength{"MG", 27}, IbanLength{"MK", 19}, IbanLength{"ML", 28},
    IbanLength{"MN", 20}, IbanLength{"MR", 27}, IbanLength{"MT", 31}, IbanLength{"MU", 30},
    IbanLength{"MZ", 25}, IbanLength{"NE", 28}, IbanLength{"NI", 28}, IbanLength{"NL", 18},
    IbanLength{"NO", 15}, IbanLength{"OM", 23}, IbanLength{"PK", 24}, IbanLength{"PL", 28},
    IbanLength{"PS", 29}, IbanLength{"PT", 25}, IbanLength{"QA", 29}, IbanLength{"RO", 24},
    IbanLength{"RS", 22}, IbanLength{"RU", 33}, IbanLength{"SA", 24}, IbanLength{"SC", 31},
    IbanLength{"SD", 18}, IbanLength{"SE", 24}, IbanLength{"SI", 19}, IbanLength{"SK", 24},
    IbanLength{"SM", 27}, IbanLength{"SN", 28}, IbanLength{"SO", 23}, IbanLength{"ST", 25},
    IbanLength{"SV", 28}, IbanLength{"TD", 27}, IbanLength{"TG", 28}, IbanLength{"TL", 23},
    IbanLength{"TN", 24}, IbanLength{"TR", 26}, IbanLength{"UA", 29}, IbanLength{"VA", 22},
    IbanLength{"VG", 24}, IbanLength{"XK", 20}, IbanLength{"YE", 30}};

}  // namespace

bool luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int v = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) v = v * 2 > 9 ? v * 2 - 9 : v * 2;
    sum += v;
  }
  return sum % 10 == 0;
}

bool payment_card(std::string_view d) {
  const auto n = d.size();
  if (n < 13 || n > 19 || !luhn(d)) return false;
  if (d.find_first_not_of(d[0]) == d.npos) return false;
  const int two = number(d.substr(0, 2)), three = number(d.substr(0, 3));
  const int four = number(d.substr(0, 4));
  if (d[0] == '4') return n == 13 || n == 16 || n == 19;  // Visa; Chinese ones such as 4367
  if (two == 34 || two == 37) return n == 15;             // American Express
  if (two == 36 || two == 38 || (three >= 300 && three <= 305)) return n == 14 || n == 16;
  if (two >= 50 && two <= 58) return n >= 16;        // Mastercard, Maestro, 5x of China
  if (four >= 2200 && four <= 2204) return n == 16;  // Mir
  if (four >= 2221 && four <= 2720) return n == 16;
  if (two == 62 || two == 60 || two == 81) return n >= 16;  // UnionPay, old Chinese ones, RuPay
  if (four >= 6440 && four <= 6599) return n == 16 || n == 19;
  if (four >= 3528 && four <= 3589) return n == 16;  // JCB
  if (two == 63 || two == 67 || two == 68 || two == 69) return n >= 16;
  return (two == 90 || two == 95 || two == 94 || two == 84 || two == 88) && n >= 18;  // banks' own
}

bool chinese_id(std::string_view t) {
  constexpr std::array weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view checks = "10X98765432";
  if (t.size() != 18 || !all_digits(t.substr(0, 17)) || !province(number(t.substr(0, 2))))
    return false;
  if (!date(number(t.substr(6, 4)), number(t.substr(10, 2)), number(t.substr(12, 2)))) return false;
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += (t[i] - '0') * weights[i];
  return checks[static_cast<std::size_t>(sum % 11)] == (t[17] == 'x' ? 'X' : t[17]);
}

bool chinese_id_15(std::string_view d) {
  return d.size() == 15 && province(number(d.substr(0, 2))) &&
         date(1900 + number(d.substr(6, 2)), number(d.substr(8, 2)), number(d.substr(10, 2)));
}

bool credit_code(std::string_view t) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  constexpr std::array weights{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
  if (t.size() != 18 || !all_digits(t.substr(2, 6))) return false;
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto value = alphabet.find(t[i]);
    if (value == std::string_view::npos) return false;
    sum += static_cast<int>(value) * weights[i];
  }
  return alphabet[static_cast<std::size_t>((31 - sum % 31) % 31)] == t[17] &&
         (organisation(t.substr(8, 9)) || province(number(t.substr(2, 2))));
}

std::size_t iban_length(std::string_view text) {
  const auto* known =
      std::find_if(iban_lengths.begin(), iban_lengths.end(),
                   [&](const IbanLength& l) { return text.substr(0, 2) == l.country; });
  return known == iban_lengths.end() ? 0 : known->length;
}

bool iban(std::string_view t) {
  if (t.size() < 15 || iban_length(t) != t.size() || !is_digit(t[2]) || !is_digit(t[3]))
    return false;
  int rest = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const char c = t[(i + 4) % t.size()];
    if (!is_digit(c) && !is_upper(c)) return false;
    rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

bool social_security(std::string_view d) {
  if (d.size() != 9) return false;
  const int area = number(d.substr(0, 3));
  if (area == 0 || area == 666 || area >= 900 || number(d.substr(3, 2)) == 0) return false;
  // Printed in advertisements and manuals, never anybody's.
  if (d == "078051120" || d == "219099999" || d == "123456789") return false;
  return number(d.substr(5)) != 0;
}

}  // namespace weir::domain
