#include "actors/domain/policy/rows.hpp"

#include <algorithm>
#include <iterator>

namespace weir::domain {
namespace {

/// A label for each combination of some dimensions' values; the last dimension changes first.
struct Cube {
  std::vector<std::size_t> dimensions;  ///< numbers in PolicyValues::sizes()
  std::vector<std::size_t> sizes;
  std::vector<std::uint8_t> labels;

  std::size_t inner(std::size_t at) const {
    std::size_t all = 1;
    for (std::size_t i = at + 1; i < sizes.size(); ++i) all *= sizes[i];
    return all;
  }
};

constexpr std::uint8_t skipped = 0xFF;

bool same(const Cube& cube, std::size_t at, std::size_t a, std::size_t b) {
  const auto inner = cube.inner(at), step = inner * cube.sizes[at];
  for (std::size_t outer = 0; outer < cube.labels.size(); outer += step) {
    const auto* first = cube.labels.data() + outer;
    if (!std::equal(first + a * inner, first + (a + 1) * inner, first + b * inner)) return false;
  }
  return true;
}

using Values = std::vector<std::size_t>;

/// The values of dimension `at`, those together that make no difference.
std::vector<Values> groups(const Cube& cube, std::size_t at) {
  std::vector<Values> all;
  for (std::size_t value = 0; value < cube.sizes[at]; ++value) {
    const auto like = std::find_if(all.begin(), all.end(), [&](const Values& group) {
      return same(cube, at, group.front(), value);
    });
    if (like != all.end())
      like->push_back(value);
    else
      all.push_back({value});
  }
  return all;
}

/// The part where dimension `at` has `value`, without that dimension.
Cube slice(const Cube& cube, std::size_t at, std::size_t value) {
  Cube part{cube.dimensions, cube.sizes, {}};
  part.dimensions.erase(part.dimensions.begin() + static_cast<std::ptrdiff_t>(at));
  part.sizes.erase(part.sizes.begin() + static_cast<std::ptrdiff_t>(at));
  const auto inner = cube.inner(at), step = inner * cube.sizes[at];
  part.labels.reserve(cube.labels.size() / cube.sizes[at]);
  for (std::size_t outer = 0; outer < cube.labels.size(); outer += step) {
    const auto* first = cube.labels.data() + outer + value * inner;
    part.labels.insert(part.labels.end(), first, first + inner);
  }
  return part;
}

class Compaction {
 public:
  explicit Compaction(const PolicyValues& values)
      : values_{values}, sizes_{values.sizes()}, chosen_(sizes_.size()) {}

  /// Drops what makes no difference, then splits by the dimension with the fewest kinds of values.
  void split(Cube cube) {
    if (std::all_of(cube.labels.begin(), cube.labels.end(),
                    [&cube](std::uint8_t label) { return label == cube.labels.front(); }))
      return row(cube.labels.front());
    std::size_t best = 0;
    std::vector<Values> by;
    for (std::size_t at = 0; at < cube.sizes.size();) {
      auto kinds = groups(cube, at);
      if (kinds.size() == 1) {
        cube = slice(cube, at, 0);
        continue;
      }
      if (by.empty() || kinds.size() < by.size()) {
        best = at;
        by = std::move(kinds);
      }
      ++at;
    }
    const auto dimension = cube.dimensions[best];
    for (auto& group : by) {
      if (!complete_) return;
      auto part = slice(cube, best, group.front());
      chosen_[dimension] = std::move(group);
      split(std::move(part));
    }
    chosen_[dimension].clear();
  }
  PolicyRows take() {
    while (merge_once()) continue;
    PolicyRows rows{{}, complete_};
    for (const auto& part : parts_) rows.rows.push_back(row_of(part));
    return rows;
  }

 private:
  /// Values by dimension (none: any), and the label of all of their combinations.
  struct Part {
    std::vector<Values> chosen;
    std::uint8_t label = 0;
  };

  void row(std::uint8_t label) {
    if (label == skipped) return;
    complete_ = parts_.size() < policy_rows_max;
    if (complete_) parts_.push_back({chosen_, label});
  }

