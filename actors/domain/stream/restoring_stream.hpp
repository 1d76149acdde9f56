// What the restoring streams of all dialects have in common. Pure.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "actors/domain/stream/tree_restorer.hpp"
#include "schema/dialect/json_value.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::domain {

/// One text of an answer that comes over several events.
struct RestoringLane {
  std::int64_t owner;  ///< the choice, or the content block
  std::string key;     ///< of the field that brings the text
  TextRestorer restorer;
  std::optional<std::int64_t> call{};  ///< the index of a tool call
  std::string call_id{};
  std::string* here = nullptr;  ///< the text's piece in the event at hand
};

/// Reads each event as a tree, restores it, and sends it on: its own bytes where nothing changed.
class RestoringStream : public AnswerStream {
 public:
  static constexpr std::size_t lanes_max = 1024;

 protected:
  RestoringStream(std::shared_ptr<const Vault> vault, bool calls_in_text,
                  std::size_t event_bytes_max, Framing framing);

  using Lane = RestoringLane;
  Lane& lane(std::int64_t owner, std::string_view key, TextContext context);
  Lane& add_lane(std::int64_t owner, std::string_view key, TextContext context);
  std::list<Lane>& lanes() { return lanes_; }
  /// `text` is the next piece of the lane's.
  void take(Lane& lane, std::string& text);
  /// The same for a member of an object, by its key; one that is no string is restored in itself.
  void take_member(std::int64_t owner, dialect::json::Member& member, TextContext context);
  void strings(dialect::json::Value& value) { tree_.strings(value); }
  /// The texts of this owner, or all, have ended: what they held goes behind their piece in the
  /// event at hand, else into an event of its own before it.
  void end_lanes(std::optional<std::int64_t> owner, std::string& out);
  void end_lane(Lane& lane, std::string& out);
  void emit(std::string_view name, std::string_view json, std::string& out);

 private:
  Result<Done> event(std::string_view name, std::string& data, std::string& out) final;
  Result<Done> end(std::string& out) final;

  /// Restores one event, an object, in place. May end lanes, and note an end or an error.
  virtual void read(std::string_view name, dialect::json::Value& event, std::string& out) = 0;
  /// Sends text that a lane held in an event of its own.
  virtual void flush(const Lane& lane, std::string text, std::string& out) = 0;
  /// Whether this data, which is no JSON, ends the stream.
  virtual bool ends(std::string_view) const { return false; }

  std::shared_ptr<const Vault> vault_;
  TreeRestorer tree_;
  std::size_t event_bytes_max_;
  Framing framing_;
  std::list<Lane> lanes_;
};

}  // namespace weir::domain
