// What is known of models beside what their engine tells.
#pragma once

#include "schema/types/settings.hpp"

#include <string_view>
#include <vector>

namespace weir::engines {

/// What a model does, where its name alone tells: embeddings or rerank for names that hold
/// "embed", "bge-", "e5-", "gte-" or "rerank" as a word's beginning, in either case; else 0.
Features features_by_name(std::string_view id);
/// Puts what the settings state of models, by id or alias, over what was found.
/// O(stated x models).
void state_models(const std::vector<StatedModel>& stated, std::vector<ModelInfo>& models);

}  // namespace weir::engines
