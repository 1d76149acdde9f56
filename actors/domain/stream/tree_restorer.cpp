#include "actors/domain/stream/tree_restorer.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace json = dialect::json;

void TreeRestorer::begin(std::size_t bytes_max) {
  changed_ = false;
  left_ = bytes_max + 1;
}

void TreeRestorer::strings(json::Value& value) {
  if (overflowed()) return;
  if (auto* text = value.string()) return whole(*text, TextContext::plain);
  if (auto* items = value.array())
    for (auto& item : *items) strings(item);
  if (value.object() == nullptr) return;
  for (auto& [key, member] : *value.object()) {
    const bool calls = calls_in_text_ && (key == "function" || key == "function_call");
    whole(key, TextContext::plain);
    if (calls && member.object() != nullptr) {
      call(*member.object());
    } else {
      strings(member);
    }
  }
}

void TreeRestorer::call(json::Object& function) {
  for (auto& [key, value] : function) {
    if (key == "arguments" && value.string() != nullptr) {
      whole(*value.string(), TextContext::json);
    } else {
      strings(value);
    }
  }
}

void TreeRestorer::whole(std::string& text, TextContext context) {
  TextRestorer restorer{*vault_, context, left_};
  piece(restorer, text);
  append(text, restorer.finish());
}

void TreeRestorer::piece(TextRestorer& restorer, std::string& text) {
  if (overflowed()) return;
  auto restored = restorer.feed(text);
  left_ -= std::min(left_, restorer.overflowed() ? left_ : restored.size());
  if (restored == text) return;
  text = std::move(restored);
  changed_ = true;
}

void TreeRestorer::append(std::string& to, std::string_view text) {
  if (text.empty()) return;
  to.append(text);
  changed_ = true;
}

}  // namespace weir::domain
