#include "actors/domain/stream/tool_calls.hpp"

#include "schema/dialect/chat_answer.hpp"

namespace weir::domain {

namespace json = dialect::json;
namespace openai = dialect::openai;

ToolCallSoFar* ToolCalls::find_or_add(const json::Value& said) {
  const auto* number = json::find(said, "index");
  const auto index = number == nullptr ? std::nullopt : number->integer();
  const auto id = openai::text_at(said, "id");
  for (auto at = calls_.size(); at-- > 0;) {
    if (index && calls_[at].index != index) continue;
    if (id.empty() || id == calls_[at].id) return &calls_[at];
    break;
  }
  const auto* function = json::find(said, "function");
  const auto name = function == nullptr ? std::string_view{} : openai::text_at(*function, "name");
  if (name.empty() || calls_.size() >= calls_max) return nullptr;
  return &calls_.emplace_back(ToolCallSoFar{index, std::string{id}, std::string{name}, {}});
}

}  // namespace weir::domain
