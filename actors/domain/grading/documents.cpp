// Contracts and unpublished finance: what the words of the lexicons say together, near an amount.
#include "actors/domain/grading/surroundings.hpp"

#include <algorithm>

namespace weir::domain {
namespace {

using enum Sensitive;

class Reader {
 public:
  explicit Reader(Reading& reading) : r_{reading}, text_{reading.text} {
    for (const auto& hit : r_.hits)
      if (hit.role == Role::amount_word) r_.amounts.push_back({hit.begin, hit.end});
    std::sort(r_.amounts.begin(), r_.amounts.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
  }

  void run() {
    const auto count = r_.hits.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto hit = r_.hits[i];
      switch (hit.role) {
        case Role::contract_label:
          contract_number(hit);
          break;
        case Role::contract_ref:
          contract_reference(hit);
          break;
        case Role::contract_mark:
          contract_mark(hit);
          break;
        case Role::contract_core:
          contract_text(i);
          break;
        case Role::contract_word:
          numbered_before(hit);
          if (hit.begin >= next_clause_) contract_text(i);
          break;
        case Role::salary:
          salary(i);
          break;
        case Role::profit:
          profit(i);
          break;
        case Role::transfer:
          transfer(i);
          break;
        case Role::merger:
          merger(i);
          break;
        case Role::bid:
          bid(i);
          break;
        case Role::contract_term:
          r_.add(contract, 90, hit.begin, hit.end);
          break;
        case Role::finance_term:
          r_.add(finance, 90, hit.begin, hit.end);
          break;
        default:
          break;
      }
    }
  }

 private:
  Surroundings around(std::size_t i, std::size_t near) const {
    return surroundings_of(r_, i, near);
  }
  /// "合同编号:HT-2026-7731", "Contract No. 2024/17-B", "协议编号(2023)京01字第045号".
  void contract_number(const Hit& hit) {
    constexpr std::size_t value_max = 60;
    std::size_t b = hit.end;
    for (std::size_t n = 0; b < text_.size() && n < 12; ++n) {
      static constexpr std::string_view words[] = {"为",   "是",      "号",  "is ",
                                                   "no. ", "number ", "no.", "#"};
      std::size_t step = 0;
      for (const auto w : words)
        if (text_.substr(b, w.size()) == w) step = w.size();
      if (step == 0 && std::string_view{" :=#\"'|*.\t<"}.find(text_[b]) != std::string_view::npos)
        step = 1;
      if (step == 0) break;
      b += step;
    }
    if (const auto stop = year_number(b); stop != 0) return r_.add(contract_no, 95, b, stop);
    std::size_t e = b, digits = 0;
    while (e < text_.size() && e - b < value_max) {
      const char c = text_[e];
      static constexpr std::string_view inner[] = {"字", "第", "号", "合", "年", "采", "销",
                                                   "购", "服", "租", "京", "沪", "粤", "·"};
      std::size_t step =
          is_word(c) || std::string_view{"-_/()[]."}.find(c) != std::string_view::npos;
      for (const auto w : inner)
        if (step == 0 && text_.substr(e, w.size()) == w) step = w.size();
      if (step == 0) break;
      digits += is_digit(c) ? 1 : 0;
      e += step;
    }
    if (text_.substr(b, e - b).find('(') == text_.npos && e > b && text_[e - 1] == ')') --e;
    while (e > b && std::string_view{"-_/([."}.find(text_[e - 1]) != std::string_view::npos) --e;
    if (digits < 3 || e - b < 4) return;
    r_.add(contract_no, 95, b, e);
  }

