// What Ollama's own API says of its models. Pure.
#pragma once

#include "schema/types/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::engines {

/// The models of GET /api/tags: name, the name without ":latest" as an alias, size, digest,
/// family, quantization. Models that Ollama runs in a cloud of its own are left out: what is sent
/// to this engine must stay on this machine. nullopt: it is no such page.
std::optional<std::vector<ModelInfo>> read_ollama_tags(const std::string& page);

/// A model of GET /api/ps.
struct OllamaLoaded {
  std::string name;
  std::string digest;
  std::uint32_t context_tokens = 0;            ///< 0: not told
  std::optional<std::int64_t> expires_unix_s;  ///< absent: not told
};
std::optional<std::vector<OllamaLoaded>> read_ollama_ps(const std::string& page);

/// What POST /api/show tells of one model.
struct OllamaShown {
  Features features = 0;  ///< 0: not told
  std::uint32_t context_tokens =
      0;  ///< its num_ctx where it has one, else the most it can; 0: unknown
};
std::optional<OllamaShown> read_ollama_show(const std::string& page);

/// Seconds since 1970 of an RFC 3339 time; nullopt for anything else.
std::optional<std::int64_t> unix_seconds(std::string_view time);
/// The "load_duration" in the end of an answer, in milliseconds.
std::optional<double> load_duration_ms(std::string_view end_of_answer);

}  // namespace weir::engines
