#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/openai.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace weir::dialect::openai {

namespace {

constexpr std::size_t model_bytes_max = 256;
constexpr std::size_t param_bytes_max = 64;
constexpr std::int64_t choices_max = 128;
constexpr std::int64_t tokens_max = std::numeric_limits<std::uint32_t>::max();

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

bool redirects(std::string_view key) {
  const auto is = [key](std::string_view field) { return same_field(key, field); };
  const auto ends = [key](std::string_view end) {
    return key.size() > end.size() && same_field(key.substr(key.size() - end.size()), end);
  };
  return std::any_of(redirecting.begin(), redirecting.end(), is) ||
         std::any_of(redirecting_ends.begin(), redirecting_ends.end(), ends) ||
         same_field(key.substr(0, redirecting_begin.size()), redirecting_begin);
}

/// Whether a field only says how the tokens of a text are chosen, where it ends, or who asks.
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

bool printable(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return true;
}

/// Reads one request body. Each field's reader consumes the field's value; false means that the
/// body is refused, by `refuse` or by the JSON reader.
class RequestReader {
 public:
  RequestReader(Endpoint endpoint, std::string_view body)
      : endpoint_{endpoint}, reader_{body, json::Duplicates::refused} {}

  Inspection run() {
    const bool read = reader_.object([this](std::string_view key) { return field(key); });
    if (!read || !reader_.end() || !complete()) return refusal();
    facts_.object_end = reader_.value_end() - 1;
    return {std::move(facts_), {}};
  }

 private:
  using FieldReader = bool (RequestReader::*)();
  struct Field {
    std::string_view name;
    FieldReader read;
  };
  static const std::array<Field, 11> fields;

  bool refuse(std::string param, std::string detail, Code code = Code::invalid_request) {
    if (refused_.error.detail.empty()) refused_ = {{code, std::move(detail)}, std::move(param)};
    return false;
  }

  Inspection refusal() {
    if (refused_.error.detail.empty())
      refuse("", std::string{"the body is not a valid JSON object: "} + reader_.why() +
                     " (at byte " + std::to_string(reader_.where()) + ")");
    return {std::nullopt, std::move(refused_)};
  }

  bool field(std::string_view key) {
    for (const auto& f : fields)
      if (f.name == key) return (this->*f.read)();
    if (redirects(key))
      return refuse(std::string{key.substr(0, param_bytes_max)},
                    "this field is not allowed: it redirects a request");
    facts_.plain = facts_.plain && chooses_text(key);
    return reader_.skip();
  }

  /// Reads a null; false leaves the reader where it is.
  bool null() { return reader_.next() == 'n' && reader_.skip(); }

  bool complete() {
    if (facts_.model.empty()) return refuse("model", "the model is missing");
    if (endpoint_ == Endpoint::chat_completions && !has_messages_)
      return refuse("messages", "the messages are missing");
    if (endpoint_ == Endpoint::completions && !has_prompt_)
      return refuse("prompt", "the prompt is missing");
    return true;
  }

  bool model() {
    if (reader_.next() != '"') return refuse("model", "must be a string");
    if (!reader_.string(facts_.model)) return false;
    facts_.model_value = {reader_.value_begin(), reader_.value_end()};
    if (facts_.model.empty() || facts_.model.size() > model_bytes_max || !printable(facts_.model))
      return refuse("model", "must be 1..256 bytes without control characters");
    return true;
  }

  bool flag(const char* param, bool& out) {
    if (null()) return true;
    if (reader_.next() != 't' && reader_.next() != 'f')
      return refuse(param, "must be true or false");
    return reader_.boolean(out);
  }
  bool stream() { return flag("stream", facts_.stream); }

  bool stream_options() {
    if (null()) {
      facts_.stream_options = Range{reader_.value_begin(), reader_.value_end()};
      return true;
    }
    if (reader_.next() != '{') return refuse("stream_options", "must be an object");
    const bool read = reader_.object([this](std::string_view key) {
      return key == "include_usage" ? flag("stream_options.include_usage", facts_.usage_asked)
                                    : reader_.skip();
    });
    if (!read) return false;
    facts_.stream_options = Range{reader_.value_begin(), reader_.value_end()};
    return true;
  }

