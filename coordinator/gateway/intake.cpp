#include "coordinator/gateway/intake.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace weir::gateway {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

Refusal refused(Code code, const char* detail, const char* param) {
  return {.error = {code, detail}, .param = param};
}

std::optional<Refusal> read_grades(std::string_view list, RequestSpec& spec) {
  while (true) {
    const auto comma = list.find(',');
    const auto word = trimmed(list.substr(0, comma));
    if (!word.empty()) {
      const auto grade = parse_grade(word);
      if (!grade)
        return refused(Code::invalid_grade, "X-Data-Grade must be P0, P1 or P2", "X-Data-Grade");
      spec.label = spec.label ? strictest(*spec.label, *grade) : *grade;
    }
    if (comma == std::string_view::npos) return std::nullopt;
    list.remove_prefix(comma + 1);
  }
}

std::optional<Refusal> read_deadline(std::string_view text, RequestSpec& spec) {
  std::int64_t ms = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (failed != std::errc{} || end != text.data() + text.size() || ms < 1 || ms > deadline_ms_max)
    return refused(Code::invalid_request, "X-Weir-Deadline-Ms must be 1..3600000",
                   "X-Weir-Deadline-Ms");
  spec.deadline = Millis{ms};
  return std::nullopt;
}

std::optional<Refusal> read_header(const net::http::Header& header, Intake& intake) {
  auto& spec = intake.spec;
  const auto value = trimmed(header.value);
  if (header.name == "x-data-grade") return read_grades(value, spec);
  if (value.empty()) return std::nullopt;
  if (header.name == "x-weir-deadline-ms") return read_deadline(value, spec);
  if (header.name == "x-weir-priority") {
    const auto priority = parse_priority(value);
    if (!priority)
      return refused(Code::invalid_request, "X-Weir-Priority must be interactive, normal or batch",
                     "X-Weir-Priority");
    spec.priority = *priority;
  } else if (header.name == "x-weir-session") {
    if (value.size() > session_bytes_max)
      return refused(Code::invalid_request, "X-Weir-Session must be at most 256 bytes",
                     "X-Weir-Session");
    spec.session = value;
  } else if (header.name == "idempotency-key") {
    if (value.size() > idempotency_key_bytes_max)
      return refused(Code::invalid_request, "Idempotency-Key must be at most 255 bytes",
                     "Idempotency-Key");
    intake.idempotency_key = value;
  } else if (header.name == "content-type") {
    if (!equals_ignoring_case(trimmed(value.substr(0, value.find(';'))), "application/json"))
      return refused(Code::invalid_request, "Content-Type must be application/json",
                     "Content-Type");
  }
  return std::nullopt;
}

}  // namespace

Taken take(Endpoint endpoint, const net::http::Request& request, const Caller& caller) {
  Taken taken;
  Intake intake;
  auto& spec = intake.spec;
  for (const auto& header : request.headers)
    if (auto refusal = read_header(header, intake)) {
      taken.refusal = std::move(*refusal);
      return taken;
    }
  if (request.body.size() > body_bytes_max - rewrite_bytes_max) {
    taken.refusal = refused(Code::body_too_large, "the body is too large", "");
    return taken;
  }
  auto inspection = dialect::openai::inspect(endpoint, request.body);
  if (!inspection.facts) {
    taken.refusal.error = std::move(inspection.refused.error);
    taken.refusal.param = std::move(inspection.refused.param);
    return taken;
  }
  intake.facts = std::move(*inspection.facts);
  spec.endpoint = endpoint;
  spec.model = intake.facts.model;
  spec.stream = intake.facts.stream;
  spec.needs = intake.facts.needs;
  spec.body_bytes = request.body.size();
  spec.prompt_tokens_estimate = Tokens{static_cast<std::int64_t>((request.body.size() + 2) / 3)};
  spec.output_tokens_max = Tokens{intake.facts.output_tokens_max};
  spec.tenant = caller.tenant();
  spec.key_default = caller.default_grade();
  if (intake.facts.grade)
    spec.label = spec.label ? strictest(*spec.label, *intake.facts.grade) : *intake.facts.grade;
  taken.intake = std::move(intake);
  return taken;
}

}  // namespace weir::gateway
