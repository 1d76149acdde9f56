// What a test sees of one call of an engine.
#pragma once

#include "actors/ports/engine.hpp"

#include <optional>
#include <string>
#include <utility>

namespace weir::test {

struct Heard {
  int begun = 0, ends = 0;  ///< the answer's status; how often it ended
  std::uint16_t engine_status = 0;
  std::string content_type, text;
  std::optional<Error> error;
  bool ended() const { return ends > 0; }
  ports::EngineAnswer answer() {
    return {[this](std::uint16_t status, std::string type) {
              begun = status;
              content_type = std::move(type);
            },
            [this](std::span<const std::byte> b) {
              text.append(reinterpret_cast<const char*>(b.data()), b.size());
            },
            [this](Result<Done> r, std::uint16_t status) {
              ++ends;
              if (!r) error = r.error();
              engine_status = status;
            }};
  }
};

}  // namespace weir::test
