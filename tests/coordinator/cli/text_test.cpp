#include "coordinator/cli/text.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("text: what would command a terminal is replaced") {
  CHECK(printable("plain caf\xc3\xa9") == "plain café");
  CHECK(printable("a\x1b[31mb") == "a\uFFFD[31mb");
  CHECK(printable("a\nb\tc") == "a\uFFFDb\uFFFDc");
  CHECK(printable("a\nb\tc\r", true) == "a\nb\tc\uFFFD");
  CHECK(printable("\xc2\x9b") == "\uFFFD");          // the one-byte CSI as a code point
  CHECK(printable("x\xe2\x80\xaey") == "x\uFFFDy");  // right-to-left override
  CHECK(printable("\xff\xc3") == "\uFFFD\uFFFD");
}

TEST_CASE("text: columns count wide characters twice and combining marks not at all") {
  CHECK(columns("abc") == 3);
  CHECK(columns("模型") == 4);
  CHECK(columns("e\u0301") == 1);
  CHECK(columns("") == 0);
}

TEST_CASE("text: clipping keeps the width and marks the cut") {
  CHECK(clip("abcdef", 6) == "abcdef");
  CHECK(clip("abcdef", 5) == "abcd…");
  CHECK(clip("模型模型", 5) == "模型…");
  CHECK(clip("模型模型", 4) == "模…");
  CHECK(clip("abc", 0).empty());
}

TEST_CASE("text: lines are wrapped at spaces, and within words that are too long") {
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("abcdefgh", 3) == std::vector<std::string>{"abc", "def", "gh"});
  CHECK(wrap("", 10) == std::vector<std::string>{""});
  for (const auto& line : wrap("a rather long sentence, to be read on a narrow terminal", 12))
    CHECK(columns(line) <= 12);
}

TEST_CASE("text: durations and sizes are short and exact at their borders") {
  CHECK(duration_text(0) == "0 ms");
  CHECK(duration_text(999) == "999 ms");
  CHECK(duration_text(1000) == "1.0 s");
  CHECK(duration_text(99'949) == "99.9 s");
  CHECK(duration_text(125'000) == "2 min 5 s");
  CHECK(duration_text(12'000'000) == "3 h 20 min");
  CHECK(bytes_text(512) == "512 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(std::uint64_t{24} << 30U) == "24 GiB");
  CHECK(bytes_text(1'048'575) == "1.0 MiB");
}

TEST_CASE("table: columns are aligned, numbers to the right") {
  Table table{{{"NAME"}, {"SIZE", true}, {"WHAT"}}};
  table.row({"a", "5", "x"});
  table.row({"longer", "12345", "y"});
  CHECK(table.text({80, false}) ==
        "NAME     SIZE  WHAT\n"
        "a           5  x\n"
        "longer  12345  y\n");
}

TEST_CASE("table: at every width no line is wider than the terminal") {
  Table table{{{"NODE", false, true}, {"TIER"}, {"N", true}, {"MODELS", false, true}}};
  table.row({"workstation-of-somebody-with-a-long-name", "L0", "1",
             "qwen2.5-7b-instruct-q4_k_m, llama-3.1-8b-instruct, 模型名称很长很长很长很长"});
  table.row({"gpu-01", "L1", "16", "llama-3.1-70b"});
  for (std::size_t width = 20; width <= 200; ++width)
    for (const auto& line : lines_of(table.text({width, false}, 2))) CHECK(columns(line) <= width);
  CHECK(table.text({200, false}).find("…") == std::string::npos);
  const auto narrow = table.text({60, false});
  CHECK(narrow.find("…") != std::string::npos);
  CHECK(narrow.find("L1") != std::string::npos);  // a column that does not shrink stays whole
}

TEST_CASE("table: a short row's last cell takes the rest of the line") {
  Table table{{{"A"}, {"B"}, {"C"}}};
  table.row({"1", "2", "3"});
  table.row({"1", "left out: a sentence that is longer than its column"});
  const auto lines = lines_of(table.text({40, false}));
  CHECK(lines.at(0) == "A  B  C");
  CHECK(lines.at(2) == "1  left out: a sentence that is longer …");
}

TEST_CASE("table: colours only where they are wanted, and they do not move columns") {
  Table table{{{"S"}, {"T"}}};
  table.row({Cell{"up", Tint::good}, "x"});
  CHECK(table.text({80, false}).find('\x1b') == std::string::npos);
  CHECK(table.text({80, true}).find("\x1b[32mup\x1b[0m  x\n") != std::string::npos);
}

TEST_CASE("table: a name with control characters cannot move the cursor") {
  Table table{{{"A"}, {"B"}}};
  table.row({std::string{"x\x1b[2J\ny"}, "b"});
  const auto text = table.text({80, true});
  CHECK(text.find("\x1b[2J") == std::string::npos);
  CHECK(lines_of(text).size() == 2);
}
