#include "coordinator/cli/policy_text.hpp"

#include "coordinator/cli/json_fields.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using domain::PolicyRow;
using nlohmann::json;

using Texts = std::vector<std::string>;

template <class Value>
Texts names(const std::vector<Value>& values) {
  Texts all;
  for (const auto value : values) all.emplace_back(name_of(value));
  return all;
}

Texts names(Features features) {
  Texts all;
  for (const auto name : names_of(features)) all.emplace_back(name);
  return all;
}

std::string set_text(const domain::NamedSet& set) {
  if (set.any()) return "any";
  return (set.but ? "any but " : "") + joined(set.names);
}

std::string providers_text(const std::vector<EngineKind>& kinds) {
  if (kinds.empty()) return "any";
  if (kinds.size() < 3) return joined(names(kinds));
  std::vector<EngineKind> others;
  for (const auto kind : domain::engine_kinds)
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) others.push_back(kind);
  return "any but " + joined(names(others));
}

std::string features_text(const PolicyRow& row) {
  auto all = names(row.needs);
  for (const auto& name : names(row.lacks)) all.push_back("no " + name);
  return all.empty() ? "any" : joined(all);
}

constexpr std::array titles{"GRADE", "TIER", "TENANT", "REGION", "PROVIDER", "FEATURE"};
constexpr std::array attributes{"grade", "tier", "tenant", "region", "provider", "feature"};
constexpr std::size_t cell_columns_min = 8;
constexpr std::size_t verdict_columns = 7;  // "VERDICT"

std::array<std::string, titles.size()> cells_of(const PolicyRow& row) {
  const auto list = [](const Texts& all) { return all.empty() ? "any" : joined(all); };
  return {list(names(row.grades)), list(names(row.tiers)),        set_text(row.tenants),
          set_text(row.regions),   providers_text(row.providers), features_text(row)};
}

/// A column that is shown.
struct Field {
  const char* title;
  Texts cells;

  /// Of the widest cell, or of the widest word where `words`.
  std::size_t width(bool words) const {
    auto widest = columns(title);
    for (const auto& cell : cells)
      for (std::size_t at = 0; at < cell.size();) {
        const auto end = words ? std::min(cell.find(' ', at), cell.size()) : cell.size();
        widest = std::max(widest, columns(cell.substr(at, end - at)));
        at = end + 1;
      }
    return widest;
  }
};

/// How wide cells may be before they take another line: no word is broken where that suffices.
std::vector<std::size_t> widths_of(const std::vector<Field>& fields, const Look& look) {
  std::vector<std::size_t> widths;
  std::size_t sum = 2 + verdict_columns;
  for (const auto& field : fields) {
    widths.push_back(field.width(false));
    sum += widths.back() + 2;
  }
  for (const bool words : {true, false})
    while (sum > look.width) {
      std::size_t* widest = nullptr;
      for (std::size_t c = 0; c < fields.size(); ++c)
        if (widths[c] > (words ? fields[c].width(true) : cell_columns_min) &&
            (widest == nullptr || widths[c] > *widest))
          widest = &widths[c];
      if (widest == nullptr) break;
      --*widest;
      --sum;
    }
  return widths;
}

/// One row of the table, or several where a cell is longer than its column.
void add_row(Table& table, const std::vector<Field>& fields, std::size_t number,
             const std::vector<std::size_t>& widths, bool permitted) {
  std::vector<Texts> lines;
  std::size_t height = 1;
  for (std::size_t c = 0; c < fields.size(); ++c) {
    lines.push_back(wrap(fields[c].cells[number], widths[c]));
    height = std::max(height, lines.back().size());
  }
  for (std::size_t y = 0; y < height; ++y) {
    std::vector<Cell> row;
    for (const auto& cell : lines) row.emplace_back(y < cell.size() ? cell[y] : "");
    row.emplace_back(y > 0       ? ""
                     : permitted ? "permit"
                                 : "forbid",
                     permitted ? Tint::good : Tint::bad);
    table.row(std::move(row));
  }
}

/// "a, b and c".
std::string enumerated(const Texts& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i)
    text += (i == 0 ? "" : i + 1 == all.size() ? " and " : ", ") + all[i];
  return text;
}

}  // namespace

std::string policy_rows_text(const domain::PolicyRows& rows, const char* verdict,
                             const Look& look) {
  std::vector<Field> fields;
  Texts open;
  for (std::size_t c = 0; c < titles.size(); ++c) {
    Field field{titles[c], {}};
    for (const auto& row : rows.rows) field.cells.push_back(printable(cells_of(row)[c]));
    if (std::all_of(field.cells.begin(), field.cells.end(),
                    [](const std::string& cell) { return cell == "any"; }))
      open.emplace_back(attributes[c]);
    else
      fields.push_back(std::move(field));
  }
  const auto widths = widths_of(fields, look);
  std::vector<Column> columns;
  for (const auto& field : fields) columns.push_back({field.title, false, true});
  columns.push_back({verdict});
  Table table{std::move(columns)};
  for (std::size_t r = 0; r < rows.rows.size(); ++r)
    add_row(table, fields, r, widths, rows.rows[r].after);
  auto text = table.text(look, 2);
  if (!rows.complete) text += "  further rows are left out\n";
  if (!open.empty()) text += indented_lines({"for every " + enumerated(open)}, look);
  return text;
}

nlohmann::json policy_rows_json(const domain::PolicyRows& rows, const char* verdict_key) {
  auto all = json::array();
  for (const auto& row : rows.rows) {
    const auto verdict = [](bool permitted) { return permitted ? "permit" : "forbid"; };
    json one{{verdict_key, verdict(row.after)}};
    if (row.before != row.after) one["before"] = verdict(row.before);
    const auto list = [&one](const char* key, const Texts& values) {
      if (!values.empty()) one[key] = values;
    };
    const auto set = [&one](const char* key, const domain::NamedSet& named) {
      if (!named.any()) one[key] = named.but ? json{{"any_but", named.names}} : json(named.names);
    };
    list("grade", names(row.grades));
    list("tier", names(row.tiers));
    set("tenant", row.tenants);
    set("region", row.regions);
    list("provider", names(row.providers));
    list("needs", names(row.needs));
    list("lacks", names(row.lacks));
    all.push_back(std::move(one));
  }
  return all;
}

std::string indented_lines(const std::vector<std::string>& lines, const Look& look) {
  std::string text;
  for (const auto& line : lines)
    for (const auto& part : wrap(printable(line), std::max<std::size_t>(look.width, 20) - 2))
      text += "  " + part + "\n";
  return text;
}

}  // namespace weir::cli
