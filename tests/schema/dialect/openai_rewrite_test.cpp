#include "schema/dialect/openai.hpp"

#include <doctest/doctest.h>
#include <random>
#include <string>

namespace {

using namespace weir;
namespace openai = dialect::openai;

const std::string tail = R"("messages":[{"role":"user","content":"\u00e9 é"}])";

std::string rewritten(const std::string& body, const std::string& model = "engine") {
  const auto inspection = openai::inspect(Endpoint::chat_completions, body);
  REQUIRE_MESSAGE(inspection.facts, body << " : " << inspection.refused.error.detail);
  return openai::rewrite(body, *inspection.facts, model);
}

}  // namespace

TEST_CASE("openai rewrite: without a stream the model alone changes") {
  CHECK(rewritten(R"({ "model" : "auto" , "x":1.50e1,)" + tail + " }\n") ==
        R"({ "model" : "engine" , "x":1.50e1,)" + tail + " }\n");
  CHECK(rewritten("{" + tail + R"(,"model":"a"})", "b\"c\\\n") ==
        "{" + tail + R"(,"model":"b\"c\\\n"})");
  CHECK(rewritten(R"({"stream":false,"stream_options":{},"model":"a",)" + tail + "}") ==
        R"({"stream":false,"stream_options":{},"model":"engine",)" + tail + "}");
}

TEST_CASE("openai rewrite: a stream always asks for usage, whatever its options were") {
  const auto options = [](const std::string& was) {
    const std::string before = R"({"stream":true,"stream_options":)", model = R"(,"model":)";
    const auto out = rewritten(before + was + model + R"("a",)" + tail + "}");
    const std::string after = model + R"("engine",)" + tail + "}";
    REQUIRE(out.substr(0, before.size()) == before);
    REQUIRE(out.substr(out.size() - after.size()) == after);
    return out.substr(before.size(), out.size() - before.size() - after.size());
  };
  CHECK(options("null") == R"({"include_usage":true})");
  CHECK(options("{}") == R"({"include_usage":true})");
  CHECK(options("{ }") == R"({"include_usage":true })");
  CHECK(options(R"({"include_usage":false})") == R"({"include_usage":true})");
  CHECK(options(R"({"include_usage":null})") == R"({"include_usage":true})");
  CHECK(options(R"({"include_usage" : false ,"x":[1, 2]})") ==
        R"({"include_usage" : true ,"x":[1, 2]})");
  CHECK(options(R"({"\u0069nclude_usage":false})") == R"({"\u0069nclude_usage":true})");
  CHECK(options(R"({"x":{"include_usage":false}})") ==
        R"({"include_usage":true,"x":{"include_usage":false}})");
  CHECK(options(R"({"include_usage":true,"x":1})") == R"({"include_usage":true,"x":1})");
}

TEST_CASE("openai rewrite: options that are absent are added before the closing brace") {
  const std::string added = R"(,"stream_options":{"include_usage":true})";
  CHECK(rewritten(R"({"model":"a","stream":true,)" + tail + " } ") ==
        R"({"model":"engine","stream":true,)" + tail + " " + added + "} ");
  CHECK(rewritten("{" + tail + R"(,"stream":true,"model":"a"})") ==
        "{" + tail + R"(,"stream":true,"model":"engine")" + added + "}");
}

TEST_CASE("openai rewrite: for random bodies, every byte but the model and the usage wish stays") {
  std::mt19937 random{7};
  const std::vector<std::string> members{R"("temperature" : 0.70)",
                                         R"("stop":["\n","é\u00e9",""])",
                                         R"( "seed":-0)",
                                         "\"user\":\"u\\\"}\"",
                                         R"("x":{ "model":"inner","stream_options":null })",
                                         R"("logit_bias":{"50256":-100})",
                                         tail,
                                         R"("model":"the model")",
                                         R"("stream":true)"};
  for (int round = 0; round < 500; ++round) {
    auto order = members;
    std::shuffle(order.begin(), order.end(), random);
    std::string body = "{";
    for (std::size_t i = 0; i < order.size(); ++i) {
      body.append(random() % 3, ' ').append(order[i]).append(random() % 2, '\n');
      body.append(i + 1 < order.size() ? "," : "}");
    }
    auto expected = body;
    expected.insert(expected.size() - 1, R"(,"stream_options":{"include_usage":true})");
    expected.replace(expected.find("\"the model\""), 11, "\"e\"");
    const auto out = rewritten(body, "e");
    CHECK(out == expected);
    const auto again = openai::inspect(Endpoint::chat_completions, out);
    REQUIRE(again.facts);
    CHECK((again.facts->model == "e" && again.facts->usage_asked));
    CHECK(openai::rewrite(out, *again.facts, "e") == out);
  }
}
