#include "schema/dialect/chat.hpp"
#include "schema/dialect/checker.hpp"
#include "schema/dialect/image.hpp"
#include "schema/dialect/tool_reader.hpp"

#include <algorithm>
#include <array>

namespace weir::dialect::openai {

namespace {

constexpr std::string_view audio_and_files = "only text and images can be translated";

/// Whether the value of an OpenAI-only field is what its absence means.
bool as_if_absent(std::string_view key, const json::Value& value) {
  if (key == "n") return value.integer() == 1;
  if (key == "logprobs") return value.boolean() != nullptr && !*value.boolean();
  if (key == "frequency_penalty" || key == "presence_penalty") return value.real() == 0.0;
  if (key == "logit_bias") return value.object() != nullptr && value.object()->empty();
  if (key != "response_format") return false;
  const auto* type = json::find_string(value, "type");
  return type != nullptr && *type == "text";
}

/// Reads the tree of one request. Every reader may move from the value it is given.
class ChatReader {
 public:
  ChatReading run(json::Object& body, const RequestFacts& facts) {
    request_.model = facts.model;
    request_.output_tokens_max = facts.output_tokens_max;
    request_.stream = facts.stream;
    request_.usage_asked = facts.usage_asked;
    if (facts.grade) request_.data_grade = name_of(*facts.grade);
    for (auto& [key, value] : body)
      if (!value.null() && !field(key, value)) return {std::nullopt, check_.take_refused()};
    if (!choice_has_tools()) return {std::nullopt, check_.take_refused()};
    return {std::move(request_), {}};
  }

 private:
  using FieldReader = bool (ChatReader::*)(json::Value&);
  struct Field {
    std::string_view name;
    FieldReader read;
  };
  static const std::array<Field, 18> fields;
  static constexpr std::array<std::string_view, 12> openai_only{
      "frequency_penalty", "logit_bias",
      "logprobs",          "n",
      "presence_penalty",  "prompt_cache_key",
      "reasoning_effort",  "response_format",
      "safety_identifier", "seed",
      "top_logprobs",      "verbosity"};

  bool field(const std::string& key, json::Value& value) {
    for (const auto& f : fields)
      if (f.name == key) return (this->*f.read)(value);
    if (std::find(openai_only.begin(), openai_only.end(), key) == openai_only.end())
      return check_.unsupported(at("", key), "this field is not on the list of those that pass");
    if (!as_if_absent(key, value)) json::put(request_.openai_only, key, std::move(value));
    return true;
  }

  bool known(json::Value&) { return true; }  ///< its facts were read and checked before

  bool stream_options(json::Value& value) {
    return check_.only(*value.object(), "stream_options", {"include_usage", "include_obfuscation"});
  }

  bool temperature(json::Value& v) {
    return check_.number(v, "temperature", 0, 2, request_.temperature);
  }
  bool top_p(json::Value& v) { return check_.number(v, "top_p", 0, 1, request_.top_p); }
  bool top_k(json::Value& v) { return check_.number(v, "top_k", 0, 1e9, request_.top_k); }
  bool user(json::Value& v) { return check_.text(v, "user", request_.user); }

  bool parallel_tool_calls(json::Value& value) {
    bool parallel = true;
    if (!check_.flag(value, "parallel_tool_calls", parallel)) return false;
    request_.one_tool_at_most = !parallel;
    return true;
  }

  bool store(json::Value& value) {
    bool stored = false;
    if (!check_.flag(value, "store", stored)) return false;
    return !stored || check_.unsupported("store", "answers are not stored at a provider");
  }

  bool service_tier(json::Value& value) {
    std::string tier;
    if (!check_.text(value, "service_tier", tier)) return false;
    return tier == "auto" || tier == "default" ||
           check_.unsupported("service_tier", "only \"auto\" and \"default\" are known");
  }

  bool modalities(json::Value& value) {
    auto* items = check_.array(value, "modalities");
    if (items == nullptr) return false;
    for (const auto& item : *items)
      if (item.string() == nullptr || *item.string() != "text")
        return check_.unsupported("modalities", std::string{audio_and_files});
    return true;
  }

  bool metadata(json::Value& value) {
    auto* user = member(*value.object(), "user");
    return user == nullptr || !request_.user.empty() ||
           check_.text(*user, "metadata.user", request_.user);
  }

  bool stop(json::Value& value) {
    if (value.string() != nullptr) {
      if (!value.string()->empty()) request_.stop.push_back(std::move(*value.string()));
      return true;
    }
    auto* items = check_.array(value, "stop");
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i)
      if (!check_.name((*items)[i], at("stop", i), request_.stop.emplace_back())) return false;
    return true;
  }

