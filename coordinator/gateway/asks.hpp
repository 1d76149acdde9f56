// Questions to the brain whose answers somebody waits for.
#pragma once

#include "actors/ports/brain.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

namespace weir::gateway {

class Asks {
 public:
  using Done = std::function<void(Answer)>;
  static constexpr std::size_t waiting_max = 4096;

  /// `brain` must outlive it.
  explicit Asks(ports::Brain& brain) : brain_{brain} {}

  /// `done` runs once, when the brain has answered.
  /// returns  false where waiting_max are waiting: nothing was asked.
  bool ask(Question question, std::string argument, Done done);
  bool suppose(RequestSpec spec, Done done);
  bool drain(std::string node, bool on, Done done);
  /// The brain's answer to one of them.
  void answer(Reply reply);

 private:
  bool keep(Done done);

  ports::Brain& brain_;
  std::uint64_t last_ = 0;
  std::unordered_map<ReplyId, Done> waiting_;
};

}  // namespace weir::gateway
