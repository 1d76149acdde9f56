#include "schema/dialect/checker.hpp"
#include "schema/dialect/image.hpp"
#include "schema/dialect/responses.hpp"
#include "schema/dialect/tool_reader.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace weir::dialect::responses {

namespace {

constexpr std::string_view nothing_kept = "no answer is kept here, so none can be referred to";
constexpr std::string_view not_here = "this field is not on the list of those that can be served";

/// Reads the tree of one request. Every reader may move from the value it is given.
class ResponsesReader {
 public:
  ChatReading run(json::Object& body, const openai::RequestFacts& facts) {
    request_.model = facts.model;
    request_.stream = facts.stream;
    request_.usage_asked = true;
    if (facts.grade) request_.data_grade = name_of(*facts.grade);
    if (!all(body) || !complete()) return {std::nullopt, check_.take_refused()};
    return {std::move(request_), {}};
  }

 private:
  using FieldReader = bool (ResponsesReader::*)(json::Value&);
  struct Field {
    std::string_view name;
    FieldReader read;
  };
  static const std::array<Field, 24> fields;
  /// What asks for an earlier answer, or for one to be kept.
  static constexpr std::array<std::string_view, 3> of_the_store{"previous_response_id",
                                                                "conversation", "prompt"};

  bool all(json::Object& body) {
    // The instructions go before the input, wherever they stand.
    if (auto* said = member(body, "instructions"); said != nullptr) {
      TextPart part;
      if (!check_.text(*said, "instructions", part.text)) return false;
      if (!part.text.empty())
        request_.messages.emplace_back(ChatMessage{ChatRole::system, {}, {std::move(part)}});
    }
    for (auto& [key, value] : body)
      if (!value.null() && !field(key, value)) return false;
    return true;
  }

  bool field(const std::string& key, json::Value& value) {
    for (const auto& f : fields)
      if (f.name == key) return (this->*f.read)(value);
    const bool kept =
        std::find(of_the_store.begin(), of_the_store.end(), key) != of_the_store.end();
    return check_.unsupported(at("", key), std::string{kept ? nothing_kept : not_here});
  }

  bool complete() {
    if (!has_input_) return check_.refuse("input", "the input is missing");
    const auto choice = request_.tool_choice.value_or(ToolChoice::none);
    return !request_.tools.empty() || choice == ToolChoice::none ||
           choice == ToolChoice::automatic ||
           check_.refuse("tool_choice", "there are no tools to choose from");
  }

  bool known(json::Value&) { return true; }  ///< read before, or a hint that stays behind

  bool max_output_tokens(json::Value& v) {
    return check_.integer(v, "max_output_tokens", 1, std::numeric_limits<std::uint32_t>::max(),
                          request_.output_tokens_max);
  }
  bool temperature(json::Value& v) {
    return check_.number(v, "temperature", 0, 2, request_.temperature);
  }
  bool top_p(json::Value& v) { return check_.number(v, "top_p", 0, 1, request_.top_p); }
  bool user(json::Value& v) { return check_.text(v, "user", request_.user); }
  bool text_field(json::Value& value, const char* key) {
    std::string said;
    if (!check_.text(value, key, said)) return false;
    json::put(request_.openai_only, key, std::move(said));
    return true;
  }
  bool safety_identifier(json::Value& v) { return text_field(v, "safety_identifier"); }
  bool prompt_cache_key(json::Value& v) { return text_field(v, "prompt_cache_key"); }

  bool parallel_tool_calls(json::Value& value) {
    bool parallel = true;
    if (!check_.flag(value, "parallel_tool_calls", parallel)) return false;
    request_.one_tool_at_most = !parallel;
    return true;
  }

  bool store(json::Value& value) {
    bool stored = false;
    return check_.flag(value, "store", stored);
  }

  bool background(json::Value& value) {
    bool behind = false;
    if (!check_.flag(value, "background", behind)) return false;
    return !behind || check_.unsupported("background", std::string{nothing_kept});
  }