  /// Splitting by one dimension tears apart what another would keep together: parts that differ in
  /// one dimension become one. returns  whether there were any.
  bool merge_once() {
    bool merged = false;
    for (std::size_t a = 0; a < parts_.size(); ++a)
      for (std::size_t b = a + 1; b < parts_.size();) {
        if (!merge(parts_[a], parts_[b])) {
          ++b;
          continue;
        }
        parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(b));
        merged = true;
      }
    return merged;
  }

  bool merge(Part& a, const Part& b) const {
    if (a.label != b.label) return false;
    const auto differs = std::mismatch(a.chosen.begin(), a.chosen.end(), b.chosen.begin());
    if (differs.first == a.chosen.end() ||
        !std::equal(differs.first + 1, a.chosen.end(), differs.second + 1))
      return false;
    auto& values = *differs.first;
    if (values.empty() || differs.second->empty()) return false;  // no: parts never overlap
    Values both;
    std::merge(values.begin(), values.end(), differs.second->begin(), differs.second->end(),
               std::back_inserter(both));
    const auto dimension = static_cast<std::size_t>(differs.first - a.chosen.begin());
    values = both.size() == sizes_[dimension] ? Values{} : std::move(both);
    return true;
  }

  PolicyRow row_of(const Part& part) const {
    const auto& chosen = part.chosen;
    PolicyRow row;
    for (const auto g : chosen[0]) row.grades.push_back(static_cast<Grade>(g));
    for (const auto t : chosen[1]) row.tiers.push_back(static_cast<Tier>(t));
    row.tenants = named(values_.tenants, chosen[2]);
    row.regions = named(values_.regions, chosen[3]);
    for (const auto p : chosen[4]) row.providers.push_back(engine_kinds[p]);
    for (std::size_t f = 0; f < values_.features.size(); ++f)
      if (const auto& needed = chosen[5 + f]; !needed.empty())
        (needed.front() == 1 ? row.needs : row.lacks) |= values_.features[f];
    row.before = (part.label & 1U) != 0;
    row.after = (part.label & 2U) != 0;
    return row;
  }

  /// With the last value, which stands for all others, it is told by what is not among them.
  static NamedSet named(const std::vector<std::string>& names, const Values& values) {
    NamedSet set;
    set.but = values.empty() || values.back() + 1 == names.size();
    if (values.empty()) return set;
    for (std::size_t i = 0; i + 1 < names.size(); ++i)
      if (std::binary_search(values.begin(), values.end(), i) != set.but)
        set.names.push_back(names[i]);
    return set;
  }

  const PolicyValues& values_;
  std::vector<std::size_t> sizes_;
  std::vector<Values> chosen_;  ///< by dimension; empty: any
  std::vector<Part> parts_;
  bool complete_ = true;
};

PolicyRows compacted(const PolicyComparison& comparison, std::uint8_t (*label)(std::uint8_t)) {
  Cube cube{{}, comparison.values().sizes(), comparison.verdicts()};
  for (std::size_t i = 0; i < cube.sizes.size(); ++i) cube.dimensions.push_back(i);
  std::transform(cube.labels.begin(), cube.labels.end(), cube.labels.begin(), label);
  Compaction compaction{comparison.values()};
  compaction.split(std::move(cube));
  return compaction.take();
}

template <class List, class Value>
bool in(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool NamedSet::contains(const std::string& name) const {
  return (std::find(names.begin(), names.end(), name) != names.end()) != but;
}

bool PolicyRow::covers(const PolicyCase& asked) const {
  return in(grades, asked.grade) && in(tiers, asked.tier) && tenants.contains(asked.tenant) &&
         regions.contains(asked.region) && in(providers, asked.provider) &&
         (asked.features & needs) == needs && (asked.features & lacks) == 0;
}

PolicyRows changed_rows(const PolicyComparison& comparison) {
  return compacted(comparison, [](std::uint8_t verdict) {
    return verdict == 1 || verdict == 2 ? verdict : skipped;
  });
}

PolicyRows verdict_rows(const PolicyComparison& comparison) {
  return compacted(comparison, [](std::uint8_t verdict) {
    return static_cast<std::uint8_t>((verdict & 2U) != 0 ? 3 : 0);
  });
}

}  // namespace weir::domain