  /// The end of "(2024)xx第045号", "xx[2024]12号" at `at`: up to 号, a year in brackets inside; 0:
  /// none.
  std::size_t year_number(std::size_t at) const {
    constexpr std::size_t size_max = 60;
    const auto part = text_.substr(std::min(at, text_.size()), size_max);
    const auto stop = part.find("号");
    if (stop == part.npos || stop < 9) return 0;
    const auto inner = part.substr(0, stop);
    const auto open = inner.find_first_of("[(");
    if (open == inner.npos || open > 30 || open + 6 > inner.size()) return 0;
    const auto year = inner.substr(open + 1, 2);
    const char close = inner[open + 5];
    if ((year != "20" && year != "19") || (close != ']' && close != ')')) return 0;
    if (!is_digit(inner.back())) return 0;
    for (const std::string_view mark : {"。", "、", "的", "《", "》", " ", ",", ";", ":", "\n"})
      if (inner.find(mark) != inner.npos) return 0;
    return at + stop + 3;
  }
  /// "xx〔2024〕117号合同": the number stands right before the word. Those of authorities are no
  /// contract's: they end in 发, 函, 令 before the year.
  void numbered_before(const Hit& hit) {
    constexpr std::size_t name_max = 24;
    if (hit.begin < 15 || text_.substr(hit.begin - 3, 3) != "号") return;
    const auto floor = hit.begin > 60 ? hit.begin - 60 : 0;
    const auto open = text_.substr(floor, hit.begin - floor).find_last_of("[(");
    if (open == text_.npos) return;
    std::size_t b = floor + open;
    const auto bracket = b;
    while (b >= 3 && bracket - b < name_max && is_cjk_byte(text_[b - 1])) {
      const auto c = text_.substr(b - 3, 3);
      static constexpr std::string_view stops[] = {"。", "、", "下", "把", "为", "据", "将", "看",
                                                   "查", "按", "在", "由", "与", "和", "及", "》"};
      if (std::find(std::begin(stops), std::end(stops), c) != std::end(stops)) break;
      b -= 3;
    }
    static constexpr std::string_view official[] = {"发", "函", "令", "税", "规", "告", "办"};
    if (b < bracket && std::find(std::begin(official), std::end(official),
                                 text_.substr(bracket - 3, 3)) != std::end(official))
      return;
    if (year_number(b) == hit.begin) r_.add(contract_no, 85, b, hit.begin);
  }

  /// "青枫合字〔2021〕第295号"
  void contract_mark(const Hit& hit) {
    constexpr std::size_t before_max = 12, after_max = 40;
    std::size_t b = hit.begin;
    while (b >= 3 && hit.begin - b < before_max && is_cjk_byte(text_[b - 1])) b -= 3;
    const auto stop = text_.substr(hit.end, after_max).find("号");
    if (stop == text_.npos || stop == 0 || is_alpha(text_[hit.end])) return;
    const auto number = text_.substr(hit.end, stop);
    if (std::count_if(number.begin(), number.end(), is_digit) < 3) return;
    r_.add(contract_no, 85, b, hit.end + stop + 3);
  }

  /// "《设备维保合同》(青枫采购[2024]0894号)": a number in brackets right after the name.
  void contract_reference(const Hit& hit) {
    constexpr std::size_t number_max = 48;
    const auto close = text_.substr(hit.end, number_max).find(')');
    if (close == text_.npos || close < 6) return;
    const auto inner = text_.substr(hit.end, close);
    const auto digits = std::count_if(inner.begin(), inner.end(), is_digit);
    const bool number = inner.ends_with("号") || (is_upper(inner[0]) && is_word(inner.back()));
    if (digits >= 4 && number && inner.find(' ') == inner.npos)
      r_.add(contract_no, 85, hit.end, hit.end + close);
  }

  void contract_text(std::size_t i) {
    constexpr std::size_t near = 240;
    const auto hit = r_.hits[i];
    const auto s = around(i, near);
    const int core = s.of(Role::contract_core), words = s.of(Role::contract_word);
    int score = std::min(core, 3) * 2 + std::min(words, 5);
    score += s.amount ? 3 : 0;
    score += s.of(Role::contract_label) != 0 ? 1 : 0;
    score -= s.of(Role::general) + s.of(Role::published) != 0 ? (s.amount ? 1 : 3) : 0;
    if (hit.role == Role::contract_word) next_clause_ = hit.end + near / 2;
    const bool enough = s.amount ? score >= 6 && core > 0 : score >= 8 && core > 0;
    const bool clauses = s.amount && words >= 4 && score >= 7;
    if (enough || clauses) r_.add(contract, std::min(60 + score * 3, 95), hit.begin, hit.end);
  }

  void salary(std::size_t i) {
    const auto hit = r_.hits[i];
    const auto s = around(i, 90);
    if (s.of(Role::published) != 0 || (s.of(Role::general) != 0 && !s.close_amount)) return;
    if (!s.close_amount && !number_after(hit) &&
        !((s.of(Role::salary) > 1 || cell(hit)) && rows_after(hit)))
      return;
    r_.add(finance, 85, hit.begin, hit.end);
  }
  /// A plain number of four digits or more right after the word: a cell, a member of JSON.
  bool number_after(const Hit& hit) const {
    std::size_t i = hit.end, n = 0, marks = 0;
    for (; i < text_.size() && i - hit.end < 12 && !is_digit(text_[i]); ++i) {
      if (text_[i] == '\n' || is_alpha(text_[i])) return false;
      marks += text_[i] == ':' || text_[i] == '=' || text_[i] == '|' ? 1 : 0;
    }
    while (i < text_.size() && (is_digit(text_[i]) || text_[i] == ','))
      n += is_digit(text_[i++]) ? 1 : 0;
    if (i < text_.size() && (text_[i] == '-' || text_[i] == '%')) return false;
    return n >= 4 && n <= 9 && marks > 0;
  }

