#include "coordinator/cli/batch_line.hpp"

#include "coordinator/cli/text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> endpoints{"/v1/chat/completions", "/v1/completions",
                                                    "/v1/embeddings",       "/v1/rerank",
                                                    "/v1/responses",        "/v1/messages"};

Error wrong(std::string what) { return {Code::invalid_config, std::move(what)}; }

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::uint64_t count_in(const Json& usage, const char* key) {
  const auto* value = member(usage, key);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

/// Whether brackets stand deeper in each other than nesting_max; nlohmann's dump() recurses.
bool too_deep(std::string_view json) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > nesting_max) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::string one_line(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

enum class Kind : std::uint8_t { absent, null, no, yes, text, object, other };

/// Notes what a line's top-level fields and two of its body's are, without keeping the rest.
class LineFacts final : public nlohmann::json::json_sax_t {
 public:
  Kind line = Kind::absent, custom_id = Kind::absent, method = Kind::absent, url = Kind::absent;
  Kind body = Kind::absent, model = Kind::absent, stream = Kind::absent;
  std::string custom_id_text, method_text, url_text;

  bool null() override { return value(Kind::null, nullptr); }
  bool boolean(bool yes) override { return value(yes ? Kind::yes : Kind::no, nullptr); }
  bool number_integer(std::int64_t) override { return value(Kind::other, nullptr); }
  bool number_unsigned(std::uint64_t) override { return value(Kind::other, nullptr); }
  bool number_float(double, const std::string&) override { return value(Kind::other, nullptr); }
  bool string(std::string& text) override { return value(Kind::text, &text); }
  bool binary(nlohmann::json::binary_t&) override { return value(Kind::other, nullptr); }
  bool start_object(std::size_t) override { return open(Kind::object); }
  bool start_array(std::size_t) override { return open(Kind::other); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (depth_ == 1) top_ = name;
    if (depth_ == 2) inner_ = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool open(Kind kind) {
    value(kind, nullptr);
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }
  static bool note(Kind& field, std::string* into, Kind kind, const std::string* text) {
    field = kind;
    if (into != nullptr && text != nullptr) *into = *text;
    return true;
  }
  bool value(Kind kind, const std::string* text) {
    if (depth_ == 0) return note(line, nullptr, kind, nullptr);
    if (depth_ == 1) {
      if (top_ == "custom_id") return note(custom_id, &custom_id_text, kind, text);
      if (top_ == "method") return note(method, &method_text, kind, text);
      if (top_ == "url") return note(url, &url_text, kind, text);
      if (top_ == "body") return note(body, nullptr, kind, nullptr);
    } else if (depth_ == 2 && top_ == "body" && body == Kind::object) {
      if (inner_ == "model") return note(model, nullptr, kind, nullptr);
      if (inner_ == "stream") return note(stream, nullptr, kind, nullptr);
    }
    return true;
  }

  std::size_t depth_ = 0;
  std::string top_, inner_;  ///< the keys that are open
};

/// "NAME is missing", "NAME is not a text"; empty: it is one.
std::string text_problem(const char* name, Kind kind) {
  if (kind == Kind::absent) return std::string{name} + " is missing";
  return kind == Kind::text ? "" : std::string{name} + " is not a text";
}

/// What is wrong; empty: nothing.
std::string problem_of(const LineFacts& f) {
  if (f.line != Kind::object) return "is not a JSON object";
  if (auto wrong = text_problem("custom_id", f.custom_id); !wrong.empty()) return wrong;
  if (f.custom_id_text.empty()) return "custom_id is empty";
  if (f.custom_id_text.size() > custom_id_bytes_max)
    return "custom_id is longer than " + std::to_string(custom_id_bytes_max) + " bytes";
  if (auto wrong = text_problem("method", f.method); !wrong.empty()) return wrong;
  if (f.method_text != "POST") return "method must be POST";
  if (auto wrong = text_problem("url", f.url); !wrong.empty()) return wrong;
  if (std::find(endpoints.begin(), endpoints.end(), f.url_text) == endpoints.end())
    return "url must be an endpoint such as /v1/chat/completions";
  if (f.body == Kind::absent) return "body is missing";
  if (f.body != Kind::object) return "body is not a JSON object";
  if (f.model != Kind::text) return "body.model is missing";
  if (f.stream != Kind::absent && f.stream != Kind::no && f.stream != Kind::null)
    return "body.stream: a batch takes whole answers only";
  return {};
}

Result<LineFacts> facts_of(std::string_view line) {
  LineFacts facts;
  if (too_deep(line))
    return wrong("is nested deeper than " + std::to_string(nesting_max) + " levels");
  if (!nlohmann::json::sax_parse(line, &facts)) return wrong("is not JSON");
  if (auto problem = problem_of(facts); !problem.empty()) return wrong(std::move(problem));
  return facts;
}

}  // namespace

Result<std::string> check_batch_line(std::string_view line) {
  WEIR_TRY(auto facts, facts_of(line));
  return std::move(facts.custom_id_text);
}

Result<BatchLine> parse_batch_line(std::string_view line) {
  WEIR_TRY(auto facts, facts_of(line));
  const auto document = Json::parse(line, nullptr, false);
  const auto* body = member(document, "body");
  if (body == nullptr) return wrong("body is missing");
  return BatchLine{std::move(facts.custom_id_text), std::move(facts.url_text), one_line(*body)};
}

Verdict verdict_of(const BatchReply& reply) {
  switch (reply.status) {
    case 0:
      return reply.code == "unreachable" ? Verdict::wait : Verdict::again;
    case 401:
    case 402:
      return Verdict::stop;
    case 404:
      return reply.code == "model_not_found" ? Verdict::wait : Verdict::keep;
    case 408:
    case 425:
      return Verdict::again;
    case 429:
      return Verdict::wait;
    case 501:
      return Verdict::keep;
    case 503:
      return reply.code == "grade_forbids_cloud" ? Verdict::again : Verdict::wait;
    default:
      return reply.status >= 500 ? Verdict::again : Verdict::keep;
  }
}

std::string answer_line(const std::string& id, const std::string& custom_id,
                        const BatchReply& reply) {
  auto body = too_deep(reply.body) ? Json(Json::value_t::discarded)
                                   : Json::parse(reply.body, nullptr, false);
  if (body.is_discarded()) body = printable(reply.body, true);
  const Json line{{"id", "batch_req_" + id},
                  {"custom_id", custom_id},
                  {"response",
                   {{"status_code", reply.status},
                    {"request_id", reply.request_id},
                    {"body", std::move(body)}}},
                  {"error", nullptr}};
  return one_line(line) + "\n";
}

std::optional<AnsweredLine> parse_answer_line(std::string_view line) {
  const auto document = Json::parse(line, nullptr, false);
  const auto* id = member(document, "custom_id");
  const auto* response = member(document, "response");
  if (id == nullptr || !id->is_string() || response == nullptr) return std::nullopt;
  const auto* status = member(*response, "status_code");
  const bool ok =
      status != nullptr && status->is_number_integer() && *status >= 200 && *status < 300;
  return AnsweredLine{id->get<std::string>(), ok};
}

std::uint64_t tokens_of(const std::string& answer_body) {
  const auto document = Json::parse(answer_body, nullptr, false);
  const auto* usage = member(document, "usage");
  if (usage == nullptr) return 0;
  const auto written = count_in(*usage, "completion_tokens") + count_in(*usage, "output_tokens");
  return written != 0 ? written : count_in(*usage, "total_tokens");
}

}  // namespace weir::cli
