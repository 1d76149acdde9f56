#include "schema/dialect/chat_answer.hpp"
#include "schema/dialect/checker.hpp"
#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/ollama.hpp"
#include "schema/dialect/ollama_terms.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <vector>

namespace weir::dialect::ollama {

namespace {

/// Vectors of one answer.
constexpr std::size_t vectors_max = 65'536;

/// The fields of a request that inspect has taken; `check` refuses all but `known` and `hints`.
class Fields {
 public:
  Fields(Endpoint endpoint, std::string_view body) {
    auto inspection = openai::inspect(endpoint, body);
    if (!inspection.facts) {
      refuse(std::move(inspection.refused));
      return;
    }
    auto parsed = json::parse(body);
    if (!parsed.value) {
      check.refuse("", std::string{"the body cannot be translated: "} + parsed.why);
      return;
    }
    all = std::move(*parsed.value->object());
  }

  void refuse(openai::Refused why) {
    check.refuse(std::move(why.param), std::move(why.error.detail), why.error.code);
  }
  bool only(std::initializer_list<std::string_view> known) { return check.only(all, "", known); }

  /// The model, the input and its dimensions, as both dialects say them.
  Rendering rendered(json::Object body) {
    auto* input = member(all, "input");
    if (input->array() != nullptr && input->array()->empty()) {
      check.refuse("input", "must not be empty");
      return refused();
    }
    json::put(body, "input", std::move(*input));
    if (auto* dimensions = member(all, "dimensions")) {
      std::uint32_t count = 0;
      if (!check.integer(*dimensions, "dimensions", 1, std::numeric_limits<std::int32_t>::max(),
                         count))
        return refused();
      json::put(body, "dimensions", json::Value::of(count));
    }
    return {json::text_of(body), 0, {}};
  }
  Rendering refused() { return {std::nullopt, 0, check.take_refused()}; }

  Checker check;
  json::Object all;
};

/// The vectors of an answer, as the bytes of its text.
using Vectors = std::vector<std::string_view>;

/// Reads an array of numbers.
bool vector(json::Reader& reader, std::string_view text, std::string_view& out) {
  if (reader.next() != '[') return false;
  const bool read = reader.array([&] {
    std::optional<std::int64_t> integer;
    return reader.number(integer);
  });
  out = text.substr(reader.value_begin(), reader.value_end() - reader.value_begin());
  return read;
}

/// Reads one item of OpenAI's `data`: its place among the vectors, and the vector.
bool item(json::Reader& reader, std::string_view text, Vectors& out) {
  std::optional<std::int64_t> index;
  std::string_view found;
  const bool whole = reader.object([&](std::string_view key) {
    if (key == "embedding") return vector(reader, text, found);
    if (key == "index") return reader.number(index) && index.has_value();
    return reader.skip();
  });
  const auto at = index ? static_cast<std::size_t>(*index) : out.size();
  if (!whole || found.empty() || at >= vectors_max) return false;
  if (at >= out.size()) out.resize(at + 1);
  if (!out[at].empty()) return false;
  out[at] = found;
  return true;
}

bool whole(const Vectors& vectors) {
  return std::none_of(vectors.begin(), vectors.end(), [](auto each) { return each.empty(); });
}

/// Four bytes a number, the lowest first, in base64.
std::string packed(std::string_view vector) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  const char* at = vector.data();
  const char* const end = at + vector.size();
  while (at < end) {
    float number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ptr == at) {
      ++at;
      continue;
    }
    at = read.ptr;
    const auto bits = std::bit_cast<std::uint32_t>(number);
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<char>((bits >> shift) & 0xFFU));
  }
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group =
          (group << 8U) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out.push_back(i + j > bytes.size() ? '=' : letters[(group >> (18 - 6 * j)) & 63U]);
  }
  return out;
}

}  // namespace

