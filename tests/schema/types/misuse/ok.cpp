// What may be done: it compiles, so that its neighbours fail for what their marked lines do.
#include "actors/domain/clearance.hpp"
#include "actors/ports/engine.hpp"
#include "schema/types/clearance.hpp"
#include "schema/types/vault.hpp"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace weir {

std::string to_the_proxy(const domain::ClearanceOffice& office, CloudDraft draft) {
  draft.body.raise(Grade::p1);
  auto answer = office.clear(std::move(draft));
  auto* bound = std::get_if<CloudBound>(&answer);
  return bound == nullptr ? std::string{} : std::move(*bound).take_bytes();
}

std::optional<Cleared> at_the_proxy(domain::Checkpoint& checkpoint, Arrived arrived) {
  auto checked = checkpoint.check({}, std::move(arrived));
  if (!checked) return std::nullopt;
  return std::move(*checked);
}

std::size_t known(const Vault& vault) { return vault.size(); }

}  // namespace weir
