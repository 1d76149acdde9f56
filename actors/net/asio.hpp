// The only include of Asio. Standalone, callbacks only; no deprecated names.
#pragma once

// Asio 1.22 decides by a macro of libstdc++ how it allocates, before it includes any of its
// headers: one must come first in every unit, or units allocate and free differently.
#include <cstddef>

#include <asio.hpp>