  bool top_logprobs(json::Value& value) {
    return value.integer() == 0 ||
           check_.unsupported("top_logprobs", "probabilities of tokens are not told here");
  }

  bool one_of(json::Value& value, const char* key, std::initializer_list<std::string_view> words) {
    std::string said;
    if (!check_.text(value, key, said)) return false;
    return std::find(words.begin(), words.end(), said) != words.end() ||
           check_.unsupported(key, "this value cannot be served");
  }
  bool truncation(json::Value& v) { return one_of(v, "truncation", {"disabled"}); }
  bool service_tier(json::Value& v) { return one_of(v, "service_tier", {"auto", "default"}); }

  bool include(json::Value& value) {
    auto* items = check_.array(value, "include");
    if (items == nullptr) return false;
    for (std::size_t i = 0; i < items->size(); ++i)
      if ((*items)[i].string() == nullptr || *(*items)[i].string() != "reasoning.encrypted_content")
        return check_.unsupported(at("include", i), "this cannot be included");
    return true;
  }

  bool reasoning(json::Value& value) {
    auto* known = check_.object(value, "reasoning");
    if (known == nullptr ||
        !check_.only(*known, "reasoning", {"effort", "summary", "generate_summary"}))
      return false;
    std::string effort;
    if (!check_.optional(*known, "effort", "reasoning", effort)) return false;
    if (!effort.empty()) json::put(request_.openai_only, "reasoning_effort", std::move(effort));
    return true;
  }

  bool text(json::Value& value) {
    auto* known = check_.object(value, "text");
    if (known == nullptr || !check_.only(*known, "text", {"format", "verbosity"})) return false;
    std::string verbosity;
    if (!check_.optional(*known, "verbosity", "text", verbosity)) return false;
    if (!verbosity.empty()) json::put(request_.openai_only, "verbosity", std::move(verbosity));
    auto* asked = member(*known, "format");
    return asked == nullptr || format(*asked);
  }

  bool format(json::Value& value) {
    const std::string param = "text.format";
    auto* known = check_.object(value, param);
    std::string type;
    if (known == nullptr || !check_.required(*known, "type", param, type)) return false;
    if (type != "json_schema") {
      if (type != "text" && type != "json_object")
        return check_.refuse(at(param, "type"), "must be text, json_object or json_schema");
      if (!check_.only(*known, param, {"type"})) return false;
      if (type != "text")
        json::put(request_.openai_only, "response_format", json::object("type", std::move(type)));
      return true;
    }
    if (!check_.only(*known, param, {"type", "name", "schema", "strict", "description"}))
      return false;
    json::Value none;
    auto* schema = member(*known, "schema");
    if (check_.object(schema == nullptr ? none : *schema, at(param, "schema")) == nullptr)
      return false;
    json::Object inner;
    for (auto& [key, part] : *known)
      if (key != "type" && !part.null()) json::put(inner, key, std::move(part));
    json::put(request_.openai_only, "response_format",
              json::object("type", "json_schema", "json_schema", std::move(inner)));
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
    if (known == nullptr || !check_.required(*known, "type", param, type)) return false;
    if (type != "function")
      return check_.unsupported(at(param, "type"), "only functions can be offered to a model");
    if (!check_.only(*known, param, {"type", "name", "description", "parameters", "strict"}))
      return false;
    return read_function(check_, *known, param, {"parameters", false},
                         request_.tools.emplace_back());
  }

  bool tool_choice(json::Value& value) {
    if (const auto* word = value.string()) return read_choice_word(check_, *word, request_);
    auto* known = check_.object(value, "tool_choice");
    std::string type;
    if (known == nullptr || !check_.required(*known, "type", "tool_choice", type)) return false;
    if (type != "function")
      return check_.unsupported("tool_choice.type", "only functions can be chosen");
    request_.tool_choice = ToolChoice::named;
    return check_.only(*known, "tool_choice", {"type", "name"}) &&
           check_.required(*known, "name", "tool_choice", request_.tool_name);
  }

