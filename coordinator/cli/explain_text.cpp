#include "coordinator/cli/explain_text.hpp"

#include "coordinator/cli/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;

constexpr std::size_t label_columns = 10;

/// "label     value", wrapped under the value's column; nothing for an empty value.
std::string field(const char* label, const std::string& value, const Look& look, std::size_t indent,
                  Tint tint = Tint::none) {
  if (value.empty()) return {};
  std::string out;
  const auto before = indent + label_columns;
  const auto room = look.width > before + 10 ? look.width - before : 10;
  for (const auto& line : wrap(printable(value), room)) {
    out += out.empty() ? std::string(indent, ' ') + fmt::format("{:<10}", label)
                       : std::string(before, ' ');
    out += tinted(line, tint, look) + '\n';
  }
  return out;
}

Tint tint_of(const std::string& state) {
  if (state == "done") return Tint::good;
  return state == "failed" ? Tint::bad : Tint::warn;
}

std::string with_note(const std::string& text, const std::string& note) {
  return note.empty() ? text : text + " (" + note + ")";
}

std::string candidates_text(const json& list, const Look& look) {
  if (!list.is_array() || list.empty()) return {};
  Table table{{{"NODE", false, true},
               {"TIER"},
               {"MODEL", false, true},
               {"SAFETY", true},
               {"CAPABILITY", true},
               {"LATENCY", true},
               {"COST", true},
               {"SCORE", true},
               {"TTFT", true}}};
  const auto part = [](const json& score, const char* key) {
    return Cell{fmt::format("{:.2f}", real_in(score, key))};
  };
  for (const auto& c : list) {
    const auto filtered = text_in(c, "filtered");
    std::vector<Cell> row{text_in(c, "node"), text_in(c, "tier"), text_in(c, "model")};
    if (!filtered.empty()) {
      row.emplace_back("left out: " + filtered, Tint::dim);
    } else {
      const auto& score = member(c, "score");
      for (const char* key : {"safety", "capability", "latency", "cost", "total"})
        row.push_back(part(score, key));
      row.emplace_back(duration_text(number_in(c, "estimated_ttft_ms")));
    }
    table.row(std::move(row));
  }
  return table.text(look, 2);
}

std::string attempt_text(const json& attempt, const Look& look) {
  const auto number = number_in(attempt, "number");
  const auto node = text_in(attempt, "node");
  auto title = number == 0 ? std::string{"Not placed"} : fmt::format("Attempt {}", number);
  if (!node.empty()) title += ": " + with_note(printable(node), text_in(attempt, "tier"));
  std::string out = "\n" + clip(title, look.width) + "\n";
  out += field("model", text_in(attempt, "model"), look, 2);
  out += field("why", text_in(attempt, "why"), look, 2);
  if (number != 0)
    out += field("time",
                 fmt::format("{} in the queue, first byte after {}, {} in all",
                             duration_text(number_in(attempt, "queue_ms")),
                             duration_text(number_in(attempt, "first_byte_ms")),
                             duration_text(number_in(attempt, "total_ms"))),
                 look, 2);
  const auto& usage = member(attempt, "usage");
  if (number != 0 && usage.is_object())
    out += field("tokens",
                 fmt::format("{} prompt, {} completion", number_in(usage, "prompt_tokens"),
                             number_in(usage, "completion_tokens")),
                 look, 2);
  const auto outcome = text_in(attempt, "outcome");
  out += field("outcome", outcome, look, 2, outcome == "done" ? Tint::good : Tint::warn);
  return out + candidates_text(member(attempt, "candidates"), look);
}

std::string found_text(const json& document) {
  std::vector<std::string> parts;
  const auto& found = member(document, "found");
  if (found.is_object())
    for (const auto& [kind, count] : found.items())
      if (count.is_number_unsigned())
        parts.push_back(fmt::format("{} {}", count.get<std::uint64_t>(), printable(kind)));
  return joined(parts);
}

}  // namespace

std::optional<std::string> explain_text(const std::string& text, const Look& look) {
  const auto document = json::parse(text, nullptr, false);
  const auto request = text_in(document, "request");
  if (request.empty()) return std::nullopt;
  const auto state = text_in(document, "state");
  auto out = field("request", request, look, 0);
  out += field("state", with_note(state, text_in(document, "error")), look, 0, tint_of(state));
  out += field("grade", with_note(text_in(document, "grade"), text_in(document, "grade_why")), look,
               0);
  if (const auto found = found_text(document); !found.empty())
    out += field("found", found, look, 0);
  out += field("model", text_in(document, "model"), look, 0);
  out += field("tenant", text_in(document, "tenant"), look, 0);
  out += field("priority", text_in(document, "priority"), look, 0);
  const auto& attempts = member(document, "attempts");
  if (!attempts.is_array() || attempts.empty()) return out + "\nno attempt was made\n";
  for (const auto& attempt : attempts) out += attempt_text(attempt, look);
  return out;
}

void fill_from_explanation(const std::string& text, Ran& ran) {
  const auto document = json::parse(text, nullptr, false);
  const auto take = [](std::string& to, std::string value) {
    if (!value.empty()) to = std::move(value);
  };
  take(ran.grade, text_in(document, "grade"));
  take(ran.grade_why, text_in(document, "grade_why"));
  const auto& attempts = member(document, "attempts");
  if (!attempts.is_array() || attempts.empty()) return;
  const auto& last = attempts.back();
  take(ran.node, text_in(last, "node"));
  take(ran.tier, text_in(last, "tier"));
  take(ran.model, text_in(last, "model"));
  take(ran.why, text_in(last, "why"));
}

std::string ran_text(const Ran& ran) {
  std::vector<std::string> parts;
  if (!ran.node.empty()) parts.push_back("ran on " + with_note(ran.node, ran.tier));
  if (!ran.grade.empty()) parts.push_back("grade " + with_note(ran.grade, ran.grade_why));
  if (!ran.model.empty()) parts.push_back("model " + ran.model);
  if (ran.first_token_ms) parts.push_back(fmt::format("{} ms to first token", *ran.first_token_ms));
  auto all = joined(parts);
  if (!ran.why.empty()) all += "; why: " + ran.why;
  if (!ran.request.empty()) all += "; weir explain " + ran.request;
  return "[" + printable(all) + "]";
}

}  // namespace weir::cli
