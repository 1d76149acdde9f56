#include "coordinator/gateway/model_lists.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::gateway;
using nlohmann::json;

namespace {

constexpr std::int64_t created = 1'700'000'000;

FleetView fleet() {
  ModelInfo known;
  known.id = "tiny:latest";
  known.family = "llama";
  known.quantization = "Q4_0";
  known.digest = "d1";
  known.bytes = 42;
  known.aliases = {"tiny"};
  known.loaded = false;
  ModelInfo bare;
  bare.id = "org/Mistral-7b";
  NodeView node;
  node.name = "n";
  node.models = {known.id, bare.id};
  node.engines = {{1, EngineKind::ollama, false, {known, bare}}};
  return {{node}, {{"chat", {"tiny:latest", "nobody"}, 1, feature::tools}}};
}

}  // namespace

TEST_CASE("model lists: Ollama's clients get its facts, and a digest and a family in any case") {
  const auto models = json::parse(ollama_tags_json(fleet(), created)).at("models");
  REQUIRE(models.size() == 3);
  const auto& alias = models[0];
  CHECK((alias.at("name") == "chat" && alias.at("size") == 42));
  const auto& bare = models[1];
  CHECK(bare.at("details").at("family") == "Mistral");
  CHECK(bare.at("digest").get<std::string>().size() == 64);
  const auto& known = models[2];
  CHECK((known.at("model") == "tiny:latest" && known.at("digest") == "d1"));
  CHECK(known.at("details").at("quantization_level") == "Q4_0");
  CHECK(known.at("modified_at") == "2023-11-14T22:13:20Z");
  CHECK_FALSE(json::parse(ollama_version_json()).at("version").get<std::string>().empty());
}

TEST_CASE("model lists: Anthropic's clients get pages of theirs") {
  const auto list = json::parse(models_json(fleet(), created, true));
  CHECK(list.at("first_id") == "chat");
  CHECK(list.at("last_id") == "tiny:latest");
  CHECK(list.at("has_more") == false);
  CHECK(list.at("data")[0].at("type") == "model");
  const auto none = json::parse(models_json({}, created, true));
  CHECK((none.at("data").empty() && none.at("first_id").is_null()));
}

TEST_CASE("model lists: a model is found by its engine's other names, and unknown ones are not") {
  CHECK(json::parse(model_json(fleet(), "tiny", created, false)).at("id") == "tiny");
  CHECK(json::parse(model_json(fleet(), "chat", created, true)).at("display_name") == "chat");
  CHECK(model_json(fleet(), "nobody", created, false).empty());
  const auto own = json::parse(fleet_models_json(fleet())).at("models");
  CHECK((own[2].at("loaded") == false && own[1].at("loaded") == true));
}
