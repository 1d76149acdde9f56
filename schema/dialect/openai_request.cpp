#include "schema/dialect/openai_fields.hpp"
#include "schema/dialect/openai_request_reader.hpp"

namespace weir::dialect::openai {

namespace {

constexpr std::size_t model_bytes_max = 256;
constexpr std::size_t param_bytes_max = 64;

constexpr std::uint32_t bit(Endpoint endpoint) { return 1U << static_cast<unsigned>(endpoint); }
constexpr std::uint32_t all = ~0U;
constexpr std::uint32_t chats = bit(Endpoint::chat_completions) | bit(Endpoint::ollama_chat);
constexpr std::uint32_t prompts = bit(Endpoint::completions) | bit(Endpoint::ollama_generate);
constexpr std::uint32_t embeds = bit(Endpoint::embeddings) | bit(Endpoint::ollama_embed);
constexpr std::uint32_t ranks = bit(Endpoint::rerank);
constexpr std::uint32_t ollamas = bit(Endpoint::ollama_chat) | bit(Endpoint::ollama_generate);
constexpr std::uint32_t texts = ~(embeds | ranks | ollamas);

bool printable(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return true;
}

}  // namespace

const std::array<RequestReader::Field, 21> RequestReader::fields{
    {{"model", all, &RequestReader::model},
     {"stream", all, &RequestReader::stream},
     {"metadata", all, &RequestReader::metadata},
     {"messages", chats, &RequestReader::messages},
     {"prompt", prompts, &RequestReader::prompt},
     {"stream_options", texts, &RequestReader::stream_options},
     {"n", texts, &RequestReader::choices},
     {"max_tokens", texts, &RequestReader::max_tokens},
     {"max_completion_tokens", texts, &RequestReader::max_completion_tokens},
     {"tools", texts | ollamas, &RequestReader::tools},
     {"response_format", texts, &RequestReader::response_format},
     {"input", embeds, &RequestReader::input},
     {"query", ranks, &RequestReader::query},
     {"documents", ranks, &RequestReader::documents},
     {"encoding_format", bit(Endpoint::embeddings), &RequestReader::encoding_format},
     {"raw", bit(Endpoint::ollama_generate), &RequestReader::raw},
     {"context", bit(Endpoint::ollama_generate), &RequestReader::context},
     {"think", ollamas, &RequestReader::think},
     {"images", bit(Endpoint::ollama_generate), &RequestReader::images},
     {"format", ollamas, &RequestReader::format},
     {"options", ollamas, &RequestReader::options}}};

RequestReader::RequestReader(Endpoint endpoint, std::string_view body)
    : endpoint_{endpoint}, reader_{body, json::Duplicates::refused} {
  facts_.endpoint = endpoint;
  facts_.stream = (bit(endpoint) & ollamas) != 0;
  facts_.plain = (bit(endpoint) & texts) != 0;
  if ((bit(endpoint) & embeds) != 0) facts_.needs = feature::embeddings;
  if ((bit(endpoint) & ranks) != 0) facts_.needs = feature::rerank;
}

Inspection RequestReader::run() {
  const bool read = reader_.object([this](std::string_view key) { return field(key); });
  if (!read || !reader_.end() || !complete()) return refusal();
  facts_.object_end = reader_.value_end() - 1;
  return {std::move(facts_), {}};
}

bool RequestReader::refuse(std::string param, std::string detail, Code code) {
  if (refused_.error.detail.empty()) refused_ = {{code, std::move(detail)}, std::move(param)};
  return false;
}

Inspection RequestReader::refusal() {
  if (refused_.error.detail.empty())
    refuse("", std::string{"the body is not a valid JSON object: "} + reader_.why() + " (at byte " +
                   std::to_string(reader_.where()) + ")");
  return {std::nullopt, std::move(refused_)};
}

bool RequestReader::field(std::string_view key) {
  for (const auto& f : fields)
    if (f.name == key && (f.endpoints & bit(endpoint_)) != 0) return (this->*f.read)();
  if (redirects(key))
    return refuse(std::string{key.substr(0, param_bytes_max)},
                  "this field is not allowed: it redirects a request");
  if (disguised(key))
    return refuse(std::string{key.substr(0, param_bytes_max)},
                  "this field's name is written in lower case");
  facts_.plain = facts_.plain && chooses_text(key);
  return reader_.skip();
}

bool RequestReader::complete() {
  if (facts_.model.empty()) return refuse("model", "the model is missing");
  switch (endpoint_) {
    case Endpoint::chat_completions:
      return has_messages_ || refuse("messages", "the messages are missing");
    case Endpoint::completions:
      return has_prompt_ || refuse("prompt", "the prompt is missing");
    case Endpoint::embeddings:
    case Endpoint::ollama_embed:
      return has_input_ || refuse("input", "the input is missing");
    case Endpoint::rerank:
      if (!has_query_) return refuse("query", "the query is missing");
      return has_documents_ || refuse("documents", "the documents are missing");
    case Endpoint::ollama_chat:
      facts_.load = !has_messages_;
      return true;
    case Endpoint::ollama_generate:
      facts_.load = !has_prompt_;
      return true;
    case Endpoint::messages:
    case Endpoint::responses:
    case Endpoint::count_tokens:
      return true;
  }
  return refuse("", "this endpoint is not known");
}

bool RequestReader::model() {
  if (reader_.next() != '"') return refuse("model", "must be a string");
  if (!reader_.string(facts_.model)) return false;
  facts_.model_value = {reader_.value_begin(), reader_.value_end()};
  if (facts_.model.empty() || facts_.model.size() > model_bytes_max || !printable(facts_.model))
    return refuse("model", "must be 1..256 bytes without control characters");
  return true;
}

bool RequestReader::flag(const char* param, bool& out) {
  if (null()) return true;
  if (reader_.next() != 't' && reader_.next() != 'f') return refuse(param, "must be true or false");
  return reader_.boolean(out);
}

bool RequestReader::stream() {
  bool streams = facts_.stream;
  if (!flag("stream", streams)) return false;
  facts_.stream = streams && (bit(endpoint_) & (embeds | ranks)) == 0;
  return true;
}

bool RequestReader::integer(const char* param, std::int64_t least, std::int64_t most,
                            std::uint32_t& out) {
  if (null()) return true;
  const char c = reader_.next();
  std::optional<std::int64_t> value;
  if ((c == '-' || (c >= '0' && c <= '9')) && !reader_.number(value)) return false;
  if (!value || *value < least || *value > most)
    return refuse(
        param, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  out = *value < 0 ? 0 : static_cast<std::uint32_t>(*value);
  return true;
}

bool RequestReader::metadata() {
  if (null()) return true;
  if (reader_.next() != '{') return refuse("metadata", "must be an object");
  return reader_.object(
      [this](std::string_view key) { return key == "data_grade" ? grade() : reader_.skip(); });
}

bool RequestReader::grade() {
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

Inspection inspect(Endpoint endpoint, std::string_view body) {
  return RequestReader{endpoint, body}.run();
}

}  // namespace weir::dialect::openai
