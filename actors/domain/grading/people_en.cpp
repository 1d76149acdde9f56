// English names: two or three words with capitals, of which the lists know one, or which a label or
// a title announces.
#include "actors/domain/grading/names.hpp"
#include "actors/domain/grading/reading.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace weir::domain {
namespace {

constexpr int needed = 55;

/// A word that begins with a capital, in small letters; its bytes [begin, end).
struct Name {
  std::size_t begin = 0, end = 0;
  std::array<char, 20> low{};
  bool capitals = false;  ///< all of it
  std::string_view text() const { return {low.data(), end - begin}; }
  bool initial() const { return end - begin == 1; }
};

class Finder {
 public:
  explicit Finder(Reading& reading)
      : r_{reading}, text_{reading.text}, numbers_{reading.beside()} {}

  void run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_alpha(text_[i])) {
        ++i;
        continue;
      }
      std::size_t next = 0;
      if (is_upper(text_[i]) && (i == 0 || edge(text_[i - 1]))) next = at(i);
      if (next == 0)
        for (next = i + 1; next < text_.size() && (is_word(text_[next]) || text_[next] == '_');)
          ++next;
      i = next;
    }
  }

 private:
  static bool edge(char c) { return !is_word(c) && c != '_' && c != '/' && c != '.' && c != '@'; }

  Name name_at(std::size_t i) const {
    Name n{i, i, {}, true};
    if (i >= text_.size() || !is_upper(text_[i])) return n;
    std::size_t end = i;
    while (end < text_.size() && end - i < n.low.size() &&
           (is_alpha(text_[end]) ||
            ((text_[end] == '-' || text_[end] == '\'') && end > i && end + 1 < text_.size() &&
             is_alpha(text_[end + 1]) && !(text_[end] == '\'' && text_[end + 1] == 's')))) {
      n.low[end - i] = lower(text_[end]);
      n.capitals = n.capitals && !is_lower(text_[end]);
      ++end;
    }
    if (end < text_.size() && (is_word(text_[end]) || text_[end] == '_')) return n;
    n.end = end;
    return n;
  }

  /// Up to four words from `i` on, single blanks between them, initials with a full stop.
  std::size_t words(std::size_t i, std::array<Name, 4>& names) const {
    std::size_t n = 0;
    while (n < names.size()) {
      const auto name = name_at(i);
      if (name.end == name.begin || (n > 0 && names::never(name.text()) && !known(name))) break;
      names[n++] = name;
      i = name.end;
      if (name.initial() && i < text_.size() && text_[i] == '.') ++i;
      if (i >= text_.size() || text_[i] != ' ') break;
      ++i;
    }
    while (n > 0 && names[n - 1].initial()) --n;
    return n;
  }

  bool known(const Name& n) const { return names::first(n.text()) || names::last(n.text()); }

  std::size_t at(std::size_t i) {
    std::array<Name, 4> names;
    std::size_t n = words(i, names);
    if (n == 0) return 0;
    const int announced = left_score(i);
    // "Customer Mary Johnson", "Dr Alice Chen": the first word is no name.
    if (announced == 0 && !names::first(names[0].text()) &&
        !names::pinyin_surname(names[0].text()) && !names::last(names[0].text()))
      return 0;
    if (organisation(names[n - 1].end)) return names[n - 1].end;
    if (n == 1) return single(names[0], announced);
    if (n > 3) n = 3;
    for (; n >= 2; --n) {
      const int score = announced + own_score(names, n) + near_score(i, names[n - 1].end);
      if (score < needed) continue;
      r_.add(Sensitive::person, std::min(score, 95), i, names[n - 1].end);
      return names[n - 1].end;
    }
    return 0;
  }

  /// "Dear Emily,", "Dr. Chen", "Smith, John".
  std::size_t single(const Name& n, int announced) {
    if (text_.substr(n.end, 2) == ", ") {
      const auto other = name_at(n.end + 2);
      if (other.end > other.begin && names::last(n.text()) && names::first(other.text()) &&
          (announced > 0 || near_score(n.begin, other.end) > 0)) {
        r_.add(Sensitive::person, 70, n.begin, other.end);
        return other.end;
      }
    }
    const bool name = names::first(n.text()) || names::last(n.text());
    const bool titled = announced >= 60;
    if (!name || n.initial() || n.text().size() < 3 || (!titled && announced < 40)) return 0;
    if (!titled && names::never(n.text())) return 0;
    r_.add(Sensitive::person, 60, n.begin, n.end);
    return n.end;
  }

  int own_score(const std::array<Name, 4>& names, std::size_t n) const {
    const auto& a = names[0];
    const auto& b = names[n - 1];
    if (names::never(a.text()) && !names::first(a.text())) return -40;
    const bool shouted = a.capitals && b.capitals;
    if (famous(a.text(), b.text())) return -100;
    const bool plain = names::first(a.text()) && !names::both(a.text());
    const int first = plain ? 42 : names::first(a.text()) ? 32 : 0;
    const int last = names::last(b.text()) ? 25 : 0;
    int score = first + last + (n == 3 && names[1].initial() ? 12 : 0);
    // A surname nobody has listed: a capital, five letters or more, no word that others use.
    if (plain && last == 0 && !names::never(b.text()) && !b.initial() && !b.capitals) score += 14;
    if (names::pinyin_surname(a.text()) && names::pinyin(b.text())) score = std::max(score, 40);
    if (names::pinyin(a.text()) && names::pinyin_surname(b.text())) score = std::max(score, 40);
    if (score == 0) return a.capitals || b.capitals ? -20 : 5;
    if (n == 3 && !names[1].initial() && !known(names[1])) score -= 15;
    return score - (shouted ? 10 : 0);
  }

  /// 60: a title right before; 40: a label and a colon; 25: a label.
  int left_score(std::size_t i) const {
    std::size_t b = i, marks = 0;
    bool parted = false;
    while (b > 0 && marks < 6) {
      const char c = text_[b - 1];
      if (std::string_view{" :\"'(=[,|*<.\t-\\\n"}.find(c) == std::string_view::npos) break;
      parted = parted || c == ':' || c == '=' || c == '|' || c == '"';
      --b, ++marks;
    }
    if (marks == 0) return 0;
    auto hit = r_.hit_after(i);
    int best = relation(b, i) ? 25 : 0;
    for (std::size_t looks = 0; hit > 0 && looks < 6; ++looks) {
      const auto& h = r_.hits[--hit];
      if (h.end + 1 < b) break;
      if (h.end > i || h.end > b + 1) continue;
      const bool cased = greeting(h);
      if (h.role == Role::en_title) best = std::max(best, 60);
      if (h.role == Role::en_label || h.role == Role::person_label)
        best = std::max(best, parted || cased ? 40 : 25);
    }
    return best;
  }
  static bool famous(std::string_view a, std::string_view b) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 40> people{
        {{"jane", "austen"},         {"virginia", "woolf"},
         {"albert", "einstein"},     {"isaac", "newton"},
         {"william", "shakespeare"}, {"charles", "dickens"},
         {"mark", "twain"},          {"ernest", "hemingway"},
         {"george", "orwell"},       {"elon", "musk"},
         {"steve", "jobs"},          {"bill", "gates"},
         {"donald", "trump"},        {"joe", "biden"},
         {"barack", "obama"},        {"linus", "torvalds"},
         {"alan", "turing"},         {"ada", "lovelace"},
         {"charles", "darwin"},      {"marie", "curie"},
         {"george", "washington"},   {"abraham", "lincoln"},
         {"thomas", "edison"},       {"nikola", "tesla"},
         {"jeff", "bezos"},          {"tim", "cook"},
         {"warren", "buffett"},      {"john", "kennedy"},
         {"martin", "king"},         {"agatha", "christie"},
         {"stephen", "king"},        {"stephen", "hawking"},
         {"leo", "tolstoy"},         {"victor", "hugo"},
         {"oscar", "wilde"},         {"emily", "dickinson"},
         {"sam", "altman"},          {"mark", "zuckerberg"},
         {"winston", "churchill"},   {"james", "joyce"}}};
    return std::find(people.begin(), people.end(), std::pair{a, b}) != people.end();
  }

  /// "for", "from", "with" and their like right before.
  bool relation(std::size_t b, std::size_t i) const {
    std::size_t first = b;
    while (first > 0 && b - first < 6 && is_alpha(text_[first - 1])) --first;
    if (b == first || text_.substr(b, i - b) != " ") return false;
    std::array<char, 6> low{};
    std::transform(text_.begin() + static_cast<std::ptrdiff_t>(first),
                   text_.begin() + static_cast<std::ptrdiff_t>(b), low.begin(), lower);
    static constexpr std::array<std::string_view, 11> words{
        "for", "from", "to", "with", "by", "and", "call", "cc", "tell", "ask", "told"};
    return std::find(words.begin(), words.end(), std::string_view{low.data(), b - first}) !=
           words.end();
  }

  bool greeting(const Hit& h) const {
    const auto word = text_.substr(h.begin, h.end - h.begin);
    return word == "Dear" || word == "Hi " || word == "Hi," || word == "Hello" || word == "Hey " ||
           word == "Hey," || word == "Regards" || word == "Sincerely" || word == "my name is" ||
           word == "My name is" || word == "Thanks";
  }

  int near_score(std::size_t begin, std::size_t end) const {
    constexpr std::size_t near = 48;
    const auto next = std::lower_bound(numbers_.begin(), numbers_.end(), begin);
    if (next != numbers_.end() && *next < end + near) return 15;
    return next != numbers_.begin() && *(next - 1) + near > begin ? 10 : 0;
  }

  /// What follows makes it a firm, a street, a place.
  bool organisation(std::size_t end) const {
    if (end + 1 >= text_.size()) return false;
    const auto next =
        name_at(text_[end] == ' ' || text_[end] == ',' ? end + (text_[end] == ',' ? 2 : 1) : end);
    if (text_.substr(end, 3) == " & " || next.end == next.begin)
      return text_.substr(end, 3) == " & ";
    static constexpr std::array<std::string_view, 46> ends{
        "capital",      "partners",   "ventures",   "foods",     "technologies", "systems",
        "labs",         "solutions",  "consulting", "logistics", "lp",           "llp",
        "limited",      "industries", "inc",        "ltd",       "llc",          "corp",
        "corporation",  "company",    "group",      "bank",      "street",       "avenue",
        "road",         "university", "college",    "school",    "hospital",     "foundation",
        "st",           "ave",        "rd",         "boulevard", "airport",      "institute",
        "partners",     "holdings",   "plc",        "gmbh",      "associates",   "theorem",
        "distribution", "algorithm",  "award",      "prize"};
    return std::find(ends.begin(), ends.end(), next.text()) != ends.end();
  }

  Reading& r_;
  std::string_view text_;
  std::vector<std::size_t> numbers_;
};

}  // namespace

void find_english_people(Reading& reading) { Finder{reading}.run(); }

}  // namespace weir::domain
