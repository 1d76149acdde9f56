#include "actors/domain/grading/scanner.hpp"

#include "actors/domain/grading/blobs.hpp"
#include "actors/domain/grading/unicode.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace weir::domain {
namespace {

constexpr unsigned layers_max = 3, foldings_max = 3;
constexpr std::size_t text_max = std::size_t{1} << 30;
/// Decoded bytes of all layers against the input's.
constexpr std::size_t decoded_ratio = 4, decoded_free = 64 * 1024;
/// Candidates of one scan: a denser text is no text.
constexpr std::size_t candidates_max = 200'000;

/// Of two findings of one grade at the same place the surer kind stays; the smallest wins.
int rank(Sensitive kind) {
  using enum Sensitive;
  constexpr std::array order{
      secret,      cn_id_card, cn_uscc,  iban,        bank_card,   email,    contract_no,
      cn_mobile,   us_ssn,     us_phone, cn_landline, cn_passport, cn_plate, ip_address,
      mac_address, phone,      address,  person,      unreadable,  finance,  contract};
  return static_cast<int>(std::find(order.begin(), order.end(), kind) - order.begin());
}

bool any_high(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

}  // namespace

Span Scanner::Source::origin(Span span) const {
  if (map != nullptr) span = map->origin(span);
  if (blob) span = whole;
  return outer != nullptr ? outer->origin(span) : span;
}

Scanner::Scanner(const ScanRules& rules, std::string_view text) : rules_{rules}, text_{text} {}

void Scanner::scan_text() {
  if (text_.size() > text_max) return incomplete();
  layer(text_, Source{}, 0);
}

void Scanner::layer(std::string_view text, const Source& source, unsigned depth) {
  std::array<Folding, foldings_max> foldings;
  std::array<Source, foldings_max + 1> sources;
  sources[0] = source;
  std::size_t n = 0;
  for (bool again = true; again && n < foldings_max; ++n) {
    foldings[n] = fold_text(text);
    if (!foldings[n].changed) break;
    again = foldings[n].again;
    sources[n + 1] = {&sources[n], &foldings[n].map, {}, false, nullptr};
    text = foldings[n].text;
  }
  // An escape within an escape of another kind, three times over, is a disguise.
  if (n == foldings_max && foldings[n - 1].again && fold_text(text).changed) incomplete();
  read(text, sources[n], depth);
}

void Scanner::read(std::string_view text, const Source& source, unsigned depth) {
  Reading r;
  r.text = text;
  r.cjk = any_high(text);
  if (!rules_.patterns->match(text, r.hits)) return incomplete();
  find_numbers(r);
  find_mails(r);
  find_secrets(r);
  find_chinese_people(r);
  find_english_people(r);
  find_addresses(r);
  find_documents(r);
  for (const auto& finding : r.found) keep(finding, text, source);
  for (auto& blob : find_blobs(r)) {
    if (blob.unreadable) {
      keep({Sensitive::unreadable, 90, blob.span.begin, blob.span.end}, text, source);
      continue;
    }
    decoded_ += blob.text.size();
    if (depth == layers_max || decoded_ > text_.size() * decoded_ratio + decoded_free) {
      incomplete();
      continue;
    }
    layer(blob.text, {&source, nullptr, blob.span, true, nullptr}, depth + 1);
  }
  if (source.joints == nullptr) join(text, source);
}

void Scanner::join(std::string_view text, const Source& source) {
  const auto joined = join_literals(text);
  if (joined.joints.empty()) return;
  decoded_ += joined.text.size();
  if (decoded_ > text_.size() * decoded_ratio + decoded_free) return incomplete();
  read(joined.text, {&source, &joined.map, {}, false, &joined.joints}, layers_max - 1);
}

bool Scanner::wanted(const Finding& finding) const {
  return finding.confidence >= rules_.rules.at_least[index_of(finding.kind)];
}

void Scanner::keep(const Finding& finding, std::string_view text, const Source& source) {
  if (!wanted(finding) || finding.begin >= finding.end) return;
  if (!rules_.allowed.empty() && rules_.allowed.count(std::string{
                                     text.substr(finding.begin, finding.end - finding.begin)}) != 0)
    return;
  if (source.joints != nullptr) {
    const auto joint =
        std::upper_bound(source.joints->begin(), source.joints->end(), finding.begin);
    if (joint == source.joints->end() || *joint >= finding.end) return;
  }
  if (found_.size() == candidates_max) return incomplete();
  auto span = source.origin({finding.begin, finding.end});
  // Marks on the last character are part of the disguise.
  constexpr std::size_t marks_max = 8;
  for (std::size_t n = 0; n < marks_max && span.end < text_.size() && (text_[span.end] & 0x80);
       ++n) {
    const auto d = decode_utf8(text_, span.end);
    if (!d.valid || fold(d.point).count != 0) break;
    span.end += d.bytes;
  }
  found_.push_back({finding.kind, finding.confidence, span.begin, span.end});
}

Scan Scanner::result() {
  const auto grade_of = [&](const Finding& f) { return rules_.rules.grades[index_of(f.kind)]; };
  std::stable_sort(found_.begin(), found_.end(), [&](const Finding& a, const Finding& b) {
    if (grade_of(a) != grade_of(b)) return strictest(grade_of(a), grade_of(b)) == grade_of(a);
    if (rank(a.kind) != rank(b.kind)) return rank(a.kind) < rank(b.kind);
    return a.end - a.begin > b.end - b.begin;
  });
  std::map<std::size_t, Finding> kept;
  for (const auto& f : found_) {
    const auto next = kept.lower_bound(f.begin);
    if (next != kept.end() && next->second.begin < f.end) continue;
    if (next != kept.begin() && std::prev(next)->second.end > f.begin) continue;
    kept.emplace(f.begin, f);
  }
  Scan scan;
  for (const auto& [at, f] : kept) {
    if (grade_of(f) != Grade::p2) scan.bytes += f.end - f.begin;
    scan.grade = strictest(scan.grade, grade_of(f));
    if (scan.findings.size() < Scan::findings_max) {
      scan.findings.push_back(f);
    } else {
      complete_ = false;
    }
  }
  scan.complete = complete_;
  if (!complete_) scan.grade = Grade::p0;
  return scan;
}

}  // namespace weir::domain
