#include "actors/domain/grading/patterns.hpp"

#include "actors/domain/grading/lexicon.hpp"
#include "actors/domain/grading/secret_formats.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <string>

namespace weir::domain {
namespace {

struct Word {
  std::string text;
  Role role;
  std::uint16_t number;  ///< Hit::word
  bool cased = false;
};

std::vector<Word> words_of(const DetectorRules& rules) {
  std::vector<Word> words;
  for (const auto& entry : lexicon())
    for (const auto word : split_words(entry.all))
      words.push_back({std::string{word}, entry.role, 0,
                       entry.role == Role::web_token || entry.role == Role::street ||
                           entry.role == Role::en_title});
  for (const auto& term : rules.contract_terms) words.push_back({term, Role::contract_term, 0});
  for (const auto& term : rules.finance_terms) words.push_back({term, Role::finance_term, 0});
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i].number = static_cast<std::uint16_t>(i % std::numeric_limits<std::uint16_t>::max());
  const auto& formats = secret_formats();
  for (std::size_t i = 0; i < formats.size(); ++i)
    words.push_back({std::string{formats[i].prefix}, Role::secret_prefix,
                     static_cast<std::uint16_t>(i), !formats[i].any_case});
  return words;
}

/// Scratch space of this thread, grown for whichever automaton it scans with.
struct Scratch {
  hs_scratch_t* space = nullptr;
  std::uint64_t grown_for = 0;
  ~Scratch() {
    if (space != nullptr) hs_free_scratch(space);
  }
};
Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

/// "contact" in "contact_name" and "Contact" in "customerContact", but not in "contactless".
bool whole_word(std::string_view text, std::size_t begin, std::size_t end) {
  const char first = text[begin], last = text[end - 1];
  if (is_alpha(first) && begin > 0 && is_alpha(text[begin - 1]) &&
      !(is_upper(first) && is_lower(text[begin - 1])))
    return false;
  return !(is_alpha(last) && end < text.size() && is_alpha(text[end]) &&
           !(is_lower(last) && is_upper(text[end])));
}

}  // namespace

struct Patterns::Compiled {
  std::vector<Word> words;
  hs_database_t* database = nullptr;
  std::uint64_t number = 0;
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() { hs_free_database(database); }
};

Patterns::Patterns(std::unique_ptr<const Compiled> compiled) : compiled_{std::move(compiled)} {}
Patterns::~Patterns() = default;

Result<std::unique_ptr<const Patterns>> Patterns::make(const DetectorRules& rules) {
  constexpr std::size_t term_max = 200, terms_max = 10'000;
  if (rules.contract_terms.size() + rules.finance_terms.size() > terms_max)
    return Error{Code::invalid_config, "more than 10000 terms"};
  for (const auto* terms : {&rules.contract_terms, &rules.finance_terms})
    for (const auto& term : *terms)
      if (term.empty() || term.size() > term_max)
        return Error{Code::invalid_config, "a term is empty or longer than 200 bytes"};
  auto compiled = std::make_unique<Compiled>();
  compiled->words = words_of(rules);
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> flags, ids;
  for (const auto& word : compiled->words) {
    ids.push_back(static_cast<unsigned>(ids.size()));
    texts.push_back(word.text.data());
    sizes.push_back(word.text.size());
    flags.push_back(word.cased ? 0 : HS_FLAG_CASELESS);
  }
  hs_compile_error_t* error = nullptr;
  const auto made = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                                         static_cast<unsigned>(texts.size()), HS_MODE_BLOCK,
                                         nullptr, &compiled->database, &error);
  if (made != HS_SUCCESS) {
    const std::string why = error != nullptr && error->message != nullptr ? error->message : "";
    hs_free_compile_error(error);
    return Error{Code::invalid_config, "the patterns do not compile: " + why};
  }
  compiled->number = next_number();
  return std::unique_ptr<const Patterns>{new Patterns{std::move(compiled)}};
}

bool Patterns::match(std::string_view text, std::vector<Hit>& hits) const {
  if (text.empty()) return true;  // Vectorscan takes no null pointer
  auto& mine = scratch();
  if (mine.grown_for != compiled_->number) {
    if (hs_alloc_scratch(compiled_->database, &mine.space) != HS_SUCCESS) return false;
    mine.grown_for = compiled_->number;
  }
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) return false;
  struct Context {
    const Compiled& compiled;
    std::string_view text;
    std::vector<Hit>& hits;
  } context{*compiled_, text, hits};
  const auto on_match = [](unsigned id, unsigned long long, unsigned long long to, unsigned,
                           void* at) -> int {
    auto& c = *static_cast<Context*>(at);
    const auto& word = c.compiled.words[id];
    const auto end = static_cast<std::size_t>(to), begin = end - word.text.size();
    if (word.role == Role::secret_prefix || word.role == Role::web_token ||
        whole_word(c.text, begin, end))
      c.hits.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end),
                        word.number, word.role});
    return 0;
  };
  return hs_scan(compiled_->database, text.data(), static_cast<unsigned>(text.size()), 0,
                 mine.space, on_match, &context) == HS_SUCCESS;
}

std::size_t Patterns::bytes() const {
  std::size_t size = 0;
  hs_database_size(compiled_->database, &size);
  return size;
}

}  // namespace weir::domain
