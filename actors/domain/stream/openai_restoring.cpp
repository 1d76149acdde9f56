#include "actors/domain/stream/openai_restoring.hpp"

#include "schema/dialect/chat_answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::domain {

namespace json = dialect::json;
namespace openai = dialect::openai;

namespace {

constexpr std::array<std::string_view, 5> base_keys{"id", "object", "created", "model",
                                                    "system_fingerprint"};
constexpr std::string_view calls_key = "tool_calls";
constexpr std::string_view function_key = "function_call";
constexpr std::string_view completion_key = "text";

bool object_begins_here(const json::Value& value) { return value.object() != nullptr; }

std::optional<std::int64_t> index_in(const json::Value& holder) {
  const auto* index = json::find(holder, "index");
  return index == nullptr ? std::nullopt : index->integer();
}

}  // namespace

OpenAiRestoring::OpenAiRestoring(std::shared_ptr<const Vault> vault, std::size_t event_bytes_max)
    : RestoringStream{std::move(vault), true, event_bytes_max, Framing::sse} {}

bool OpenAiRestoring::ends(std::string_view data) const { return openai::is_done_marker(data); }

void OpenAiRestoring::read(std::string_view name, json::Value& event, std::string& out) {
  if (base_.empty())
    for (const auto key : base_keys)
      if (const auto* value = json::find(event, key))
        json::put(base_, std::string{key}, json::Value{*value});
  if (openai::tells_of_error(name, event)) {
    engine_error_ = true;
    end_lanes(std::nullopt, out);
    return strings(event);
  }
  for (auto& [key, value] : *event.object()) {
    if (key != "choices" || value.array() == nullptr) {
      strings(value);
      continue;
    }
    for (auto& each : *value.array())
      if (object_begins_here(each)) choice(*each.object(), out);
  }
}

void OpenAiRestoring::choice(json::Object& choice, std::string& out) {
  const json::Value* index = nullptr;
  bool finished = false;
  for (const auto& [key, value] : choice) {
    if (key == "index") index = &value;
    if (key == "finish_reason") finished = !value.null();
  }
  const auto number = index == nullptr ? 0 : index->integer().value_or(0);
  for (auto& member : choice) {
    if (member.key == "delta" && member.value.object() != nullptr) {
      delta(number, *member.value.object(), out);
    } else if (member.key == completion_key) {
      take_member(number, member, TextContext::plain);
    } else if (member.key != "logprobs") {
      strings(member.value);
    }
  }
  if (finished) end_lanes(number, out);
}

void OpenAiRestoring::delta(std::int64_t choice, json::Object& delta, std::string& out) {
  for (auto& member : delta) {
    if (member.key == "role") continue;
    if (member.key == calls_key && member.value.array() != nullptr) {
      for (auto& call : *member.value.array()) tool_call(choice, call, out);
    } else if (member.key == function_key && member.value.object() != nullptr) {
      for (auto& [key, value] : *member.value.object()) {
        if (key == "arguments" && value.string() != nullptr) {
          take(lane(choice, function_key, TextContext::json), *value.string());
        } else {
          strings(value);
        }
      }
    } else {
      take_member(choice, member, TextContext::plain);
    }
  }
}

void OpenAiRestoring::tool_call(std::int64_t choice, json::Value& call, std::string& out) {
  if (call.object() == nullptr) return strings(call);
  auto& lane = lane_of_call(choice, call, out);
  for (auto& [key, value] : *call.object()) {
    if (key != "function" || value.object() == nullptr) {
      strings(value);
      continue;
    }
    for (auto& [name, inner] : *value.object()) {
      if (name == "arguments" && inner.string() != nullptr) {
        take(lane, *inner.string());
      } else {
        strings(inner);
      }
    }
  }
}

/// Some servers leave the index out, or give each whole call the same one.
RestoringStream::Lane& OpenAiRestoring::lane_of_call(std::int64_t choice, const json::Value& call,
                                                     std::string& out) {
  const auto index = index_in(call);
  const auto id = openai::text_at(call, "id");
  for (auto at = lanes().rbegin(); at != lanes().rend(); ++at) {
    if (at->owner != choice || at->key != calls_key || (index && at->call != index)) continue;
    if (id.empty() || id == at->call_id) return *at;
    if (index) end_lane(*at, out);
    if (index) break;
  }
  auto& added = add_lane(choice, calls_key, TextContext::json);
  added.call = index;
  added.call_id = id;
  return added;
}

void OpenAiRestoring::flush(const Lane& lane, std::string text, std::string& out) {
  json::Object choice = json::object("index", json::Value::of(lane.owner));
  if (lane.key == completion_key) {
    json::put(choice, lane.key, std::move(text));
  } else if (lane.key == function_key) {
    json::put(choice, "delta", json::object(lane.key, json::object("arguments", std::move(text))));
  } else if (lane.key == calls_key) {
    json::Object call;
    if (lane.call) json::put(call, "index", json::Value::of(*lane.call));
    json::put(call, "function", json::object("arguments", std::move(text)));
    json::Array calls;
    calls.emplace_back(std::move(call));
    json::put(choice, "delta", json::object(lane.key, std::move(calls)));
  } else {
    json::put(choice, "delta", json::object(lane.key, std::move(text)));
  }
  json::put(choice, "finish_reason", json::Value{});
  json::Array choices;
  choices.emplace_back(std::move(choice));
  auto event = base_;
  json::put(event, "choices", std::move(choices));
  emit("", json::text_of(event), out);
}

}  // namespace weir::domain
