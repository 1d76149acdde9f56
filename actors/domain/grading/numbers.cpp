// Numbers of people: identity and bank cards, telephones. The layer's tokens are gone through once;
// what begins with a letter is in codes.cpp.
#include "actors/domain/grading/numbers.hpp"

#include "actors/domain/grading/checksums.hpp"
#include "actors/domain/grading/digits.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

using enum Sensitive;

/// What was found at the digits from one on: the index of its last digit.
struct Match {
  Sensitive kind = phone;
  int confidence = 0;
  std::size_t last = 0;
  std::size_t from = 0;  ///< its first digit
  std::size_t tail = 0;  ///< bytes after the last digit
};

class Number {
 public:
  Number(Reading& reading, std::size_t at)
      : r_{reading}, text_{reading.text}, begin_{at}, d_{digits_at(reading.text, at)} {}

  /// The end of what was found; 0: nothing.
  std::size_t find() {
    if (d_.count < 7) return 0;
    label_ = r_.label_of(begin_);
    for (const auto match :
         {&Number::identity, &Number::card, &Number::mobile, &Number::chinese_line,
          &Number::american, &Number::social, &Number::international})
      if (const auto m = (this->*match)(); m.confidence > 0) return take(m);
    return 0;
  }

 private:
  std::size_t take(const Match& m) {
    const auto end = d_.at[m.last] + 1 + m.tail;
    const auto begin = begin_of_prefix(end);
    r_.add(m.kind, m.confidence, begin, end);
    return end;
  }
  /// With a plus and a bracket that belong to a telephone number; blanks may part them.
  std::size_t begin_of_prefix(std::size_t end) const {
    std::size_t b = begin_, i = begin_;
    const bool closes = text_.substr(begin_, end - begin_).find(')') != text_.npos;
    while (i > 0 && begin_ - i < 5) {
      const char c = text_[--i];
      if (c == '+' || (c == '(' && closes)) {
        b = i;
        if (c == '(') break;
      } else if (c != ' ') {
        break;
      }
    }
    return b;
  }
  bool plus() const {
    return text_[begin_of_prefix(std::min(begin_ + 24, text_.size()))] == '+' || after_plus();
  }
  bool after_plus() const {
    const auto b = begin_of_prefix(std::min(begin_ + 24, text_.size()));
    return text_.substr(b, begin_ - b).find('+') != text_.npos;
  }
  /// Digits [from, from + n) are whole groups, and not the beginning of a longer row of single
  /// ones.
  bool stands(std::size_t from, std::size_t n) const {
    if (from + n > d_.count || !d_.whole(text_, from, from + n - 1)) return false;
    if (d_.shape(from, n) != 1) return !decimal(from + n - 1);
    return from + n == d_.count || d_.shape(from, n + 1) != 1;
  }
  bool decimal(std::size_t last) const {
    const std::size_t end = d_.at[last] + 1;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) return true;
    return begin_ > 1 && text_[begin_ - 1] == '.' && is_digit(text_[begin_ - 2]);
  }
  bool thing() const {
    return label_ == Role::order_label || label_ == Role::version_label ||
           label_ == Role::hotline_label || label_ == Role::contract_label;
  }

  Match identity() {
    if (d_.count >= 17) {
      std::array<char, 18> t{};
      std::copy_n(d_.value.begin(), std::min<std::size_t>(d_.count, 18), t.begin());
      if (d_.count >= 18 && d_.whole(text_, 0, 17) && chinese_id({t.data(), 18}))
        return {cn_id_card, 98, 17, 0, 0};
      std::size_t x = d_.at[16] + 1;  // the X after what may stand between
      while (x < text_.size() && x < d_.at[16] + 5u && !is_word(text_[x]) && !is_cjk_byte(text_[x]))
        ++x;
      t[17] = 'X';
      const bool ends = x + 1 >= text_.size() || !is_word(text_[x + 1]);
      if (x < text_.size() && lower(text_[x]) == 'x' && ends && chinese_id({t.data(), 18}))
        return {cn_id_card, 98, 16, 0, x - d_.at[16]};
    }
    if (label_ == Role::id_label && stands(0, 15) && chinese_id_15(d_.text(0, 15)))
      return {cn_id_card, 80, 14, 0, 0};
    return {};
  }

  Match card() {
    if (thing() ||
        (label_ == Role::phone_label && d_.shape(0, std::min<std::size_t>(d_.count, 16)) == -1))
      return {};
    for (std::size_t n = std::min<std::size_t>(d_.count, 19); n >= 13; --n) {
      if (!stands(0, n) || !payment_card(d_.text(0, n))) continue;
      const int shape = d_.shape(0, n);
      const bool labelled = label_ == Role::bank_label;
      if (shape == -1 && !labelled && !fours(n)) continue;
      const bool plain = shape >= 13 && shape <= 19;
      if (n < 15 && !labelled) continue;
      return {bank_card, labelled ? 98 : plain ? 75 : 85, n - 1, 0, 0};
    }
    return {};
  }

  bool fours(std::size_t n) const {
    for (std::size_t i = 1; i < n; ++i)
      if ((d_.group_of[i] != d_.group_of[i - 1]) != (i % 4 == 0)) return false;
    return true;
  }

  bool mobile_at(std::size_t from, bool prefixed) const {
    if (!stands(from, 11)) return false;
    if (d_.value[from] != '1' || d_.value[from + 1] < '3') return false;
    const auto digits = d_.text(from, 11);
    if (digits.find_first_not_of(digits[2], 2) == digits.npos) return false;
    constexpr std::array shapes{11, 1, 344, 38, 74, 335, 443, 434, 3332, 128};
    const int shape = d_.shape(from, 11);
    if (std::find(shapes.begin(), shapes.end(), shape) == shapes.end()) return false;
    return prefixed || !d_.dotted || shape == 344;
  }
  Match mobile() {
    std::size_t from = 0;
    if (d_.count >= 13 && d_.text(0, 2) == "86") from = 2;
    if (d_.count >= 15 && d_.text(0, 4) == "0086") from = 4;
    if (d_.count >= 12 && d_.value[0] == '0' && d_.value[1] == '1' && d_.value[2] >= '3') from = 1;
    const bool prefixed = from >= 2;
    if (plus() && from < 2) return {};  // another country's
    if (thing() && !plus()) return {};
    const bool joined = from > 0 && d_.group_of[from] == d_.group_of[from - 1];
    const bool good = joined ? whole_joined(from) : mobile_at(from, prefixed);
    if (!good) return {};
    return {cn_mobile, label_ == Role::phone_label || prefixed ? 95 : 80, from + 10, 0, 0};
  }
  /// "8613800138000": no group begins at the number itself.
  bool whole_joined(std::size_t from) const {
    if (from + 11 > d_.count || d_.value[from] != '1' || d_.value[from + 1] < '3') return false;
    return stands(0, from + 11) && d_.shape(0, from + 11) >= 11;
  }

  Match chinese_line() {
    std::size_t from = 0;
    const bool country = d_.count >= 12 && (d_.text(0, 2) == "86" || d_.text(0, 4) == "0086");
    if (country) from = d_.value[0] == '8' ? 2 : 4;
    const bool zero = from < d_.count && d_.value[from] == '0';
    if ((!zero && !country) || (thing() && !plus())) return {};
    const std::size_t code = from + (zero ? 1 : 0);
    if (code + 9 > d_.count) return {};
    const char first = d_.value[code], second = d_.value[code + 1];
    const std::size_t area = first == '1' ? 2 : first == '2' ? 2 : first >= '3' ? 3 : 0;
    if (area == 0 || (first == '1' && second != '0') || (first == '2' && second == '6')) return {};
    const std::size_t local = code + area;
    for (const std::size_t n : {8u, 7u}) {
      if (n == 7 && area == 2) continue;
      if (local + n > d_.count || !stands(0, local + n)) continue;
      if (d_.value[local] < '2' || d_.value[local] == '9') continue;
      const int shape = d_.shape(0, local + n);
      const bool parted = d_.group_of[local] != d_.group_of[local - 1] && shape != -1;
      const bool dots = d_.dotted && shape == 1;
      if (dots || (!parted && label_ != Role::phone_label)) continue;
      return {cn_landline, label_ == Role::phone_label ? 95 : 75, local + n - 1, 0,
              extension(d_.at[local + n - 1] + 1u)};
    }
    return {};
  }
  /// The bytes of "-8012", "转8012", " ext. 12" at `at`.
  std::size_t extension(std::size_t at) const {
    for (const std::string_view word : {"转", "-", " ext. ", " ext ", "ext.", " x"}) {
      if (text_.substr(at, word.size()) != word) continue;
      std::size_t end = at + word.size();
      while (end < text_.size() && is_digit(text_[end])) ++end;
      const auto n = end - at - word.size();
      if (n >= 2 && n <= 6 && (end >= text_.size() || !is_word(text_[end]))) return end - at;
    }
    return 0;
  }

  Match american() {
    const std::size_t from = d_.count >= 11 && d_.value[0] == '1' ? 1 : 0;
    if (from + 10 > d_.count || (from == 1 && d_.shape(0, 11) == 11 && !plus())) return {};
    if (thing()) return {};
    const auto t = d_.text(from, 10);
    const bool areas = t[0] >= '2' && t[3] >= '2' && t.substr(1, 2) != "11";
    constexpr std::array<std::string_view, 8> free{"400", "800", "888", "877",
                                                   "866", "855", "844", "833"};
    if (!areas || std::find(free.begin(), free.end(), t.substr(0, 3)) != free.end()) return {};
    if (from == 1 && d_.group_of[1] == d_.group_of[0] && !plus()) return {};
    const bool joined = from == 1 && d_.group_of[1] == d_.group_of[0];
    if (!(joined ? stands(0, 11) : stands(from, 10))) return {};
    const int shape = joined ? d_.shape(0, 11) : d_.shape(from, 10);
    const bool labelled = label_ == Role::phone_label || plus();
    const bool parted = shape == 334 || (shape == 37 && d_.hyphens) || (shape == 64 && d_.hyphens);
    const bool single = shape == 1 && (d_.hyphens || labelled);
    if (!parted && !single && !labelled) return {};
    if (parted && !labelled && !d_.hyphens && !d_.dotted && from == 0) return {};
    return {us_phone, labelled ? 95 : 75, from + 9, 0, american_extension(from + 9)};
  }
  std::size_t american_extension(std::size_t last) const {
    const auto at = d_.at[last] + 1u;
    return text_.substr(at, 1) == "-" ? 0 : extension(at);
  }

  Match social() {
    if (!stands(0, 9) || !social_security(d_.text(0, 9)) || plus()) return {};
    const int shape = d_.shape(0, 9);
    if (label_ == Role::ssn_label) return {us_ssn, 97, 8, 0, 0};
    if (thing() || shape != 324 || d_.dotted) return {};
    return {us_ssn, d_.hyphens ? 80 : 0, 8, 0, 0};
  }

  Match international() {
    const bool zeros = d_.text(0, 2) == "00" && d_.value[2] != '0' && label_ == Role::phone_label;
    if (!plus() && !zeros) return {};
    const std::size_t from = zeros ? 2 : 0;
    if (d_.value[from] == '0' || d_.text(from, 2) == "86" || thing()) return {};
    for (std::size_t n = std::min<std::size_t>(d_.count, 15); n >= 9; --n) {
      if (!d_.whole(text_, 0, n - 1) || decimal(n - 1)) continue;
      return {phone, label_ == Role::phone_label ? 90 : 70, n - 1, 0, 0};
    }
    return {};
  }

  Reading& r_;
  std::string_view text_;
  std::size_t begin_;
  Digits d_;
  Role label_ = Role::none;
};

}  // namespace

std::size_t find_person_number(Reading& reading, std::size_t at) {
  return Number{reading, at}.find();
}

}  // namespace weir::domain