  bool input(json::Value& value) {
    has_input_ = true;
    if (value.string() != nullptr) {
      request_.messages.emplace_back(
          ChatMessage{ChatRole::user, {}, {TextPart{std::move(*value.string())}}});
      return true;
    }
    if (value.array() == nullptr || value.array()->empty())
      return check_.refuse("input", "must be a string or a non-empty array of items");
    for (std::size_t i = 0; i < value.array()->size(); ++i)
      if (!item((*value.array())[i], at("input", i))) return false;
    return true;
  }

  bool item(json::Value& value, const std::string& param) {
    auto* known = check_.object(value, param);
    std::string type = "message";
    if (known == nullptr || !check_.optional(*known, "type", param, type)) return false;
    if (type == "message") return message(*known, param);
    if (type == "function_call") return function_call(*known, param);
    if (type == "function_call_output") return function_call_output(*known, param);
    if (type == "reasoning") return true;
    return check_.unsupported(
        at(param, "type"),
        std::string{type == "item_reference" ? nothing_kept
                                             : "items of this type cannot be translated"});
  }

  bool message(json::Object& known, const std::string& param) {
    std::string role;
    if (!check_.only(known, param, {"type", "role", "content", "id", "status"}) ||
        !check_.required(known, "role", param, role))
      return false;
    constexpr std::array<std::pair<std::string_view, ChatRole>, 4> roles{
        {{"user", ChatRole::user},
         {"assistant", ChatRole::assistant},
         {"system", ChatRole::system},
         {"developer", ChatRole::developer}}};
    const auto* at_role = std::find_if(roles.begin(), roles.end(),
                                       [&](const auto& each) { return each.first == role; });
    if (at_role == roles.end())
      return check_.refuse(at(param, "role"), "must be user, assistant, system or developer");
    ChatMessage message{at_role->second, {}, {}};
    auto* content = member(known, "content");
    if (content == nullptr) return check_.refuse(at(param, "content"), "the content is missing");
    if (!parts(*content, at(param, "content"), message.role == ChatRole::user, message.parts))
      return false;
    request_.messages.push_back(std::move(message));
    return true;
  }

  /// A string, or parts of text and, where `images`, of images.
  bool parts(json::Value& value, const std::string& param, bool images,
             std::vector<ChatPart>& out) {
    if (value.string() != nullptr) {
      if (!value.string()->empty()) out.emplace_back(TextPart{std::move(*value.string())});
      return true;
    }
    if (value.array() == nullptr) return check_.refuse(param, "must be a string or an array");
    for (std::size_t i = 0; i < value.array()->size(); ++i)
      if (!part((*value.array())[i], at(param, i), images, out)) return false;
    return true;
  }

  bool part(json::Value& value, const std::string& param, bool images, std::vector<ChatPart>& out) {
    auto* known = check_.object(value, param);
    std::string type;
    if (known == nullptr || !check_.required(*known, "type", param, type)) return false;
    const bool refusal = type == "refusal";
    if (refusal || type == "input_text" || type == "output_text" || type == "text") {
      if (auto* notes = member(*known, "annotations");
          notes != nullptr && (notes->array() == nullptr || !notes->array()->empty()))
        return check_.unsupported(at(param, "annotations"), "annotations cannot be translated");
      TextPart text;
      const std::string_view key = refusal ? "refusal" : "text";
      if (!check_.only(*known, param, {"type", key, "annotations", "logprobs"}) ||
          !check_.optional(*known, key, param, text.text))
        return false;
      if (!text.text.empty()) out.emplace_back(std::move(text));
      return true;
    }
    if (type != "input_image" || !images)
      return check_.unsupported(at(param, "type"), "only text and images can be translated");
    std::string url;
    if (!check_.only(*known, param, {"type", "image_url", "detail"}) ||
        !check_.required(*known, "image_url", param, url))
      return false;
    auto image = image_of_url(std::move(url));
    if (!image)
      return check_.refuse(at(param, "image_url"), "must be http(s)://… or data:image/…;base64,…");
    out.emplace_back(std::move(*image));
    return true;
  }

