// The `options` of Ollama's requests: how tokens are chosen, and how the engine runs a model.
#pragma once

#include "schema/dialect/chat.hpp"
#include "schema/dialect/checker.hpp"

namespace weir::dialect::ollama {

/// Reads what says how tokens are chosen into `request`, whose output_tokens_max is read already.
/// Returns false once it has refused. May move from the values. O(options).
bool read_options(json::Object& options, Checker& check, ChatRequest& request);
/// Writes it. Moves from what it takes; what openai_only holds beside stays there.
/// errors  false once it has refused: a value that has no counterpart. O(request).
bool write_options(ChatRequest& request, std::uint32_t output_tokens_max, Checker& check,
                   json::Object& options);

}  // namespace weir::dialect::ollama
