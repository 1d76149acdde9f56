#include "coordinator/cli/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace weir::cli {
namespace {

constexpr std::size_t chunk_bytes = 256 << 10U;

}  // namespace

Result<LineReader> LineReader::open(const std::string& file, std::size_t line_bytes_max) {
  Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat facts {};
  if (!opened || ::fstat(opened.get(), &facts) != 0)
    return Error{Code::invalid_config, file + ": " + std::strerror(errno)};
  if (!S_ISREG(facts.st_mode))
    return Error{Code::invalid_config, file + ": is not a regular file; it is read twice"};
  return LineReader{std::move(opened), line_bytes_max};
}

bool LineReader::fill() {
  buffer_.erase(0, begin_);
  buffer_offset_ += begin_;
  begin_ = 0;
  const auto before = buffer_.size();
  buffer_.resize(before + chunk_bytes);
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), buffer_.data() + before, chunk_bytes);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  eof_ = got == 0;
  return got >= 0;
}

LineReader::Read LineReader::next() {
  if (ended_ != Read::line) return ended_;
  std::size_t searched = 0;
  for (;;) {
    const auto end = buffer_.find('\n', begin_ + searched);
    const bool found = end != std::string::npos;
    const auto size = (found ? end : buffer_.size()) - begin_;
    if (size > line_bytes_max_) {
      ++number_;
      return ended_ = Read::too_long;
    }
    if (found || (eof_ && size > 0)) {
      text_ = std::string_view{buffer_}.substr(begin_, size);
      offset_ = buffer_offset_ + begin_;
      terminated_ = found;
      begin_ += size + (found ? 1 : 0);
      ++number_;
      return Read::line;
    }
    if (eof_) return ended_ = Read::end;
    searched = size;
    if (!fill()) return ended_ = Read::failed;
  }
}

}  // namespace weir::cli