  bool integer(const char* param, std::int64_t least, std::int64_t most, std::uint32_t& out) {
    if (null()) return true;
    const char c = reader_.next();
    std::optional<std::int64_t> value;
    if ((c == '-' || (c >= '0' && c <= '9')) && !reader_.number(value)) return false;
    if (!value || *value < least || *value > most)
      return refuse(param, "must be an integer from " + std::to_string(least) + " to " +
                               std::to_string(most));
    out = static_cast<std::uint32_t>(*value);
    return true;
  }
  bool choices() { return integer("n", 1, choices_max, facts_.choices); }
  bool max_tokens() {
    std::uint32_t tokens = 0;
    if (!integer("max_tokens", 0, tokens_max, tokens)) return false;
    if (facts_.output_tokens_max == 0) facts_.output_tokens_max = tokens;
    return true;
  }
  bool max_completion_tokens() {
    std::uint32_t tokens = 0;
    if (!integer("max_completion_tokens", 0, tokens_max, tokens)) return false;
    if (tokens != 0) facts_.output_tokens_max = tokens;
    return true;
  }

  bool metadata() {
    if (null()) return true;
    if (reader_.next() != '{') return refuse("metadata", "must be an object");
    return reader_.object(
        [this](std::string_view key) { return key == "data_grade" ? grade() : reader_.skip(); });
  }

  bool grade() {
    if (null()) return true;
    const auto wrong = [this] {
      return refuse("metadata.data_grade", "must be P0, P1 or P2", Code::invalid_grade);
    };
    if (reader_.next() != '"') return wrong();
    std::string text;
    if (!reader_.string(text)) return false;
    if (text.empty()) return true;
    facts_.grade = parse_grade(text);
    return facts_.grade ? true : wrong();
  }

  bool tools() {
    if (reader_.next() != '[') return reader_.skip();
    return reader_.array([this] {
      facts_.needs |= feature::tools;
      return reader_.skip();
    });
  }

  bool response_format() {
    if (reader_.next() != '{') return reader_.skip();
    return reader_.object([this](std::string_view key) {
      if (key != "type" || reader_.next() != '"') return reader_.skip();
      std::string type;
      if (!reader_.string(type)) return false;
      if (type == "json_object" || type == "json_schema") facts_.needs |= feature::json;
      return true;
    });
  }

  bool messages() {
    if (endpoint_ != Endpoint::chat_completions) return reader_.skip();
    const char* const shape = "must be a non-empty array of objects with a role each";
    if (reader_.next() != '[') return refuse("messages", shape);
    std::size_t count = 0;
    const bool read = reader_.array([&] {
      const auto param = [&count] { return "messages[" + std::to_string(count) + "]"; };
      if (reader_.next() != '{') return refuse(param(), "must be an object");
      bool role = false;
      const bool whole = reader_.object([&](std::string_view key) {
        if (key == "content") return content();
        if (key != "role") return reader_.skip();
        if (reader_.next() != '"') return refuse(param() + ".role", "must be a string");
        role = true;
        return reader_.skip();
      });
      if (!whole) return false;
      if (!role) return refuse(param() + ".role", "the role is missing");
      ++count;
      return true;
    });
    has_messages_ = true;
    return read && (count > 0 || refuse("messages", shape));
  }

  /// A message's content: of an array of parts, those with an image need vision.
  bool content() {
    if (reader_.next() != '[') return reader_.skip();
    return reader_.array([this] {
      if (reader_.next() != '{') return reader_.skip();
      return reader_.object([this](std::string_view key) {
        if (key != "type" || reader_.next() != '"') return reader_.skip();
        std::string type;
        if (!reader_.string(type)) return false;
        if (type == "image_url" || type == "input_image" || type == "image")
          facts_.needs |= feature::vision;
        return true;
      });
    });
  }

  bool prompt() {
    if (endpoint_ != Endpoint::completions) return reader_.skip();
    if (reader_.next() != '"' && reader_.next() != '[')
      return refuse("prompt", "must be a string or an array");
    has_prompt_ = true;
    return reader_.skip();
  }

  Endpoint endpoint_;
  json::Reader reader_;
  RequestFacts facts_;
  Refused refused_;
  bool has_messages_ = false;
  bool has_prompt_ = false;
};

const std::array<RequestReader::Field, 11> RequestReader::fields{
    {{"model", &RequestReader::model},
     {"messages", &RequestReader::messages},
     {"prompt", &RequestReader::prompt},
     {"stream", &RequestReader::stream},
     {"stream_options", &RequestReader::stream_options},
     {"n", &RequestReader::choices},
     {"max_tokens", &RequestReader::max_tokens},
     {"max_completion_tokens", &RequestReader::max_completion_tokens},
     {"metadata", &RequestReader::metadata},
     {"tools", &RequestReader::tools},
     {"response_format", &RequestReader::response_format}}};

}  // namespace

Inspection inspect(Endpoint endpoint, std::string_view body) {
  return RequestReader{endpoint, body}.run();
}

}  // namespace weir::dialect::openai
