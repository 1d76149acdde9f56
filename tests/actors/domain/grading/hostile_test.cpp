// Texts made to be slow or to break: work grows with the text, and nothing is out of range.
#include "tests/actors/domain/grading/scanned.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <ctime>

using namespace weir;
using namespace weir::testing;

namespace {

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += piece;
  return out;
}

/// Of this thread: others on the machine do not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void check_range(const Scan& scan, std::string_view text) {
  std::size_t last = 0;
  for (const auto& f : scan.findings) {
    REQUIRE(f.begin >= last);
    REQUIRE(f.begin < f.end);
    REQUIRE(f.end <= text.size());
    last = f.end;
  }
}

double cost(const std::string& text, bool json) {
  double best = 1e9;
  for (int round = 0; round < 2; ++round) {
    const auto start = cpu_seconds();
    const auto scan = json ? detector().scan_json(text) : detector().scan(text);
    best = std::min(best, cpu_seconds() - start);
    check_range(scan, text);
  }
  return best;
}

/// Four times the text takes less than eight times as long, and none a second for 200 KB.
void check_linear(const std::string& name, const std::function<std::string(std::size_t)>& make) {
  constexpr std::size_t small = 48 * 1024;
  const auto text = make(small), large = make(4 * small);
  for (const bool json : {false, true}) {
    const double once = cost(text, json), four = cost(large, json);
    CAPTURE(name);
    CAPTURE(json);
    CAPTURE(once);
    CAPTURE(four);
    if (four > 0.1) MESSAGE(name, " ", json, " ", once * 1e3, " ms, ", four * 1e3, " ms");
    CHECK(four < 8 * std::max(once, 1e-3));
    CHECK(four < 1.0);
  }
}

// clang-format off
/// Beginnings of what the detector looks for, each over and over.
constexpr const char* pieces[] = {
    "1", "1 ", "1-", "12 ", "一", "一 ", "零\u200B", "\u200B", "@", "=", "a.", "a@",
    "a@a.", "\"", "\\", "\\\"", "'a' ", "%", "%25", "&amp;", "&#49;", "\\u0031", "王",
    "王小", "张伟、", "是", "路1号", "password:", "password: ", "密码",
    "密码是", "://", "a://b:c@", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----\n",
    "-----END ", "eyJ", "eyJ.", "sk-", "8Q~", "atlasv1.", ":AA", "合同编号", "合同(",
    "月薪", "月薪1", "转账100元", "利润", ", AB ", " at ", " dot ", "a dot ",
    "John ", "Dear ", "Street ", "1 Street ", "甲方乙方", "[", "{\"a\":", "\"1\",",
    "::", "a:", "1.", "+", "(", "\xFF", "\xE4\xB8", "\xF0\x9F", "\xED\xA0\x80", "A", "aB3",
    "QUJD", "0x", "00 ", "\n", "``", "<", "💥", "１", "①", "е"};
// clang-format on

}  // namespace

TEST_CASE("hostile: one piece over and over costs what its length is") {
  detector().scan("warm");
  for (const std::string piece : pieces)
    check_linear(piece, [&](std::size_t n) { return repeated(piece, n); });
}

TEST_CASE("hostile: base64 in base64, however large") {
  check_linear("nested base64", [](std::size_t n) {
    return base64(base64(base64(repeated("手机13812345678，", n / 3))));
  });
  check_linear("short blobs",
               [](std::size_t n) { return repeated(base64("hello world, hello") + " ", n); });
  check_linear("a blob of noise", [](std::size_t n) {
    Rng rng{9};
    return pick(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", n);
  });
}

TEST_CASE("hostile: many strings of a document, short and cut") {
  check_linear("digits", [](std::size_t n) { return "[" + repeated("\"12\",", n) + "\"\"]"; });
  check_linear("letters", [](std::size_t n) { return "[" + repeated("\"ab3\",", n) + "\"\"]"; });
  check_linear("objects",
               [](std::size_t n) { return "[" + repeated("{\"input\":[1]},", n) + "0]"; });
  check_linear("cards", [](std::size_t n) {
    return "[" + repeated("\"41111111\",\"11111111\",", n) + "0]";
  });
}

TEST_CASE("hostile: depth without end is no JSON, and harms nobody") {
  for (const std::string open : {"[", "{\"a\":", "[{\"b\":["}) {
    const auto scan = detector().scan_json(repeated(open, 100'000 * open.size()));
    CHECK_FALSE(scan.complete);
    CHECK(scan.grade == Grade::p0);
  }
}

TEST_CASE("hostile: random bytes and broken text stay in range") {
  Rng rng{77};
  for (int round = 0; round < 200; ++round) {
    std::string text(rng() % 3000, '\0');
    for (auto& c : text) c = static_cast<char>(rng());
    check_range(detector().scan(text), text);
    check_range(detector().scan_json(text), text);
  }
}

TEST_CASE("hostile: a text cut anywhere stays in range") {
  const std::string text =
      "姓名：王\u200B小明，１３８12345678，\\u8eab&#20221;%E8%AF%81 1 1 0 1 0 5，a [at] b [dot] "
      "cn，"
      "MTM4MTIzNDU2Nzg=，-----BEGIN PRIVATE KEY-----\nQUJD，\"AKIA\" + \"QQ\"，://a:b@c";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto head = text.substr(0, cut), tail = text.substr(cut);
    check_range(detector().scan(head), head);
    check_range(detector().scan(tail), tail);
    check_range(detector().scan_json(head), head);
  }
}
