// Answers full of placeholders, as providers stream them, and what a client makes of the restored
// stream. Everything follows from a seed.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"
#include "schema/dialect/json_value.hpp"
#include "schema/types/vault.hpp"

#include <doctest/doctest.h>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::test {

namespace json = dialect::json;

/// Each text of an answer by its place: "0/content", "1/call 0", "2/partial_json", …
using Texts = std::map<std::string, std::string>;

/// A text as the model wrote it, and as the client is to read it.
struct Saying {
  std::string said;
  std::string meant;
};

class RestoringWorld {
 public:
  explicit RestoringWorld(std::uint32_t seed)
      : random_{seed}, vault_{std::make_shared<Vault>("kqzfwx")} {
    const auto values = 1 + below(6);
    for (std::size_t i = 0; i < values; ++i) {
      auto value = some(values_pool(), 4);
      if (value.empty()) value = "王芳";
      const auto kind = static_cast<Sensitive>(below(8));
      entries_.push_back({std::string{vault_->placeholder_for(kind, value)}, value});
    }
  }

  std::size_t below(std::size_t n) { return random_() % n; }
  bool heads() { return below(2) == 0; }
  std::shared_ptr<const Vault> vault() const { return vault_; }

  Saying text(std::size_t pieces) {
    Saying made;
    for (std::size_t i = below(pieces + 1); i > 0; --i) {
      if (heads()) {
        const auto& [placeholder, value] = entries_[below(entries_.size())];
        made.said += placeholder;
        made.meant += value;
      } else {
        const auto& piece = texts_pool()[below(texts_pool().size())];
        made.said += piece;
        made.meant += piece;
      }
    }
    return made;
  }

  /// Arguments of a tool call: `said` escapes as it likes, `meant` is canonical.
  Saying arguments(std::size_t pieces) {
    const auto first = text(pieces), second = text(pieces), key = text(2);
    json::Array list;
    list.emplace_back(second.meant);
    return {"{\"a\": " + quoted(first.said) + ",\"b\":[ " + quoted(second.said) + "],\"k" +
                quoted(key.said).substr(1) + ":7}",
            json::text_of(json::object("a", first.meant, "b", std::move(list), "k" + key.meant,
                                       json::Value::of(7)))};
  }

  /// A JSON string, each character beyond ASCII escaped or not.
  std::string quoted(std::string_view text) {
    std::string plain;
    json::append_string(plain, text);
    std::string out;
    const bool never = below(3) == 0, always = below(2) == 0;
    for (std::size_t at = 0; at < plain.size();) {
      const auto bytes = character(plain, at);
      if (bytes == 1 || never || (!always && heads())) {
        out.append(plain, at, bytes);
      } else {
        escape(out, std::string_view{plain}.substr(at, bytes));
      }
      at += bytes;
    }
    return out;
  }

