// What people and their tools look at, as JSON. Off the request path.
#pragma once

#include "schema/types/brain.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::gateway {

/// `{"nodes":[{"id","tier","state","models","slots":{"used","total"},"host","load","engines"}]}`
std::string nodes_json(const FleetView& fleet);
/// `{"models":[{"id","alias","members","nodes","tiers","capability","features","context_tokens"}]}`
std::string fleet_models_json(const FleetView& fleet);
/// `{"waiting","waiting_max","running","classes":[{"model","grade","priority",…}]}`
std::string queues_json(const QueueView& queues);
/// Everything of an Explanation; scores as `{"safety","capability","latency","cost","total"}`.
std::string explanation_json(const Explanation& explanation);
std::string drain_json(const DrainAnswer& answer);

/// OpenAI's `{"object":"list","data":[…]}`: every model that a connected engine offers, and every
/// alias of which it offers a member; in order of their names.
std::string models_json(const FleetView& fleet, std::int64_t created_unix_s);
/// One of these; empty where there is none called `id`.
std::string model_json(const FleetView& fleet, std::string_view id, std::int64_t created_unix_s);

}  // namespace weir::gateway
