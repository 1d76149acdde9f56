// Restoring streams of Anthropic's dialect. Pure.
#pragma once

#include "actors/domain/stream/restoring_stream.hpp"

namespace weir::domain {

class AnthropicRestoring final : public RestoringStream {
 public:
  AnthropicRestoring(std::shared_ptr<const Vault> vault, std::size_t event_bytes_max);

 private:
  void read(std::string_view name, dialect::json::Value& event, std::string& out) override;
  void flush(const Lane& lane, std::string text, std::string& out) override;

  void block(std::int64_t index, std::string_view holder, dialect::json::Object& event);
};

}  // namespace weir::domain
