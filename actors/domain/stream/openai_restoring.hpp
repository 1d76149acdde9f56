// Restoring streams of OpenAI's dialect. Pure.
#pragma once

#include "actors/domain/stream/restoring_stream.hpp"

namespace weir::domain {

class OpenAiRestoring final : public RestoringStream {
 public:
  OpenAiRestoring(std::shared_ptr<const Vault> vault, std::size_t event_bytes_max);

 private:
  void read(std::string_view name, dialect::json::Value& event, std::string& out) override;
  void flush(const Lane& lane, std::string text, std::string& out) override;
  bool ends(std::string_view data) const override;

  void choice(dialect::json::Object& choice, std::string& out);
  void delta(std::int64_t choice, dialect::json::Object& delta, std::string& out);
  void tool_call(std::int64_t choice, dialect::json::Value& call, std::string& out);
  Lane& lane_of_call(std::int64_t choice, const dialect::json::Value& call, std::string& out);

  dialect::json::Object base_;  ///< what every event of this stream says at its top
};

}  // namespace weir::domain
