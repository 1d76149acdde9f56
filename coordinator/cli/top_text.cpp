#include "coordinator/cli/top_text.hpp"

#include "coordinator/cli/batch_progress.hpp"
#include "coordinator/cli/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace weir::cli {
namespace {

constexpr std::size_t bar_width = 8;
constexpr std::size_t queues_least = 3;  ///< rows that a long list of nodes leaves to the queues

/// As many parts as fit, in order; one that does not fit is left out.
std::string joined_parts(const std::vector<Cell>& parts, const Look& look) {
  std::string line;
  std::size_t used = 0;
  for (const auto& part : parts) {
    if (part.text.empty()) continue;
    const auto gap = used == 0 ? 0 : 2;
    const auto text = used == 0 ? clip(part.text, look.width) : part.text;
    if (used + gap + columns(text) > look.width) continue;
    line += std::string(gap, ' ') + tinted(text, part.tint, look);
    used += gap + columns(text);
  }
  return line + "\n";
}

std::string ms_text(double ms) {
  return duration_text(static_cast<std::uint64_t>(std::llround(ms)));
}

std::string header(const TopState& s, const Look& look) {
  std::vector<Cell> title{{"weir top"}, {s.url, Tint::dim}};
  if (!s.trouble.empty()) title = {{s.trouble + " (what stands below is older)", Tint::bad}};
  auto text = joined_parts(title, look);
  const bool all_up = s.nodes_up() == s.nodes.size();
  const bool full = s.slots_used() == s.slots_total() && s.slots_total() != 0;
  text += joined_parts(
      {{fmt::format("nodes {}/{} up", s.nodes_up(), s.nodes.size()), s.nodes.empty() ? Tint::bad
                                                                     : all_up        ? Tint::good
                                                                                     : Tint::warn},
       {grouped(s.running) + " running"},
       {grouped(s.waiting) + " waiting", s.waiting != 0 ? Tint::warn : Tint::none},
       {s.spill ? "spill ON" : "spill off", s.spill ? Tint::warn : Tint::dim},
       {fmt::format("slots {}/{}", s.slots_used(), s.slots_total()),
        full ? Tint::warn : Tint::none}},
      look);
  if (s.window_ms == 0) return text + joined_parts({{"rates follow", Tint::dim}}, look);
  std::vector<Cell> rates{{rate_text(s.requests_per_s) + " req/s"},
                          {rate_text(s.tokens_per_s) + " tok/s"}};
  if (s.first_token_p50_ms) rates.emplace_back("first token " + ms_text(*s.first_token_p50_ms));
  if (s.failed_per_s > 0) rates.emplace_back(rate_text(s.failed_per_s) + " failed/s", Tint::bad);
  if (s.first_token_p95_ms) rates.emplace_back("p95 " + ms_text(*s.first_token_p95_ms));
  if (s.cloud_tokens_per_s > 0)
    rates.emplace_back(rate_text(s.cloud_tokens_per_s) + " tok/s by clouds", Tint::warn);
  rates.emplace_back(fmt::format("(last {} s)", (s.window_ms + 500) / 1000), Tint::dim);
  return text + joined_parts(rates, look);
}

std::string bar(std::uint64_t used, std::uint64_t total) {
  const auto full = total == 0 ? 0 : std::min<std::uint64_t>(used * bar_width / total, bar_width);
  // Something that runs is seen.
  const auto shown = used != 0 && full == 0 ? 1 : full;
  std::string text;
  for (std::size_t i = 0; i < bar_width; ++i) text += i < shown ? "█" : "·";
  return text;
}

Tint state_tint(const std::string& state) {
  if (state == "up") return Tint::good;
  return state == "suspect" ? Tint::bad : Tint::warn;
}

/// A column of a table that may be dropped.
template <class Row>
struct Field {
  Column column;
  std::size_t least;  ///< columns that it needs
  unsigned rank;      ///< the highest goes first
  std::function<Cell(const Row&)> cell;
};

/// The fields that fit, as a table of the first `rows` rows, with a last line for the others.
template <class Row>
std::string table_of(std::vector<Field<Row>> fields, const std::vector<Row>& all, std::size_t rows,
                     const std::function<std::string(const Row*, const Row*)>& rest,
                     const Look& look) {
  // A column in which nothing stands says nothing.
  fields.erase(std::remove_if(fields.begin() + 1, fields.end(),
                              [&](const auto& f) {
                                return std::all_of(all.begin(), all.end(), [&](const Row& row) {
                                  return f.cell(row).text.empty();
                                });
                              }),
               fields.end());
  const auto needs = [&] {
    std::size_t sum = 2 * (fields.size() - 1);
    for (const auto& f : fields) sum += f.least;
    return sum;
  };
  while (fields.size() > 1 && needs() > look.width)
    fields.erase(std::max_element(fields.begin(), fields.end(),
                                  [](const auto& a, const auto& b) { return a.rank < b.rank; }));
  std::vector<Column> titles;
  for (const auto& f : fields) titles.push_back(f.column);
  Table table{titles};
  const bool cut = all.size() > rows;
  const auto shown = cut ? rows - 1 : all.size();
  for (std::size_t i = 0; i < shown; ++i) {
    std::vector<Cell> cells;
    for (const auto& f : fields) cells.push_back(f.cell(all[i]));
    table.row(std::move(cells));
  }
  if (cut) table.row({Cell{rest(all.data() + shown, all.data() + all.size()), Tint::dim}});
  return table.text(look);
}

std::string nodes_table(const TopState& s, const Look& look, std::size_t rows) {
  auto nodes = s.nodes;
  // Rows stay where they are while all fit; else the busiest are shown.
  const bool cut = nodes.size() > rows;
  std::stable_sort(nodes.begin(), nodes.end(), [cut](const TopNode& a, const TopNode& b) {
    if ((a.state == "up") != (b.state == "up")) return a.state != "up";
    return cut && a.slots_used != b.slots_used ? a.slots_used > b.slots_used : a.id < b.id;
  });
  using Fields = std::vector<Field<TopNode>>;
  Fields fields;
  fields.push_back({{"NODE", false, true}, 8, 0, [](const auto& n) { return Cell{n.id}; }});
  fields.push_back({{"TIER"}, 4, 3, [](const auto& n) { return Cell{n.tier}; }});
  fields.push_back({{"STATE"}, 8, 1, [](const auto& n) {
                      return Cell{n.state, state_tint(n.state)};
                    }});
  fields.push_back({{"LOAD"}, bar_width, 6, [](const auto& n) {
                      const bool full = n.slots_used >= n.slots_total;
                      return Cell{bar(n.slots_used, n.slots_total), full ? Tint::warn : Tint::good};
                    }});
  fields.push_back({{"SLOTS", true}, 7, 2, [](const auto& n) {
                      return Cell{fmt::format("{}/{}", n.slots_used, n.slots_total)};
                    }});
  fields.push_back({{"SPEED", true}, 9, 5, [](const auto& n) {
                      return Cell{n.decode_per_s == 0 ? "" : grouped(n.decode_per_s) + " t/s"};
                    }});
  fields.push_back({{"CPU", true}, 4, 8, [](const auto& n) {
                      return Cell{fmt::format("{}%", (n.cpu_permille + 5) / 10)};
                    }});
  fields.push_back({{"GPU", true}, 4, 9, [](const auto& n) {
                      return Cell{
                          n.gpu_permille == 0 ? "" : fmt::format("{}%", (n.gpu_permille + 5) / 10)};
                    }});
  fields.push_back({{"OWNER"}, 5, 7, [](const auto& n) {
                      return Cell{n.owner_present ? "here" : "", Tint::warn};
                    }});
  fields.push_back(
      {{"MODELS", false, true}, 12, 4, [](const auto& n) { return Cell{joined(n.models)}; }});
  const auto rest = [](const TopNode* from, const TopNode* to) {
    std::uint64_t used = 0, total = 0;
    for (const auto* n = from; n != to; ++n) {
      used += n->slots_used;
      total += n->slots_total;
    }
    return fmt::format("… {} more, {}/{} slots", to - from, used, total);
  };
  return table_of<TopNode>(std::move(fields), nodes, rows, rest, look);
}

std::string queues_table(const TopState& s, const Look& look, std::size_t rows) {
  std::vector<Field<TopQueue>> fields;
  fields.push_back({{"QUEUE", false, true}, 10, 0, [](const auto& q) { return Cell{q.model}; }});
  fields.push_back({{"GRADE"}, 5, 3, [](const auto& q) { return Cell{q.grade}; }});
  fields.push_back({{"PRIORITY"}, 11, 4, [](const auto& q) { return Cell{q.priority}; }});
  fields.push_back(
      {{"WAITING", true}, 7, 1, [](const auto& q) { return Cell{grouped(q.waiting)}; }});
  fields.push_back(
      {{"OLDEST", true}, 8, 2, [](const auto& q) { return Cell{duration_text(q.oldest_ms)}; }});
  const auto rest = [](const TopQueue* from, const TopQueue* to) {
    std::uint64_t waiting = 0;
    for (const auto* q = from; q != to; ++q) waiting += q->waiting;
    return fmt::format("… {} more, {} waiting", to - from, grouped(waiting));
  };
  return table_of<TopQueue>(std::move(fields), s.queues, rows, rest, look);
}

}  // namespace

std::string top_text(const TopState& state, const Look& look, std::size_t height) {
  constexpr std::size_t around_nodes = 5;   // header, blank line, titles
  constexpr std::size_t around_queues = 2;  // blank line, titles
  const auto nodes = state.nodes.size(), queues = state.queues.size();
  std::size_t node_rows = nodes, queue_rows = queues;
  if (height != 0) {
    const auto room = std::max<std::size_t>(height, 6) - around_nodes;
    const bool both = queues != 0 && room >= around_queues + 2;
    const auto rows = room - (both ? around_queues : 0);
    if (!both) queue_rows = 0;
    if (node_rows + queue_rows > rows) {
      queue_rows = std::min(queue_rows, std::max(queues_least, rows - std::min(rows, node_rows)));
      queue_rows = std::min(queue_rows, rows - 1);
      node_rows = std::min(node_rows, rows - queue_rows);
    }
  }
  auto text = header(state, look) + "\n";
  if (nodes == 0) {
    text += clip("no node is connected; start weir-node-agent on a machine", look.width) + "\n";
  } else {
    text += nodes_table(state, look, node_rows);
  }
  if (queue_rows != 0) text += "\n" + queues_table(state, look, queue_rows);
  return text;
}

}  // namespace weir::cli
