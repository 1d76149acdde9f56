// The models that a client may ask for, in the shape of each API that lists them. Off the request
// path.
#pragma once

#include "schema/types/brain.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::gateway {

/// Weir's own: `{"models":[{"id","alias","members","nodes","tiers","capability","features",
/// "context_tokens","loaded"}]}`
std::string fleet_models_json(const FleetView& fleet);

/// Every model that a connected engine offers, and every alias of which it offers a member, in
/// order of their names: OpenAI's `{"object":"list","data":[…]}`, or Anthropic's list.
std::string models_json(const FleetView& fleet, std::int64_t created_unix_s, bool anthropic);
/// One of these; empty where there is none called `id`, be it by one of its engine's other names.
std::string model_json(const FleetView& fleet, std::string_view id, std::int64_t created_unix_s,
                       bool anthropic);

/// The same as Ollama's list. A model whose engine does not tell its digest has that of its name,
/// and one of unknown family the beginning of its name.
std::string ollama_tags_json(const FleetView& fleet, std::int64_t created_unix_s);
/// The version of Ollama's API that is spoken here, which its clients ask for.
std::string ollama_version_json();

}  // namespace weir::gateway
