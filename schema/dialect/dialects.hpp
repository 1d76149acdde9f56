// One door to all chat dialects: a request is read by the endpoint it came to, and written for the
// kind of engine that is to answer it.
#pragma once

#include "schema/dialect/chat.hpp"
#include "schema/types/messages.hpp"

#include <string_view>

namespace weir::dialect {

/// Whether a request to this endpoint is a chat, which any engine may answer.
bool is_chat(Endpoint front);

/// Reads a chat, or a count_tokens request, as its endpoint's reader does.
/// errors  as that; not_supported: the endpoint is no chat.
ChatReading read_chat(Endpoint front, std::string_view body);

/// Writes a chat in the dialect of engines of this kind. errors  as that dialect's writer.
Rendering write_chat(EngineKind engine, ChatRequest request, const WriteRules& rules);
/// Where engines of this kind take it.
Endpoint chat_endpoint(EngineKind engine);

}  // namespace weir::dialect
