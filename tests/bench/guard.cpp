// What the detector costs: bench_guard [FILE]. Prints, of one core's time,
//   MB/s over plain English, plain Chinese, both mixed and the file; also over documents of 100 KB
//   µs for a chat request of 1.8 KB through scan_json, and how many parses of it by the gateway
//   that is; bytes of the compiled patterns, ms to compile them
#include "actors/domain/grading/detector.hpp"
#include "schema/dialect/openai.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

namespace {

/// Of this thread on its core: what others do on the machine does not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The best of several rounds: seconds of one call.
template <class F>
double seconds_of(const F& call, int calls) {
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    const auto start = cpu_seconds();
    for (int i = 0; i < calls; ++i) call();
    best = std::min(best, (cpu_seconds() - start) / calls);
  }
  return best;
}

const std::string english =
    "The committee met to discuss how the new library system should handle overdue items, and it "
    "agreed that reminders would be sent twice before any charge is made. Most of the visitors "
    "come "
    "in the afternoon, when the reading room is quiet and the light is good. A short guide "
    "explains "
    "how to look up a title, how to place a hold, and what to do if a book was damaged. The next "
    "chapter compares three ways of storing time series and measures how much memory each one "
    "needs "
    "when the number of points grows from 1000 to 100000.\n";
const std::string chinese =
    "图书馆三层新增了自习座位，需要先在门口取号。下午来的人最多，阅览室里光线很好，也比较安静。这份"
    "简短的指南说明了"
    "怎样查找书目、怎样预约，以及书籍损坏以后应当怎么处理。下一章比较三种保存时间序列的方法，并测量"
    "数据点从1000增加到"
    "100000时各自需要多少内存。单元测试应当覆盖空输入、超长输入和并发调用；写作时先列提纲，再补充例"
    "子，最后统一语气。\n";

std::string repeated(const std::string& text, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += text;
  return out;
}

std::string chat(std::size_t bytes) {
  std::string content = "请把下面的会议记录整理成要点，并翻译成英文。\\n\\n";
  while (content.size() + 200 < bytes)
    content += content.size() % 2 == 0 ? "We agreed to move the release to the second week. \\n"
                                       : "大家同意先完成测试，再安排上线时间。";
  return R"({"model":"auto","temperature":0.2,"stream":true,"messages":[{"role":"system",)"
         R"("content":)"
         R"("You are a helpful assistant."},{"role":"user","content":")" +
         content + "\"}]}";
}

void speed(const weir::domain::Detector& detector, const char* what, const std::string& text) {
  const int calls = static_cast<int>(std::max<std::size_t>(1, (4u << 20) / text.size()));
  const double s = seconds_of([&] { detector.scan(text); }, calls);
  std::printf("%-28s %8.1f MB/s (%zu bytes)\n", what, static_cast<double>(text.size()) / s / 1e6,
              text.size());
}

}  // namespace

int main(int argc, char** argv) {
  const auto start = cpu_seconds();
  const auto made = weir::domain::Detector::make({});
  if (!made) return 1;
  const auto& detector = **made;
  std::printf("%-28s %8.1f ms, %zu bytes\n", "patterns", (cpu_seconds() - start) * 1e3,
              detector.pattern_bytes());
  speed(detector, "plain English, 4 MB", repeated(english, 4u << 20));
  speed(detector, "plain Chinese, 4 MB", repeated(chinese, 4u << 20));
  speed(detector, "mixed, 4 MB", repeated(english + chinese, 4u << 20));
  speed(detector, "plain English, 100 KB", repeated(english, 100'000));
  speed(detector, "plain Chinese, 100 KB", repeated(chinese, 100'000));
  speed(detector, "mixed, 100 KB", repeated(english + chinese, 100'000));
  if (argc > 1) {
    std::ifstream in{argv[1], std::ios::binary};
    speed(detector, argv[1], std::string{std::istreambuf_iterator<char>{in}, {}});
  }
  const auto body = chat(1800);
  const double scan = seconds_of([&] { detector.scan_json(body); }, 2000);
  const double parse = seconds_of(
      [&] { weir::dialect::openai::inspect(weir::Endpoint::chat_completions, body); }, 2000);
  std::printf("%-28s %8.1f us (%zu bytes), %.1f times the gateway's parse of %.1f us\n",
              "chat request", scan * 1e6, body.size(), scan / parse, parse * 1e6);
  return 0;
}
