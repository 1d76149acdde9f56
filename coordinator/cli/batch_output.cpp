#include "coordinator/cli/batch_output.hpp"

#include "coordinator/cli/line_reader.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::cli {
namespace {

/// A line of the output repeats no request, only the answer and its frame.
constexpr std::size_t line_bytes_max = std::size_t{256} << 20U;

Error wrong(const std::string& what) { return {Code::invalid_config, what}; }

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// Whether `text` may be the beginning of one of our lines.
bool torn(std::string_view text) {
  const auto n = std::min(text.size(), answer_line_head.size());
  return text.substr(0, n) == answer_line_head.substr(0, n);
}

}  // namespace

Result<BatchOutput> BatchOutput::open(const std::string& file, const std::string& input,
                                      const std::function<void(const AnsweredLine&)>& on_answer) {
  if (same_file(file, input)) return wrong(file + ": is the input itself");
  Descriptor opened{::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
  struct stat facts {};
  if (!opened || ::fstat(opened.get(), &facts) != 0)
    return wrong(file + ": " + std::strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return wrong(file + ": is not a regular file; resuming reads it again");
  if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
    return wrong(file + ": " +
                 (errno == EWOULDBLOCK ? "another weir batch writes to it" : std::strerror(errno)));
  BatchOutput output{std::move(opened), file};
  if (const auto scanned = output.scan(on_answer); !scanned) return scanned.error();
  return output;
}

Result<Done> BatchOutput::scan(const std::function<void(const AnsweredLine&)>& on_answer) {
  WEIR_TRY(auto reader, LineReader::open(name_, line_bytes_max));
  using Read = LineReader::Read;
  auto read = Read::line;
  while ((read = reader.next()) == Read::line) {
    const auto at = name_ + ":" + std::to_string(reader.number());
    if (!reader.terminated()) {
      if (!torn(reader.text()))
        return wrong(at + ": is no answer of a batch; name another file with --out");
      cut_bytes_ = reader.text().size();
      if (::ftruncate(file_.get(), static_cast<off_t>(reader.offset())) != 0)
        return wrong(name_ + ": " + std::strerror(errno));
      break;
    }
    const auto line = parse_answer_line(reader.text());
    if (!line) return wrong(at + ": is no answer of a batch; name another file with --out");
    on_answer(*line);
    size_ = reader.read_bytes();
  }
  if (read == Read::failed) return wrong(name_ + ": cannot be read");
  if (read == Read::too_long) return wrong(name_ + ": has a line above 256 MiB");
  return Done{};
}

Result<Done> BatchOutput::append(const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto put = ::write(file_.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      const std::string why = std::strerror(errno);
      [[maybe_unused]] const auto back = ::ftruncate(file_.get(), static_cast<off_t>(size_));
      return Error{Code::internal, name_ + ": " + why};
    }
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  size_ += line.size();
  return Done{};
}

std::string BatchOutput::identity() const {
  struct statx facts {};
  if (::statx(file_.get(), "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &facts) != 0) return name_;
  const bool told = (facts.stx_mask & STATX_BTIME) != 0;
  return fmt::format("{}:{}:{}:{}.{}", facts.stx_dev_major, facts.stx_dev_minor, facts.stx_ino,
                     told ? facts.stx_btime.tv_sec : 0, told ? facts.stx_btime.tv_nsec : 0);
}

Result<Done> BatchOutput::sync() const {
  if (::fdatasync(file_.get()) == 0) return Done{};
  return Error{Code::internal, name_ + ": cannot be stored safely: " + std::strerror(errno)};
}

}  // namespace weir::cli
