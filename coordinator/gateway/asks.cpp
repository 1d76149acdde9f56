#include "coordinator/gateway/asks.hpp"

#include <utility>

namespace weir::gateway {

bool Asks::keep(Done done) {
  if (waiting_.size() >= waiting_max) return false;
  waiting_.emplace(ReplyId{++last_}, std::move(done));
  return true;
}

bool Asks::ask(Question question, std::string argument, Done done) {
  if (!keep(std::move(done))) return false;
  brain_.post(Asked{ReplyId{last_}, question, std::move(argument)});
  return true;
}

bool Asks::suppose(RequestSpec spec, Done done) {
  if (!keep(std::move(done))) return false;
  brain_.post(Supposed{ReplyId{last_}, std::move(spec)});
  return true;
}

bool Asks::drain(std::string node, bool on, Done done) {
  if (!keep(std::move(done))) return false;
  brain_.post(DrainAsked{ReplyId{last_}, std::move(node), on});
  return true;
}

void Asks::answer(Reply reply) {
  const auto at = waiting_.find(reply.reply);
  if (at == waiting_.end()) return;
  const auto done = std::move(at->second);
  waiting_.erase(at);
  done(std::move(reply.answer));
}

}  // namespace weir::gateway
