// Wire to types: every bound of schema/wire/weir.capnp is checked here.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"
#include "schema/wire/weir.capnp.h"

#include <optional>

namespace weir::codec {

/// errors  invalid_frame (out of range), not_supported (of a newer schema).
/// Throws kj::Exception where the bytes are malformed.
Result<Message> read(wire::Envelope::Reader envelope);
/// The attempt where it is a well-formed Dispatch's. Throws like `read`.
std::optional<AttemptId> dispatched(wire::Envelope::Reader envelope);

}  // namespace weir::codec
