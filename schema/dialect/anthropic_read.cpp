#include "schema/dialect/anthropic.hpp"
#include "schema/dialect/checker.hpp"
#include "schema/dialect/tool_reader.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace weir::dialect::anthropic {

namespace {

constexpr std::size_t model_bytes_max = 256;
constexpr double top_k_max = 1e9;
constexpr std::int64_t tokens_max = std::numeric_limits<std::uint32_t>::max();

/// Fields of Anthropic's API that have no counterpart elsewhere.
constexpr std::array<std::string_view, 9> known_elsewhere{
    "container",     "context_management", "diagnostics",
    "inference_geo", "mcp_servers",        "output_config",
    "speed",         "user_profile_id",    "workspace_id"};

bool control_free(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool empty_list(const json::Value* value) {
  return value == nullptr || (value->array() != nullptr && value->array()->empty());
}

/// Reads the tree of one request. Every reader may move from the value it is given.
class MessagesReader {
 public:
  ChatReading run(json::Value& body, Call call) {
    auto* fields_of = check_.object(body, "");
    if (fields_of == nullptr || !all(*fields_of) || !complete(call))
      return {std::nullopt, check_.take_refused()};
    return {std::move(request_), {}};
  }

 private:
  using FieldReader = bool (MessagesReader::*)(json::Value&);
  struct Field {
    std::string_view name;
    FieldReader read;
  };
  static const std::array<Field, 14> fields;

  bool all(json::Object& fields_of) {
    // The system prompt goes before the messages, wherever it stands.
    if (auto* value = member(fields_of, "system"); value != nullptr && !system_prompt(*value))
      return false;
    for (auto& [key, value] : fields_of)
      if (!value.null() && !field(key, value)) return false;
    return true;
  }

  bool field(const std::string& key, json::Value& value) {
    for (const auto& f : fields)
      if (f.name == key) return (this->*f.read)(value);
    if (std::find(known_elsewhere.begin(), known_elsewhere.end(), key) != known_elsewhere.end())
      return check_.unsupported(key, "this field cannot be translated");
    return check_.refuse(at("", key), "this field is not known");
  }

  bool complete(Call call) {
    if (request_.model.empty()) return check_.refuse("model", "the model is missing");
    if (!has_messages_) return check_.refuse("messages", "the messages are missing");
    if (request_.output_tokens_max == 0 && call == Call::messages)
      return check_.refuse("max_tokens", "must be an integer of at least 1");
    const auto choice = request_.tool_choice.value_or(ToolChoice::none);
    return !request_.tools.empty() || choice == ToolChoice::none ||
           choice == ToolChoice::automatic ||
           check_.refuse("tool_choice", "there are no tools to choose from");
  }

  bool hint(json::Value&) { return true; }

  bool model(json::Value& v) {
    if (!check_.name(v, "model", request_.model)) return false;
    return (request_.model.size() <= model_bytes_max && control_free(request_.model)) ||
           check_.refuse("model", "must be 1..256 bytes without control characters");
  }
  bool max_tokens(json::Value& v) {
    return check_.integer(v, "max_tokens", 1, tokens_max, request_.output_tokens_max);
  }
  bool stream(json::Value& v) { return check_.flag(v, "stream", request_.stream); }
  bool temperature(json::Value& v) {
    return check_.number(v, "temperature", 0, 1, request_.temperature);
  }
  bool top_p(json::Value& v) { return check_.number(v, "top_p", 0, 1, request_.top_p); }
  bool top_k(json::Value& v) { return check_.number(v, "top_k", 0, top_k_max, request_.top_k); }

  bool stop_sequences(json::Value& value) {
    auto* items = check_.array(value, "stop_sequences");
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i)
      if (!check_.name((*items)[i], at("stop_sequences", i), request_.stop.emplace_back()))
        return false;
    return true;
  }

  bool metadata(json::Value& value) {
    auto* known = check_.object(value, "metadata");
    if (known == nullptr || !check_.only(*known, "metadata", {"user_id", "data_grade"}) ||
        !check_.optional(*known, "user_id", "metadata", request_.user))
      return false;
    std::string grade;
    auto* said = member(*known, "data_grade");
    if (said == nullptr) return true;
    if (said->string() != nullptr) grade = std::move(*said->string());
    if (said->string() != nullptr && grade.empty()) return true;
    const auto parsed = parse_grade(grade);
    if (!parsed)
      return check_.refuse("metadata.data_grade", "must be P0, P1 or P2", Code::invalid_grade);
    request_.data_grade = name_of(*parsed);
    return true;
  }

  bool thinking(json::Value& value) {
    constexpr std::array<std::string_view, 4> types{"adaptive", "between_tools", "disabled",
                                                    "enabled"};
    const auto* word = json::find_string(value, "type");
    if (word == nullptr || std::find(types.begin(), types.end(), *word) == types.end())
      return check_.refuse("thinking.type", "must be adaptive, enabled or disabled");
    if (!check_.only(*value.object(), "thinking", {"type", "budget_tokens", "display"}))
      return false;
    if (*word != "disabled") request_.thinking = std::move(value);
    return true;
  }

  bool tools(json::Value& value) {
    return check_.each(value, "tools", [this](json::Value& item, const std::string& param) {
      return tool(item, param);
    });
  }

  bool tool(json::Value& value, const std::string& param) {
    auto* known = check_.object(value, param);
    std::string type;
    if (known == nullptr || !check_.optional(*known, "type", param, type)) return false;
    if (!type.empty() && type != "custom")
      return check_.unsupported(at(param, "type"), "only custom tools can be translated");
    if (!check_.only(*known, param,
                     {"type", "name", "description", "input_schema", "cache_control", "strict",
                      "eager_input_streaming"}))
      return false;
    return read_function(check_, *known, param, {"input_schema", true},
                         request_.tools.emplace_back());
  }

  bool tool_choice(json::Value& value) {
    auto* known = check_.object(value, "tool_choice");
    std::string type;
    if (known == nullptr || !check_.required(*known, "type", "tool_choice", type) ||
        !check_.only(*known, "tool_choice", {"type", "name", "disable_parallel_tool_use"}))
      return false;
    if (auto* one = member(*known, "disable_parallel_tool_use");
        one != nullptr &&
        !check_.flag(*one, "tool_choice.disable_parallel_tool_use", request_.one_tool_at_most))
      return false;
    request_.tool_choice = type == "none"   ? ToolChoice::none
                           : type == "any"  ? ToolChoice::any
                           : type == "tool" ? ToolChoice::named
                                            : ToolChoice::automatic;
    if (type == "tool") return check_.required(*known, "name", "tool_choice", request_.tool_name);
    return type == "auto" || type == "any" || type == "none" ||
           check_.refuse("tool_choice.type", "must be auto, any, tool or none");
  }

  bool system_prompt(json::Value& value) {
    ChatMessage message{ChatRole::system, {}, {}};
    if (!content(value, "system", message)) return false;
    value = json::Value{};
    if (!message.parts.empty()) request_.messages.push_back(std::move(message));
    return true;
  }

  bool messages(json::Value& value) {
    auto* items = check_.array(value, "messages");
    if (items == nullptr) return false;
    if (items->empty()) return check_.refuse("messages", "must not be empty");
    request_.messages.reserve(items->size() + 1);
    for (std::size_t i = 0; i < items->size(); ++i)
      if (!message((*items)[i], at("messages", i))) return false;
    has_messages_ = true;
    return true;
  }

  bool message(json::Value& value, const std::string& param) {
    auto* known = check_.object(value, param);
    std::string role;
    if (known == nullptr || !check_.only(*known, param, {"role", "content"}) ||
        !check_.required(*known, "role", param, role))
      return false;
    if (role != "user" && role != "assistant" && role != "system")
      return check_.refuse(at(param, "role"), "must be user or assistant");
    auto& message = request_.messages.emplace_back();
    message.role = role == "user"     ? ChatRole::user
                   : role == "system" ? ChatRole::system
                                      : ChatRole::assistant;
    json::Value none;
    auto* said = member(*known, "content");
    return content(said == nullptr ? none : *said, at(param, "content"), message);
  }

  bool content(json::Value& value, const std::string& param, ChatMessage& message) {
    if (auto* text = value.string()) {
      if (!text->empty()) message.parts.emplace_back(TextPart{std::move(*text)});
      return true;
    }
    if (value.array() == nullptr) return check_.refuse(param, "must be a string or an array");
    for (std::size_t i = 0; i < value.array()->size(); ++i)
      if (!block((*value.array())[i], at(param, i), message)) return false;
    return true;
  }

  bool block(json::Value& value, const std::string& param, ChatMessage& message) {
    auto* known = check_.object(value, param);
    std::string type;
    if (known == nullptr || !check_.required(*known, "type", param, type)) return false;
    if (type == "text") return text(*known, param, message.parts);
    if (type == "image" && message.role == ChatRole::user)
      return image(*known, param, message.parts);
    if (type == "document" && message.role == ChatRole::user)
      return document(*known, param, message.parts);
    if (type == "tool_use" && message.role == ChatRole::assistant)
      return tool_use(*known, param, message.parts);
    if (type == "tool_result" && message.role == ChatRole::user)
      return tool_result(*known, param, message.parts);
    const bool thought = type == "thinking" || type == "redacted_thinking";
    if (thought && message.role == ChatRole::assistant)
      return thinking_block(*known, param, message.parts);
    return check_.unsupported(at(param, "type"), "this kind of block cannot be translated here");
  }

  template <class Parts>
  bool text(json::Object& known, const std::string& param, Parts& parts) {
    if (!empty_list(member(known, "citations")))
      return check_.unsupported(at(param, "citations"), "citations cannot be translated");
    TextPart part;
    if (!check_.only(known, param, {"type", "text", "cache_control", "citations"}) ||
        !check_.optional(known, "text", param, part.text))
      return false;
    if (!part.text.empty()) parts.emplace_back(std::move(part));
    return true;
  }

  /// The members of a block's source, its type read.
  json::Object* source(json::Object& known, const std::string& param, std::string& type) {
    json::Value none;
    auto* value = member(known, "source");
    auto* inner = check_.object(value == nullptr ? none : *value, param);
    if (inner == nullptr || !check_.only(*inner, param, {"type", "media_type", "data", "url"}) ||
        !check_.required(*inner, "type", param, type))
      return nullptr;
    return inner;
  }

  template <class Parts>
  bool image(json::Object& known, const std::string& param, Parts& parts) {
    ImagePart part;
    std::string type;
    const auto place = at(param, "source");
    if (!check_.only(known, param, {"type", "source", "cache_control"})) return false;
    auto* inner = source(known, place, type);
    if (inner == nullptr) return false;
    if (type == "url") {
      if (!check_.required(*inner, "url", place, part.url)) return false;
      if (!part.url.starts_with("http://") && !part.url.starts_with("https://"))
        return check_.refuse(at(place, "url"), "must be http:// or https://");
    } else if (type == "base64") {
      if (!check_.required(*inner, "media_type", place, part.media_type) ||
          !check_.required(*inner, "data", place, part.data))
        return false;
      if (!part.media_type.starts_with("image/"))
        return check_.refuse(at(place, "media_type"), "must be an image's");
    } else {
      return check_.unsupported(at(place, "type"), "only base64 and url can be translated");
    }
    parts.emplace_back(std::move(part));
    return true;
  }

  template <class Parts>
  bool document(json::Object& known, const std::string& param, Parts& parts) {
    TextPart part;
    std::string type;
    const auto place = at(param, "source");
    if (!check_.only(known, param, {"type", "source", "cache_control", "title", "context"}))
      return false;
    auto* inner = source(known, place, type);
    if (inner == nullptr) return false;
    if (type != "text")
      return check_.unsupported(at(place, "type"), "only documents of plain text are translated");
    if (!check_.required(*inner, "data", place, part.text)) return false;
    parts.emplace_back(std::move(part));
    return true;
  }

  bool tool_use(json::Object& known, const std::string& param, std::vector<ChatPart>& parts) {
    if (const auto* caller = member(known, "caller"); caller != nullptr) {
      const auto* type = json::find_string(*caller, "type");
      if (type == nullptr || *type != "direct")
        return check_.unsupported(at(param, "caller"), "only direct calls can be translated");
    }
    ToolUsePart part;
    json::Value none;
    auto* input = member(known, "input");
    if (!check_.only(known, param, {"type", "id", "name", "input", "cache_control", "caller"}) ||
        !check_.required(known, "id", param, part.id) ||
        !check_.required(known, "name", param, part.name) ||
        check_.object(input == nullptr ? none : *input, at(param, "input")) == nullptr)
      return false;
    part.arguments = json::text_of(*input);
    parts.emplace_back(std::move(part));
    return true;
  }

  bool tool_result(json::Object& known, const std::string& param, std::vector<ChatPart>& parts) {
    ToolResultPart part;
    if (!check_.only(known, param,
                     {"type", "tool_use_id", "content", "is_error", "cache_control"}) ||
        !check_.required(known, "tool_use_id", param, part.id))
      return false;
    if (auto* error = member(known, "is_error");
        error != nullptr && !check_.flag(*error, at(param, "is_error"), part.error))
      return false;
    if (auto* said = member(known, "content");
        said != nullptr && !results(*said, at(param, "content"), part))
      return false;
    parts.emplace_back(std::move(part));
    return true;
  }

  bool results(json::Value& value, const std::string& param, ToolResultPart& part) {
    if (auto* text = value.string()) {
      if (!text->empty()) part.content.emplace_back(TextPart{std::move(*text)});
      return true;
    }
    if (value.array() == nullptr) return check_.refuse(param, "must be a string or an array");
    for (std::size_t i = 0; i < value.array()->size(); ++i) {
      const auto place = at(param, i);
      auto* known = check_.object((*value.array())[i], place);
      std::string type;
      if (known == nullptr || !check_.required(*known, "type", place, type)) return false;
      const bool read = type == "text"       ? text(*known, place, part.content)
                        : type == "image"    ? image(*known, place, part.content)
                        : type == "document" ? document(*known, place, part.content)
                                             : check_.unsupported(at(place, "type"),
                                                                  "this kind of block cannot be "
                                                                  "translated here");
      if (!read) return false;
    }
    return true;
  }

  bool thinking_block(json::Object& known, const std::string& param, std::vector<ChatPart>& parts) {
    ThinkingPart part;
    if (!check_.only(known, param, {"type", "thinking", "signature", "data", "cache_control"}) ||
        !check_.optional(known, "thinking", param, part.text) ||
        !check_.optional(known, "signature", param, part.signature) ||
        !check_.optional(known, "data", param, part.redacted))
      return false;
    parts.emplace_back(std::move(part));
    return true;
  }

  Checker check_;
  ChatRequest request_;
  bool has_messages_ = false;
};

const std::array<MessagesReader::Field, 14> MessagesReader::fields{
    {{"model", &MessagesReader::model},
     {"messages", &MessagesReader::messages},
     {"max_tokens", &MessagesReader::max_tokens},
     {"stop_sequences", &MessagesReader::stop_sequences},
     {"stream", &MessagesReader::stream},
     {"temperature", &MessagesReader::temperature},
     {"top_p", &MessagesReader::top_p},
     {"top_k", &MessagesReader::top_k},
     {"tools", &MessagesReader::tools},
     {"tool_choice", &MessagesReader::tool_choice},
     {"metadata", &MessagesReader::metadata},
     {"thinking", &MessagesReader::thinking},
     {"service_tier", &MessagesReader::hint},
     {"cache_control", &MessagesReader::hint}}};

}  // namespace

ChatReading read_chat(std::string_view body, Call call) {
  auto parsed = json::parse(body);
  if (!parsed.value) {
    Checker check;
    check.refuse("", std::string{"the body is not a valid JSON object: "} + parsed.why +
                         " (at byte " + std::to_string(parsed.where) + ")");
    return {std::nullopt, check.take_refused()};
  }
  return MessagesReader{}.run(*parsed.value, call);
}

}  // namespace weir::dialect::anthropic
