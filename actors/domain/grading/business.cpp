// Contracts and figures in plain words: clauses by who must do what, figures by whose they are and
// how secret. Each class of words counts a little; near an amount a few of them are enough.
#include "actors/domain/grading/surroundings.hpp"

#include <algorithm>

namespace weir::domain {
namespace {

class Business {
  static constexpr std::size_t window = 300;

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
  Surroundings around(std::size_t i) const { return surroundings_of(r_, i, window); }

  /// Whether an amount nearby is of a size that firms talk of: 万, million, five digits.
  bool large_near(const Hit& hit) const {
    constexpr std::size_t looks_max = 16;
    const auto next = amounts_from(r_, hit, window);
    for (const auto& amount : next.first(std::min(looks_max, next.size()))) {
      if (amount.begin >= hit.end + window) return false;
      if (large(text_.substr(amount.begin, amount.end + 3 - amount.begin))) return true;
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
  static int against(const Surroundings& s) {
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
    if (s.of(Role::secrecy) == 0 && !large_near(r_.hits[i])) return;
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
