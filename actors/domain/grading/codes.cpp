// Tokens that hold letters and digits: plates, passports, credit codes, IBANs, contracts' numbers;
// and the walk over all tokens of a layer.
#include "actors/domain/grading/checksums.hpp"
#include "actors/domain/grading/numbers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace weir::domain {
namespace {

using enum Sensitive;

/// Letters and digits of one code, over blanks, hyphens and marks of Markdown between them.
struct Code {
  static constexpr std::size_t size_max = 34;
  std::array<char, size_max> value{};
  std::array<std::uint32_t, size_max> at{};
  std::array<bool, size_max> ends{};  ///< no letter or digit follows directly
  std::size_t count = 0;
  std::string_view text(std::size_t n) const { return {value.data(), n}; }
};

Code code_at(std::string_view text, std::size_t at) {
  constexpr std::size_t between_max = 3;
  Code code;
  for (std::size_t i = at; code.count < Code::size_max;) {
    const char c = text[i];
    code.value[code.count] = is_lower(c) ? static_cast<char>(c - 32) : c;
    code.at[code.count] = static_cast<std::uint32_t>(i);
    std::size_t next = i + 1;
    while (next < text.size() && next - i <= between_max &&
           std::string_view{" -*_~`."}.find(text[next]) != std::string_view::npos)
      ++next;
    code.ends[code.count++] = i + 1 >= text.size() || !is_word(text[i + 1]);
    if (next >= text.size() || !is_word(text[next])) break;
    i = next;
  }
  return code;
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// The province's character that ends at `at`, perhaps before a blank; its beginning, or npos.
std::size_t province_before(std::string_view text, std::size_t at) {
  constexpr std::string_view all = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
  if (at > 3 && text[at - 1] == ' ') --at;
  if (at < 3 || !is_cjk_byte(text[at - 1])) return text.npos;
  const auto found = all.find(text.substr(at - 3, 3));
  return found != all.npos && found % 3 == 0 ? at - 3 : text.npos;
}

bool plate_tail(std::string_view t) {
  const auto digits = static_cast<std::size_t>(std::count_if(t.begin(), t.end(), is_digit));
  if (t.size() == 5) return digits >= 1;
  const auto energy = [](char c) { return c >= 'A' && c <= 'K' && c != 'I'; };
  if (t.size() != 6) return false;
  return (energy(t[0]) && std::all_of(t.begin() + 2, t.end(), is_digit)) ||
         (energy(t[5]) && std::all_of(t.begin(), t.begin() + 5, is_digit));
}

std::size_t plate(Reading& reading, std::size_t at) {
  const auto text = reading.text;
  const auto begin = province_before(text, at);
  if (begin == text.npos || !is_alpha(text[at])) return 0;
  std::size_t i = at + 1;
  for (const std::string_view dot : {"·", "-", ".", " "})
    if (text.substr(i, dot.size()) == dot) {
      i += dot.size();
      break;
    }
  std::array<char, 8> tail{};
  std::size_t n = 0, end = i;
  for (; end < text.size() && n < tail.size(); ++end) {
    const char c = text[end];
    if (c == '*' || c == ' ') {
      if (end + 1 < text.size() && is_word(text[end + 1]) && n > 0) continue;
      break;
    }
    if (!is_word(c)) break;
    tail[n++] = is_lower(c) ? static_cast<char>(c - 32) : c;
  }
  if (end < text.size() && is_word(text[end])) return 0;
  const bool labelled = reading.precedes(begin, {Role::plate_label}, 24);
  if (n == 4 && one_of(text.substr(end, 3), {"学", "警", "挂", "港", "澳", "领", "超", "试"})) {
    reading.add(cn_plate, 90, begin, end + 3);
    return end + 3;
  }
  const std::string_view t{tail.data(), n};
  const bool letters = n == 5 && labelled;
  if (!plate_tail(t) && !letters) return 0;
  if (std::any_of(t.begin(), t.end(), [](char c) { return c == 'I' || c == 'O'; }) && !labelled)
    return 0;
  reading.add(cn_plate, labelled ? 95 : 85, begin, end);
  return end;
}

/// Forms of Chinese passports and travel permits: E12345678, EA1234567, G12345678, …
std::size_t passport(Reading& reading, const Code& code) {
  if (code.count < 9 || !code.ends[8]) return 0;
  const auto t = code.text(9);
  const bool digits = std::all_of(t.begin() + 2, t.end(), is_digit);
  if (!digits || !is_alpha(t[0])) return 0;
  const auto role = reading.label_of(code.at[0]);
  const bool labelled = role == Role::passport_label || role == Role::id_label;
  const bool ordinary = (t[0] == 'E' && t[1] != 'I' && t[1] != 'O');
  const bool other = std::string_view{"GDSPKHMCT"}.find(t[0]) != std::string_view::npos;
  const auto end = code.at[8] + 1u;
  if (labelled && (ordinary || other)) {
    reading.add(cn_passport, 95, code.at[0], end);
    return end;
  }
  if (role != Role::none || !ordinary || end - code.at[0] != 9 || !is_digit(t[1])) return 0;
  if (!reading.precedes(code.at[0], {Role::passport_label}, 120)) return 0;
  reading.add(cn_passport, 60, code.at[0], end);
  return end;
}

std::size_t find_iban(Reading& reading, const Code& code) {
  if (code.count < 15 || !is_alpha(code.value[0]) || !is_alpha(code.value[1])) return 0;
  const auto n = iban_length(code.text(code.count));
  if (n == 0 || n > code.count || !code.ends[n - 1] || !domain::iban(code.text(n))) return 0;
  const auto end = code.at[n - 1] + 1u;
  reading.add(Sensitive::iban, 98, code.at[0], end);
  return end;
}

std::size_t find_credit_code(Reading& reading, const Code& code) {
  if (code.count < 18 || !code.ends[17] || !credit_code(code.text(18))) return 0;
  const auto digits = code.text(18);
  // One number of eighteen digits in thirty passes.
  if (std::all_of(digits.begin(), digits.end(), is_digit) &&
      reading.label_of(code.at[0]) == Role::order_label)
    return 0;
  const auto end = code.at[17] + 1u;
  reading.add(cn_uscc, 97, code.at[0], end);
  return end;
}

/// A number, its commas and decimals; `value` only tells large from small.
std::size_t amount_end(std::string_view text, std::size_t at, std::size_t& digits) {
  constexpr std::size_t size_max = 32;
  std::size_t i = at;
  digits = 0;
  bool point = false;
  while (i < text.size() && i - at < size_max) {
    if (is_digit(text[i])) {
      digits += point ? 0 : 1;
    } else if ((text[i] == ',' || text[i] == '.' || text[i] == '\'') && i + 1 < text.size() &&
               is_digit(text[i + 1])) {
      point = point || text[i] == '.';
    } else {
      break;
    }
    ++i;
  }
  return i;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto w) { return text.ends_with(w); });
}
std::size_t begins_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto w : words)
    if (text.starts_with(w)) return w.size();
  return 0;
}

