#include "coordinator/client/chat_json.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace weir::client {
namespace {

using nlohmann::json;

constexpr std::size_t inputs_max = 2'048;

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

/// For answers of all kinds that tell a model and usage.
template <class Answer>
void read_common(const json& body, Answer& answer) {
  if (answer.model.empty()) answer.model = text_of(body, "model");
  if (const auto usage = body.find("usage"); usage != body.end() && usage->is_object())
    answer.usage = Usage{count_of(*usage, "prompt_tokens"), count_of(*usage, "completion_tokens")};
}

std::string content_of(const json& choice, const char* key) {
  const auto part = choice.find(key);
  return part != choice.end() && part->is_object() ? text_of(*part, "content") : std::string{};
}

/// The answer's JSON in `body`; a shape that is not ours leaves `error` with what it has.
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

std::optional<std::uint32_t> number_in(const net::http::Headers& headers, std::string_view name) {
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

Error wrong(const char* what) { return {0, "invalid_request", what, {}, {}}; }

Outcome<std::string> text_of(const json& body) {
  try {
    return body.dump();
  } catch (const json::exception&) {  // its text would quote the request
    return wrong("a text of the request is not UTF-8");
  }
}

/// The numbers of one item of an embeddings answer; false where it has none.
bool read_vector(const json& item, std::vector<float>& vector) {
  const auto numbers = item.find("embedding");
  if (numbers == item.end() || !numbers->is_array() || numbers->empty()) return false;
  vector.reserve(numbers->size());
  for (const auto& number : *numbers) {
    if (!number.is_number()) return false;
    vector.push_back(number.get<float>());
  }
  return true;
}

}  // namespace

Outcome<std::string> chat_body(const ChatRequest& request, bool stream) {
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
  return text_of(body);
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

Outcome<std::string> embeddings_body(const EmbeddingsRequest& request) {
  if (request.inputs.empty() || request.inputs.size() > inputs_max)
    return wrong("embeddings take 1 to 2048 inputs");
  json body{{"model", request.model}, {"input", request.inputs}, {"encoding_format", "float"}};
  if (request.dimensions) body["dimensions"] = *request.dimensions;
  return text_of(body);
}

bool read_embeddings(std::string_view body, std::size_t inputs, EmbeddingsAnswer& answer) {
  const auto whole = json::parse(body, nullptr, false);
  if (!whole.is_object()) return false;
  const auto data = whole.find("data");
  if (data == whole.end() || !data->is_array() || data->size() != inputs) return false;
  answer.vectors.assign(inputs, {});
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto& item = (*data)[i];
    if (!item.is_object()) return false;
    const auto index = item.contains("index") ? count_of(item, "index") : i;
    if (index >= inputs || !answer.vectors[index].empty()) return false;
    if (!read_vector(item, answer.vectors[index])) return false;
  }
  read_common(whole, answer);
  return true;
}

std::optional<std::vector<ModelInfo>> read_models(std::string_view body) {
  const auto whole = json::parse(body, nullptr, false);
  if (!whole.is_object()) return std::nullopt;
  const auto data = whole.find("data");
  if (data == whole.end() || !data->is_array()) return std::nullopt;
  std::vector<ModelInfo> models;
  for (const auto& item : *data)
    if (item.is_object() && !text_of(item, "id").empty())
      models.push_back({text_of(item, "id"), text_of(item, "owned_by")});
  return models;
}

void read_headers(const net::http::Headers& headers, Placement& placement) {
  placement.request_id = header_in(headers, "x-request-id");
  placement.node = header_in(headers, "x-weir-node");
  placement.tier = header_in(headers, "x-weir-tier");
  placement.grade = header_in(headers, "x-weir-grade");
  placement.model = header_in(headers, "x-weir-model");
  placement.attempts = number_in(headers, "x-weir-attempts").value_or(0);
  placement.queue_ms = number_in(headers, "x-weir-queue-ms").value_or(0);
}

std::optional<std::chrono::milliseconds> retry_after_of(const net::http::Headers& headers) {
  if (const auto ms = number_in(headers, "retry-after-ms")) return std::chrono::milliseconds{*ms};
  if (const auto s = number_in(headers, "retry-after")) return std::chrono::seconds{*s};
  return std::nullopt;
}

Error error_of(const RawAnswer& answer) {
  const auto number = std::to_string(answer.status);
  Error error{answer.status, "http_" + number, "the server answered " + number, answer.request_id,
              answer.retry_after};
  read_error_member(json::parse(answer.body, nullptr, false), error);
  return error;
}

}  // namespace weir::client
