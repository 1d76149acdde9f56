// One detector for all tests, and what it found as text: "CN_MOBILE=13812345678".
#pragma once

#include "actors/domain/grading/detector.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weir::domain::testing {

inline const Detector& detector() {
  static const auto made = Detector::make(DetectorRules{});
  REQUIRE(made);
  return **made;
}

inline std::vector<std::string> texts_of(const Scan& scan, std::string_view text) {
  std::vector<std::string> all;
  std::size_t last = 0;
  for (const auto& f : scan.findings) {
    CHECK(f.begin >= last);
    CHECK(f.begin < f.end);
    REQUIRE(f.end <= text.size());
    last = f.end;
    all.push_back(std::string{name_of(f.kind)} + "=" +
                  std::string{text.substr(f.begin, f.end - f.begin)});
  }
  return all;
}

inline std::vector<std::string> found(std::string_view text) {
  return texts_of(detector().scan(text), text);
}
inline std::vector<std::string> found_json(std::string_view text) {
  return texts_of(detector().scan_json(text), text);
}
inline bool has(const std::vector<std::string>& all, std::string_view one) {
  for (const auto& text : all)
    if (text == one) return true;
  return false;
}
inline std::string listed(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& text : all) out += "[" + text + "]";
  return out;
}
inline Grade grade(std::string_view text) { return detector().scan(text).grade; }

}  // namespace weir::domain::testing
