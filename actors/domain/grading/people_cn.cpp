// Chinese names. What a surname begins is one where enough speaks for it: a label, a title, the
// edges of a field, a number of the same person beside it, characters that names are made of.
#include "actors/domain/grading/names.hpp"
#include "actors/domain/grading/reading.hpp"
#include "actors/domain/grading/unicode.hpp"

#include <algorithm>

namespace weir::domain {
namespace {

constexpr int needed = 50, needed_alone = 58;

bool cjk(char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; }

/// The character that ends at `at`; {0, 0}: none.
Decoded before(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && at - begin < 4) {
    --begin;
    if ((text[begin] & 0xC0) != 0x80) break;
  }
  if (begin == at) return {0, 0, false};
  const auto d = decode_utf8(text, begin);
  return d.valid && begin + d.bytes == at ? d : Decoded{};
}

struct Candidate {
  std::size_t end = 0;
  int score = 0;
  bool two = false;  ///< characters in all
};

class Finder {
 public:
  explicit Finder(Reading& reading)
      : r_{reading}, text_{reading.text}, numbers_{reading.beside()} {}

  void run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_cjk_byte(text_[i])) {
        ++i;
        continue;
      }
      i = names::plain_end(text_, i);
      if (i >= text_.size() || !is_cjk_byte(text_[i])) continue;
      const auto d = decode_utf8(text_, i);
      std::size_t end = 0;
      if (cjk(d.point) && names::may_begin(d.point)) end = at(i, d.point, names::surname(d.point));
      i = end != 0 ? end : i + d.bytes;
    }
  }

 private:
  /// The name that begins at `i`; its end, 0: none.
  std::size_t at(std::size_t i, char32_t first, names::Surname kind) {
    const auto after = i + 3;
    const auto second = after < text_.size() ? decode_utf8(text_, after) : Decoded{};
    // "房东郭小龙": the label is longer.
    const bool pair =
        cjk(second.point) && names::compound(first, second.point) &&
        !(label_ends(after) && names::surname(next_after(after - 3)) != names::Surname::none);
    // "上 官 娜"
    const auto third =
        !pair && after < text_.size() && text_[after] == ' ' && after + 1 < text_.size()
            ? decode_utf8(text_, after + 1)
            : Decoded{};
    if (cjk(third.point) && names::compound(first, third.point))
      return spaced_compound(i, after + 4);
    if (kind == names::Surname::none && !pair) return 0;
    while (cursor_ < r_.hits.size() && r_.hits[cursor_].end <= i) ++cursor_;
    const int left = left_score(i);
    if (left == 0 && kind == names::Surname::ambiguous) return 0;
    int own = pair                             ? 25
              : kind == names::Surname::common ? 15
              : kind == names::Surname::rare   ? 8
                                               : -8;
    const auto best = given(pair ? after + 3 : after, pair);
    if (best.end == 0 || names::word(text_.substr(i, 12)) || organisation(best.end)) return 0;
    const int near = beside_number(i, best.end) ? 15 : 0;
    const int score = left + own + near + best.score;
    const bool titled = best.score >= 40;
    if (left == 0 && !(titled && own > 0)) return 0;  // in the middle of a sentence
    const bool alone = left < 30 && !titled && (near == 0 || own < 0);
    if (score < (alone && (best.two || own < 0) ? needed_alone : needed)) return 0;
    r_.add(Sensitive::person, std::min(score, 95), i, best.end);
    return best.end;
  }

  char32_t next_after(std::size_t at) const {
    return at + 3 < text_.size() ? decode_utf8(text_, at + 3).point : 0;
  }
  std::size_t spaced_compound(std::size_t i, std::size_t after) {
    const auto best = given(after, true);
    if (best.end == 0 || left_score(i) + best.score + 25 < needed) return 0;
    r_.add(Sensitive::person, 70, i, best.end);
    return best.end;
  }
  /// The name of a firm goes on with what it does and what it is.
  bool organisation(std::size_t end) const {
    std::size_t stop = end;
    while (stop < text_.size() && stop - end < 54 &&
           (is_cjk_byte(text_[stop]) || text_[stop] == '(' || text_[stop] == ')'))
      ++stop;
    auto run = text_.substr(end, stop - end);
    for (const std::string_view mark : {"、", "。", "的", "在", "是", "和", "与"})
      run = run.substr(0, run.find(mark));
    for (const std::string_view kind :
         {"公司", "集团", "大学", "学院", "医院", "银行", "事务所", "有限", "股份"})
      if (const auto at = run.find(kind); at != run.npos && at <= 36)
        return at > 0 || kind != "公司";
    return false;
  }

  /// What stands before: a label 50, next to a role 40, an edge 15, a particle 15; -1: a word.
  int left_score(std::size_t i) const {
    std::size_t b = i, marks = 0;
    bool parted = false;
    while (b > 0 && marks < 8) {
      const char c = text_[b - 1];
      if (c != ' ' && c != ':' && c != '"' && c != '\'' && c != '(' && c != '=' && c != '[' &&
          c != '<' && c != '*' && c != '|' && c != '-' && c != '\t')
        break;
      parted = parted || c == ':' || c == '=' || c == '|';
      --b, ++marks;
    }
    if (label_ends(b)) return parted ? 50 : marks == 0 ? 42 : 45;
    const auto prev = before(text_, i);
    if (prev.bytes == 0 || !cjk(prev.point)) {
      const auto outer = before(text_, b);
      const bool linked = marks > 0 && (outer.point == U'为' || outer.point == U'是');
      return linked                                                                           ? 30
             : prev.bytes != 0 && prev.point < 0x80 && is_word(static_cast<char>(prev.point)) ? 5
                                                                                              : 15;
    }
    if (prev.point == U'为' || prev.point == U'是' || prev.point == U'叫')
      if (label_ends(i - 3)) return 50;
    constexpr std::u32string_view with = U"跟和与找约帮替叫让给请";
    if (with.find(prev.point) != with.npos) return 20;
    if (names::soft_before(prev.point)) return 15;
    return 0;  // inside a sentence: only what follows can tell
  }

  bool label_ends(std::size_t at) const {
    std::size_t next = cursor_;
    while (next < r_.hits.size() && r_.hits[next].end <= at) ++next;  // "房东" in "房东郭"
    for (std::size_t looks = 0; next > 0 && looks < 16; ++looks) {
      const auto& hit = r_.hits[--next];
      if (hit.end < at) return false;
      if (hit.end == at && (hit.role == Role::person_label || hit.role == Role::en_label))
        return true;
    }
    return false;
  }
  bool title_begins(std::size_t at) const {
    auto i = r_.hit_after(at);
    for (std::size_t looks = 0; i < r_.hits.size() && looks < 8; ++looks, ++i) {
      if (r_.hits[i].begin == at && r_.hits[i].role == Role::person_title) return true;
      if (r_.hits[i].begin > at + 12) return false;
    }
    return false;
  }

  int right_score(std::size_t end) const {
    if (title_begins(end)) return 40;
    if (end >= text_.size()) return 15;
    const auto next = decode_utf8(text_, end);
    if (!cjk(next.point)) return is_word(text_[end]) && !is_digit(text_[end]) ? 5 : 15;
    if (names::soft_after(next.point)) return 8;
    return names::given(next.point) ? 0 : 5;
  }

  /// The best of one or two characters of a given name from `at` on; blanks may part them.
  Candidate given(std::size_t at, bool pair) const {
    Candidate best;
    std::size_t i = at;
    int good = 0;
    bool spaced = false;
    for (int n = 1; n <= 2; ++n) {
      const bool blank = i + 1 < text_.size() && text_[i] == ' ' && is_cjk_byte(text_[i + 1]);
      if (blank && n == 2 && !spaced) break;  // "孙芳 负责"
      spaced = spaced || blank;
      if (blank) ++i;
      if (i >= text_.size()) break;
      const auto d = decode_utf8(text_, i);
      if (!cjk(d.point) || names::never(d.point)) break;
      good += names::given(d.point) ? 1 : 0;
      i += d.bytes;
      const int quality = good == n ? (n == 2 ? 26 : 20) : good > 0 ? 6 : -5;
      const bool goes_on = spaced && n == 1 && i + 1 < text_.size() && text_[i] == ' ' &&
                           is_cjk_byte(text_[i + 1]) && blank_before_given(i + 1);
      const int right = goes_on ? 0 : right_score(i);
      // One character may be followed by a second of the name: it must look like an end.
      const int score = quality + right + (n == 2 ? 3 : 0) - (n == 1 && right == 0 ? 12 : 0);
      if (best.end == 0 || score >= best.score) best = {i, score, n == 1 && !pair};
    }
    return best;
  }

  bool blank_before_given(std::size_t at) const {
    const auto d = decode_utf8(text_, at);
    return names::given(d.point) && !(at + 3 < text_.size() && is_cjk_byte(text_[at + 3]) &&
                                      names::given(decode_utf8(text_, at + 3).point));
  }

  /// Whether something else of a person begins within the next bytes of the line, or the last ones.
  bool beside_number(std::size_t begin, std::size_t end) const {
    constexpr std::size_t near = 60;
    const auto next = std::lower_bound(numbers_.begin(), numbers_.end(), begin);
    if (next != numbers_.end() && *next < end + near &&
        text_.substr(end, *next > end ? *next - end : 0).find('\n') == text_.npos)
      return true;
    return next != numbers_.begin() && *(next - 1) + near > begin;
  }

  Reading& r_;
  std::string_view text_;
  std::vector<std::size_t> numbers_;
  std::size_t cursor_ = 0;  ///< the first hit that ends after where the walk is
};

}  // namespace

void find_chinese_people(Reading& reading) {
  if (reading.cjk) Finder{reading}.run();
}

}  // namespace weir::domain
