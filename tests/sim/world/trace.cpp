#include "tests/sim/world/trace.hpp"

#include <algorithm>
#include <cstdio>

namespace weir::sim {

std::string Trace::text(const Note& note) const {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(note.at - begin_).count();
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%10.3f ms  ", static_cast<double>(us) / 1'000);
  auto line = time.data() + std::string{note.who} + ": " + std::string{note.what};
  if (note.attempt.request.value != 0)
    line += " " + std::to_string(note.attempt.incarnation) + "/" +
            std::to_string(note.attempt.request.value) + "/" + std::to_string(note.attempt.number);
  if (note.figure >= 0) line += " " + std::to_string(note.figure);
  if (!note.more.empty()) line += " (" + std::string{note.more} + ")";
  return line;
}

void Trace::add(const Note& note) {
  notes_[added_++ % kept] = note;
  if (print_) std::printf("%s\n", text(note).c_str());
}

std::vector<std::string> Trace::last() const {
  std::vector<std::string> lines;
  for (auto i = added_ - std::min(added_, kept); i < added_; ++i)
    lines.push_back(text(notes_[i % kept]));
  return lines;
}

}  // namespace weir::sim
