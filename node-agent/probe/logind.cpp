#include "node-agent/probe/logind.hpp"

#include "node-agent/probe/presence_rules.hpp"

#include <sdbus-c++/sdbus-c++.h>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace weir::probe {
namespace {

constexpr const char* service = "org.freedesktop.login1";
constexpr std::chrono::seconds call_max{1};

using Properties = std::map<std::string, sdbus::Variant>;
/// id, user, user's name, seat, object.
using Session =
    sdbus::Struct<std::string, std::uint32_t, std::string, std::string, sdbus::ObjectPath>;

template <class T>
T value(const Properties& all, const char* name) {
  const auto found = all.find(name);
  return found == all.end() ? T{} : found->second.get<T>();
}

SessionFacts facts(const Properties& all, const std::string& seat) {
  SessionFacts facts;
  facts.kind = value<std::string>(all, "Class");
  facts.seat = seat;
  facts.active = value<bool>(all, "Active");
  facts.remote = value<bool>(all, "Remote");
  facts.idle = value<bool>(all, "IdleHint");
  facts.locked = value<bool>(all, "LockedHint");
  return facts;
}

/// A session may end between the list and the look at it.
bool ended(const sdbus::Error& error) {
  return error.getName() == "org.freedesktop.DBus.Error.UnknownObject" ||
         error.getName() == "org.freedesktop.login1.NoSuchSession";
}

}  // namespace

struct Logind::Bus {
  std::unique_ptr<sdbus::IConnection> connection = sdbus::createSystemBusConnection();

  std::unique_ptr<sdbus::IProxy> object(const std::string& path) const {
    return sdbus::createProxy(*connection, service, path);
  }

  std::vector<Session> sessions() const {
    std::vector<Session> all;
    object("/org/freedesktop/login1")
        ->callMethod("ListSessions")
        .onInterface("org.freedesktop.login1.Manager")
        .withTimeout(call_max)
        .storeResultsTo(all);
    return all;
  }

  bool works(const Session& session) const {
    try {
      Properties all;
      object(session.get<4>())
          ->callMethod("GetAll")
          .onInterface("org.freedesktop.DBus.Properties")
          .withTimeout(call_max)
          .withArguments(std::string{"org.freedesktop.login1.Session"})
          .storeResultsTo(all);
      return works_here(facts(all, session.get<3>()));
    } catch (const sdbus::Error& error) {
      if (ended(error)) return false;
      throw;
    }
  }
};

Logind::Logind() = default;
Logind::~Logind() = default;

std::optional<bool> Logind::owner_present() {
  try {
    if (!bus_) bus_ = std::make_unique<Bus>();
    for (const auto& session : bus_->sessions())
      if (bus_->works(session)) return true;
    return false;
  } catch (const std::exception&) {
    bus_.reset();
    return std::nullopt;
  }
}

}  // namespace weir::probe
