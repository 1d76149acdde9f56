#include "actors/domain/redaction/redaction.hpp"

#include "actors/domain/redaction/forged.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::domain {

namespace json = dialect::json;

namespace {

/// Shorter numbers tell nothing about anybody.
constexpr std::size_t number_bytes_min = 6;

/// Strings of a schema that are rules or references: none may change.
constexpr std::array<std::string_view, 10> rules_of_schemas{
    "$ref",           "$dynamicRef", "$id",    "$schema", "$anchor",
    "$dynamicAnchor", "pattern",     "format", "type",    "name"};
/// Members of a schema that are examples of data.
constexpr std::array<std::string_view, 4> data_of_schemas{"default", "enum", "const", "examples"};

template <class List>
bool holds(const List& list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

/// Whether the bytes of a finding are all that is sensitive of it.
bool replaceable(Sensitive kind) {
  return kind != Sensitive::contract && kind != Sensitive::finance && kind != Sensitive::unreadable;
}

/// What is to be replaced; a text that is merely forged has no kind.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<Sensitive> kind;
};

/// To whole characters: what is left on both sides must be UTF-8.
void widen(Span& span, std::string_view text) {
  const auto inside = [text](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80;
  };
  while (span.begin > 0 && inside(span.begin)) --span.begin;
  while (inside(span.end)) ++span.end;
}

/// In order, those that overlap made one.
std::vector<Span> merged(std::vector<Span> spans) {
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<Span> made;
  for (const auto& span : spans) {
    if (made.empty() || span.begin >= made.back().end) {
      made.push_back(span);
      continue;
    }
    made.back().end = std::max(made.back().end, span.end);
    if (!made.back().kind) made.back().kind = span.kind;
  }
  return made;
}

class Redactor {
 public:
  Redactor(dialect::ChatRequest& request, const ScanText& scan, Vault& vault)
      : request_{request}, scan_{scan}, vault_{vault} {}

  Redaction run() {
    for (auto& message : request_.messages)
      for (auto& part : message.parts) std::visit([this](auto& each) { this->part(each); }, part);
    for (auto& tool : request_.tools) one_tool(tool);
    names();
    walk(request_.thinking, Place::fixed);
    members(request_.openai_only);
    members(request_.own_only);
    seams();
    wipe(joined_);
    return result_;
  }

 private:
  enum class Place { data, schema, fixed };

  void give_up() { result_.whole = false; }

  /// What of `text` must go; nothing where it must stay local. `label`: what the text is called
  /// where it stands, for the scan to go by.
  std::vector<Span> spans_of(std::string_view text, std::string_view label = {}) {
    std::vector<Span> spans;
    if (text.empty() || !result_.whole) return spans;
    std::string labelled;
    if (!label.empty()) labelled.append(label).append(": ");
    const auto offset = labelled.size();
    if (offset != 0) labelled.append(text);
    const auto scan = scan_(offset == 0 ? text : labelled);
    wipe(labelled);
    if (!scan.complete) give_up();
    for (const auto& finding : scan.findings) {
      if (finding.begin < offset || finding.end > offset + text.size() ||
          finding.begin >= finding.end || !replaceable(finding.kind))
        give_up();
      if (!result_.whole) return {};
      spans.push_back({finding.begin - offset, finding.end - offset, finding.kind});
      widen(spans.back(), text);
    }
    for (const auto& forged : forged_placeholders(text))
      spans.push_back({forged.begin, forged.end, std::nullopt});
    return merged(std::move(spans));
  }

  bool clean(std::string_view text, std::string_view label = {}) {
    return spans_of(text, label).empty() && result_.whole;
  }
  /// A string that must stay as it is.
  void keep(std::string_view text, std::string_view label = {}) {
    if (!clean(text, label)) give_up();
  }

  void replace(std::string& text, std::string_view label = {}) {
    const auto spans = spans_of(text, label);
    if (spans.empty()) return;
    std::string fresh;
    std::size_t from = 0;
    for (const auto& span : spans) {
      const auto value = std::string_view{text}.substr(span.begin, span.end - span.begin);
      const auto placeholder = placeholder_of(span.kind, value);
      if (placeholder.empty()) return give_up();
      fresh.append(text, from, span.begin - from).append(placeholder);
      from = span.end;
    }
    fresh.append(text, from);
    wipe(text);
    text = std::move(fresh);
    ++replaced_;
  }

  std::string_view placeholder_of(std::optional<Sensitive> kind, std::string_view value) {
    const auto placeholder =
        kind ? vault_.placeholder_for(*kind, value) : vault_.placeholder_for_text(value);
    for (const auto& stop : request_.stop)
      if (!stop.empty() && placeholder.find(stop) != std::string_view::npos) return {};
    if (kind) ++result_.counts[index_of(*kind)];
    return placeholder;
  }

