#include "node-agent/engines/model_facts.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace weir::engines {
namespace {

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Whether `word` stands in `text` where a word begins.
bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (at == 0 || !letter_or_digit(text[at - 1])) return true;
  return false;
}

}  // namespace

Features features_by_name(std::string_view id) {
  std::string text{id};
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (has_word(text, "rerank")) return feature::rerank;
  constexpr std::array<std::string_view, 4> families{"embed", "bge-", "e5-", "gte-"};
  for (const auto family : families)
    if (has_word(text, family)) return feature::embeddings;
  return 0;
}

void state_models(const std::vector<StatedModel>& stated, std::vector<ModelInfo>& models) {
  for (const auto& one : stated)
    for (auto& model : models) {
      const auto& names = model.aliases;
      if (model.id != one.id && std::find(names.begin(), names.end(), one.id) == names.end())
        continue;
      if (one.features != 0) model.features = one.features | (model.features & feature::continues);
      if (one.capability != 0) model.capability = one.capability;
      if (one.in_per_mtok > MicroUsd{0}) model.in_per_mtok = one.in_per_mtok;
      if (one.out_per_mtok > MicroUsd{0}) model.out_per_mtok = one.out_per_mtok;
    }
}

}  // namespace weir::engines
