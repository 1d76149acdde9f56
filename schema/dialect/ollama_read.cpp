#include "schema/dialect/checker.hpp"
#include "schema/dialect/image.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/ollama_options.hpp"
#include "schema/dialect/tool_reader.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace weir::dialect::ollama {

namespace {

/// Whether a value is what its absence means in Go, where Ollama is written.
bool zero(const json::Value& value) {
  if (value.boolean() != nullptr) return !*value.boolean();
  if (value.string() != nullptr) return value.string()->empty();
  if (value.array() != nullptr) return value.array()->empty();
  return value.null() || value.integer() == 0;
}

/// Reads the tree of one request. Every reader may move from the value it is given.
class OllamaReader {
 public:
  OllamaReader(const openai::RequestFacts& facts, Call call) : call_{call} {
    request_.model = facts.model;
    request_.stream = facts.stream;
    request_.usage_asked = true;
    request_.output_tokens_max = facts.output_tokens_max;
    if (facts.grade) request_.data_grade = name_of(*facts.grade);
  }

  ChatReading run(json::Object& body) {
    for (auto& [key, value] : body)
      if (!value.null() && !field(key, value)) return {std::nullopt, check_.take_refused()};
    if (call_ == Call::generate) generated();
    return {std::move(request_), {}};
  }

 private:
  using FieldReader = bool (OllamaReader::*)(json::Value&);
  struct Field {
    std::string_view name;
    FieldReader read;
  };
  static const std::array<Field, 9> fields;
  static const std::array<Field, 2> of_chat;
  static const std::array<Field, 3> of_generate;
  /// Fields that pass at the value that means nothing.
  static constexpr std::array<std::string_view, 6> if_zero{"raw",     "suffix",   "template",
                                                           "context", "logprobs", "top_logprobs"};

  bool field(const std::string& key, json::Value& value) {
    for (const auto& f : fields)
      if (f.name == key) return (this->*f.read)(value);
    const auto own = call_ == Call::chat ? std::span<const Field>{of_chat} : of_generate;
    for (const auto& f : own)
      if (f.name == key) return (this->*f.read)(value);
    const bool may_be_zero = std::find(if_zero.begin(), if_zero.end(), key) != if_zero.end();
    return (may_be_zero && zero(value)) ||
           check_.unsupported(at("", key), "this field cannot be translated");
  }

  bool known(json::Value&) { return true; }  ///< read before, or a hint that stays behind

  bool options(json::Value& value) { return read_options(*value.object(), check_, request_); }

  bool think(json::Value& value) {
    struct Level {
      std::string_view word;
      std::int64_t budget_tokens;
    };
    // Below the limit of an answer whose client has set none.
    constexpr std::array<Level, 3> levels{{{"low", 1024}, {"medium", 2048}, {"high", 3072}}};
    std::int64_t budget = 0;
    if (const auto* flag = value.boolean()) {
      if (!*flag) return true;
      budget = levels[1].budget_tokens;
    } else if (const auto* word = value.string()) {
      for (const auto& level : levels)
        if (level.word == *word) budget = level.budget_tokens;
    }
    if (budget == 0) return check_.refuse("think", "must be true, false, low, medium or high");
    request_.thinking = json::object("type", "enabled", "budget_tokens", json::Value::of(budget));
    return true;
  }

  bool format(json::Value& value) {
    if (value.string() != nullptr) {
      if (value.string()->empty()) return true;
      if (*value.string() != "json")
        return check_.refuse("format", "must be \"json\" or a JSON schema");
      json::put(request_.openai_only, "response_format", json::object("type", "json_object"));
      return true;
    }
    if (check_.object(value, "format") == nullptr) return false;
    auto named = json::object("name", "format", "schema", std::move(value));
    json::put(request_.openai_only, "response_format",
              json::object("type", "json_schema", "json_schema", std::move(named)));
    return true;
  }

  bool tools(json::Value& value) {
    return check_.each(value, "tools", [this](json::Value& item, const std::string& param) {
      return tool(item, param);
    });
  }

