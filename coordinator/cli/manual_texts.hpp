// What the manual pages say beyond flags and their one-line descriptions.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli {

struct ManualText {
  std::string_view command;                  ///< "weir", "weir batch", "weir certs issue"
  std::vector<std::string_view> paragraphs;  ///< of the description
  /// Command lines and what each does.
  std::vector<std::pair<std::string_view, std::string_view>> examples;
};

/// nullptr: there is nothing beyond the flags.
const ManualText* manual_text(std::string_view command);

struct ManualExit {
  int code;
  std::string_view about;
};
const std::vector<ManualExit>& manual_exits();

}  // namespace weir::cli
