// Asks systemd's logind over the system bus whether somebody works at this machine.
#pragma once

#include <memory>
#include <optional>

namespace weir::probe {

/// One thread. A look asks for the sessions and each one's properties; none of its calls waits
/// longer than a second.
class Logind {
 public:
  Logind();
  ~Logind();
  Logind(const Logind&) = delete;
  Logind& operator=(const Logind&) = delete;

  /// nullopt: there is no bus, no logind on it, or it did not answer; the next call tries anew.
  std::optional<bool> owner_present();

 private:
  struct Bus;
  std::unique_ptr<Bus> bus_;
};

}  // namespace weir::probe
