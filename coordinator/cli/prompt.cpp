#include "coordinator/cli/prompt.hpp"

#include "coordinator/cli/text.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace weir::cli {
namespace {

Error wrong(const std::string& what) { return {Code::invalid_config, what}; }

/// The file's bytes; one more than `most` at the most.
Result<std::string> read_file(const std::string& file, std::size_t most) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return wrong(file + ": is a directory");
  std::ifstream in{file, std::ios::binary};
  if (!in) return wrong(file + ": " + std::strerror(errno));
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return wrong(file + ": cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

Result<std::string> prompt_with_files(const std::string& prompt,
                                      const std::vector<std::string>& files) {
  const auto limit = wrong("prompt and files are more than 8 MiB together");
  if (!is_utf8(prompt)) return wrong("the prompt is not UTF-8");
  if (prompt.size() > prompt_bytes_max) return limit;
  auto all = prompt;
  for (const auto& file : files) {
    const auto name = printable(std::filesystem::path{file}.filename().string());
    const auto head = "\n\nFile " + name + ":\n";
    const auto tail = "\n(end of " + name + ")";
    if (all.size() + head.size() + tail.size() > prompt_bytes_max) return limit;
    const auto room = prompt_bytes_max - all.size() - head.size() - tail.size();
    WEIR_TRY(const auto text, read_file(file, room));
    if (text.size() > room) return limit;
    if (!is_utf8(text)) return wrong(file + ": is not UTF-8 text");
    all += head + text + tail;
  }
  return all;
}

}  // namespace weir::cli