  /// `text` cut between characters.
  std::deque<std::string> deltas(std::string_view text) {
    std::deque<std::string> made;
    const auto most = below(8) == 0 ? 1 : 2 + below(30);
    while (!text.empty()) {
      std::size_t end = 0;
      for (auto n = 1 + below(most); n > 0 && end < text.size(); --n) end += character(text, end);
      made.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    return made;
  }

  /// One piece from each list in turn, the lists in any order.
  template <class Emit>
  void interleave(std::vector<std::pair<std::string, std::deque<std::string>>> lists, Emit&& emit) {
    while (!lists.empty()) {
      auto& list = lists[below(lists.size())];
      if (list.second.empty()) {
        std::swap(list, lists.back());
        lists.pop_back();
        continue;
      }
      emit(list.first, list.second.front());
      list.second.pop_front();
    }
  }

  /// `bytes` cut anywhere.
  std::vector<std::string> cuts(std::string_view bytes) {
    std::vector<std::string> made;
    const auto most = 1 + below(bytes.size());
    while (!bytes.empty()) {
      const auto n = std::min(bytes.size(), 1 + below(most));
      made.emplace_back(bytes.substr(0, n));
      bytes.remove_prefix(n);
    }
    return made;
  }

 private:
  static const std::vector<std::string>& values_pool() {
    static const std::vector<std::string> pool{
        "王芳",        "Ann",         "\"",
        "\\",          "\n",          "😀",
        "é",           "13901234567", "⟦PII:PERSON:9:kqzfwx⟧",
        "</b>",        "\x01",        "⟦",
        "{}",          "⟧",           " ",
        "北京市海淀区"};
    return pool;
  }
  static const std::vector<std::string>& texts_pool() {
    static const std::vector<std::string> pool{"您好,",
                                               " and ",
                                               "⟦",
                                               "⟧",
                                               "⟦PII:",
                                               "⟦PII:PERSON:1",
                                               "⟦PII:PERSON:1:other⟧",
                                               "⟦PII:PERSON:99:kqzfwx⟧",
                                               "😀",
                                               "“x”",
                                               "\\",
                                               "\"",
                                               "\n",
                                               "\\u27e6"};
    return pool;
  }

  std::string some(const std::vector<std::string>& pool, std::size_t most) {
    std::string made;
    for (auto n = 1 + below(most); n > 0; --n) made += pool[below(pool.size())];
    return made;
  }

  static std::size_t character(std::string_view text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  }

  void escape(std::string& out, std::string_view character) {
    unsigned point = static_cast<unsigned char>(character[0]) & (0x7FU >> character.size());
    for (const char c : character.substr(1)) point = point << 6U | (unsigned(c) & 0x3FU);
    const char* const form = heads() ? "\\u%04x" : "\\u%04X";
    const auto unit = [&](unsigned value) {
      char text[8];
      std::snprintf(text, sizeof text, form, value & 0xFFFFU);
      out += text;
    };
    if (point < 0x10000) return unit(point);
    unit(0xD800 + ((point - 0x10000) >> 10U));
    unit(0xDC00 + ((point - 0x10000) & 0x3FFU));
  }

  std::mt19937 random_;
  std::shared_ptr<Vault> vault_;
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// The JSON of each event of a stream; "[DONE]" is left out.
inline std::vector<json::Value> events_of(std::string_view stream) {
  std::vector<json::Value> events;
  while (!stream.empty()) {
    const auto end = stream.find("\n\n");
    if (end == std::string_view::npos) FAIL("an event without an end");
    auto event = stream.substr(0, end);
    stream.remove_prefix(end + 2);
    const auto data = event.find("data: ");
    if (data == std::string_view::npos) FAIL("an event without data");
    event.remove_prefix(data + 6);
    if (event == "[DONE]") continue;
    auto parsed = json::parse(event);
    if (!parsed.value) FAIL("an event that is no JSON");
    events.push_back(std::move(*parsed.value));
  }
  return events;
}

inline std::string number_at(const json::Value& holder, std::string_view key) {
  const auto* found = json::find(holder, key);
  return found == nullptr ? "-" : json::text_of(*found);
}

/// What a client of OpenAI's makes of a stream. Nothing may follow a choice's finish_reason.
inline Texts openai_texts(std::string_view stream) {
  Texts texts;
  std::map<std::string, bool> finished;
  for (const auto& event : events_of(stream)) {
    const auto* choices = json::find(event, "choices");
    if (choices == nullptr || choices->array() == nullptr) continue;
    for (const auto& choice : *choices->array()) {
      const auto at = number_at(choice, "index") + "/";
      if (finished[at]) FAIL("text behind the end of its choice");
      if (json::find_string(choice, "finish_reason") != nullptr) finished[at] = true;
      const auto* delta = json::find(choice, "delta");
      if (delta == nullptr || delta->object() == nullptr) continue;
      for (const auto& [key, value] : *delta->object()) {
        if (value.string() != nullptr && key != "role") texts[at + key] += *value.string();
        if (key == "function_call")
          if (const auto* text = json::find_string(value, "arguments")) texts[at + key] += *text;
        if (key != "tool_calls") continue;
        for (const auto& call : *value.array()) {
          const auto* text = json::find_string(*json::find(call, "function"), "arguments");
          if (text != nullptr) texts[at + "call " + number_at(call, "index")] += *text;
        }
      }
    }
  }
  return texts;
}

/// What a client of Anthropic's makes of a stream. Nothing may follow a block's end.
inline Texts anthropic_texts(std::string_view stream) {
  Texts texts;
  std::map<std::string, bool> stopped;
  for (const auto& event : events_of(stream)) {
    const auto at = number_at(event, "index") + "/";
    const auto& type = *json::find_string(event, "type");
    if (type == "content_block_stop") stopped[at] = true;
    for (const char* holder : {"content_block", "delta"}) {
      const auto* inner = json::find(event, holder);
      if (inner == nullptr || type == "message_delta") continue;
      if (stopped[at]) FAIL("text behind the end of its block");
      for (const char* key : {"text", "thinking", "partial_json"})
        if (const auto* text = json::find_string(*inner, key)) texts[at + key] += *text;
    }
  }
  return texts;
}

}  // namespace weir::test
