#include "node-agent/engines/model_facts.hpp"

#include <doctest/doctest.h>

using namespace weir;
using weir::engines::features_by_name;
using weir::engines::state_models;

TEST_CASE("model facts: names of embedding and ranking models tell what they are") {
  for (const char* id : {"nomic-embed-text", "text-embedding-3-small", "BAAI/bge-m3",
                         "intfloat/e5-large", "multilingual-e5-base", "thenlper/gte-large",
                         "Qwen/Qwen3-Embedding-0.6B", "models/embed.gguf"})
    CHECK_MESSAGE(features_by_name(id) == feature::embeddings, id);
  for (const char* id : {"BAAI/bge-reranker-v2-m3", "Qwen3-Reranker-4B", "rerank-english"})
    CHECK_MESSAGE(features_by_name(id) == feature::rerank, id);
  for (const char* id : {"", "llama-3.1-8b", "abge-1", "code5-x", "igte-x", "gte", "phi-3.5"})
    CHECK_MESSAGE(features_by_name(id) == 0, id);
}

TEST_CASE("model facts: what is stated goes over what was found, by id or alias") {
  std::vector<ModelInfo> models(3);
  models[0].id = "a:latest";
  models[0].aliases = {"a"};
  models[0].features = feature::tools | feature::continues;
  models[1].id = "b";
  models[1].features = feature::tools;
  models[1].capability = 1;
  models[2].id = "c";
  state_models({{"a", 3, MicroUsd{0}, MicroUsd{0}, feature::vision},
                {"b", 0, MicroUsd{5}, MicroUsd{6}, 0},
                {"none", 1, MicroUsd{0}, MicroUsd{0}, 0}},
               models);
  CHECK(models[0].capability == 3);
  CHECK(models[0].features == (feature::vision | feature::continues));
  CHECK(models[1].features == feature::tools);
  CHECK(models[1].capability == 1);
  CHECK(models[1].out_per_mtok == MicroUsd{6});
  CHECK(models[2].capability == 0);
}
