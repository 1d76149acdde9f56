#include "schema/dialect/openai.hpp"

#include <array>

namespace weir::dialect::openai {

namespace {

/// What a client sees of one code.
struct Shown {
  int status;
  std::string_view type;
};

constexpr std::string_view bad_request = "invalid_request_error";
constexpr std::string_view server_error = "server_error";

Shown shown(Code code) {
  switch (code) {
    case Code::invalid_request:
    case Code::invalid_grade:
    case Code::context_length_exceeded:
      return {400, bad_request};
    case Code::body_too_large:
      return {413, bad_request};
    case Code::model_not_found:
      return {404, bad_request};
    case Code::unauthorized:
      return {401, "authentication_error"};
    case Code::forbidden:
      return {403, "permission_error"};
    case Code::budget_exhausted:
      return {402, "insufficient_quota"};
    case Code::rate_limited:
    case Code::queue_full:
      return {429, "rate_limit_error"};
    case Code::no_capacity:
    case Code::grade_forbids_cloud:
      return {503, server_error};
    case Code::deadline_exceeded:
      return {504, server_error};
    case Code::not_supported:
      return {501, server_error};
    case Code::upstream_failed:
      return {502, server_error};
    case Code::cancelled:
      return {499, bad_request};
    case Code::internal:
    case Code::invalid_config:
    case Code::invalid_frame:
    case Code::unreachable:
    case Code::timed_out:
      return {500, server_error};
  }
  WEIR_ASSERT(!"a Code without a status");
}

/// Bytes of the UTF-8 character at the front of `text`; 0 where none stands there.
std::size_t utf8_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool shortest = lead != 0xE0 || at(1) >= 0xA0;
    const bool surrogate = lead == 0xED && at(1) >= 0xA0;
    return tail(1) && tail(2) && shortest && !surrogate ? 3 : 0;
  }
  if (lead < 0xF0 || lead > 0xF4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  const bool in_range = (lead != 0xF0 || at(1) >= 0x90) && (lead != 0xF4 || at(1) <= 0x8F);
  return in_range ? 4 : 0;
}

void append_ascii(std::string& out, char c) {
  static constexpr std::string_view hex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out.append({'\\', c});
  } else if (c == '\n') {
    out.append("\\n");
  } else if (static_cast<unsigned char>(c) < 0x20) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\u00").append({hex[byte >> 4U], hex[byte & 15U]});
  } else {
    out.push_back(c);
  }
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out{'"'};
  while (!text.empty()) {
    const auto bytes = utf8_bytes(text);
    if (bytes == 0) {
      out.append("\xEF\xBF\xBD");
    } else if (bytes == 1) {
      append_ascii(out, text[0]);
    } else {
      out.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  out.push_back('"');
  return out;
}

std::string error_body(const Error& error, std::string_view param) {
  const auto code = name_of(error.code);
  std::string out = R"({"error":{"message":)";
  out.append(quoted(error.detail.empty() ? code : std::string_view{error.detail}));
  out.append(R"(,"type":)").append(quoted(shown(error.code).type));
  out.append(R"(,"param":)").append(param.empty() ? "null" : quoted(param));
  out.append(R"(,"code":)").append(quoted(code)).append("}}");
  return out;
}

int http_status(Code code) { return shown(code).status; }

}  // namespace weir::dialect::openai