  bool tool(json::Value& value, const std::string& param) {
    auto* outer = check_.object(value, param);
    std::string type = "function";
    if (outer == nullptr || !check_.only(*outer, param, {"type", "function"}) ||
        !check_.optional(*outer, "type", param, type))
      return false;
    if (type != "function")
      return check_.unsupported(at(param, "type"), "only functions can be translated");
    const auto place = at(param, "function");
    json::Value none;
    auto* inner = member(*outer, "function");
    auto* function = check_.object(inner == nullptr ? none : *inner, place);
    if (function == nullptr ||
        !check_.only(*function, place, {"name", "description", "parameters"}))
      return false;
    return read_function(check_, *function, place, {"parameters", false},
                         request_.tools.emplace_back());
  }

  bool images(json::Value& value, const std::string& param, std::vector<ImagePart>& out) {
    auto* items = check_.array(value, param);
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i) {
      auto* data = (*items)[i].string();
      const auto type = data == nullptr ? std::string_view{} : sniffed_type(*data);
      if (type.empty() || !base64(*data))
        return check_.refuse(at(param, i), "must be a JPEG, PNG, GIF or WebP image in base64");
      out.push_back({std::string{type}, std::move(*data), {}});
    }
    return true;
  }

  bool messages(json::Value& value) {
    auto& items = *value.array();
    request_.messages.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!message(*items[i].object(), at("messages", i))) return false;
    return true;
  }

  bool message(json::Object& known, const std::string& param) {
    std::string role, content;
    std::vector<ImagePart> pictures;
    if (!check_.only(known, param,
                     {"role", "content", "thinking", "images", "tool_calls", "tool_name", "name",
                      "tool_call_id"}) ||
        !check_.required(known, "role", param, role) ||
        !check_.optional(known, "content", param, content))
      return false;
    if (auto* said = member(known, "images");
        said != nullptr && !images(*said, at(param, "images"), pictures))
      return false;
    if (!pictures.empty() && role != "user" && role != "tool")
      return check_.unsupported(at(param, "images"), "only users and tools may show images");
    if (role == "tool") return tool_result(known, param, std::move(content), std::move(pictures));
    for (const char* foreign : {"tool_name", "tool_call_id", "name"})
      if (auto* value = member(known, foreign); value != nullptr && !zero(*value))
        return check_.refuse(at(param, foreign), "does not belong to this role");
    ChatMessage message;
    if (role == "assistant") {
      message.role = ChatRole::assistant;
      if (!thoughts(known, param, message)) return false;
    } else if (role == "system") {
      message.role = ChatRole::system;
    } else if (role != "user") {
      return check_.refuse(at(param, "role"), "must be system, user, assistant or tool");
    }
    if (!content.empty()) message.parts.emplace_back(TextPart{std::move(content)});
    for (auto& picture : pictures) message.parts.emplace_back(std::move(picture));
    auto* calls = member(known, "tool_calls");
    if (calls != nullptr && !zero(*calls) && !tool_calls(*calls, at(param, "tool_calls"), message))
      return false;
    request_.messages.push_back(std::move(message));
    return true;
  }

  bool thoughts(json::Object& known, const std::string& param, ChatMessage& message) {
    ThinkingPart part;
    if (!check_.optional(known, "thinking", param, part.text)) return false;
    if (!part.text.empty()) message.parts.emplace_back(std::move(part));
    return true;
  }

  bool tool_calls(json::Value& value, const std::string& param, ChatMessage& message) {
    if (message.role != ChatRole::assistant)
      return check_.refuse(param, "does not belong to this role");
    auto* items = check_.array(value, param);
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i)
      if (!tool_call((*items)[i], at(param, i), message)) return false;
    return true;
  }

  bool tool_call(json::Value& value, const std::string& param, ChatMessage& message) {
    auto* outer = check_.object(value, param);
    ToolUsePart part;
    if (outer == nullptr || !check_.only(*outer, param, {"id", "type", "function"}) ||
        !check_.optional(*outer, "id", param, part.id))
      return false;
    const auto place = at(param, "function");
    json::Value none;
    auto* inner = member(*outer, "function");
    auto* function = check_.object(inner == nullptr ? none : *inner, place);
    if (function == nullptr ||
        !check_.only(*function, place, {"index", "name", "arguments", "description"}) ||
        !check_.required(*function, "name", place, part.name))
      return false;
    part.arguments = "{}";
    if (auto* arguments = member(*function, "arguments")) {
      if (check_.object(*arguments, at(place, "arguments")) == nullptr) return false;
      part.arguments = json::text_of(*arguments);
    }
    if (part.id.empty()) part.id = "call_" + std::to_string(calls_made_up_++);
    unanswered_.push_back({part.id, part.name});
    message.parts.emplace_back(std::move(part));
    return true;
  }

  bool tool_result(json::Object& known, const std::string& param, std::string content,
                   std::vector<ImagePart> pictures) {
    ToolResultPart result;
    std::string name;
    for (const char* foreign : {"tool_calls", "thinking"})
      if (auto* value = member(known, foreign); value != nullptr && !zero(*value))
        return check_.refuse(at(param, foreign), "does not belong to this role");
    if (!check_.optional(known, "tool_call_id", param, result.id) ||
        !check_.optional(known, "name", param, name) ||
        !check_.optional(known, "tool_name", param, name))
      return false;
    const auto is = [&](const auto& call) {
      return result.id.empty() ? call.name == name : call.id == result.id;
    };
    auto call = std::find_if(unanswered_.begin(), unanswered_.end(), is);
    if (call == unanswered_.end() && result.id.empty()) call = unanswered_.begin();
    if (call == unanswered_.end() && result.id.empty())
      return check_.refuse(param, "no tool call waits for this answer");
    if (call != unanswered_.end()) {
      result.id = std::move(call->id);
      unanswered_.erase(call);
    }
    if (!content.empty()) result.content.emplace_back(TextPart{std::move(content)});
    for (auto& picture : pictures) result.content.emplace_back(std::move(picture));
    request_.messages.emplace_back(ChatMessage{ChatRole::user, {}, {std::move(result)}});
    return true;
  }

  bool system_prompt(json::Value& v) { return check_.text(v, "system", system_); }
  bool prompt(json::Value& v) { return check_.text(v, "prompt", prompt_); }
  bool pictures(json::Value& v) { return images(v, "images", pictures_); }

  /// The chat that a generate request stands for.
  void generated() {
    if (prompt_.empty()) return;
    if (!system_.empty())
      request_.messages.emplace_back(
          ChatMessage{ChatRole::system, {}, {TextPart{std::move(system_)}}});
    auto& message = request_.messages.emplace_back();
    message.parts.emplace_back(TextPart{std::move(prompt_)});
    for (auto& picture : pictures_) message.parts.emplace_back(std::move(picture));
  }

  struct Unanswered {
    std::string id;
    std::string name;
  };

  Call call_;
  Checker check_;
  ChatRequest request_;
  std::vector<Unanswered> unanswered_;
  std::size_t calls_made_up_ = 0;
  std::string system_;
  std::string prompt_;
  std::vector<ImagePart> pictures_;
};

