// The whole terminal for one view that is drawn again and again.
#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>

namespace weir::cli {

class Screen {
 public:
  Screen() { enter(); }
  ~Screen() { leave(); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// The alternate screen without a cursor, keys as they are pressed; leave() gives back what was
  /// there before. Both may be called again.
  void enter();
  void leave();
  /// Draws over what stands there. `text` must fit. returns  false where the terminal is gone.
  bool show(const std::string& text) const;
  /// Lines of the terminal; 24 where it does not tell.
  static std::size_t height();

 private:
  bool entered_ = false;
  std::optional<termios> before_;  ///< of stdin, where that is a terminal
};

}  // namespace weir::cli
