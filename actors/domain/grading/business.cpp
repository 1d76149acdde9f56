// Contracts and figures in plain words: clauses by who must do what, figures by whose they are and
// how secret. Each class of words counts a little; near an amount a few of them are enough.
#include "actors/domain/grading/reading.hpp"

#include <algorithm>
#include <array>
#include <bitset>

namespace weir::domain {
namespace {

/// What stands around a word: how many words of each role, each word once; amounts.
struct Around {
  std::array<int, 80> distinct{};
  bool amount = false;
  int of(Role role) const { return distinct[static_cast<std::size_t>(role)]; }
  int most(Role role, int limit) const { return std::min(of(role), limit); }
};

class Business {
 public:
  explicit Business(Reading& reading) : r_{reading}, text_{reading.text} {}

  void run() {
    const auto count = r_.hits.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto role = r_.hits[i].role;
      if (r_.hits[i].begin < next_) continue;
      if (role == Role::party || role == Role::deed) clause(i);
      if (role == Role::metric || role == Role::deal || role == Role::secrecy ||
          role == Role::salary)
        figures(i);
    }
  }

 private:
  Around around(std::size_t i) const {
    constexpr std::size_t looks_max = 48, near = 300;
    Around s;
    std::bitset<8192> seen;
    const auto& hit = r_.hits[i];
    const auto take = [&](const Hit& h) {
      if (seen[h.word % 8192]) return;
      seen.set(h.word % 8192);
      ++s.distinct[static_cast<std::size_t>(h.role)];
    };
    take(hit);
    for (std::size_t k = i, n = 0; k-- > 0 && n < looks_max && r_.hits[k].end + near > hit.begin;
         ++n)
      take(r_.hits[k]);
    for (std::size_t k = i + 1, n = 0;
         k < r_.hits.size() && n < looks_max && r_.hits[k].begin < hit.end + near; ++k, ++n)
      take(r_.hits[k]);
    const auto from = hit.begin > near ? hit.begin - near : 0;
    const auto next = std::lower_bound(r_.amounts.begin(), r_.amounts.end(), from,
                                       [](const Span& a, std::size_t at) { return a.begin < at; });
    s.amount = next != r_.amounts.end() && next->begin < hit.end + near;
    return s;
  }

  /// Whether an amount nearby is of a size that firms talk of: 万, million, five digits.
  bool large_near(const Hit& hit, std::size_t near) const {
    constexpr std::size_t looks_max = 16;
    const auto from = hit.begin > near ? hit.begin - near : 0;
    auto next = std::lower_bound(r_.amounts.begin(), r_.amounts.end(), from,
                                 [](const Span& a, std::size_t at) { return a.begin < at; });
    for (std::size_t n = 0; n < looks_max && next != r_.amounts.end(); ++n, ++next) {
      if (next->begin >= hit.end + near) return false;
      if (large(text_.substr(next->begin, next->end + 3 - next->begin))) return true;
    }
    return false;
  }
  static bool large(std::string_view amount) {
    constexpr std::ptrdiff_t digits_min = 5;
    for (const std::string_view unit :
         {"万", "亿", "mil", "bil", "mn", "bn", "k", "K", "m", "M", "b"})
      if (amount.find(unit) != amount.npos) return true;
    const auto whole = amount.substr(0, amount.find('.'));
    return std::count_if(whole.begin(), whole.end(), is_digit) >= digits_min;
  }

  /// Questions about words and news about others speak against both.
  static int against(const Around& s) {
    return (s.of(Role::general) != 0 ? 3 : 0) + (s.of(Role::published) != 0 ? 4 : 0);
  }

  void clause(std::size_t i) {
    const auto s = around(i);
    const int parties = s.most(Role::party, 2), duties = s.most(Role::duty, 4);
    const int deeds = s.most(Role::deed, 2);
    if (duties == 0 || parties + deeds == 0) return;
    const int score = parties * 2 + duties + deeds + (s.amount ? 3 : 0) - against(s);
    const bool enough = s.amount ? score >= 7
                                 : (score >= 8 && parties > 0 && duties >= 2) ||
                                       (score >= 7 && parties == 2 && duties >= 3);
    if (enough) keep(Sensitive::contract, score, i);
  }

  void figures(std::size_t i) {
    const auto s = around(i);
    if (!s.amount) return;
    const int subject =
        s.most(Role::metric, 3) + s.most(Role::deal, 2) * 2 + s.most(Role::salary, 2);
    const int whose = s.most(Role::own, 1) + s.most(Role::plan, 1) + s.most(Role::inside, 2) * 2 +
                      (s.of(Role::secrecy) != 0 ? 3 : 0);
    const int score = subject + whose + 2 - against(s);
    if (s.of(Role::secrecy) == 0 && !large_near(r_.hits[i], 300)) return;
    if (whose > 0 && score >= 6) keep(Sensitive::finance, score, i);
  }

  void keep(Sensitive kind, int score, std::size_t i) {
    constexpr std::size_t apart = 150;
    const auto& hit = r_.hits[i];
    r_.add(kind, std::min(55 + score * 3, 95), hit.begin, hit.end);
    next_ = hit.end + apart;
  }

  Reading& r_;
  std::string_view text_;
  std::size_t next_ = 0;
};

}  // namespace

void find_business(Reading& reading) { Business{reading}.run(); }

}  // namespace weir::domain
