// Restoring streams of Ollama's dialect. Pure.
#pragma once

#include "actors/domain/stream/restoring_stream.hpp"

namespace weir::domain {

class OllamaRestoring final : public RestoringStream {
 public:
  OllamaRestoring(std::shared_ptr<const Vault> vault, std::size_t event_bytes_max);

 private:
  void read(std::string_view name, dialect::json::Value& event, std::string& out) override;
  void flush(const Lane& lane, std::string text, std::string& out) override;

  dialect::json::Object base_;  ///< what every line of this stream says at its top
};

}  // namespace weir::domain
