#include "schema/types/utf8.hpp"

namespace weir {
namespace {

/// Bytes of the character that `text` begins with; 0: it begins with none.
std::size_t character_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto within = [](unsigned byte, unsigned least, unsigned most) {
    return byte >= least && byte <= most;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (within(first, 0xC2, 0xDF)) return within(at(1), 0x80, 0xBF) ? 2 : 0;
  if (within(first, 0xE0, 0xEF)) {
    const unsigned least = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : 0xBF;
    return within(at(1), least, most) && within(at(2), 0x80, 0xBF) ? 3 : 0;
  }
  if (!within(first, 0xF0, 0xF4)) return 0;
  const unsigned least = first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xF4 ? 0x8F : 0xBF;
  const bool whole =
      within(at(1), least, most) && within(at(2), 0x80, 0xBF) && within(at(3), 0x80, 0xBF);
  return whole ? 4 : 0;
}

}  // namespace

std::size_t utf8_prefix_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto bytes = character_bytes(text.substr(at));
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

}  // namespace weir