  /// A field of a table's head.
  bool cell(const Hit& hit) const {
    const auto edge = [](char c) {
      return c == ',' || c == '|' || c == '"' || c == '\n' || c == '\t';
    };
    const std::size_t before = hit.begin, after = hit.end;
    return (before == 0 || edge(text_[before - 1]) || text_.substr(before - 1, 1) == " ") &&
           after < text_.size() && (edge(text_[after]) || text_.substr(after, 2) == " |");
  }
  /// A table of pay: at least three numbers of four to seven digits in the next lines.
  bool rows_after(const Hit& hit) const {
    std::size_t numbers = 0;
    const auto part = text_.substr(hit.end, 240);
    for (std::size_t i = 0; i < part.size();) {
      std::size_t n = i;
      while (n < part.size() && is_word(part[n])) ++n;
      const bool digits =
          n > i && std::all_of(part.begin() + static_cast<std::ptrdiff_t>(i),
                               part.begin() + static_cast<std::ptrdiff_t>(n), is_digit);
      if (digits && n - i >= 4 && n - i <= 7) ++numbers;
      i = n == i ? i + 1 : n;
    }
    return numbers >= 3;
  }

  void profit(std::size_t i) {
    const auto hit = r_.hits[i];
    const auto s = around(i, 240);
    if (!s.amount && !(s.of(Role::unpublished) > 0 && percent_near(hit))) return;
    int score = std::min(s.of(Role::profit), 3) + std::min(s.of(Role::unpublished), 3);
    score += s.close_amount ? 1 : 0;
    score -= s.of(Role::general) + s.of(Role::published) * 3;
    if (score >= 3 && (s.of(Role::unpublished) > 0 || s.of(Role::profit) >= 3))
      r_.add(finance, std::min(60 + score * 5, 95), hit.begin, hit.end);
  }
  bool percent_near(const Hit& hit) const {
    const auto part = text_.substr(hit.end, 60);
    const auto at = part.find('%');
    return at != part.npos && at > 0 && is_digit(part[at - 1]);
  }

  void transfer(std::size_t i) {
    const auto hit = r_.hits[i];
    const auto s = around(i, 120);
    if (!s.close_amount && !s.amount) return;
    int score = (s.close_amount ? 2 : 1) + (s.of(Role::bank_label) != 0 ? 2 : 0);
    score += account_near(hit) ? 2 : 0;
    score += s.of(Role::transfer) > 1 ? 2 : 0;
    score -= s.of(Role::general) * 3;
    if (score >= 4) r_.add(finance, 75, hit.begin, hit.end);
  }
  bool account_near(const Hit& hit) const {
    constexpr std::size_t near = 160;
    return std::any_of(accounts_.begin(), accounts_.end(), [&](std::size_t at) {
      return at + near > hit.begin && at < hit.end + near;
    });
  }

  void merger(std::size_t i) {
    const auto hit = r_.hits[i];
    const auto s = around(i, 180);
    int score = std::min(s.of(Role::merger), 3) + std::min(s.of(Role::unpublished), 2);
    score += s.amount ? 2 : 0;
    score += s.of(Role::profit) != 0 ? 1 : 0;
    score -= (s.of(Role::general) + s.of(Role::published)) * 3;
    if (score >= 4 || (s.of(Role::merger) >= 2 && s.of(Role::unpublished) >= 1 && score >= 3))
      r_.add(finance, std::min(60 + score * 5, 95), hit.begin, hit.end);
  }

  void bid(std::size_t i) {
    const auto hit = r_.hits[i];
    const auto s = around(i, 120);
    if (s.amount && s.of(Role::published) == 0) r_.add(finance, 85, hit.begin, hit.end);
  }

  Reading& r_;
  std::string_view text_;
  std::size_t next_clause_ = 0;

 public:
  /// Where account numbers begin.
  std::vector<std::size_t> accounts_;
};

}  // namespace

void find_documents(Reading& reading) {
  constexpr std::size_t accounts_max = 64;
  Reader reader{reading};
  for (const auto& f : reading.found)
    if ((f.kind == bank_card || f.kind == iban) && reader.accounts_.size() < accounts_max)
      reader.accounts_.push_back(f.begin);
  reader.run();
  find_business(reading);
}

}  // namespace weir::domain
