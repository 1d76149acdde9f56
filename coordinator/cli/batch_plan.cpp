#include "coordinator/cli/batch_plan.hpp"

#include "coordinator/cli/batch_line.hpp"
#include "coordinator/cli/line_reader.hpp"

#include <algorithm>

namespace weir::cli {
namespace {

constexpr std::uint64_t tell_every_lines = 256;

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string::npos; }

}  // namespace

void BatchPlan::problem(std::uint64_t line, const std::string& what) {
  if (++problems_total_ <= batch_problems_max)
    problems_.push_back(file_ + ":" + std::to_string(line) + ": " + what);
}

Result<BatchPlan> BatchPlan::read(const std::string& file, const OnRead& on_read) {
  WEIR_TRY(auto reader, LineReader::open(file, batch_line_bytes_max));
  BatchPlan plan;
  plan.file_ = file;
  using Read = LineReader::Read;
  auto read = Read::line;
  while ((read = reader.next()) == Read::line) {
    if (reader.number() > batch_lines_max)
      return Error{Code::invalid_config, file + ": has too many lines for one batch"};
    plan.content_ = hash128(reader.text(), plan.content_);
    if (reader.number() % tell_every_lines == 0 && !on_read(reader.read_bytes()))
      return Error{Code::cancelled, "stopped while the file was checked; nothing was sent"};
    if (blank(reader.text())) continue;
    ++plan.requests_;
    const auto custom_id = check_batch_line(reader.text());
    if (!custom_id) {
      plan.problem(reader.number(), custom_id.error().detail);
    } else {
      plan.ids_.push_back({hash128(*custom_id), reader.number()});
    }
  }
  if (read == Read::failed) return Error{Code::invalid_config, file + ": cannot be read"};
  if (read == Read::too_long)
    plan.problem(reader.number(), "is longer than 32 MiB; what follows was not checked");
  plan.done_.resize(reader.number() + 1);
  plan.find_duplicates();
  return plan;
}

void BatchPlan::find_duplicates() {
  std::sort(ids_.begin(), ids_.end(), [](const Id& a, const Id& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.line < b.line;
  });
  for (std::size_t i = 1, first = 0; i < ids_.size(); ++i) {
    if (ids_[i].hash != ids_[first].hash) {
      first = i;
    } else {
      problem(ids_[i].line, "custom_id stands already in line " + std::to_string(ids_[first].line));
    }
  }
}

bool BatchPlan::mark_done(std::string_view custom_id) {
  const auto hash = hash128(custom_id);
  const auto found =
      std::lower_bound(ids_.begin(), ids_.end(), hash,
                       [](const Id& id, const Hash128& wanted) { return id.hash < wanted; });
  if (found == ids_.end() || found->hash != hash) return false;
  if (!done_[found->line]) ++done_count_;
  done_[found->line] = true;
  return true;
}

void BatchPlan::forget_ids() { std::vector<Id>{}.swap(ids_); }

std::string BatchPlan::key_of(const std::string& output, const std::string& custom_id) const {
  return hex_of(hash128(custom_id, hash128(output, content_)));
}

}  // namespace weir::cli
