// Requests as they are sent: headers, limits, time allowed.
#pragma once

#include "actors/net/http/client.hpp"
#include "coordinator/client/weir.hpp"

#include <string>

namespace weir::client {

/// errors  invalid_request: a path, method, session, deadline or key that cannot be sent.
Outcome<net::http::ClientRequest> outgoing(RawRequest request, const Options& options);

/// The request with this header, once.
void set_header(net::http::ClientRequest& request, const std::string& name, std::string value);

/// What is wrong with limits and credentials of the options; URLs aside.
std::optional<Error> wrong_options(const Options& options);

}  // namespace weir::client
