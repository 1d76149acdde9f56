// The detector over any bytes: it ends; its findings lie inside, in order and apart; what is no
// JSON is not taken for complete; and a text is no less strict for standing in a JSON string.
#include "actors/domain/grading/detector.hpp"
#include "schema/types/assert.hpp"

#include <string>
#include <string_view>

namespace {

void check(const weir::Scan& scan, std::string_view text) {
  std::size_t last = 0;
  for (const auto& finding : scan.findings) {
    WEIR_ASSERT(finding.begin < finding.end && finding.end <= text.size());
    WEIR_ASSERT(finding.begin >= last && finding.confidence <= 100);
    last = finding.end;
  }
  WEIR_ASSERT(scan.complete || scan.grade == weir::Grade::p0);
}

/// `text` as a JSON string. Bytes that are no ASCII stand as they are.
std::string quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      ((out += "\\u00") += digits[byte >> 4]) += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto detector = weir::domain::Detector::make({});
  WEIR_ASSERT(detector);
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto plain = (*detector)->scan(text);
  check(plain, text);
  check((*detector)->scan_json(text), text);
  const auto document = quoted(text);
  const auto inside = (*detector)->scan_json(document);
  check(inside, document);
  WEIR_ASSERT(weir::strictest(inside.grade, plain.grade) == inside.grade);
  return 0;
}
