#include "actors/domain/stream/restoring_stream.hpp"

#include "schema/types/assert.hpp"

#include <algorithm>
#include <utility>

namespace weir::domain {

namespace json = dialect::json;

RestoringStream::RestoringStream(std::shared_ptr<const Vault> vault, bool calls_in_text,
                                 std::size_t event_bytes_max, Framing framing)
    : AnswerStream{event_bytes_max, framing},
      vault_{std::move(vault)},
      tree_{*vault_, calls_in_text},
      event_bytes_max_{event_bytes_max},
      framing_{framing} {}

Result<Done> RestoringStream::event(std::string_view name, std::string& data, std::string& out) {
  if (ends(data)) {
    end_lanes(std::nullopt, out);
    emit(name, data, out);
    done_ = true;
    return Done{};
  }
  auto parsed = json::parse(data);
  if (!parsed.value || parsed.value->object() == nullptr)
    return fail("an event of the engine's stream is not a JSON object");
  tree_.begin(event_bytes_max_);
  for (auto& each : lanes_) each.here = nullptr;
  read(name, *parsed.value, out);
  for (auto& each : lanes_) each.here = nullptr;
  if (tree_.overflowed()) return fail("an event of the engine's stream is too long once restored");
  if (lanes_.size() > lanes_max) return fail("too many parts of the answer wait");
  if (tree_.changed()) {
    emit(name, json::text_of(*parsed.value), out);
  } else {
    emit(name, data, out);
  }
  return Done{};
}

/// Whether the stream was whole the next stage knows.
Result<Done> RestoringStream::end(std::string& out) {
  end_lanes(std::nullopt, out);
  return Done{};
}

RestoringStream::Lane& RestoringStream::lane(std::int64_t owner, std::string_view key,
                                             TextContext context) {
  for (auto& each : lanes_)
    if (each.owner == owner && each.key == key) return each;
  return add_lane(owner, key, context);
}

RestoringStream::Lane& RestoringStream::add_lane(std::int64_t owner, std::string_view key,
                                                 TextContext context) {
  return lanes_.emplace_back(
      Lane{owner, std::string{key}, TextRestorer{*vault_, context, event_bytes_max_}});
}

void RestoringStream::take(Lane& lane, std::string& text) {
  tree_.piece(lane.restorer, text);
  lane.here = &text;
}

void RestoringStream::take_member(std::int64_t owner, json::Member& member, TextContext context) {
  if (auto* text = member.value.string()) {
    take(lane(owner, member.key, context), *text);
  } else {
    strings(member.value);
  }
}

void RestoringStream::end_lanes(std::optional<std::int64_t> owner, std::string& out) {
  for (auto at = lanes_.begin(); at != lanes_.end();) {
    if (owner && at->owner != *owner) {
      ++at;
      continue;
    }
    end_lane(*at, out);
    at = lanes_.erase(at);
  }
}

void RestoringStream::end_lane(Lane& lane, std::string& out) {
  auto held = lane.restorer.finish();
  if (held.empty()) return;
  if (lane.here != nullptr) return tree_.append(*lane.here, held);
  flush(lane, std::move(held), out);
}

void RestoringStream::emit(std::string_view name, std::string_view json, std::string& out) {
  begun_ = true;
  if (framing_ == Framing::lines) {
    out.append(json).push_back('\n');
    return;
  }
  if (!name.empty()) out.append("event: ").append(name).push_back('\n');
  out.append(sse_event(json));
}

}  // namespace weir::domain
