// Replays http-desync-guardian's recorded attacks where its data lies beside the repository.
#include "actors/net/http/request_parser.hpp"

#include <doctest/doctest.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace weir::net::http;

struct Case {
  std::string name, method, uri, version, tier;
  Headers headers;
  bool has_host() const {
    for (const auto& h : headers)
      if (h.name.size() == 4 && (h.name[0] | 0x20) == 'h' && (h.name[1] | 0x20) == 'o') return true;
    return false;
  }
};

/// The text of one YAML scalar: plain, 'single', or "double" with the escapes the data uses.
std::string scalar(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.pop_back();
  if (text.size() < 2 || (text[0] != '"' && text[0] != '\'')) return text;
  const bool escapes = text[0] == '"';
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!escapes || text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'x' || c == 'u') {
      const std::size_t digits = c == 'x' ? 2 : 4;
      out += static_cast<char>(std::strtol(text.substr(i + 1, digits).c_str(), nullptr, 16));
      i += digits;
    } else {
      out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
    }
  }
  return out;
}

std::vector<Case> read_cases(const std::filesystem::path& file) {
  std::vector<Case> cases;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    const auto indent = line.find_first_not_of(' ');
    if (indent == std::string::npos || line[indent] == '#') continue;
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const auto key = line.substr(indent, colon - indent);
    const auto value = scalar(line.substr(line.find_first_not_of(' ', colon + 1)));
    if (indent == 0 && key == "- name") cases.push_back({value, "", "", "", "", {}});
    if (cases.empty()) continue;
    auto& c = cases.back();
    if (indent == 2 && key == "uri") c.uri = value;
    if (indent == 2 && key == "method") c.method = value;
    if (indent == 2 && key == "version") c.version = value;
    if (indent == 4 && key == "tier") c.tier = value;
    if (indent == 4 && key == "- name") c.headers.push_back({value, ""});
    if (indent == 6 && key == "value" && !c.headers.empty()) c.headers.back().value = value;
  }
  return cases;
}

/// Whether the parser refuses the case's head.
bool refused(const Case& c) {
  std::string text = c.method + " " + c.uri + " " + c.version + "\r\n";
  if (!c.has_host()) text += "Host: a\r\n";  // so that it is never the Host that is refused
  for (const auto& h : c.headers) text += h.name + ": " + h.value + "\r\n";
  const Limits limits;
  RequestParser parser{limits};
  parser.feed(text + "\r\n");
  return parser.state() == RequestParser::State::refused;
}

std::filesystem::path data_folder() {
  const char* shared = std::getenv("WEIR_SHARED");
  const std::filesystem::path root =
      shared != nullptr ? std::filesystem::path{shared}
                        : std::filesystem::path{WEIR_ROOT}.parent_path() / "shared";
  return root / "public" / "http-desync-guardian" / "tests";
}

}  // namespace

TEST_CASE("request parser: recorded desync attacks are refused, compliant requests are not") {
  if (!std::filesystem::exists(data_folder())) {
    MESSAGE("skipped: http-desync-guardian's data is not beside the repository");
    return;
  }
  // Sound HTTP that we do not speak: other codings than chunked, targets of other hosts than
  // Host says, empty targets and raw bytes beyond ASCII in them.
  const std::set<std::string> stricter{"Different Transfer-Encoding headers",
                                       "Different Transfer-Encoding headers combined",
                                       "Transfer-Encoding with a param: chunked;custom_param",
                                       "Compliant URL",
                                       "International in URI",
                                       "Empty URI"};
  std::size_t severe = 0, compliant = 0;
  for (const char* file : {"severe.yaml", "real-life-test-cases.yaml", "ambiguous.yaml"})
    for (const auto& c : read_cases(data_folder() / file))
      if (c.tier == "Severe") {
        ++severe;
        CHECK_MESSAGE(refused(c), file << ": " << c.name);
      }
  for (const auto& c : read_cases(data_folder() / "rfc-compliant.yaml"))
    if (c.tier == "Compliant") {
      ++compliant;
      CHECK_MESSAGE(refused(c) == (stricter.count(c.name) == 1), c.name);
    }
  CHECK(severe > 20);
  CHECK(compliant > 3);
}
