// E-mail addresses: plain, with blanks around their parts, with words for the at and the dots.
#include "actors/domain/grading/reading.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace weir::domain {
namespace {

constexpr std::size_t local_max = 64, domain_max = 190;

bool local_char(char c) {
  return is_word(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%' || c == '\'';
}

bool in(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// What no address ends in: names of files, versions.
bool top_level(std::string_view tld) {
  if (tld.size() < 2 || tld.size() > 24 || !std::all_of(tld.begin(), tld.end(), is_alpha))
    return false;
  return !in(tld, {"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "ts", "py", "json",
                   "yaml", "yml", "html", "local", "localhost", "invalid", "example", "test"});
}

/// RFC 2606, and what documents write for an address.
bool nobodys(std::string_view local, std::string_view domain) {
  for (const std::string_view name :
       {"example.com", "example.org", "example.net", "example.cn", "domain.com", "yourdomain.com",
        "yourcompany.com", "email.com", "test.com", "company.example"})
    if (domain == name || (domain.size() > name.size() && domain.ends_with(name) &&
                           domain[domain.size() - name.size() - 1] == '.'))
      return name.starts_with("exa") || name.starts_with("your") || local == "user" ||
             local == "you" || local == "name" || local == "your" || local == "test";
  return local == "git";
}

std::string lowered(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// A dot, perhaps as a word; its bytes, 0: none. `word` is set where it was no plain dot.
std::size_t dot_at(std::string_view text, std::size_t at, bool words, bool& word) {
  if (at >= text.size()) return 0;
  if (text[at] == '.') return 1;
  constexpr std::array<std::string_view, 14> forms{"[dot]",   "(dot)", "{dot}", "<dot>", " [dot] ",
                                                   " (dot) ", " dot ", "[.]",   "(.)",   " . ",
                                                   " [.] ",   "_dot_", " 点 ",  "点"};
  const auto rest = lowered(text.substr(at, 8));
  for (const auto form : forms)
    if (rest.starts_with(form) && (words || form[0] != ' ' || form[1] != 'd')) {
      word = true;
      return form.size();
    }
  return 0;
}

/// The domain that begins at `at`; `name` without its disguise.
std::size_t domain_end(std::string_view text, std::size_t at, bool words, std::string& name,
                       bool& word) {
  std::size_t i = at, end = 0;
  while (i < text.size() && name.size() < domain_max) {
    const auto first = i;
    while (i < text.size() && i - first < 63 && (is_word(text[i]) || text[i] == '-')) ++i;
    if (i == first) break;
    const auto label = lowered(text.substr(first, i - first));
    name += label;
    if (name.size() > label.size() && top_level(label)) end = i;
    bool spoken = false;
    const auto dot = dot_at(text, i, words, spoken);
    if (dot == 0) break;
    // After a top-level name, a blank and a dot end a sentence.
    if (end != 0 && i + dot < text.size() && !is_word(text[i + dot])) break;
    if (end != 0 && spoken && text[i] == ' ' && !words) break;
    word = word || spoken;
    name += '.';
    i += dot;
  }
  if (end == 0) return 0;
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return end;
}

/// Where the local part that ends before `end` begins. `words`: "john dot doe" too.
std::size_t local_begin(std::string_view text, std::size_t end, bool words) {
  std::size_t i = end;
  for (;;) {
    while (i > 0 && end - i < local_max && local_char(text[i - 1])) --i;
    if (!words) break;
    std::size_t jump = 0;
    for (const std::string_view form : {" dot ", "[dot]", "(dot)", " [dot] ", " (dot) ", "_dot_"})
      if (i >= form.size() && lowered(text.substr(i - form.size(), form.size())) == form)
        jump = std::max(jump, form.size());
    if (jump == 0 || i <= jump || !local_char(text[i - jump - 1]) || end - i > local_max) break;
    i -= jump;
  }
  while (i < end && (text[i] == '.' || text[i] == '\'' || text[i] == '-' || text[i] == '%')) ++i;
  return i;
}

/// "j o h n @ …": single characters with blanks between them; where they begin.
std::size_t spaced_begin(std::string_view text, std::size_t end) {
  std::size_t i = end, n = 0;
  while (i >= 2 && end - i < 2 * local_max && text[i - 1] == ' ' && local_char(text[i - 2]) &&
         (i == 2 || text[i - 3] == ' ' || !local_char(text[i - 3])))
    i -= 2, ++n;
  return n >= 2 ? i : end;
}
std::size_t spaced_end(std::string_view text, std::size_t at, std::string& name) {
  std::size_t i = at;
  while (i + 1 < text.size() && i - at < 2 * 80 && text[i] == ' ' &&
         (is_word(text[i + 1]) || text[i + 1] == '.' || text[i + 1] == '-') &&
         (i + 2 >= text.size() || !is_word(text[i + 2]))) {
    name += lower(text[i + 1]);
    i += 2;
  }
  const auto dot = name.rfind('.');
  return dot != name.npos && dot > 0 && top_level(std::string_view{name}.substr(dot + 1)) ? i : 0;
}

void at_sign(Reading& reading, std::size_t at) {
  const auto text = reading.text;
  std::size_t left = at, right = at + 1;
  if (left > 0 && text[left - 1] == ' ' && left > 1 && local_char(text[left - 2])) {
    std::string name;
    if (const auto begin = spaced_begin(text, left); begin < left - 2)
      if (const auto end = spaced_end(text, right, name); end != 0)
        return reading.add(Sensitive::email, 85, begin, end);
    if (right < text.size() && text[right] == ' ') --left, ++right;
  }
  const auto begin = local_begin(text, left, false);
  if (begin == left) return;
  std::string name;
  bool word = false;
  const auto end = domain_end(text, right, false, name, word);
  if (end == 0) return;
  const auto local = lowered(text.substr(begin, left - begin));
  if (nobodys(local, name)) return;
  if (begin > 0 && (text[begin - 1] == ':' || text[begin - 1] == '/') &&
      text.substr(begin > 3 ? begin - 3 : 0, 3) == "://")
    return;  // who logs in to a host, with no password
  reading.add(Sensitive::email, 95, begin, end);
}

void at_word(Reading& reading, const Hit& hit) {
  const auto text = reading.text;
  const bool bracketed = text[hit.begin] != ' ' && !is_alpha(text[hit.begin]);
  std::size_t left = hit.begin, right = hit.end;
  while (left > 0 && hit.begin - left < 2 && text[left - 1] == ' ') --left;
  while (right < text.size() && right - hit.end < 2 && text[right] == ' ') ++right;
  const auto begin = local_begin(text, left, true);
  if (begin == left) return;
  std::string name;
  bool word = false;
  const auto end = domain_end(text, right, true, name, word);
  if (end == 0 || (!bracketed && !word)) return;
  if (!nobodys(lowered(text.substr(begin, left - begin)), name))
    reading.add(Sensitive::email, bracketed ? 90 : 80, begin, end);
}

}  // namespace

void find_mails(Reading& reading) {
  const auto text = reading.text;
  for (auto at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) at_sign(reading, at);
  for (const auto& hit : reading.hits)
    if (hit.role == Role::at_word) at_word(reading, hit);
}

}  // namespace weir::domain
