#include "schema/config/yaml_tree.hpp"

#include "schema/types/utf8.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>
#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace weir::config {

namespace {

constexpr std::size_t nodes_max = 100'000;
constexpr std::size_t depth_max = 32;

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

class Builder final : public YAML::EventHandler {
 public:
  Tree tree;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    stop(place_of(mark), "anchors are not used here");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop(place_of(mark), "aliases are not used here");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add({Node::Kind::null, place_of(mark), {}, {}, {}}, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    add({Node::Kind::scalar, place_of(mark), value, {}, {}}, tag);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(add({Node::Kind::list, place_of(mark), {}, {}, {}}, tag));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(add({Node::Kind::map, place_of(mark), {}, {}, {}}, tag));
  }
  void OnMapEnd() override { close(); }

 private:
  /// Reports what makes going on pointless; every later event is then ignored.
  Node* stop(Place place, std::string what) {
    if (tree.problems.empty()) tree.problems.push_back({place, std::move(what)});
    return nullptr;
  }
  void open(Node* node) {
    if (node != nullptr) open_.push_back(node);
  }
  void close() {
    if (tree.problems.empty()) open_.pop_back();
  }

  /// Puts `node` where the document stands. A parent's children only grow while it is the
  /// innermost open node, so the pointers in `open_` stay valid.
  Node* add(Node node, const std::string& tag) {
    if (!tree.problems.empty()) return nullptr;
    if (!tag.empty() && tag != "?" && tag != "!") return stop(node.place, "tags are not used here");
    if (++nodes_ > nodes_max) return stop(node.place, "the file holds too many values");
    if (open_.size() >= depth_max) return stop(node.place, "the file is nested too deeply");
    if (open_.empty()) {
      tree.root = std::move(node);
      return &tree.root;
    }
    Node& parent = *open_.back();
    if (parent.kind == Node::Kind::list) return &parent.items.emplace_back(std::move(node));
    if (keys_.size() < open_.size()) keys_.resize(open_.size());
    auto& key = keys_[open_.size() - 1];
    if (!key) {
      if (node.kind != Node::Kind::scalar) return stop(node.place, "a key must be plain text");
      key = std::move(node);
      return nullptr;
    }
    parent.members.push_back({std::move(key->text), key->place, std::move(node)});
    key.reset();
    return &parent.members.back().value;
  }

  std::vector<Node*> open_;
  std::vector<std::optional<Node>> keys_;  ///< per open map: a key that waits for its value
  std::size_t nodes_ = 0;
};

bool name_char(char c, bool first) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

/// Marks every `${NAME}`; the text keeps its length, so places stay true.
std::string mark_references(std::string text) {
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 2)) {
    auto end = at + 2;
    while (end < text.size() && name_char(text[end], end == at + 2)) ++end;
    if (end == at + 2 || end >= text.size() || text[end] != '}') continue;
    text[at + 1] = reference_open;
    text[end] = reference_close;
  }
  return text;
}

Place place_at(const std::string& text, std::size_t at) {
  Place place;
  for (std::size_t i = 0; i < at; ++i) {
    ++place.column;
    if (text[i] == '\n') place = {place.line + 1, 1};
  }
  return place;
}

/// YAML forbids control characters, and other texts than Unicode's.
std::optional<Problem> unreadable(const std::string& text) {
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
  });
  if (control != text.end())
    return Problem{place_at(text, static_cast<std::size_t>(control - text.begin())),
                   "the file holds a control character"};
  const auto good = utf8_prefix_bytes(text);
  if (good < text.size()) return Problem{place_at(text, good), "the file is not UTF-8"};
  return std::nullopt;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& m : members)
    if (m.key == key) return &m.value;
  return nullptr;
}

std::string as_written(std::string text) {
  std::replace(text.begin(), text.end(), reference_open, '{');
  std::replace(text.begin(), text.end(), reference_close, '}');
  return text;
}

Tree read_tree(const std::string& text) {
  Builder builder;
  auto& problems = builder.tree.problems;
  if (text.size() > file_bytes_max) {
    problems.push_back({{}, "the file is larger than 1 MiB"});
    return std::move(builder.tree);
  }
  if (auto problem = unreadable(text)) {
    problems.push_back(std::move(*problem));
    return std::move(builder.tree);
  }
  std::istringstream in{mark_references(text)};
  try {
    YAML::Parser parser{in};
    parser.HandleNextDocument(builder);
    Builder second;
    if (problems.empty() && parser.HandleNextDocument(second))
      problems.push_back({second.tree.root.place, "a second document is not used here"});
  } catch (const YAML::Exception& e) {
    if (problems.empty()) problems.push_back({place_of(e.mark), "not valid YAML: " + e.msg});
  }
  return std::move(builder.tree);
}

}  // namespace weir::config
