#include "schema/dialect/error_words.hpp"

#include "schema/dialect/json_value.hpp"
#include "schema/dialect/openai.hpp"

namespace weir::dialect {

namespace {

constexpr std::size_t message_bytes_max = 4096;
constexpr json::ParseLimits error_limits{.bytes_max = 64U << 10U, .values_max = 4096};

bool says_so(const json::Value& error) {
  for (const char* key : {"type", "code"})
    if (const auto* word = json::find_string(error, key);
        word != nullptr &&
        (*word == "exceed_context_size_error" || *word == "context_length_exceeded"))
      return true;
  const auto* message = json::find_string(error, "message");
  return message != nullptr && tells_of_context(*message);
}

}  // namespace

bool tells_of_context(std::string_view message) {
  for (const std::string_view words :
       {"prompt is too long", "maximum context length", "exceeds the available context size",
        "exceeds the context length", "exceeded max context length", "context length exceeded",
        "longer than the maximum model length"})
    if (message.find(words) != std::string_view::npos) return true;
  return false;
}

std::string cut_message(const std::string& text) {
  auto end = text.size();
  if (end > message_bytes_max) {
    end = message_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  }
  return text.substr(0, end);
}

namespace openai {

bool says_context_exceeded(int status, std::string_view body) {
  if (status != 400 && status != 413 && (status < 500 || status > 599)) return false;
  const auto parsed = json::parse(body, error_limits);
  if (!parsed.value) return false;
  const auto* told = json::find(*parsed.value, "error");
  if (told == nullptr) return says_so(*parsed.value);
  return told->string() == nullptr ? says_so(*told) : tells_of_context(*told->string());
}

}  // namespace openai

}  // namespace weir::dialect
