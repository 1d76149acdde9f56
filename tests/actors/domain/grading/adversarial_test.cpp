// Inputs made to be slow or to lead astray: four times the text is about four times the work.
#include "tests/actors/domain/grading/found.hpp"

#include <ctime>

using namespace weir;
using namespace weir::domain::testing;

namespace {

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string out;
  out.reserve(bytes + unit.size());
  while (out.size() < bytes) out += unit;
  return out;
}

/// Processor time of this thread: other programs do not count.
double seconds_of(const std::string& text) {
  timespec a{}, b{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
  const auto scan = detector().scan(text);
  (void)detector().scan_json(text);
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
  CHECK((scan.complete || scan.grade == Grade::p0));
  return static_cast<double>(b.tv_sec - a.tv_sec) +
         static_cast<double>(b.tv_nsec - a.tv_nsec) * 1e-9;
}

/// What a hostile text repeats.
const std::string units[] = {"1",
                             "1 ",
                             "1 1 1 ",
                             "138",
                             "\"",
                             "\\",
                             "\\\\",
                             "\\u",
                             "%25",
                             "%",
                             "&amp;",
                             "&#",
                             "\u200b",
                             "@",
                             "a@",
                             "@a.",
                             ".",
                             "-",
                             "- ",
                             "eyJ",
                             "eyJ.",
                             "sk-",
                             "AKIA",
                             "password=",
                             "密码:",
                             "://",
                             "a://b:c@",
                             "-----BEGIN PRIVATE KEY-----",
                             "王",
                             "王芳",
                             "客户",
                             "姓名:",
                             "一",
                             "一 ",
                             "零-",
                             "路1号",
                             "市区路",
                             "楼",
                             "1号楼",
                             "A",
                             "Ab ",
                             "Mr. ",
                             "Dear John ",
                             ", NY ",
                             "1 Oak St ",
                             " at ",
                             " dot ",
                             "合同",
                             "合同编号:",
                             "本合同¥1",
                             "月薪",
                             "¥1,000",
                             "::",
                             "a:",
                             "00:",
                             "1.",
                             "(",
                             "((+86",
                             "[",
                             "{\"a\":",
                             "\"a\" + \"",
                             "' '",
                             "\xff",
                             "\xed\xa0\x80",
                             "\xf0\x9f",
                             "０",
                             "①",
                             "MTM4",
                             "MTM4MTIzNDU2Nzg=\n",
                             "31",
                             "data:;base64,",
                             "A-",
                             "HT-2026-1 ",
                             "FPO A",
                             "合字",
                             "Bearer ",
                             "\n",
                             "|",
                             "栋",
                             "\u0301"};

}  // namespace

TEST_CASE("adversarial: work grows with the text, not with its square") {
  for (const auto& unit : units) {
    constexpr std::size_t small = 32u << 10;
    const auto one = repeated(unit, small), four = repeated(unit, 4 * small);
    seconds_of(one);  // warm
    const double a = seconds_of(one), b = seconds_of(four);
    CHECK_MESSAGE(b < 12 * a + 0.02, unit << ": " << a << " s, then " << b << " s");
    CHECK_MESSAGE(b < 1.5, unit << ": " << b << " s for 128 KB");
  }
}

TEST_CASE("adversarial: nested base64 of a megabyte ends, and is P0 where it is too deep") {
  CHECK(seconds_of(
            repeated("Vm0wd2QyUXlVWGxWV0d4V1YwZDRWMVl3WkRSV01WbDNXa1JTVjAxV2JETlhhMUpUVmpBeFYySkVU",
                     1u << 20)) < 5);
  CHECK(seconds_of(std::string(1u << 20, '1')) < 5);
  CHECK(seconds_of(repeated("\u200b1", 1u << 20)) < 5);
}

TEST_CASE("adversarial: any bytes give findings inside the text") {
  std::uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    constexpr std::string_view parts[] = {
        "\\u00", "31",   "%3",  "&#4", "9;", "１",          "王",       "芳",  "\xe4", "\xb8",
        "@",     ".com", " ",   "\"",  "+",  "13812345678", "MTM4",     "=",   "\\",   "合同",
        "¥9",    "路",   "3号", "+86", ":",  "-",           "Mr. John", "sk-", "\xff", "\n"};
    for (int i = 0; i < 24; ++i) {
      state = state * 1664525u + 1013904223u;
      text += parts[(state >> 16) % std::size(parts)];
    }
    found(text);
    found_json(text);
  }
}