/// A digit or a single letter follows after one or two signs: "DE 89 37…", "D E 8 9".
bool parted_code(std::string_view text, std::size_t end) {
  std::size_t next = end;
  while (next < text.size() && next - end < 2 &&
         (text[next] == ' ' || text[next] == '-' || text[next] == '*'))
    ++next;
  if (next == end || next >= text.size()) return false;
  return is_digit(text[next]) ||
         (is_upper(text[next]) && next + 1 < text.size() && !is_word(text[next + 1]));
}

}  // namespace

std::size_t find_amount(Reading& reading, std::size_t at) {
  const auto text = reading.text;
  if (at > 1 && (text[at - 1] == '.' || text[at - 1] == ',') && is_digit(text[at - 2])) return 0;
  std::size_t digits = 0;
  const auto end = amount_end(text, at, digits);
  std::size_t b = at;
  while (b > 0 && at - b < 2 && text[b - 1] == ' ') --b;
  const auto before = text.substr(b > 9 ? b - 9 : 0, b > 9 ? 9 : b);
  // Most numbers are no money, which one look on each side tells.
  const auto may = [](char c, std::string_view letters) {
    return is_cjk_byte(c) || letters.find(c) != letters.npos;
  };
  const auto follows = end + (end < text.size() && text[end] == ' ' ? 1 : 0);
  if (!(b > 0 && may(text[b - 1], "BYDRPb$")) &&
      !(follows < text.size() && may(text[follows], "URCEGHmbdyekKM")))
    return end;
  const bool sign = ends_with_any(before, {"\xC2\xA5", "$", "\xE2\x82\xAC", "\xC2\xA3"});
  const bool named =
      ends_with_any(before, {"RMB", "CNY", "USD", "EUR", "HKD", "GBP", "人民币", "rmb", "US$",
                             "美元", "欧元", "港币", "金额", "INR", "JPY"});
  std::size_t u = end;
  if (u < text.size() && text[u] == ' ') ++u;
  const auto after = text.substr(std::min(u, text.size()), 16);
  std::size_t unit = begins_with_any(after, {"元", "圆", "美元", "欧元", "美金", "港", "日元",
                                             "万元", "亿元", "千元", "百万元", "块钱", "人民币"});
  if (unit == 0)
    unit = begins_with_any(after, {"million", "billion", "USD", "RMB", "CNY", "EUR", "GBP", "HKD",
                                   "dollars", "yuan", "euros", "mn ", "bn "});
  // "18k", "2.1M": thousands and millions, where no other letter follows.
  if (unit == 0 && u == end && end < text.size() && (lower(text[end]) == 'k' || text[end] == 'M') &&
      (end + 1 >= text.size() || !is_word(text[end + 1])))
    unit = 1;
  const auto big = begins_with_any(after, {"万", "亿"});
  const auto counted =
      big == 0 ? 0
               : begins_with_any(after.substr(big),
                                 {"用户", "人",   "次",   "条", "行", "台", "套", "件", "辆", "吨",
                                  "平",   "公里", "步",   "字", "名", "个", "张", "份", "级", "级",
                                  "多",   "里",   "像素", "年", "家", "户", "亩", "只", "粉"});
  const bool magnitude = big != 0 && counted == 0;
  const bool small =
      digits < 3 && big == 0 && unit == 0 && !(end < text.size() && is_alpha(text[end]));
  if ((!sign && !named && unit == 0 && !magnitude) || small) return end;
  if (unit != 0 && digits < 3 && big == 0 && after.starts_with("元") && !sign && !named) return end;
  reading.amounts.push_back({sign || named ? b : at, unit != 0 ? u + unit : end});
  return end;
}