const std::array<OllamaReader::Field, 9> OllamaReader::fields{{{"model", &OllamaReader::known},
                                                               {"stream", &OllamaReader::known},
                                                               {"metadata", &OllamaReader::known},
                                                               {"options", &OllamaReader::options},
                                                               {"format", &OllamaReader::format},
                                                               {"think", &OllamaReader::think},
                                                               {"keep_alive", &OllamaReader::known},
                                                               {"truncate", &OllamaReader::known},
                                                               {"shift", &OllamaReader::known}}};
const std::array<OllamaReader::Field, 2> OllamaReader::of_chat{
    {{"messages", &OllamaReader::messages}, {"tools", &OllamaReader::tools}}};
const std::array<OllamaReader::Field, 3> OllamaReader::of_generate{
    {{"prompt", &OllamaReader::prompt},
     {"system", &OllamaReader::system_prompt},
     {"images", &OllamaReader::pictures}}};

ChatReading read(Endpoint endpoint, std::string_view body, Call call) {
  auto inspection = openai::inspect(endpoint, body);
  if (!inspection.facts) return {std::nullopt, std::move(inspection.refused)};
  auto parsed = json::parse(body);
  if (!parsed.value) {
    Checker check;
    check.refuse("", std::string{"the body cannot be translated: "} + parsed.why);
    return {std::nullopt, check.take_refused()};
  }
  return OllamaReader{*inspection.facts, call}.run(*parsed.value->object());
}

}  // namespace

ChatReading read_chat(std::string_view body) {
  return read(Endpoint::ollama_chat, body, Call::chat);
}

ChatReading read_generate(std::string_view body) {
  return read(Endpoint::ollama_generate, body, Call::generate);
}

}  // namespace weir::dialect::ollama
