#include "schema/dialect/openai_fields.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace weir::dialect::openai {

namespace {

/// Fields that would send a request elsewhere, or carry credentials for elsewhere.
constexpr std::array<std::string_view, 30> redirecting{"api_base",
                                                       "api_host",
                                                       "api_key",
                                                       "api_type",
                                                       "api_version",
                                                       "azure_ad_token",
                                                       "base_uri",
                                                       "custom_host",
                                                       "custom_llm_provider",
                                                       "default_headers",
                                                       "deployment_id",
                                                       "endpoint",
                                                       "extra_body",
                                                       "extra_headers",
                                                       "extra_query",
                                                       "fallbacks",
                                                       "headers",
                                                       "host",
                                                       "litellm_params",
                                                       "models",
                                                       "provider",
                                                       "proxies",
                                                       "proxy",
                                                       "route",
                                                       "router",
                                                       "uri",
                                                       "url",
                                                       "user_config",
                                                       "vertex_credentials",
                                                       "webhook"};
/// And every field that ends like this, or begins like a cloud's own credentials.
constexpr std::array<std::string_view, 6> redirecting_ends{"_api_base", "_base_url", "_endpoint",
                                                           "_host",     "_uri",      "_url"};
constexpr std::string_view redirecting_begin = "aws_";

bool same_field(std::string_view key, std::string_view field) {
  if (key.size() != field.size()) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char c = key[i] == '-' ? '_' : key[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != field[i]) return false;
  }
  return true;
}

}  // namespace

bool redirects(std::string_view key) {
  const auto is = [key](std::string_view field) { return same_field(key, field); };
  const auto ends = [key](std::string_view end) {
    return key.size() > end.size() && same_field(key.substr(key.size() - end.size()), end);
  };
  return std::any_of(redirecting.begin(), redirecting.end(), is) ||
         std::any_of(redirecting_ends.begin(), redirecting_ends.end(), ends) ||
         same_field(key.substr(0, redirecting_begin.size()), redirecting_begin);
}

bool disguised(std::string_view key) {
  constexpr std::array<std::string_view, 30> known{"model",
                                                   "messages",
                                                   "prompt",
                                                   "input",
                                                   "stream",
                                                   "options",
                                                   "images",
                                                   "tools",
                                                   "format",
                                                   "raw",
                                                   "system",
                                                   "template",
                                                   "suffix",
                                                   "context",
                                                   "think",
                                                   "keep_alive",
                                                   "metadata",
                                                   "documents",
                                                   "query",
                                                   "n",
                                                   "max_tokens",
                                                   "max_completion_tokens",
                                                   "stream_options",
                                                   "response_format",
                                                   "truncate",
                                                   "dimensions",
                                                   "encoding_format",
                                                   "top_n",
                                                   "name",
                                                   "from"};
  // Beside A to Z, Unicode has two letters that fold to ASCII: long s and the Kelvin sign.
  constexpr std::string_view long_s = "\xC5\xBF";
  constexpr std::string_view kelvin = "\xE2\x84\xAA";
  std::string folded;
  for (std::size_t i = 0; i < key.size();) {
    const auto rest = key.substr(i);
    const bool s = rest.starts_with(long_s);
    const bool k = rest.starts_with(kelvin);
    const char c = key[i];
    folded.push_back(s ? 's' : k ? 'k' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    i += s ? long_s.size() : k ? kelvin.size() : 1;
  }
  return folded != key && std::find(known.begin(), known.end(), folded) != known.end();
}

bool chooses_text(std::string_view key) {
  constexpr std::array<std::string_view, 17> fields{"temperature",
                                                    "top_p",
                                                    "top_k",
                                                    "min_p",
                                                    "typical_p",
                                                    "seed",
                                                    "stop",
                                                    "presence_penalty",
                                                    "frequency_penalty",
                                                    "repeat_penalty",
                                                    "repeat_last_n",
                                                    "logit_bias",
                                                    "user",
                                                    "safety_identifier",
                                                    "service_tier",
                                                    "store",
                                                    "cache_prompt"};
  return std::find(fields.begin(), fields.end(), key) != fields.end();
}

}  // namespace weir::dialect::openai
