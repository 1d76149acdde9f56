#include "actors/domain/detector.hpp"

#include "schema/types/assert.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool word(char c) { return digit(c) || upper(c) || (c >= 'a' && c <= 'z') || c == '_'; }

/// Whether a word may begin here. The letter of `\n` and its like belongs to no word.
bool begins(std::string_view text, std::size_t at) {
  if (at == 0 || !word(text[at - 1])) return true;
  if (at < 2 || text[at - 2] != '\\') return false;
  std::size_t slashes = 0;
  while (slashes + 2 <= at && text[at - 2 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1 && std::string_view{"nrtbf"}.find(text[at - 1]) != std::string_view::npos;
}
bool ends(std::string_view text, std::size_t at) { return at >= text.size() || !word(text[at]); }

/// Digits with single blanks or hyphens between them.
struct Digits {
  std::array<std::uint8_t, 19> value{};
  std::size_t count = 0;
};

bool luhn(const Digits& d) {
  int sum = 0;
  for (std::size_t i = 0; i < d.count; ++i) {
    int v = d.value[d.count - 1 - i];
    if (i % 2 == 1) v = v * 2 > 9 ? v * 2 - 9 : v * 2;
    sum += v;
  }
  return sum % 10 == 0;
}

/// Issuer ranges of ISO/IEC 7812 that are in use for payment.
bool issued(const Digits& d) {
  const int two = d.value[0] * 10 + d.value[1];
  const int four = two * 100 + d.value[2] * 10 + d.value[3];
  if (d.value[0] == 4) return d.count == 13 || d.count == 16 || d.count == 19;
  if (two == 34 || two == 37) return d.count == 15;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return d.count == 16;
  if (two == 62) return d.count >= 16;  // UnionPay
  return d.count >= 16 && (four == 6011 || two == 65 || two == 35);
}

/// The end of the card number that begins at `at`; 0: none does. The longest wins.
std::size_t card_end(std::string_view text, std::size_t at) {
  Digits d;
  std::size_t end = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const bool separator = (text[i] == ' ' || text[i] == '-') && i + 1 < text.size() &&
                           digit(text[i + 1]) && digit(text[i - 1]);
    if (separator) continue;
    if (!digit(text[i]) || d.count == d.value.size()) break;
    d.value[d.count++] = static_cast<std::uint8_t>(text[i] - '0');
    if (d.count >= 13 && ends(text, i + 1) && issued(d) && luhn(d)) end = i + 1;
  }
  return end;
}

int number(std::string_view digits) {
  int n = 0;
  for (const char c : digits) n = n * 10 + (c - '0');
  return n;
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

bool id_card(std::string_view t) {
  constexpr std::array weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view checks = "10X98765432";
  if (t[0] == '0' || !all_digits(t.substr(0, 17))) return false;
  const int year = number(t.substr(6, 4)), month = number(t.substr(10, 2));
  const int day = number(t.substr(12, 2));
  if (year < 1900 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += (t[i] - '0') * weights[i];
  const char last = t[17] == 'x' ? 'X' : t[17];
  return checks[static_cast<std::size_t>(sum % 11)] == last;
}

/// Digits are worth themselves, letters what follows nine.
int worth(char c) { return digit(c) ? c - '0' : c - 'A' + 10; }

/// The check character of an organisation's code, GB 11714.
bool organisation(std::string_view t) {
  constexpr std::array weights{3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += worth(t[i]) * weights[i];
  const int check = 11 - sum % 11;
  return t[8] == (check == 10 ? 'X' : check == 11 ? '0' : static_cast<char>('0' + check));
}

bool uscc(std::string_view t) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  constexpr std::array weights{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
  if (!all_digits(t.substr(2, 6)) || t[2] == '0') return false;
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto value = alphabet.find(t[i]);
    if (value == std::string_view::npos) return false;
    sum += static_cast<int>(value) * weights[i];
  }
  return alphabet[static_cast<std::size_t>((31 - sum % 31) % 31)] == t[17] &&
         organisation(t.substr(8, 9));
}

struct IbanLength {
  std::string_view country;
  std::size_t length;
};
constexpr std::array iban_lengths{
    IbanLength{"AD", 24}, IbanLength{"AE", 23}, IbanLength{"AT", 20}, IbanLength{"BE", 16},
    IbanLength{"BG", 22}, IbanLength{"CH", 21}, IbanLength{"CY", 28}, IbanLength{"CZ", 24},
    IbanLength{"DE", 22}, IbanLength{"DK", 18}, IbanLength{"EE", 20}, IbanLength{"ES", 24},
    IbanLength{"FI", 18}, IbanLength{"FR", 27}, IbanLength{"GB", 22}, IbanLength{"GR", 27},
    IbanLength{"HR", 21}, IbanLength{"HU", 28}, IbanLength{"IE", 22}, IbanLength{"IL", 23},
    IbanLength{"IS", 26}, IbanLength{"IT", 27}, IbanLength{"LI", 21}, IbanLength{"LT", 20},
    IbanLength{"LU", 20}, IbanLength{"LV", 21}, IbanLength{"MC", 27}, IbanLength{"MT", 31},
    IbanLength{"NL", 18}, IbanLength{"NO", 15}, IbanLength{"PL", 28}, IbanLength{"PT", 25},
    IbanLength{"RO", 24}, IbanLength{"SA", 24}, IbanLength{"SE", 24}, IbanLength{"SI", 19},
    IbanLength{"SK", 24}, IbanLength{"SM", 27}, IbanLength{"TR", 26}, IbanLength{"UA", 29}};

int mod97(std::string_view iban) {
  int rest = 0;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    rest = digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest;
}

std::size_t iban_end(std::string_view text, std::size_t at) {
  if (text.size() - at < 15 || !upper(text[at + 1]) || !digit(text[at + 2]) || !digit(text[at + 3]))
    return 0;
  const auto* known = std::find_if(iban_lengths.begin(), iban_lengths.end(),
                                   [&](const auto& l) { return l.country == text.substr(at, 2); });
  if (known == iban_lengths.end()) return 0;
  std::array<char, 34> plain{};
  std::size_t count = 0, i = at;
  for (; i < text.size() && count < known->length; ++i) {
    if (text[i] == ' ' && count % 4 == 0) continue;
    if (!digit(text[i]) && !upper(text[i])) return 0;
    plain[count++] = text[i];
  }
  if (count < known->length || !ends(text, i)) return 0;
  return mod97({plain.data(), count}) == 1 ? i : 0;
}

struct Credential {
  std::string_view prefix;
  std::size_t rest_min;  ///< characters of a key after it
};
constexpr std::array credentials{
    Credential{"AKIA", 16},        Credential{"ASIA", 16},   Credential{"AIza", 35},
    Credential{"ghp_", 36},        Credential{"gho_", 36},   Credential{"ghs_", 36},
    Credential{"github_pat_", 40}, Credential{"glpat-", 20}, Credential{"sk-", 20},
    Credential{"xoxb-", 20},       Credential{"xoxp-", 20},  Credential{"hf_", 30}};

std::size_t secret_end(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  for (const auto& c : credentials) {
    if (!rest.starts_with(c.prefix)) continue;
    std::size_t end = c.prefix.size();
    while (end < rest.size() && (word(rest[end]) || rest[end] == '-')) ++end;
    if (end - c.prefix.size() >= c.rest_min) return at + end;
  }
  return 0;
}

std::size_t private_key_end(std::string_view text, std::size_t at) {
  constexpr std::string_view begin = "-----BEGIN ", key = "PRIVATE KEY-----";
  constexpr std::size_t kind_max = 24;  // "ENCRYPTED ", "OPENSSH ", …
  if (!text.substr(at).starts_with(begin)) return 0;
  const auto kind = text.substr(at + begin.size(), kind_max + key.size()).find(key);
  if (kind == std::string_view::npos) return 0;
  const auto body = at + begin.size() + kind + key.size();
  const auto end = text.find("-----END ", body);
  return end == std::string_view::npos ? text.size() : end;
}

std::optional<Finding> word_at(std::string_view text, std::size_t at) {
  using enum Sensitive;
  const char c = text[at];
  if (digit(c))
    if (const auto end = card_end(text, at); end != 0) return Finding{bank_card, at, end};
  if ((digit(c) || upper(c)) && text.size() - at >= 18 && ends(text, at + 18)) {
    const auto t = text.substr(at, 18);
    if (id_card(t)) return Finding{cn_id_card, at, at + 18};
    if (uscc(t)) return Finding{cn_uscc, at, at + 18};
  }
  if (upper(c))
    if (const auto end = iban_end(text, at); end != 0) return Finding{iban, at, end};
  if (const auto end = secret_end(text, at); end != 0) return Finding{secret, at, end};
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Sensitive kind) {
  switch (kind) {
    case Sensitive::secret:
      return "SECRET";
    case Sensitive::bank_card:
      return "BANK_CARD";
    case Sensitive::iban:
      return "IBAN";
    case Sensitive::cn_id_card:
      return "CN_ID_CARD";
    case Sensitive::cn_uscc:
      return "CN_USCC";
  }
  WEIR_ASSERT(!"a Sensitive without a name");
}

Grade grade_of(Sensitive kind) { return kind == Sensitive::secret ? Grade::p0 : Grade::p1; }

Scan scan(std::string_view text) {
  Scan result;
  for (std::size_t at = 0; at < text.size();) {
    std::optional<Finding> found;
    if (text[at] == '-') {
      if (const auto end = private_key_end(text, at); end != 0)
        found = Finding{Sensitive::secret, at, end};
    } else if (word(text[at]) && begins(text, at)) {
      found = word_at(text, at);
    }
    if (!found) {
      ++at;
      continue;
    }
    result.bytes += found->end - found->begin;
    result.grade = strictest(result.grade, grade_of(found->kind));
    if (result.findings.size() < Scan::findings_max) result.findings.push_back(*found);
    at = found->end;
  }
  return result;
}

}  // namespace weir::domain
