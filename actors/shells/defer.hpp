// How a shell waits for the end of an io turn without knowing what an io loop is.
#pragma once

#include <functional>

namespace weir::shells {

/// Runs a call after everything that its caller's loop has ready now (`asio::post`). All events
/// that one turn of the loop brings then wake an actor once: woken at each, it costs three
/// context switches a request. Empty: at once. Calls still waiting when the shell dies must not
/// run any more.
using Defer = std::function<void(std::function<void()>)>;

}  // namespace weir::shells