  bool tools(json::Value& value) {
    return check_.each(value, "tools", [this](json::Value& item, const std::string& param) {
      return tool(item, param);
    });
  }

  /// The members of the "function" in a tool, a tool choice or a tool call.
  json::Object* function(json::Value& value, const std::string& param,
                         std::initializer_list<std::string_view> beside) {
    auto* outer = check_.object(value, param);
    if (outer == nullptr) return nullptr;
    const auto* type = member(*outer, "type");
    if (type != nullptr && (type->string() == nullptr || *type->string() != "function")) {
      check_.unsupported(at(param, "type"), "only functions can be translated");
      return nullptr;
    }
    if (!check_.only(*outer, param, beside)) return nullptr;
    json::Value none;
    auto* inner = member(*outer, "function");
    return check_.object(inner == nullptr ? none : *inner, at(param, "function"));
  }

  bool tool(json::Value& value, const std::string& param) {
    auto* f = function(value, param, {"type", "function"});
    const auto place = at(param, "function");
    if (f == nullptr || !check_.only(*f, place, {"name", "description", "parameters", "strict"}))
      return false;
    return read_function(check_, *f, place, {"parameters", false}, request_.tools.emplace_back());
  }

  bool tool_choice(json::Value& value) {
    if (const auto* word = value.string()) return read_choice_word(check_, *word, request_);
    auto* f = function(value, "tool_choice", {"type", "function"});
    if (f == nullptr || !check_.only(*f, "tool_choice.function", {"name"})) return false;
    request_.tool_choice = ToolChoice::named;
    return check_.required(*f, "name", "tool_choice.function", request_.tool_name);
  }

  bool choice_has_tools() {
    const auto choice = request_.tool_choice.value_or(ToolChoice::none);
    return !request_.tools.empty() || choice == ToolChoice::none ||
           choice == ToolChoice::automatic ||
           check_.refuse("tool_choice", "there are no tools to choose from");
  }

  bool messages(json::Value& value) {
    auto& items = *value.array();
    request_.messages.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!message(*items[i].object(), at("messages", i))) return false;
    return true;
  }

  bool message(json::Object& fields_of, const std::string& param) {
    if (auto* notes = member(fields_of, "annotations"); notes != nullptr)
      if (notes->array() == nullptr || !notes->array()->empty())
        return check_.unsupported(at(param, "annotations"), "annotations cannot be translated");
    if (!check_.only(fields_of, param,
                     {"role", "content", "name", "tool_calls", "tool_call_id", "refusal",
                      "reasoning_content", "annotations"}))
      return false;
    auto& message = request_.messages.emplace_back();
    const auto& role = *member(fields_of, "role")->string();
    if (!check_.optional(fields_of, "name", param, message.name)) return false;
    if (role == "tool") return tool_result(fields_of, param, message);
    if (role == "assistant") return assistant(fields_of, param, message);
    if (role == "system") {
      message.role = ChatRole::system;
    } else if (role == "developer") {
      message.role = ChatRole::developer;
    } else if (role != "user") {
      return check_.refuse(at(param, "role"), "must be system, developer, user, assistant or tool");
    }
    for (const char* foreign : {"tool_calls", "tool_call_id", "refusal"})
      if (member(fields_of, foreign) != nullptr)
        return check_.refuse(at(param, foreign), "does not belong to this role");
    return content(fields_of, param, message.role == ChatRole::user, message.parts);
  }

