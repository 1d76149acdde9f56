#include "coordinator/gateway/routes.hpp"

#include <array>
#include <optional>

namespace weir::gateway {
namespace {

struct Fixed {
  std::string_view path;
  Route route;
  Plane plane;
  bool get;
};

constexpr std::array fixed{
    Fixed{"/", Route::root, Plane::health, true},
    Fixed{"/v1/models", Route::models, Plane::data, true},
    Fixed{"/api/tags", Route::tags, Plane::data, true},
    Fixed{"/api/version", Route::version, Plane::data, true},
    Fixed{"/weir/v1/nodes", Route::nodes, Plane::control, true},
    Fixed{"/weir/v1/models", Route::fleet_models, Plane::control, true},
    Fixed{"/weir/v1/queues", Route::queues, Plane::control, true},
    Fixed{"/weir/v1/guard/scan", Route::scan, Plane::control, false},
    Fixed{"/weir/v1/feedback", Route::unsupported, Plane::control, false},
    Fixed{"/livez", Route::livez, Plane::health, true},
    Fixed{"/health/liveliness", Route::livez, Plane::health, true},
    Fixed{"/readyz", Route::readyz, Plane::health, true},
    Fixed{"/health", Route::readyz, Plane::health, true},
    Fixed{"/healthz", Route::readyz, Plane::health, true},
    Fixed{"/health/readiness", Route::readyz, Plane::health, true},
    Fixed{"/metrics", Route::metrics, Plane::health, true},
};

constexpr std::array engine_endpoints{Endpoint::chat_completions, Endpoint::completions,
                                      Endpoint::messages,         Endpoint::embeddings,
                                      Endpoint::rerank,           Endpoint::responses,
                                      Endpoint::count_tokens,     Endpoint::ollama_chat,
                                      Endpoint::ollama_generate,  Endpoint::ollama_embed};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A sequence that is no percent-encoding stands for itself.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? hex_digit(text[i + 1]) : -1;
    const int low = escape ? hex_digit(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

/// What follows `prefix` and precedes `suffix`; nullopt where that is nothing.
std::optional<std::string_view> between(std::string_view path, std::string_view prefix,
                                        std::string_view suffix) {
  if (path.size() <= prefix.size() + suffix.size()) return std::nullopt;
  if (!path.starts_with(prefix) || !path.ends_with(suffix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  path.remove_suffix(suffix.size());
  return path;
}

}  // namespace

Match match(std::string_view path) {
  for (const auto endpoint : engine_endpoints)
    if (name_of(endpoint) == path) return {Route::engine, Plane::data, false, endpoint, {}};
  for (const auto& f : fixed)
    if (f.path == path) return {f.route, f.plane, f.get, {}, {}};
  if (const auto id = between(path, "/v1/models/", ""))
    return {Route::model, Plane::data, true, {}, decoded(*id)};
  if (const auto id = between(path, "/weir/v1/requests/", ""))
    return {Route::request, Plane::control, true, {}, decoded(*id)};
  if (const auto node = between(path, "/weir/v1/nodes/", "/drain"))
    return {Route::drain, Plane::control, false, {}, decoded(*node)};
  if (const auto node = between(path, "/weir/v1/nodes/", "/undrain"))
    return {Route::undrain, Plane::control, false, {}, decoded(*node)};
  return {};
}

}  // namespace weir::gateway
