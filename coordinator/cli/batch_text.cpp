#include "coordinator/cli/batch_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json counts_json(const BatchCounts& c) {
  return {{"total", c.total}, {"done", c.answered()}, {"skipped", c.before},
          {"ok", c.ok},       {"refused", c.refused}, {"given_up", c.given_up},
          {"left", c.left()}, {"tokens", c.tokens}};
}

double rounded(double rate) {
  return static_cast<double>(static_cast<std::int64_t>(rate * 100)) / 100;
}

std::string why_incomplete(const BatchEnd& end) {
  if (!end.failure.empty()) return end.failure;
  return end.stopped ? "stopped" : "";
}

}  // namespace

bool complete(const BatchEnd& end) {
  return end.counts.answered() == end.counts.total && end.failure.empty();
}

std::string default_out(const std::string& file) {
  constexpr std::string_view suffix = ".jsonl";
  const bool known = file.size() > suffix.size() && file.ends_with(suffix);
  return file.substr(0, file.size() - (known ? suffix.size() : 0)) + ".out.jsonl";
}

std::string summary_text(const BatchEnd& end, const Look& look) {
  const auto& c = end.counts;
  std::string text = fmt::format("{} of {} answered", grouped(c.answered()), grouped(c.total));
  if (c.before != 0)
    text += c.before == c.total ? ", all by earlier runs"
                                : fmt::format(", {} of them by earlier runs", grouped(c.before));
  if (const auto lines = c.ok + c.refused; lines != 0 && end.elapsed_ms != 0) {
    const auto seconds = static_cast<double>(end.elapsed_ms) / 1000;
    text += fmt::format(", in {} ({} lines/s", duration_text(end.elapsed_ms),
                        rate_text(static_cast<double>(lines) / seconds));
    if (c.tokens != 0)
      text += fmt::format(", {} tok/s", rate_text(static_cast<double>(c.tokens) / seconds));
    text += ")";
  }
  text += "\n";
  if (c.refused != 0)
    text += tinted(fmt::format("{} were refused (4xx); their errors stand in the output",
                               grouped(c.refused)),
                   Tint::warn, look) +
            "\n";
  if (c.given_up != 0)
    text += tinted(fmt::format("{} got no answer after several tries:", grouped(c.given_up)),
                   Tint::bad, look) +
            "\n";
  for (const auto& line : end.given_up) text += "  " + clip(line, look.width - 2) + "\n";
  if (c.given_up > end.given_up.size())
    text += fmt::format("  … and {} more\n", grouped(c.given_up - end.given_up.size()));
  if (const auto why = why_incomplete(end); !why.empty() && !complete(end))
    text +=
        tinted((c.answered() != c.total ? "ended early: " : "") + printable(why), Tint::bad, look) +
        "\n";
  text += "answers: " + printable(end.out) + "\n";
  if (c.answered() != c.total)
    text += fmt::format("{} to do; the same command goes on from here\n",
                        grouped(c.total - c.answered()));
  return text;
}

std::string summary_json(const BatchEnd& end) {
  Json line{{"event", "summary"}, {"file", end.file}, {"out", end.out}};
  line.update(counts_json(end.counts));
  line["elapsed_ms"] = end.elapsed_ms;
  line["complete"] = complete(end);
  line["stopped"] = end.stopped;
  line["given_up_lines"] = end.given_up;
  line["error"] = nullptr;
  if (!end.failure.empty()) line["error"] = {{"code", "batch_failed"}, {"message", end.failure}};
  return line_of(line);
}

std::string progress_json(const BatchCounts& counts, const BatchRates& rates) {
  Json line{{"event", "progress"}};
  line.update(counts_json(counts));
  line["running"] = counts.running;
  line["retrying"] = counts.waiting;
  line["lines_per_s"] = rounded(rates.lines_per_s);
  line["tokens_per_s"] = rounded(rates.tokens_per_s);
  line["eta_ms"] = nullptr;
  if (rates.eta_ms) line["eta_ms"] = *rates.eta_ms;
  return line_of(line);
}

std::string problems_json(const std::string& file, const std::vector<std::string>& problems,
                          std::size_t total) {
  return line_of(
      {{"error",
        {{"code", "invalid_config"},
         {"message", fmt::format("{}: {} lines are wrong; nothing was sent", file, total)},
         {"errors", problems},
         {"errors_total", total}}}});
}

}  // namespace weir::cli
