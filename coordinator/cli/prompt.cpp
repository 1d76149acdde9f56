#include "coordinator/cli/prompt.hpp"

#include "coordinator/cli/descriptor.hpp"
#include "coordinator/cli/text.hpp"
#include "schema/types/utf8.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace weir::cli {
namespace {

constexpr std::size_t first_bytes = 16;  ///< that tell an image

Error wrong(const std::string& what) { return {Code::invalid_config, what}; }

/// Adds to `bytes` until it holds `most`, or all of the file.
Result<Done> read_to(int fd, const std::string& name, std::size_t most, std::string& bytes) {
  constexpr std::size_t chunk = 64 << 10U;
  while (bytes.size() < most) {
    const auto before = bytes.size();
    bytes.resize(std::min(most, before + chunk));
    const auto got = ::read(fd, bytes.data() + before, bytes.size() - before);
    bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return wrong(name + ": " + std::strerror(errno));
    if (got == 0) break;
  }
  return Done{};
}

/// Text under its name, between fences of more backticks than any run in it has.
std::string fenced(const std::string& name, const std::string& text) {
  std::size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return "\n\nFile " + name + ":\n" + fence + "\n" + text + (text.ends_with('\n') ? "" : "\n") +
         fence;
}

class Reader {
 public:
  Result<std::string> input(std::size_t most) {
    if (std::exchange(input_taken_, true)) return wrong("standard input can be read once only");
    std::string bytes;
    if (const auto read = read_to(STDIN_FILENO, "standard input", most, bytes); !read)
      return read.error();
    return bytes;
  }

  /// errors  as read_prompt()
  Result<Done> add(const std::string& file, Prompt& prompt) {
    const bool stdin_ = file == "-";
    Descriptor opened{stdin_ ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!stdin_ && !opened) return wrong(file + ": " + std::strerror(errno));
    std::string bytes;
    const auto most = std::max(prompt_bytes_max, image_bytes_max) + 1;
    if (stdin_) {
      WEIR_TRY(bytes, input(most));
    } else {
      struct stat facts {};
      if (::fstat(opened.get(), &facts) == 0 && S_ISDIR(facts.st_mode))
        return wrong(file + ": is a directory");
      if (const auto head = read_to(opened.get(), file, first_bytes, bytes); !head)
        return head.error();
      const auto limit = image_type(bytes).empty() ? prompt_bytes_max : image_bytes_max;
      if (const auto rest = read_to(opened.get(), file, limit + 1, bytes); !rest)
        return rest.error();
    }
    return take(stdin_ ? "standard input" : file, bytes, prompt);
  }

 private:
  Result<Done> take(const std::string& file, const std::string& bytes, Prompt& prompt) {
    if (const auto type = image_type(bytes); !type.empty()) {
      if (bytes.size() > image_bytes_max - image_bytes_)
        return wrong(file + ": the images are more than 16 MiB together");
      image_bytes_ += bytes.size();
      prompt.images.push_back("data:" + std::string{type} + ";base64," + base64(bytes));
      return Done{};
    }
    if (bytes.size() > prompt_bytes_max)
      return wrong(file + ": prompt and files are more than 8 MiB together");
    if (!is_utf8(bytes) || bytes.find('\0') != std::string::npos)
      return wrong(file + ": is neither UTF-8 text nor a PNG, JPEG, GIF or WebP image");
    prompt.text += fenced(printable(std::filesystem::path{file}.filename().string()), bytes);
    if (prompt.text.size() > prompt_bytes_max)
      return wrong(file + ": prompt and files are more than 8 MiB together");
    return Done{};
  }

  bool input_taken_ = false;
  std::size_t image_bytes_ = 0;
};

}  // namespace

std::string_view image_type(std::string_view bytes) {
  const auto begins = [&](std::string_view head) { return bytes.substr(0, head.size()) == head; };
  if (begins("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("GIF87a") || begins("GIF89a")) return "image/gif";
  if (begins("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  return {};
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const auto n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= n ? digits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

Result<Prompt> read_prompt(const std::string& prompt, const std::vector<std::string>& files) {
  Reader reader;
  Prompt all{prompt, {}};
  if (prompt == "-") {
    WEIR_TRY(all.text, reader.input(prompt_bytes_max + 1));
  }
  if (!is_utf8(all.text) || all.text.find('\0') != std::string::npos)
    return wrong("the prompt is not UTF-8 text");
  if (all.text.size() > prompt_bytes_max) return wrong("the prompt is more than 8 MiB");
  for (const auto& file : files)
    if (const auto added = reader.add(file, all); !added) return added.error();
  return all;
}

}  // namespace weir::cli
