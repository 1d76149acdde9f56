// What people and their tools look at, as JSON. Off the request path.
#pragma once

#include "schema/types/brain.hpp"
#include "schema/types/sensitive.hpp"

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
/// The same of a request that was only supposed; `{"would","grade",…,"placement":{…}|null,…}`.
std::string supposition_json(const Explanation& explanation);
/// `{"grade","complete","spans":[{"start","end","type","confidence"}]}`: offsets in code points of
/// `text`, confidence 0 .. 1; never what stands there. O(text).
std::string scan_json(std::string_view text, const Scan& scan);
std::string drain_json(const DrainAnswer& answer);

}  // namespace weir::gateway
