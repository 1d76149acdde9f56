// Configuration files: any text either loads or gives errors that name the file and a place.
#include "schema/config/load.hpp"
#include "schema/types/assert.hpp"

namespace {

void check(const std::vector<std::string>& errors) {
  for (const auto& error : errors) WEIR_ASSERT(error.rfind("f:", 0) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  check(weir::config::parse_coordinator(text, "f", "").errors);
  const auto agent = weir::config::parse_agent(text, "f", "");
  check(agent.errors);
  if (agent.errors.empty() && agent.settings.tier == weir::Tier::l2)
    WEIR_ASSERT(!agent.settings.accepts.p0);
  return 0;
}
