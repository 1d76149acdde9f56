// The public JSONTestSuite, where it lies beside the checkout: each file's text as the value of
// an unknown field.
#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/openai.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace weir;

std::string contents(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool accepted(const std::string& value) {
  const auto body = R"({"model":"m","messages":[{"role":"user"}],"x":)" + value + "}";
  return dialect::openai::inspect(Endpoint::chat_completions, body).facts.has_value();
}

bool read_alone(const std::string& text) {
  dialect::json::Reader reader{text, dialect::json::Duplicates::allowed};
  return reader.skip() && reader.end();
}

}  // namespace

TEST_CASE("json: the public test suite's y_ files are accepted and its n_ files refused") {
  const auto dir = std::filesystem::path{WEIR_ROOT} / "../shared/public/JSONTestSuite/test_parsing";
  if (!std::filesystem::exists(dir)) {
    MESSAGE("skipped: ../shared/public/JSONTestSuite is not there");
    return;
  }
  std::size_t good = 0, bad = 0;
  for (const auto& entry : std::filesystem::directory_iterator{dir}) {
    const auto name = entry.path().filename().string();
    const auto text = contents(entry.path());
    const bool twice = name.find("duplicated_key") != std::string::npos;
    if (name.rfind("y_", 0) == 0) {
      ++good;
      CHECK_MESSAGE(read_alone(text), name);
      CHECK_MESSAGE(accepted(text) == !twice, name);
    } else if (name.rfind("n_", 0) == 0) {
      ++bad;
      CHECK_MESSAGE(!read_alone(text), name);
      CHECK_MESSAGE(!accepted(text), name);
    } else {
      accepted(text);
    }
  }
  CHECK((good > 90 && bad > 180));
}
