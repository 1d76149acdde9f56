// Sizes, banned words, stray top-level files: the parts of the house rules a machine can check.
#include "tests/tidy/sources.hpp"

#include <doctest/doctest.h>
#include <regex>
#include <set>
#include <sstream>

namespace {

using namespace weir::tidy;

constexpr std::size_t file_lines_max = 500;
constexpr std::size_t function_lines_max = 60;
constexpr std::size_t columns_max = 100;

/// Code points of a UTF-8 line.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The line without string literals, character literals and comments.
std::string code_of(const std::string& line) {
  static const std::regex noise{R"re("(\\.|[^"\\])*"|'(\\.|[^'\\])+'|//.*$)re"};
  return std::regex_replace(line, noise, "");
}

/// Whether an unindented (or class-level) line with `{` opens a function, and not a namespace,
/// type, enum or initialised table.
bool opens_function(const std::string& code) {
  static const std::regex other{
      R"(^\s*(namespace|class|struct|enum|union|extern|constexpr|const|inline const|static const|)"
      R"(using|typedef|switch|if|for|while|do|else|return|\}))"};
  static const std::regex lambda{R"(\[[^\]]*\](<[^>]*>|\s)*\()"};
  static const std::regex call{R"(\)[^;{}=]*\{\s*$)"};
  return !std::regex_search(code, other) && !std::regex_search(code, lambda) &&
         std::regex_search(code, call);
}

struct Long {
  std::size_t line;
  std::size_t length;
};

/// Functions of more than function_lines_max lines, found by clang-format's layout: a function's
/// closing brace stands in the column its first line begins at.
std::vector<Long> long_functions(const std::vector<std::string>& lines) {
  std::vector<Long> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!opens_function(code_of(lines[i]))) continue;
    std::size_t first = i;  // the signature may begin some lines above
    while (first > 0 && i - first < 8 && !lines[first].empty() &&
           lines[first].find_first_not_of(' ') > lines[first - 1].find_first_not_of(' ') &&
           lines[first - 1].find_first_of(";{}") == std::string::npos)
      --first;
    const auto indent = lines[first].find_first_not_of(' ');
    if (indent == std::string::npos || indent > 4) continue;
    const std::string closing = std::string(indent, ' ') + "}";
    for (std::size_t j = i + 1; j < lines.size(); ++j)
      if (lines[j].rfind(closing, 0) == 0) {
        if (j - first + 1 > function_lines_max) found.push_back({first, j - first + 1});
        break;
      }
  }
  return found;
}

}  // namespace

TEST_CASE("tidy: no file is longer than 500 lines and no line wider than 100 columns") {
  for (const auto& source : sources({".hpp", ".cpp", ".capnp", ".py", ".sh"})) {
    CHECK_MESSAGE(source.lines.size() <= file_lines_max,
                  source.path << " has " << source.lines.size() << " lines");
    for (std::size_t i = 0; i < source.lines.size(); ++i)
      CHECK_MESSAGE(columns(source.lines[i]) <= columns_max, place(source, i));
  }
}

TEST_CASE("tidy: no function is longer than 60 lines") {
  for (const auto& source : sources({".hpp", ".cpp"}))
    for (const auto& f : long_functions(source.lines))
      CHECK_MESSAGE(f.length <= function_lines_max, place(source, f.line)
                                                        << " is " << f.length << " lines long");
}

TEST_CASE("tidy: the function check sees a long function and a long member") {
  std::vector<std::string> lines{"Result<int> long_one(int a,", "                     int b) {"};
  for (int i = 0; i < 60; ++i) lines.push_back("  work();");
  lines.push_back("}");
  CHECK(long_functions(lines).size() == 1);
  lines.erase(lines.begin() + 2, lines.begin() + 10);
  CHECK(long_functions(lines).empty());
}

TEST_CASE("tidy: no banned word stands in the code") {
  const std::regex banned{
      R"(\bco_(await|return|yield)\b|\b(TODO|FIXME|XXX|HACK)\b|\bsleep_for\b|\busleep\b|)"
      R"(\bsystem\(|\bstrcpy\b|\bsprintf\()"};
  const std::regex clock{
      R"(steady_clock::now|system_clock::now|random_device|\bspdlog\b|\brand\()"};
  for (const auto& source : sources({".hpp", ".cpp"})) {
    if (source.path.rfind("tests/tidy/", 0) == 0) continue;
    const bool pure =
        source.path.rfind("actors/domain/", 0) == 0 || source.path.rfind("schema/", 0) == 0;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      CHECK_MESSAGE(!std::regex_search(source.lines[i], banned), place(source, i));
      if (pure) CHECK_MESSAGE(!std::regex_search(source.lines[i], clock), place(source, i));
      if (source.path.ends_with(".hpp"))
        CHECK_MESSAGE(source.lines[i].find("using namespace") == std::string::npos,
                      place(source, i));
    }
  }
}

TEST_CASE("tidy: every header guards itself and no header is dead") {
  const auto all = sources({".hpp", ".cpp"});
  std::set<std::string> included;
  const std::regex include_line{R"re(^\s*#\s*include\s*"([^"]+)")re"};
  for (const auto& source : all)
    for (const auto& line : source.lines) {
      std::smatch m;
      if (std::regex_search(line, m, include_line)) included.insert(m[1]);
    }
  for (const auto& source : all) {
    if (!source.path.ends_with(".hpp")) continue;
    const auto once = std::find(source.lines.begin(), source.lines.end(), "#pragma once");
    CHECK_MESSAGE(once != source.lines.end(), source.path << " lacks #pragma once");
    CHECK_MESSAGE(included.count(source.path) == 1, source.path << " is included by nobody");
  }
}

TEST_CASE("tidy: the top level holds what the design names and nothing else") {
  const std::set<std::string> allowed{"CMakeLists.txt", "actors",      "schema",
                                      "node-agent",     "coordinator", "tests",
                                      "examples",       "README.md",   "LICENSE"};
  for (const auto& entry : std::filesystem::directory_iterator{WEIR_ROOT}) {
    const auto name = entry.path().filename().string();
    if (name[0] == '.' || name.rfind("build", 0) == 0) continue;
    CHECK_MESSAGE(allowed.count(name) == 1, name << " does not belong to the top level");
  }
}
