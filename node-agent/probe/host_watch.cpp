#include "node-agent/probe/host_watch.hpp"

#include "node-agent/probe/host_probe.hpp"

#include <memory>
#include <utility>

namespace weir::probe {

HostLooks open_host_probe() {
  const auto probe = std::make_shared<HostProbe>();
  return {[probe] { return probe->facts(); }, [probe] { return probe->load(); }};
}

HostWatch::HostWatch(ports::Worker& worker, Millis every, OpenLooks open)
    : thread_{worker, [every, open = std::move(open)](Looker& looker) {
                const auto looks = open();
                if (!looker.tell(HostFactsObserved{looks.facts()})) return;
                while (looker.tell(HostLoadObserved{looks.load()}) && looker.wait(every)) {}
              }} {}

}  // namespace weir::probe
