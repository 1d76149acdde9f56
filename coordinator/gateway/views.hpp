// What people and their tools look at, as JSON. Off the request path.
#pragma once

#include "schema/types/brain.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::gateway {

/// `{"nodes":[{"id","tier","state","models","slots":{"used","total"},"host","load","engines"}]}`
std::string nodes_json(const FleetView& fleet);
/// `{"waiting","waiting_max","running","classes":[{"model","grade","priority",…}]}`
std::string queues_json(const QueueView& queues);
/// Everything of an Explanation; scores as `{"safety","capability","latency","cost","total"}`.
std::string explanation_json(const Explanation& explanation);
std::string drain_json(const DrainAnswer& answer);

}  // namespace weir::gateway
