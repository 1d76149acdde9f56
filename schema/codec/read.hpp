// Wire to types: every bound of schema/wire/weir.capnp is checked here.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/types/result.hpp"
#include "schema/wire/weir.capnp.h"

namespace weir::codec {

/// errors  invalid_frame (out of range), not_supported (a kind from a newer schema).
/// Throws kj::Exception where the bytes are malformed.
Result<Message> read(wire::Envelope::Reader envelope);

}  // namespace weir::codec
