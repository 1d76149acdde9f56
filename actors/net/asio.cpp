// Asio's implementation, compiled once.
#include "actors/net/asio.hpp"

#include <asio/impl/src.hpp>
