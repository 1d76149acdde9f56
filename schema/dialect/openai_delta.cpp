#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/openai.hpp"
#include "schema/dialect/splice.hpp"

#include <array>

namespace weir::dialect::openai {
namespace {

class DeltaReader {
 public:
  explicit DeltaReader(std::string_view data) : reader_{data, json::Duplicates::allowed} {}

  DeltaFacts run() {
    facts_.plain = true;
    const bool whole = reader_.object([this](std::string_view key) {
      if (key == "choices") return choices();
      if (key == "id") return value(facts_.id_value);
      if (key == "created") return value(facts_.created_value);
      if (key == "usage") facts_.usage = facts_.usage || reader_.next() != 'n';
      if (key == "error") facts_.plain = facts_.plain && reader_.next() == 'n';
      return reader_.skip();
    });
    if (!whole || !reader_.end()) return {};
    return std::move(facts_);
  }

 private:
  bool value(std::optional<Range>& out) {
    if (!reader_.skip()) return false;
    out = Range{reader_.value_begin(), reader_.value_end()};
    return true;
  }

  /// Anything that is there, and is not the plain text of one choice.
  bool other() {
    if (reader_.next() != 'n') facts_.plain = false;
    return reader_.skip();
  }

  bool choices() {
    if (reader_.next() != '[') return other();
    std::size_t count = 0;
    const bool whole = reader_.array([&] {
      if (++count > 1) facts_.plain = false;
      if (reader_.next() != '{') return other();
      return reader_.object([this](std::string_view key) {
        if (key == "delta") return delta();
        if (key == "finish_reason") facts_.finished = facts_.finished || reader_.next() == '"';
        if (key == "index" || key == "finish_reason") return reader_.skip();
        return other();
      });
    });
    return whole;
  }

  bool delta() {
    if (reader_.next() != '{') return other();
    return reader_.object([this](std::string_view key) {
      if (key == "role") {
        facts_.role = true;
        return reader_.skip();
      }
      if (key != "content" || reader_.next() != '"') return other();
      return reader_.string(facts_.content);
    });
  }

  json::Reader reader_;
  DeltaFacts facts_;
};

}  // namespace

DeltaFacts inspect_delta(std::string_view data) { return DeltaReader{data}.run(); }

void append_delta(std::string& out, std::string_view data, const DeltaFacts& facts,
                  std::string_view id, std::string_view created) {
  std::array<Edit, 2> edits{};
  std::size_t count = 0;
  if (facts.id_value && !id.empty()) edits[count++] = {*facts.id_value, id};
  if (facts.created_value && !created.empty()) edits[count++] = {*facts.created_value, created};
  append_spliced(out, data, std::span{edits}.first(count));
}

}  // namespace weir::dialect::openai