std::size_t find_code(Reading& reading, std::size_t at, std::size_t end) {
  if (const auto found = plate(reading, at); found != 0) return found;
  const auto code = code_at(reading.text, at);
  if (code.count < 9 || end - at > Code::size_max) return 0;
  if (const auto found = find_credit_code(reading, code); found != 0) return found;
  if (!is_alpha(reading.text[at])) return 0;
  if (const auto found = find_iban(reading, code); found != 0) return found;
  return passport(reading, code);
}

std::size_t find_contract_number(Reading& reading, std::size_t at, std::size_t end) {
  constexpr std::size_t letters_max = 8, near = 48, near_year = 160;
  const auto text = reading.text;
  std::size_t i = at;
  while (i < end && is_upper(text[i])) ++i;
  if (i == at || i - at > letters_max) return 0;
  std::size_t stop = i, digits = 0, parts = 0;
  while (stop < text.size() && stop - at < 32 &&
         (is_digit(text[stop]) || is_upper(text[stop]) || text[stop] == '-' || text[stop] == '/')) {
    digits += is_digit(text[stop]) ? 1 : 0;
    parts += is_word(text[stop]) ? 0 : 1;
    ++stop;
  }
  while (stop > at && !is_word(text[stop - 1])) --stop;
  if (digits < 6 || (stop < text.size() && is_word(text[stop]))) return 0;
  // Letters, a year, a number: what contracts are numbered with.
  const auto rest = text.substr(i, stop - i);
  const auto first = rest.find_first_of("0123456789");
  const bool year = i - at >= 2 && first <= 1 && rest.substr(first, 2) == "20" && digits <= 10;
  if (parts == 0 && !year) return 0;
  const std::initializer_list<Role> about{Role::contract_word, Role::contract_core,
                                          Role::contract_label};
  const auto label = reading.label_of(at);
  const bool next = reading.precedes(at, about, 16);
  if (label != Role::none && label != Role::contract_label && !next) return 0;
  if (!reading.precedes(at, about, near) && !(year && reading.around({at, stop}, about, near_year)))
    return 0;
  reading.add(contract_no, 80, at, stop);
  return stop;
}

void find_numbers(Reading& reading) {
  const auto text = reading.text;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      if (text[i] == ':' && i + 1 < text.size() && text[i + 1] == ':') {
        const auto found = find_colons(reading, i);
        i = found != 0 ? found : i + 2;
      } else {
        ++i;
      }
      continue;
    }
    std::size_t end = i, digits = 0;
    while (end < text.size() && is_word(text[end])) digits += is_digit(text[end++]) ? 1 : 0;
    std::size_t found = 0;
    const bool colon = end < text.size() && end - i <= 4 && (text[end] == ':' || text[end] == '-');
    if (colon && end + 1 < text.size()) found = find_colons(reading, i);
    if (found == 0 && is_digit(text[i])) {
      const bool scaled = digits + 1 == end - i &&
                          std::string_view{"kKmMbB"}.find(text[end - 1]) != std::string_view::npos;
      if (digits == end - i || scaled) find_amount(reading, i);
      if (end - i <= 3) found = find_ipv4(reading, i);
      if (found == 0) found = find_person_number(reading, i);
    }
    const bool after_cjk = i > 0 && is_cjk_byte(text[i - 1]) && end - i <= 7;
    const bool short_letters =
        digits == 0 && (after_cjk || (end - i <= 2 && parted_code(text, end)));
    if (found == 0 && (digits > 0 || (short_letters && is_upper(text[i]))))
      found = find_code(reading, i, end);
    if (found == 0 && is_upper(text[i])) found = find_contract_number(reading, i, end);
    i = std::max(found, end);
  }
}

}  // namespace weir::domain
