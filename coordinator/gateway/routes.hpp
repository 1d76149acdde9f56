// Which paths there are and what they mean.
#pragma once

#include "schema/types/messages.hpp"

#include <string>
#include <string_view>

namespace weir::gateway {

enum class Route {
  none,
  engine,  ///< answered by an engine: see Match::endpoint
  models,
  model,        ///< argument: the model's id
  unsupported,  ///< an endpoint that this version does not serve: 501
  tags,         ///< Ollama's list of models
  version,      ///< of the Ollama API that is spoken here
  root,
  nodes,
  fleet_models,
  queues,
  request,  ///< argument: the request's public id
  drain,    ///< argument: the node's name
  undrain,
  scan,
  livez,
  readyz,
  metrics,
};

/// What a path is for; decides who may see it and on which listener.
enum class Plane { data, control, health };

struct Match {
  Route route = Route::none;
  Plane plane = Plane::data;
  bool get = false;                                ///< GET and HEAD; otherwise POST
  Endpoint endpoint = Endpoint::chat_completions;  ///< of Route::engine
  std::string argument;                            ///< percent-decoded
};

/// The route of a path as it was sent. Never fails: unknown paths are Route::none.
Match match(std::string_view path);

}  // namespace weir::gateway