  /// Calls belong to the message of the assistant before them.
  bool function_call(json::Object& known, const std::string& param) {
    ToolUsePart call;
    if (!check_.only(known, param, {"type", "call_id", "name", "arguments", "id", "status"}) ||
        !check_.required(known, "call_id", param, call.id) ||
        !check_.required(known, "name", param, call.name) ||
        !check_.optional(known, "arguments", param, call.arguments))
      return false;
    auto& messages = request_.messages;
    if (messages.empty() || messages.back().role != ChatRole::assistant)
      messages.emplace_back(ChatMessage{ChatRole::assistant, {}, {}});
    messages.back().parts.emplace_back(std::move(call));
    return true;
  }

  bool function_call_output(json::Object& known, const std::string& param) {
    ToolResultPart result;
    if (!check_.only(known, param, {"type", "call_id", "output", "id", "status"}) ||
        !check_.required(known, "call_id", param, result.id))
      return false;
    auto* output = member(known, "output");
    if (output == nullptr) return check_.refuse(at(param, "output"), "the output is missing");
    std::vector<ChatPart> said;
    if (!parts(*output, at(param, "output"), true, said)) return false;
    for (auto& part : said) {
      if (auto* text = std::get_if<TextPart>(&part))
        result.content.emplace_back(std::move(*text));
      else
        result.content.emplace_back(std::move(std::get<ImagePart>(part)));
    }
    request_.messages.emplace_back(ChatMessage{ChatRole::user, {}, {std::move(result)}});
    return true;
  }

  Checker check_;
  ChatRequest request_;
  bool has_input_ = false;
};

const std::array<ResponsesReader::Field, 24> ResponsesReader::fields{
    {{"model", &ResponsesReader::known},
     {"input", &ResponsesReader::input},
     {"instructions", &ResponsesReader::known},
     {"max_output_tokens", &ResponsesReader::max_output_tokens},
     {"temperature", &ResponsesReader::temperature},
     {"top_p", &ResponsesReader::top_p},
     {"stream", &ResponsesReader::known},
     {"stream_options", &ResponsesReader::known},
     {"tools", &ResponsesReader::tools},
     {"tool_choice", &ResponsesReader::tool_choice},
     {"parallel_tool_calls", &ResponsesReader::parallel_tool_calls},
     {"text", &ResponsesReader::text},
     {"reasoning", &ResponsesReader::reasoning},
     {"user", &ResponsesReader::user},
     {"safety_identifier", &ResponsesReader::safety_identifier},
     {"prompt_cache_key", &ResponsesReader::prompt_cache_key},
     {"prompt_cache_retention", &ResponsesReader::known},
     {"metadata", &ResponsesReader::known},
     {"top_logprobs", &ResponsesReader::top_logprobs},
     {"truncation", &ResponsesReader::truncation},
     {"service_tier", &ResponsesReader::service_tier},
     {"store", &ResponsesReader::store},
     {"background", &ResponsesReader::background},
     {"include", &ResponsesReader::include}}};

}  // namespace

ChatReading read_chat(std::string_view body) {
  auto inspection = openai::inspect(Endpoint::responses, body);
  if (!inspection.facts) return {std::nullopt, std::move(inspection.refused)};
  auto parsed = json::parse(body);
  if (!parsed.value) {
    Checker check;
    check.refuse("", std::string{"the body cannot be translated: "} + parsed.why);
    return {std::nullopt, check.take_refused()};
  }
  return ResponsesReader{}.run(*parsed.value->object(), *inspection.facts);
}

}  // namespace weir::dialect::responses
