// What llama-server says of itself on /props, /slots, /metrics and, as a router of several models,
// in its list of models. Anything unexpected changes nothing. Pure.
#pragma once

#include "schema/types/worker.hpp"

#include <optional>
#include <string>
#include <unordered_map>

namespace weir::engines {

/// What a model server can do beside completing text, as its own answers to one small request of
/// each kind told.
struct LlamaProbed {
  bool embeddings = false;
  bool rerank = false;
  bool messages = false;  ///< it takes Anthropic's requests, too
};

/// /props: total_slots (unless `slots_configured`), the context of one slot, vision. A server for
/// embeddings, or for reranking, does that alone.
/// returns  false where it is not /props at all.
bool read_props(const std::string& body, bool slots_configured, const LlamaProbed& probed,
                EngineSnapshot& snapshot);
/// /slots: how many are processing.
void read_slots(const std::string& body, EngineSnapshot& snapshot);
/// /metrics, Prometheus text: running, deferred, KV use.
void read_metrics(const std::string& body, EngineSnapshot& snapshot);

/// What tells one start of a server from the next, as far as its /props say; empty where it should
/// not be asked anything now (it sleeps, and would wake).
std::string start_of(const std::string& props);

/// The /props of a router.
struct LlamaRouter {
  std::uint32_t models_max = 0;  ///< loaded at once; 0: no limit
  bool autoload = true;          ///< a request loads its model
};
/// nullopt: the server is none.
std::optional<LlamaRouter> read_router(const std::string& props);

/// A router's model, in its /v1/models.
struct LlamaRouted {
  bool loading = false;
  std::uint32_t context_tokens = 0;  ///< of one slot once it is loaded; 0: not told
  std::uint32_t slots = 0;           ///< that it will have; 0: not told
  Features features = 0;
};
/// By id. O(page).
std::unordered_map<std::string, LlamaRouted> read_routed(const std::string& models);

/// `text` for a URL's query.
std::string url_encoded(std::string_view text);

}  // namespace weir::engines