  bool assistant(json::Object& fields_of, const std::string& param, ChatMessage& message) {
    message.role = ChatRole::assistant;
    if (member(fields_of, "tool_call_id") != nullptr)
      return check_.refuse(at(param, "tool_call_id"), "does not belong to this role");
    if (member(fields_of, "content") != nullptr && !content(fields_of, param, false, message.parts))
      return false;
    if (auto* refusal = member(fields_of, "refusal"); refusal != nullptr)
      if (!part_text(*refusal, at(param, "refusal"), message.parts)) return false;
    auto* calls = member(fields_of, "tool_calls");
    if (calls == nullptr) return true;
    const auto place = at(param, "tool_calls");
    auto* items = check_.array(*calls, place);
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i)
      if (!tool_call((*items)[i], at(place, i), message)) return false;
    return true;
  }

  bool tool_call(json::Value& value, const std::string& param, ChatMessage& message) {
    auto* f = function(value, param, {"id", "type", "function", "index"});
    const auto place = at(param, "function");
    if (f == nullptr || !check_.only(*f, place, {"name", "arguments"})) return false;
    ToolUsePart part;
    if (!check_.required(*value.object(), "id", param, part.id) ||
        !check_.required(*f, "name", place, part.name) ||
        !check_.optional(*f, "arguments", place, part.arguments))
      return false;
    message.parts.emplace_back(std::move(part));
    return true;
  }

  bool tool_result(json::Object& fields_of, const std::string& param, ChatMessage& message) {
    ToolResultPart result;
    if (!check_.required(fields_of, "tool_call_id", param, result.id)) return false;
    for (const char* foreign : {"tool_calls", "refusal"})
      if (member(fields_of, foreign) != nullptr)
        return check_.refuse(at(param, foreign), "does not belong to this role");
    std::vector<ChatPart> parts;
    if (!content(fields_of, param, true, parts)) return false;
    for (auto& part : parts) {
      if (auto* text = std::get_if<TextPart>(&part))
        result.content.emplace_back(std::move(*text));
      else
        result.content.emplace_back(std::move(std::get<ImagePart>(part)));
    }
    message.name.clear();  // the tool's name, which its call has
    message.parts.emplace_back(std::move(result));
    return true;
  }

  bool part_text(json::Value& value, const std::string& param, std::vector<ChatPart>& parts) {
    TextPart part;
    if (value.string() == nullptr) return check_.refuse(param, "must be a string");
    part.text = std::move(*value.string());
    if (!part.text.empty()) parts.emplace_back(std::move(part));
    return true;
  }

  bool content(json::Object& fields_of, const std::string& message, bool images,
               std::vector<ChatPart>& parts) {
    const auto param = at(message, "content");
    auto* value = member(fields_of, "content");
    if (value == nullptr) return check_.refuse(param, "the content is missing");
    if (value->string() != nullptr) return part_text(*value, param, parts);
    if (value->array() == nullptr) return check_.refuse(param, "must be a string or an array");
    for (std::size_t i = 0; i < value->array()->size(); ++i)
      if (!part((*value->array())[i], at(param, i), images, parts)) return false;
    return true;
  }

  bool part(json::Value& value, const std::string& param, bool images,
            std::vector<ChatPart>& parts) {
    auto* fields_of = check_.object(value, param);
    if (fields_of == nullptr) return false;
    std::string type;
    if (!check_.required(*fields_of, "type", param, type)) return false;
    if (type == "text" || type == "refusal") {
      TextPart text;
      if (!check_.only(*fields_of, param, {"type", type}) ||
          !check_.optional(*fields_of, type, param, text.text))
        return false;
      if (!text.text.empty()) parts.emplace_back(std::move(text));
      return true;
    }
    if (type != "image_url" || !images)
      return check_.unsupported(at(param, "type"), std::string{audio_and_files});
    return check_.only(*fields_of, param, {"type", "image_url"}) &&
           image(*fields_of, at(param, "image_url"), parts);
  }

  bool image(json::Object& fields_of, const std::string& param, std::vector<ChatPart>& parts) {
    json::Value none;
    auto* value = member(fields_of, "image_url");
    auto* inner = check_.object(value == nullptr ? none : *value, param);
    if (inner == nullptr || !check_.only(*inner, param, {"url", "detail"})) return false;
    std::string url;
    if (!check_.required(*inner, "url", param, url)) return false;
    auto image = image_of_url(std::move(url));
    if (!image)
      return check_.refuse(at(param, "url"), "must be http(s)://… or data:image/…;base64,…");
    parts.emplace_back(std::move(*image));
    return true;
  }

  Checker check_;
  ChatRequest request_;
};

const std::array<ChatReader::Field, 18> ChatReader::fields{
    {{"model", &ChatReader::known},
     {"messages", &ChatReader::messages},
     {"max_tokens", &ChatReader::known},
     {"max_completion_tokens", &ChatReader::known},
     {"stream", &ChatReader::known},
     {"stream_options", &ChatReader::stream_options},
     {"temperature", &ChatReader::temperature},
     {"top_p", &ChatReader::top_p},
     {"top_k", &ChatReader::top_k},
     {"user", &ChatReader::user},
     {"parallel_tool_calls", &ChatReader::parallel_tool_calls},
     {"store", &ChatReader::store},
     {"service_tier", &ChatReader::service_tier},
     {"modalities", &ChatReader::modalities},
     {"metadata", &ChatReader::metadata},
     {"stop", &ChatReader::stop},
     {"tools", &ChatReader::tools},
     {"tool_choice", &ChatReader::tool_choice}}};

}  // namespace

ChatReading read_chat(std::string_view body) {
  auto inspection = inspect(Endpoint::chat_completions, body);
  if (!inspection.facts) return {std::nullopt, std::move(inspection.refused)};
  auto parsed = json::parse(body);
  if (!parsed.value) {
    Checker check;
    check.refuse("", std::string{"the body cannot be translated: "} + parsed.why);
    return {std::nullopt, check.take_refused()};
  }
  return ChatReader{}.run(*parsed.value->object(), *inspection.facts);
}

}  // namespace weir::dialect::openai