  void part(dialect::TextPart& part) {
    replace(part.text);
    joined_.append(part.text);
    seams_.push_back(joined_.size());
  }
  void part(dialect::ImagePart&) { give_up(); }
  void part(dialect::ToolUsePart& part) {
    keep(part.id);
    keep(part.name);
    if (part.arguments.empty() || !result_.whole) return;
    auto parsed = json::parse(part.arguments);
    if (!parsed.value) return give_up();
    changed_in(part.arguments, *parsed.value, Place::data);
  }
  /// A provider refuses thinking that is not what it signed.
  void part(dialect::ThinkingPart& part) {
    if (part.signature.empty()) {
      replace(part.text);
    } else {
      keep(part.text);
    }
    keep(part.signature);
    keep(part.redacted);
  }
  void part(dialect::ToolResultPart& part) {
    keep(part.id);
    for (auto& each : part.content) std::visit([this](auto& inner) { this->part(inner); }, each);
  }

  void one_tool(dialect::ChatTool& tool) {
    keep(tool.name);
    if (tool.description) replace(*tool.description);
    walk(tool.schema, Place::schema);
  }

  void names() {
    keep(request_.model);
    keep(request_.tool_name);
    for (const auto& stop : request_.stop) keep(stop);
    if (!request_.user.empty() && result_.whole && !harmless(request_.user)) wipe(request_.user);
    std::set<std::string_view> participants;
    for (const auto& message : request_.messages)
      if (!message.name.empty()) participants.insert(message.name);
    const bool several = participants.size() > 1;
    participants.clear();
    for (auto& message : request_.messages) {
      if (message.name.empty() || !result_.whole || harmless(message.name)) continue;
      if (several) return give_up();
      wipe(message.name);
    }
  }

  /// Whether a string that could be dropped holds nothing, and need not be.
  bool harmless(std::string_view text) {
    const bool was_whole = result_.whole;
    const bool nothing = clean(text);
    result_.whole = was_whole;
    return nothing;
  }

  void members(json::Object& fields) {
    for (auto& [key, value] : fields) {
      keep(key);
      walk(value, key == "response_format" ? Place::schema : Place::data);
    }
  }

  /// `label`: the key that the value, or the list that it is in, belongs to.
  void walk(json::Value& value, Place place, std::string_view label = {}) {
    if (!result_.whole) return;
    if (auto* text = value.string()) {
      if (place == Place::fixed) return keep(*text, label);
      return replace(*text, label);
    }
    if (const auto* number = value.number(); number && number->text.size() >= number_bytes_min)
      return keep(number->text, label);
    if (const auto* verbatim = value.verbatim()) {
      auto parsed = json::parse(verbatim->text);
      if (!parsed.value) return give_up();
      walk(*parsed.value, place, label);
      value = std::move(*parsed.value);
      return;
    }
    if (auto* items = value.array())
      for (auto& item : *items) walk(item, place, label);
    if (value.object() == nullptr) return;
    for (auto& [key, member] : *value.object()) {
      keep(key);
      walk(member, place_of(key, member, place),
           place == Place::data ? std::string_view{key} : std::string_view{});
    }
  }

  static Place place_of(std::string_view key, const json::Value& member, Place place) {
    if (place != Place::schema) return place;
    if (holds(data_of_schemas, key)) return Place::data;
    return member.object() == nullptr && holds(rules_of_schemas, key) ? Place::fixed : place;
  }

  /// Walks a document that stands in a string; the string keeps its bytes where nothing changes.
  void changed_in(std::string& text, json::Value& document, Place place) {
    const auto issued = replaced_;
    walk(document, place);
    if (!result_.whole || issued == replaced_) return;
    wipe(text);
    text = json::text_of(document);
  }

  /// What two neighbouring texts hold together, neither holds alone.
  void seams() {
    if (!result_.whole || seams_.size() < 2) return;
    const auto scan = scan_(joined_);
    if (!scan.complete) give_up();
    for (const auto& finding : scan.findings) {
      const auto seam = std::upper_bound(seams_.begin(), seams_.end(), finding.begin);
      if (seam != seams_.end() && *seam < finding.end) give_up();
    }
  }

  dialect::ChatRequest& request_;
  const ScanText& scan_;
  Vault& vault_;
  Redaction result_;
  std::size_t replaced_ = 0;        ///< strings that changed
  std::string joined_;              ///< all texts of messages, as they leave
  std::vector<std::size_t> seams_;  ///< where each of them ends
};

}  // namespace

Redaction redact(dialect::ChatRequest& request, const ScanText& scan, Vault& vault) {
  return Redactor{request, scan, vault}.run();
}

}  // namespace weir::domain
