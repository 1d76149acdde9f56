// Every #include follows an allowed arrow; every source stands in a known folder.
#include "tests/tidy/arrows.hpp"
#include "tests/tidy/sources.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::tidy;

const std::regex include_line{R"re(^\s*#\s*include\s*[<"]([^">]+)[">])re"};
const std::regex own_header{R"(^(schema|actors|node-agent|coordinator|tests|examples)/)"};

/// What the include of `to` in `from` breaks; empty where it is allowed.
std::string broken_arrow(const std::string& from, const std::string& to) {
  const auto root = roots().find(from);
  const auto home = folder_of(from);
  if (std::regex_search(to, own_header)) {
    const auto target = to.rfind("schema/wire/", 0) == 0 ? std::optional<std::string>{"schema/wire"}
                                                         : folder_of(to);
    if (!target) return "includes " + to + ", which is in no known folder";
    if (root != roots().end())
      return root->second.count(*target) == 1 ? "" : "must not include " + to;
    if (home == target || folders().at(*home).may.count(*target) == 1) return "";
    return "must not include " + to;
  }
  std::smatch library;
  if (root != roots().end() || !std::regex_search(to, library, foreign_library)) return "";
  return folders().at(*home).uses.count(library[1]) == 1 ? "" : "must not use " + to;
}

}  // namespace

TEST_CASE("tidy: every include of the product follows an allowed arrow") {
  std::size_t seen = 0;
  for (const auto& source : sources({".hpp", ".cpp"})) {
    if (source.path.rfind("tests/", 0) == 0) continue;
    REQUIRE_MESSAGE((folder_of(source.path) || roots().count(source.path) == 1),
                    source.path << " is in no known folder");
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch m;
      if (!std::regex_search(source.lines[i], m, include_line)) continue;
      ++seen;
      const auto broken = broken_arrow(source.path, m[1]);
      CHECK_MESSAGE(broken.empty(), place(source, i) << " " << broken);
    }
  }
  CHECK(seen > 100);
}

TEST_CASE("tidy: the arrow check refuses what the architecture forbids") {
  CHECK_FALSE(broken_arrow("actors/domain/x.cpp", "caf/all.hpp").empty());
  CHECK_FALSE(broken_arrow("actors/domain/x.cpp", "actors/shells/brain.hpp").empty());
  CHECK_FALSE(broken_arrow("actors/shells/x.cpp", "actors/net/http/server.hpp").empty());
  CHECK_FALSE(broken_arrow("coordinator/gateway/x.cpp", "actors/shells/brain.hpp").empty());
  CHECK_FALSE(broken_arrow("coordinator/gateway/x.cpp", "actors/domain/agent.hpp").empty());
  CHECK_FALSE(broken_arrow("coordinator/main.cpp", "node-agent/engines/runner.hpp").empty());
  CHECK_FALSE(broken_arrow("coordinator/cli/x.cpp", "node-agent/engines/runner.hpp").empty());
  CHECK_FALSE(broken_arrow("schema/dialect/x.cpp", "schema/codec/codec.hpp").empty());
  CHECK(broken_arrow("coordinator/gateway/x.cpp", "actors/domain/stream/sse_stream.hpp").empty());
  CHECK(broken_arrow("coordinator/main.cpp", "coordinator/gateway/gateway.hpp").empty());
}

TEST_CASE("tidy: Asio is included in one header, generated wire code in the codec alone") {
  for (const auto& source : sources({".hpp", ".cpp"}))
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch m;
      if (!std::regex_search(source.lines[i], m, include_line)) continue;
      const std::string to = m[1];
      if (to == "asio.hpp" || to.rfind("asio/", 0) == 0)
        CHECK_MESSAGE(source.path.rfind("actors/net/asio", 0) == 0, place(source, i) << " " << to);
      if (to.find(".capnp.h") != std::string::npos)
        CHECK_MESSAGE((source.path.rfind("schema/codec/", 0) == 0 ||
                       source.path.rfind("tests/schema/codec/", 0) == 0),
                      place(source, i) << " " << to);
    }
}
