#include "coordinator/client/chat_json.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace weir::client {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t count_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// The first of the array `choices`, or null.
const json* first_choice(const json& answer) {
  const auto choices = answer.find("choices");
  if (choices == answer.end() || !choices->is_array()) return nullptr;
  for (const auto& choice : *choices)
    if (choice.is_object() && count_of(choice, "index") == 0) return &choice;
  return nullptr;
}

void read_common(const json& body, ChatAnswer& answer) {
  if (answer.model.empty()) answer.model = text_of(body, "model");
  if (const auto usage = body.find("usage"); usage != body.end() && usage->is_object())
    answer.usage = Usage{count_of(*usage, "prompt_tokens"), count_of(*usage, "completion_tokens")};
}

std::string content_of(const json& choice, const char* key) {
  const auto part = choice.find(key);
  return part != choice.end() && part->is_object() ? text_of(*part, "content") : std::string{};
}

/// `body` is the answer's JSON; a shape that is not ours leaves `error` with what it has.
void read_error_member(const json& body, Error& error) {
  if (!body.is_object()) return;
  const auto member = body.find("error");
  if (member == body.end()) return;
  if (member->is_string()) error.message = member->get<std::string>();
  if (!member->is_object()) return;
  if (auto message = text_of(*member, "message"); !message.empty())
    error.message = std::move(message);
  if (auto code = text_of(*member, "code"); !code.empty()) error.code = std::move(code);
}

std::optional<std::uint64_t> number_in(const net::http::Headers& headers, std::string_view name) {
  const auto value = net::http::find(headers, name);
  if (!value) return std::nullopt;
  std::uint32_t number = 0;
  const auto* end = value->data() + value->size();
  const auto r = std::from_chars(value->data(), end, number);
  if (r.ec != std::errc{} || r.ptr != end) return std::nullopt;
  return number;
}

std::string header_in(const net::http::Headers& headers, std::string_view name) {
  return std::string{net::http::find(headers, name).value_or("")};
}

}  // namespace

Outcome<std::string> chat_body(const ChatRequest& request, bool stream) {
  const auto wrong = [](const char* what) { return Error{0, "invalid_request", what, {}, {}}; };
  json body = json::object();
  if (!request.extra.empty()) {
    body = json::parse(request.extra, nullptr, false);
    if (!body.is_object()) return wrong("extra is not a JSON object");
  }
  body["model"] = request.model;
  body["messages"] = json::array();
  for (const auto& m : request.messages)
    body["messages"].push_back({{"role", m.role}, {"content", m.content}});
  if (request.max_tokens) body["max_tokens"] = *request.max_tokens;
  if (request.temperature) body["temperature"] = *request.temperature;
  body["stream"] = stream;
  if (stream) body["stream_options"] = {{"include_usage", true}};
  try {
    return body.dump();
  } catch (const json::exception&) {  // its text would quote the request
    return wrong("a text of the request is not UTF-8");
  }
}

bool read_answer(std::string_view body, ChatAnswer& answer) {
  const auto whole = json::parse(body, nullptr, false);
  if (!whole.is_object()) return false;
  const auto* choice = first_choice(whole);
  if (choice == nullptr) return false;
  read_common(whole, answer);
  answer.text = content_of(*choice, "message");
  answer.finish_reason = text_of(*choice, "finish_reason");
  return true;
}

Delta read_delta(std::string_view data, ChatAnswer& answer) {
  Delta delta;
  const auto event = json::parse(data, nullptr, false);
  if (!event.is_object()) return delta;
  delta.understood = true;
  if (event.contains("error") && !event["error"].is_null()) {
    delta.failed = true;
    delta.error = {0, "upstream_failed", "the stream failed", answer.request_id, {}};
    read_error_member(event, delta.error);
    return delta;
  }
  read_common(event, answer);
  if (const auto* choice = first_choice(event)) {
    delta.text = content_of(*choice, "delta");
    if (auto why = text_of(*choice, "finish_reason"); !why.empty())
      answer.finish_reason = std::move(why);
  }
  return delta;
}

void read_headers(const net::http::Headers& headers, ChatAnswer& answer) {
  answer.request_id = header_in(headers, "x-request-id");
  answer.node = header_in(headers, "x-weir-node");
  answer.tier = header_in(headers, "x-weir-tier");
  answer.grade = header_in(headers, "x-weir-grade");
  answer.model = header_in(headers, "x-weir-model");
  answer.attempts = static_cast<std::uint32_t>(number_in(headers, "x-weir-attempts").value_or(0));
  answer.queue_ms = static_cast<std::uint32_t>(number_in(headers, "x-weir-queue-ms").value_or(0));
}

Error read_error(int status, const net::http::Headers& headers, std::string_view body) {
  const auto number = std::to_string(status);
  Error error{status, "http_" + number, "the server answered " + number, {}, {}};
  error.request_id = header_in(headers, "x-request-id");
  read_error_member(json::parse(body, nullptr, false), error);
  if (const auto ms = number_in(headers, "retry-after-ms"))
    error.retry_after = std::chrono::milliseconds{*ms};
  else if (const auto seconds = number_in(headers, "retry-after"))
    error.retry_after = std::chrono::seconds{*seconds};
  return error;
}

}  // namespace weir::client
