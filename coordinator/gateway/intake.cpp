#include "coordinator/gateway/intake.hpp"

#include "schema/dialect/dialects.hpp"
#include "schema/dialect/responses.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <variant>

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

/// The strictest of several labels counts.
void take_label(std::optional<Grade> grade, RequestSpec& spec) {
  if (grade) spec.label = spec.label ? strictest(*spec.label, *grade) : *grade;
}

std::optional<Refusal> read_grades(std::string_view list, RequestSpec& spec) {
  while (true) {
    const auto comma = list.find(',');
    const auto word = trimmed(list.substr(0, comma));
    if (!word.empty()) {
      const auto grade = parse_grade(word);
      if (!grade)
        return refused(Code::invalid_grade, "X-Data-Grade must be P0, P1 or P2", "X-Data-Grade");
      take_label(grade, spec);
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

std::optional<Refusal> read_dry_run(std::string_view value, Intake& intake) {
  if (value != "1" && value != "0" && value != "true" && value != "false")
    return refused(Code::invalid_request, "X-Weir-Dry-Run must be 1 or 0", "X-Weir-Dry-Run");
  intake.dry_run = value == "1" || value == "true";
  return std::nullopt;
}

std::optional<Refusal> read_header(const net::http::Header& header, Intake& intake) {
  auto& spec = intake.spec;
  const auto value = trimmed(header.value);
  if (header.name == "x-data-grade") return read_grades(value, spec);
  if (value.empty()) return std::nullopt;
  if (header.name == "x-weir-deadline-ms") return read_deadline(value, spec);
  if (header.name == "x-weir-dry-run") return read_dry_run(value, intake);
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

/// A body that its own reader understands as far as it must.
std::optional<Refusal> read_facts(std::string_view body, Intake& intake) {
  auto inspection = dialect::openai::inspect(intake.spec.endpoint, body);
  if (!inspection.facts) return refusal_of(std::move(inspection.refused));
  intake.facts = std::move(*inspection.facts);
  const auto& facts = intake.facts;
  auto& spec = intake.spec;
  spec.model = facts.model;
  spec.stream = facts.stream;
  spec.needs = facts.needs;
  spec.output_tokens_max = Tokens{facts.output_tokens_max};
  spec.continuable = spec.endpoint == Endpoint::chat_completions && spec.stream &&
                     spec.needs == 0 && facts.choices == 1 && facts.plain;
  take_label(facts.grade, spec);
  spec.one_text = facts.text_only && dialect::is_chat(spec.endpoint);
  intake.thinking = facts.thinks;
  intake.unreadable = facts.text_only ? 0 : 1;
  return std::nullopt;
}

bool shows_image(const dialect::ChatPart& part) {
  const auto* result = std::get_if<dialect::ToolResultPart>(&part);
  if (result == nullptr) return std::holds_alternative<dialect::ImagePart>(part);
  return std::any_of(result->content.begin(), result->content.end(), [](const auto& said) {
    return std::holds_alternative<dialect::ImagePart>(said);
  });
}

Features needs_of(const dialect::ChatRequest& asked) {
  Features needs = asked.tools.empty() ? 0 : feature::tools;
  for (const auto& message : asked.messages)
    if (std::any_of(message.parts.begin(), message.parts.end(), shows_image))
      needs |= feature::vision;
  if (std::any_of(asked.openai_only.begin(), asked.openai_only.end(),
                  [](const auto& field) { return field.key == "response_format"; }))
    needs |= feature::json;
  return needs;
}

/// A body that is always written anew for its engine.
std::optional<Refusal> read_translated(std::string_view body, Intake& intake) {
  auto& spec = intake.spec;
  auto reading = dialect::read_chat(spec.endpoint, body);
  if (!reading.request) return refusal_of(std::move(reading.refused));
  auto& asked = *reading.request;
  spec.model = std::move(asked.model);
  spec.stream = asked.stream && spec.endpoint != Endpoint::count_tokens;
  spec.output_tokens_max = Tokens{asked.output_tokens_max};
  spec.needs = needs_of(asked);
  spec.one_text = (spec.needs & feature::vision) == 0;
  intake.unreadable = spec.one_text ? 0 : 1;
  take_label(parse_grade(asked.data_grade), spec);
  intake.thinking = !asked.thinking.null();
  intake.stop = std::move(asked.stop);
  if (spec.endpoint == Endpoint::responses) intake.echo = dialect::responses::echo_of(body);
  return std::nullopt;
}

bool translated(Endpoint endpoint) {
  return endpoint == Endpoint::messages || endpoint == Endpoint::responses ||
         endpoint == Endpoint::count_tokens;
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
  spec.endpoint = endpoint;
  auto refusal = translated(endpoint) ? read_translated(request.body, intake)
                                      : read_facts(request.body, intake);
  if (refusal) {
    taken.refusal = std::move(*refusal);
    return taken;
  }
  spec.body_bytes = request.body.size();
  spec.prompt_tokens_estimate = Tokens{static_cast<std::int64_t>((request.body.size() + 2) / 3)};
  spec.tenant = caller.tenant();
  spec.key_default = caller.default_grade();
  taken.intake = std::move(intake);
  return taken;
}

}  // namespace weir::gateway
