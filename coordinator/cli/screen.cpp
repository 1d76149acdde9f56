#include "coordinator/cli/screen.hpp"

#include "coordinator/cli/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::cli {

void Screen::enter() {
  if (std::exchange(entered_, true)) return;
  termios keys{};
  if (::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &keys) == 0) {
    before_ = keys;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  put(stdout, "\x1b[?1049h\x1b[?25l");
}

void Screen::leave() {
  if (!std::exchange(entered_, false)) return;
  put(stdout, "\x1b[?25h\x1b[?1049l");
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

bool Screen::show(const std::string& text) const {
  std::string drawn = "\x1b[H";
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (at != 0) drawn += "\n";
    drawn += text.substr(at, end - at) + "\x1b[K";
    at = end + 1;
  }
  return put(stdout, drawn + "\x1b[J");
}

std::size_t Screen::height() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

}  // namespace weir::cli