Rendering embed_to_openai(std::string_view body, std::string_view model) {
  Fields fields{Endpoint::ollama_embed, body};
  if (fields.check.refused() || !fields.only({"model", "input", "dimensions", "truncate",
                                              "keep_alive", "options", "metadata", "stream"}))
    return fields.refused();
  bool truncate = true;
  if (auto* said = member(fields.all, "truncate");
      said != nullptr && !fields.check.flag(*said, "truncate", truncate))
    return fields.refused();
  if (!truncate) {
    fields.check.unsupported("truncate", "the engine decides what it does with long texts");
    return fields.refused();
  }
  return fields.rendered(json::object("model", model, "encoding_format", "float"));
}

Rendering embed_to_ollama(std::string_view body, std::string_view model) {
  Fields fields{Endpoint::embeddings, body};
  if (fields.check.refused() || !fields.only({"model", "input", "dimensions", "encoding_format",
                                              "user", "metadata", "stream"}))
    return fields.refused();
  std::string format;
  if (!fields.check.optional(fields.all, "encoding_format", "", format)) return fields.refused();
  if (!format.empty() && format != "float" && format != "base64") {
    fields.check.unsupported("encoding_format", "must be float or base64");
    return fields.refused();
  }
  const auto* input = member(fields.all, "input");
  if (input->array() != nullptr && input->array()->front().string() == nullptr) {
    fields.check.unsupported("input", "the engine takes texts alone, no tokens");
    return fields.refused();
  }
  return fields.rendered(json::object("model", model, "truncate", false));
}

Result<Translated> embed_from_openai(std::string_view answer, const AnswerRules& rules) {
  Vectors vectors;
  json::Reader reader{answer, json::Duplicates::allowed};
  const bool read = reader.object([&](std::string_view key) {
    return key == "data" ? reader.array([&] { return item(reader, answer, vectors); })
                         : reader.skip();
  });
  if (!read || !reader.end() || vectors.empty() || !whole(vectors))
    return openai::broken_answer("holds no embeddings");
  const auto usage = openai::inspect_answer(answer).usage;
  std::string body = R"({"model":)" + openai::quoted(rules.model) + R"(,"embeddings":[)";
  for (std::size_t i = 0; i < vectors.size(); ++i)
    body.append(i == 0 ? "" : ",").append(vectors[i]);
  body.append(R"(],"total_duration":)")
      .append(std::to_string(rules.elapsed ? rules.elapsed() : 0))
      .append(R"(,"load_duration":0,"prompt_eval_count":)")
      .append(std::to_string(usage ? usage->prompt.count() : 0))
      .push_back('}');
  return Translated{std::move(body), usage};
}

Result<Translated> embed_to_openai_answer(std::string_view answer, const AnswerRules& rules) {
  Vectors vectors;
  json::Reader reader{answer, json::Duplicates::allowed};
  const auto add = [&] {
    return vectors.size() < vectors_max && vector(reader, answer, vectors.emplace_back());
  };
  const bool read = reader.object([&](std::string_view key) {
    return key == "embeddings" ? reader.array(add) : reader.skip();
  });
  if (!read || !reader.end() || vectors.empty())
    return openai::broken_answer("holds no embeddings");
  const auto usage = inspect_line(answer).usage;
  const auto tokens = std::to_string(usage ? usage->prompt.count() : 0);
  std::string body = R"({"object":"list","data":[)";
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    body.append(i == 0 ? "" : ",").append(R"({"object":"embedding","index":)");
    body.append(std::to_string(i)).append(R"(,"embedding":)");
    body.append(rules.base64 ? '"' + packed(vectors[i]) + '"' : std::string{vectors[i]});
    body.push_back('}');
  }
  body.append(R"(],"model":)").append(openai::quoted(rules.model));
  body.append(R"(,"usage":{"prompt_tokens":)").append(tokens);
  body.append(R"(,"total_tokens":)").append(tokens).append("}}");
  return Translated{std::move(body), usage};
}

}  // namespace weir::dialect::ollama
