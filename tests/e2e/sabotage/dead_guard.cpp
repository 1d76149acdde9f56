// A coordinator whose guard never answers: it is asked, and nothing comes back, as where its
// threads are dead. Linked in the place of the product's own (tests/CMakeLists.txt).
#include "actors/shells/guard.hpp"

#include <utility>

namespace weir::shells {

GuardShell::GuardShell(caf::actor_system& system, domain::ClearanceOffice office, Defer to_io,
                       GuardLimits limits)
    : office_{std::make_shared<const domain::ClearanceOffice>(std::move(office))},
      to_io_{std::move(to_io)},
      limits_{limits},
      pool_{system, 1, 1},
      looks_{system, 1, 1} {}

void GuardShell::replace(std::shared_ptr<const domain::Detector>) {}

void GuardShell::inspect(std::shared_ptr<const std::string>, std::uint32_t,
                         std::function<void(Detected)>) {}

void GuardShell::scan(std::shared_ptr<const std::string>, std::function<void(Scan)>) {}

void GuardShell::clear(CloudDraft, std::function<void(ClearanceAnswer)>) {}

std::optional<GuardKey> GuardShell::key_for(const PeerIdentity& peer) const {
  if (peer.role != "agent" || peer.tier != Tier::l2) return std::nullopt;
  return office_->key();
}

}  // namespace weir::shells
