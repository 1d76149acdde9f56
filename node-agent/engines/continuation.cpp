#include "node-agent/engines/continuation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace weir::engines {
namespace {

using nlohmann::json;

constexpr std::string_view done_line = "data: [DONE]\n\n";

std::string text_of(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// A positive number at `key`, at most a thousand million; 0 otherwise.
std::int64_t limit_at(const json& request, const char* key) {
  constexpr std::uint64_t most = 1'000'000'000;
  const auto found = request.find(key);
  if (found == request.end() || !found->is_number_unsigned()) return 0;
  return static_cast<std::int64_t>(std::min(found->get<std::uint64_t>(), most));
}

json chunk(json choices) {
  return {{"id", "chatcmpl-continued"},
          {"object", "chat.completion.chunk"},
          {"created", 0},
          {"model", ""},
          {"choices", std::move(choices)}};
}

json choice(json delta, json finish_reason) {
  json one{{"index", 0}};
  one["delta"] = std::move(delta);
  one["finish_reason"] = std::move(finish_reason);
  return one;
}

void append_event(std::string& out, const json& data) {
  out.append("data: ").append(text_of(data)).append("\n\n");
}

}  // namespace

std::optional<std::string> rendered_prompt(const std::string& answer) {
  const json document = json::parse(answer, nullptr, false);
  const auto prompt = document.is_object() ? document.find("prompt") : document.end();
  if (!document.is_object() || prompt == document.end() || !prompt->is_string())
    return std::nullopt;
  return prompt->get<std::string>();
}

std::string tokenize_body(std::string_view text, const std::string& model) {
  json body;
  if (!model.empty()) body["model"] = model;
  body["content"] = std::string{text};
  return text_of(body);
}

std::optional<std::int64_t> token_count(const std::string& answer) {
  const json document = json::parse(answer, nullptr, false);
  const auto tokens = document.is_object() ? document.find("tokens") : document.end();
  if (!document.is_object() || tokens == document.end() || !tokens->is_array()) return std::nullopt;
  return static_cast<std::int64_t>(tokens->size());
}

Result<std::optional<std::string>> completion_body(const std::string& chat,
                                                   const std::string& prompt,
                                                   std::string_view prefix,
                                                   std::int64_t prefix_tokens) {
  json request = json::parse(chat, nullptr, false);
  if (!request.is_object()) return Error{Code::internal, "the request is not a JSON object"};
  const auto stated = limit_at(request, "max_completion_tokens");
  const auto limit = stated > 0 ? stated : limit_at(request, "max_tokens");
  if (limit > 0 && prefix_tokens >= limit) return std::optional<std::string>{};
  for (const char* key : {"messages", "max_completion_tokens", "max_tokens", "n", "tools",
                          "response_format", "metadata"})
    request.erase(key);
  if (limit > 0) request["max_tokens"] = limit - prefix_tokens;
  request["prompt"] = prompt + std::string{prefix};
  request["stream"] = true;
  return std::optional{text_of(request)};
}

Result<Done> TextToChat::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (part.size() > line_bytes_max - line_.size())
      return Error{Code::upstream_failed, "an event is too long"};
    line_.append(part);
    if (end == std::string_view::npos) return Done{};
    bytes.remove_prefix(end + 1);
    auto read = line(line_, out);
    line_.clear();
    if (!read) return read;
  }
  return Done{};
}

Result<Done> TextToChat::line(std::string_view text, std::string& out) const {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (!text.starts_with("data:")) return Done{};
  text.remove_prefix(text.starts_with("data: ") ? 6 : 5);
  if (text == "[DONE]") {
    out.append(done_line);
    return Done{};
  }
  const json event = json::parse(text, nullptr, false);
  if (!event.is_object()) return Error{Code::upstream_failed, "an event is no JSON object"};
  if (event.contains("error")) return Error{Code::upstream_failed, "it reported an error"};
  if (const auto choices = event.find("choices"); choices != event.end() && choices->is_array())
    for (const auto& one : *choices) {
      const auto said = one.is_object() ? one.value("text", json{}) : json{};
      const auto reason = one.is_object() ? one.value("finish_reason", json{}) : json{};
      if (said.is_string() && !said.get_ref<const std::string&>().empty())
        append_event(out, chunk(json::array({choice({{"content", said}}, nullptr)})));
      if (reason.is_string())
        append_event(out, chunk(json::array({choice(json::object(), reason)})));
    }
  if (const auto usage = event.find("usage"); usage != event.end() && usage->is_object()) {
    const auto prompt =
        std::max<std::int64_t>(0, limit_at(*usage, "prompt_tokens") - prefix_tokens_);
    const auto answer = limit_at(*usage, "completion_tokens") + prefix_tokens_;
    auto last = chunk(json::array());
    last["usage"] = {{"prompt_tokens", prompt},
                     {"completion_tokens", answer},
                     {"total_tokens", prompt + answer}};
    append_event(out, last);
  }
  return Done{};
}

std::string TextToChat::at_limit() {
  std::string out;
  append_event(out, chunk(json::array({choice(json::object(), "length")})));
  return out.append(done_line);
}

}  // namespace weir::engines
