#include "coordinator/cli/guard_text.hpp"

#include "coordinator/cli/json_fields.hpp"
#include "schema/types/code_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;

constexpr double percent = 100.0;

/// "line:column", both from 1, the column in code points.
std::string place_of(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto in_line = before.substr(begin);
  return fmt::format("{}:{}", line, CodePoints{in_line}.before(in_line.size()) + 1);
}

std::string why_of(const Scan& scan) {
  if (!scan.complete) return " (it could not be read whole)";
  return scan.findings.empty() ? " (nothing was found)" : "";
}

}  // namespace

std::string scan_line(const std::string& id, std::string_view text, const Scan& scan,
                      bool all_types) {
  json spans = json::array();
  CodePoints points{text};
  for (const auto& f : scan.findings) {
    const auto start = points.before(f.begin);
    const auto end = points.before(f.end);
    if (!all_types && f.kind > Sensitive::cn_passport) continue;
    spans.push_back({{"start", start},
                     {"end", end},
                     {"type", name_of(f.kind)},
                     {"confidence", f.confidence / percent}});
  }
  return R"({"id":)" + id + R"(,"grade":")" + std::string{name_of(scan.grade)} + R"(","spans":)" +
         spans.dump() + "}";
}

std::string scan_text(std::string_view text, const Scan& scan, const Look& look) {
  Table table{{{"AT"}, {"TYPE"}, {"CHARS", true}, {"CONFIDENCE", true}}};
  for (const auto& f : scan.findings) {
    const auto covered = text.substr(f.begin, f.end - f.begin);
    table.row({place_of(text, f.begin), std::string{name_of(f.kind)},
               std::to_string(CodePoints{covered}.before(covered.size())),
               fmt::format("{:.2f}", f.confidence / percent)});
  }
  const auto tint = scan.grade == Grade::p2 ? Tint::good : Tint::warn;
  return (table.rows() == 0 ? "" : table.text(look) + "\n") + "grade " +
         tinted(std::string{name_of(scan.grade)}, tint, look) + why_of(scan) + "\n";
}

std::optional<std::string> found_text(const std::string& text, const Look& look) {
  const auto document = json::parse(text, nullptr, false);
  if (text_in(document, "request").empty()) return std::nullopt;
  Table table{{{"TYPE"}, {"COUNT", true}}};
  const auto& found = member(document, "found");
  if (found.is_object())
    for (const auto& [kind, count] : found.items())
      if (count.is_number_unsigned())
        table.row({printable(kind), std::to_string(count.get<std::uint64_t>())});
  return (table.rows() == 0 ? "nothing was found\n" : table.text(look)) + "grade " +
         printable(text_in(document, "grade")) + " (" + printable(text_in(document, "grade_why")) +
         ")\n";
}

}  // namespace weir::cli
