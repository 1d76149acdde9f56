// Credentials: by their own form, and by what is assigned to a name that tells.
#include "actors/domain/grading/secrets.hpp"
#include "actors/domain/grading/secret_formats.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <string>

namespace weir::domain {
namespace {

constexpr std::size_t value_max = 1024, password_max = 128;

struct Makeup {
  std::size_t lowers = 0, uppers = 0, digits = 0, signs = 0, distinct = 0;
  std::size_t classes() const {
    return (lowers ? 1u : 0u) + (uppers ? 1u : 0u) + (digits ? 1u : 0u) + (signs ? 1u : 0u);
  }
};

Makeup makeup(std::string_view value) {
  Makeup m;
  std::bitset<256> seen;
  for (const char c : value) {
    seen.set(static_cast<unsigned char>(c));
    (is_digit(c) ? m.digits : is_lower(c) ? m.lowers : is_upper(c) ? m.uppers : m.signs)++;
  }
  m.distinct = seen.count();
  return m;
}

void prefixed(Reading& reading, const Hit& hit) {
  const auto text = reading.text;
  const auto& format = secret_formats()[hit.word];
  const char before = hit.begin > 0 ? text[hit.begin - 1] : ' ';
  const bool inside = format.prefix.find("Q~") != format.prefix.npos ||
                      format.prefix == "atlasv1." || format.prefix[0] == ':' ||
                      format.prefix.find('/') != format.prefix.npos;
  if (!inside && (is_word(before) || before == '_' || before == '-')) return;
  if (format.prefix.size() == 2 && before == '.') return;
  std::size_t end = hit.end;
  while (end < text.size() && end - hit.end < value_max && is_of(format.letters, text[end])) ++end;
  while (end > hit.end && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  const auto value = text.substr(hit.end, end - hit.end);
  if (value.size() < format.least) return;
  if (format.letters != Letters::base64 && end < text.size() && is_word(text[end])) return;
  const auto m = makeup(value);
  if (m.distinct < 6 || placeholder(text.substr(hit.begin, end - hit.begin))) return;
  const bool loose = format.prefix.size() <= 5 && !is_upper(format.prefix[0]);
  if (loose && (m.digits == 0 || m.digits == value.size()) && m.uppers == 0) return;
  // "sk-" also begins words that are joined with hyphens; a key has a long part.
  if (format.letters == Letters::word && m.digits < 2 && m.uppers == 0) return;
  std::size_t begin = hit.begin;
  if (inside)
    while (begin > 0 && hit.begin - begin < 64 && is_of(Letters::dotted, text[begin - 1])) --begin;
  reading.add(Sensitive::secret, 95, begin, end);
}

/// `closing` is the next "-----END ", looked for once.
void pem(Reading& reading, const Hit& hit, std::size_t& closing) {
  constexpr std::string_view key = "PRIVATE KEY";
  constexpr std::size_t kind_max = 40, key_max = 16 * 1024;
  const auto text = reading.text;
  const auto line = text.substr(hit.end, kind_max + key.size());
  const auto at = line.find(key);
  if (at == line.npos || line.substr(0, at).find('\n') != line.npos) return;
  std::size_t end = hit.end + at + key.size();
  if (closing != text.npos && closing < hit.end) closing = text.find("-----END ", hit.end);
  if (closing != text.npos && closing - hit.end < key_max) {
    const auto close = text.substr(closing + 9, kind_max).find("-----");
    end = close == text.npos ? closing : closing + 9 + close + 5;
  } else {  // cut off: as far as it looks like a key
    while (end < text.size() && text[end] == '-') ++end;
    while (end < text.size() && end - hit.end < key_max && text[end] != '-' &&
           (is_of(Letters::base64, text[end]) || text[end] == '\n' || text[end] == ' ' ||
            text[end] == ':' || text[end] == ','))
      ++end;
    while (end > hit.end && (text[end - 1] == '\n' || text[end - 1] == ' ')) --end;
    if (end - hit.end < 40) return;
  }
  reading.add(Sensitive::secret, 98, hit.begin, end);
}

/// Three parts of base64url, the first of which begins a JSON object. returns  where it looked to.
std::size_t web_token(Reading& reading, std::size_t at) {
  const auto text = reading.text;
  std::size_t end = at, dots = 0, second = 0;
  while (end < text.size() && end - at < value_max &&
         (is_of(Letters::word, text[end]) || text[end] == '.' || text[end] == '=')) {
    if (text[end] == '.' && ++dots == 1) second = end + 1;
    ++end;
  }
  while (end > at && text[end - 1] == '.' && dots > 2) --end, --dots;
  if (dots < 1 || second - at < 16 || end - second < 16) return end;
  if (dots == 1 && text.substr(second, 2) != "ey") return end;
  reading.add(Sensitive::secret, 95, at, end);
  return end;
}

bool host_char(char c) {
  return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '<' && c != '>' && c != '`' &&
         c != ')' && c != ']' && c != '}' && c != '|';
}

/// scheme://user:password@host: the whole text of it.
void connection(Reading& reading, const Hit& hit) {
  constexpr std::size_t user_max = 256;
  const auto text = reading.text;
  std::size_t begin = hit.begin;
  while (begin > 0 && hit.begin - begin < 32 &&
         (is_word(text[begin - 1]) || text[begin - 1] == '+' || text[begin - 1] == ':' ||
          text[begin - 1] == '.' || text[begin - 1] == '-'))
    --begin;
  while (begin < hit.begin && !is_alpha(text[begin])) ++begin;
  std::size_t colon = 0, at = 0, i = hit.end;
  for (; i < text.size() && i - hit.end < user_max; ++i) {
    const char c = text[i];
    if (!host_char(c) && c != '<' && c != '>' && c != '{' && c != '}' && c != ')') break;
    if (c == '/' && colon == 0) break;
    if (c == ':' && colon == 0) colon = i;
    if (c == '@') at = i;
    if (c == '/' && at != 0) break;
  }
  if (begin == hit.begin || colon == 0 || at <= colon + 1) return;
  const auto password = text.substr(colon + 1, at - colon - 1);
  if (placeholder(password) || common_example(password)) return;
  std::size_t end = at + 1;
  while (end < text.size() && end - hit.begin < 1024 && host_char(text[end])) ++end;
  while (end > at && (text[end - 1] == '.' || text[end - 1] == ',' || text[end - 1] == ';')) --end;
  if (end == at + 1) return;
  // A token that is known by its own form is told by that.
  const auto own = reading.hit_after(colon + 1);
  for (std::size_t k = own; k < reading.hits.size() && reading.hits[k].begin <= colon + 1; ++k)
    if (reading.hits[k].role == Role::secret_prefix && text.substr(begin, 4) == "http") return;
  reading.add(Sensitive::secret, 95, begin, end);
}

/// Where a value ends that more fields may follow: at a comma, a semicolon, an & before a name.
std::size_t field_end(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ',' || value[i] == ';') return i;
    if (value[i] != '&') continue;
    std::size_t name = i + 1;
    while (name < value.size() && name - i < 40 && (is_word(value[name]) || value[name] == '_'))
      ++name;
    if (name > i + 1 && name < value.size() && value[name] == '=') return i;
  }
  return value.size();
}

/// What is written after a name: `= value`, `: "value"`, `是 value`; empty: nothing is.
std::string_view assigned(std::string_view text, std::size_t at, bool& quoted) {
  constexpr std::size_t name_max = 40;
  std::size_t i = at;
  // The rest of the name: "_PROD", "[0]", a closing quote; also words such as "为" or " is ".
  while (i < text.size() && i - at < name_max &&
         (is_word(text[i]) || text[i] == '_' || text[i] == '-' || text[i] == '.' || text[i] == ']'))
    ++i;
  while (i < text.size() && i - at < name_max &&
         (text[i] == '"' || text[i] == '\'' || text[i] == '`' || text[i] == ' ' || text[i] == '*'))
    ++i;
  bool sign = false;
  for (const std::string_view op :
       {":=",         "=>",     "=",      ":",       "还是",      "仍是",
        "仍为",       "用的是", "应该是", "统一是",  "统一为",    "现在是",
        "目前是",     "暂定",   "设置为", "设置成",  "变更为",    "改回",
        "换为",       "是",     "为",     "is now ", "is still ", "is currently ",
        "is set to ", "is ",    "was ",   "->",      ",",         "改成",
        "改为",       "设为",   "设成",   "更新为",  "重置为",    "换成",
        "to "}) {
    if (op == "," && !(i > at && text[i - 1] == '"')) continue;
    if (text.substr(i, op.size()) != op) continue;
    i += op.size();
    sign = true;
    break;
  }
  const bool blank = i > at && text[i - 1] == ' ' && i - at <= 2;
  if (!sign && !blank) return {};
  while (i < text.size() && (text[i] == ' ' || text[i] == '=' || text[i] == ':')) ++i;
  quoted = i < text.size() && (text[i] == '"' || text[i] == '\'' || text[i] == '`');
  const char quote = quoted ? text[i++] : ' ';
  std::size_t end = i;
  while (end < text.size() && end - i < value_max && text[end] > ' ' && text[end] != 0x7f &&
         text[end] != quote && (quoted || (text[end] != '"' && text[end] != '\'')))
    ++end;
  if (!quoted) {
    while (end > i && std::string_view{",.;)]}>"}.find(text[end - 1]) != std::string_view::npos)
      --end;
    end = i + field_end(text.substr(i, end - i));
  }
  return sign || makeup(text.substr(i, end - i)).classes() > 2 ? text.substr(i, end - i)
                                                               : std::string_view{};
}

std::size_t case_changes(std::string_view value) {
  std::size_t n = 0;
  for (std::size_t i = 1; i < value.size(); ++i)
    n += is_alpha(value[i]) && is_alpha(value[i - 1]) &&
         is_upper(value[i]) != is_upper(value[i - 1]);
  return n;
}

/// Names of variables, calls, paths: nothing of its own.
bool code_like(std::string_view value) {
  if (const auto call = value.find('('); call != value.npos && call > 0) {
    const auto name = value.substr(0, call);
    if (value.find(')') != value.npos || std::all_of(name.begin(), name.end(), [](char c) {
          return is_word(c) || c == '_' || c == '.';
        }))
      return true;
  }
  const auto made = makeup(value);
  const bool random = value.size() >= 30 && made.uppers > 3 && made.digits > 1;
  if (value.starts_with("http") || value.starts_with("./")) return true;
  if (value.starts_with("/") && !random) return true;
  const bool name = std::all_of(value.begin(), value.end(), [](char c) {
    return is_alpha(c) || c == '_' || c == '.' || c == '-' || c == '[' || c == ']' || c == ':';
  });
  return name && (value.find('.') != value.npos || value.find('_') != value.npos ||
                  value.find('-') != value.npos || value.find(':') != value.npos ||
                  (makeup(value).classes() < 3 && case_changes(value) < 5));
}

bool password_like(std::string_view value, bool quoted) {
  constexpr std::size_t least = 6;
  if (value.size() < least || value.size() > password_max || code_like(value)) return false;
  const auto m = makeup(value);
  if (m.digits == value.size()) return m.distinct > 1 || quoted;
  if (m.distinct < 4) return false;
  const bool mixed = m.classes() >= 2 && (m.digits > 0 || m.signs > 0);
  const bool cased = m.lowers > 1 && m.uppers > 1;
  return mixed || (quoted && cased) || (value.size() >= 10 && case_changes(value) >= 5);
}

bool key_like(std::string_view value, std::size_t least) {
  if (value.size() < least || value.size() > value_max || code_like(value)) return false;
  const auto m = makeup(value);
  if (m.digits == value.size() || m.distinct < 7) return false;
  return m.digits > 0 && (m.lowers + m.uppers) > 0 && m.signs * 4 <= value.size();
}

/// "the password for the staging box is X", "密码已经改成 X": within the same clause.
std::string_view told(std::string_view text, std::size_t at) {
  constexpr std::size_t clause_max = 60;
  const auto clause = text.substr(at, clause_max);
  std::size_t best = clause.npos;
  for (const std::string_view word : {" is now ", " is still ", " is ", " to ", "还是", "换成",
                                      "设置为", "改成", "改为", "设为", "是"})
    if (const auto found = clause.find(word); found != clause.npos)
      best = std::min(best, found + word.size());
  if (best == clause.npos || clause.substr(0, best).find_first_of("\n.;?!,") != clause.npos)
    return {};
  bool quoted = false;
  return assigned(text, at + best - 1, quoted);
}

/// `curl -u name:password`, `mysql -p'password'`.
void shell(Reading& reading, const Hit& hit) {
  const auto text = reading.text;
  std::size_t b = hit.end;
  if (b < text.size() && (text[b] == '"' || text[b] == '\'')) ++b;
  std::size_t e = b;
  while (e < text.size() && e - b < 200 && host_char(text[e])) ++e;
  auto value = text.substr(b, e - b);
  const bool user = text.substr(hit.begin, hit.end - hit.begin).find('u') != text.npos &&
                    text[hit.end - 2] != 'p';
  if (user) {
    const auto colon = value.find(':');
    if (colon == value.npos || value.substr(0, colon).find('/') != value.npos) return;
    b += colon + 1;
    value = value.substr(colon + 1);
  }
  if (placeholder(value) || common_example(value) || !password_like(value, true)) return;
  reading.add(Sensitive::secret, 85, b, b + value.size());
}

void whole_string(Reading& reading, const Hit& hit) {
  std::size_t e = hit.end;
  while (e < reading.text.size() && e - hit.begin < 1024 && host_char(reading.text[e])) ++e;
  const auto value = reading.text.substr(hit.begin, e - hit.begin);
  if (value.find("Key=") == value.npos || placeholder(value)) return;
  reading.add(Sensitive::secret, 95, hit.begin, e);
}

bool is_uuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? value[i] != '-' : !is_of(Letters::hex, value[i]))
      return false;
  return true;
}

/// Words, perhaps numbered, joined by signs: "user-profile-v2:1024".
bool is_identifier(std::string_view value) {
  return std::count_if(value.begin(), value.end(), [](char c) { return !is_word(c); }) * 8 >
         static_cast<std::ptrdiff_t>(value.size());
}

void assignment(Reading& reading, const Hit& hit) {
  bool quoted = false;
  auto value = assigned(reading.text, hit.end, quoted);
  for (const std::string_view scheme : {"Bearer", "Basic", "Token", "bearer", "basic"})
    if (value == scheme) {
      const auto after =
          static_cast<std::size_t>(value.data() - reading.text.data()) + value.size();
      std::size_t end = after + 1;
      while (end < reading.text.size() && end - after < value_max &&
             is_of(Letters::base64, reading.text[end]))
        ++end;
      if (after + 1 < end) value = reading.text.substr(after + 1, end - after - 1);
    }
  bool far = false;
  if (value.empty() && hit.role == Role::password_word) {
    value = told(reading.text, hit.end);
    far = true;
  }
  if (value.empty() || (hit.role == Role::password_word && value.size() > password_max)) return;
  if (placeholder(value) || common_example(value)) return;
  if (far && makeup(value).classes() < 3) return;
  if (!std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 0x7f; })) return;
  if (!(hit.role == Role::password_word ? password_like(value, quoted)
                                        : key_like(value, hit.role == Role::key_word ? 12 : 15)))
    return;
  // Identifiers and hashes stand after such words too.
  if (hit.role == Role::weak_key_word && (makeup(value).classes() < 3 || is_identifier(value)))
    return;
  if (hit.role != Role::password_word && is_uuid(value) && hit.role != Role::provider_word) return;
  const auto begin = static_cast<std::size_t>(value.data() - reading.text.data());
  reading.add(Sensitive::secret, hit.role == Role::provider_word ? 70 : 85, begin,
              begin + value.size());
}

}  // namespace

bool placeholder(std::string_view value) {
  constexpr std::size_t looked_at = 200;
  std::string low{value.substr(0, looked_at)};
  std::transform(low.begin(), low.end(), low.begin(), lower);
  for (const std::string_view sign :
       {"${",        "{{",       "$(",       "%(",        "<",         "your",        "xxx",
        "***",       "example",  "changeme", "change_me", "change-me", "placeholder", "dummy",
        "redacted",  "replace",  "insert",   "...",       "env.",      "getenv",      "environ",
        "secrets.",  "vault:",   "!ref",     "sample",    "foobar",    "todo",        "[redacted]",
        "____",      "00000000", "11111111", "abcdef",    "123456789", "no_key",      "none_",
        "my-secret", "mysecret", "fake",     "not-a-",    "notreal",   "omitted",     "hidden",
        "masked"})
    if (low.find(sign) != low.npos &&
        !(sign == "123456789" && makeup(value).digits == value.size()) &&
        !(sign == "<" && low.find('>') == low.npos))
      return true;
  if (!low.empty() && (low[0] == '$' || low[0] == '%') && low.size() > 1 && is_alpha(low[1]))
    return std::all_of(low.begin() + 1, low.end(),
                       [](char c) { return is_word(c) || c == '_' || c == '%'; });
  return makeup(value).distinct <= 2 && value.size() > 3;
}

bool common_example(std::string_view value) {
  std::string low{value.substr(0, 32)};
  std::transform(low.begin(), low.end(), low.begin(), lower);
  constexpr std::array<std::string_view, 22> words{
      "password", "passwd", "pass",     "secret", "user",     "string",     "null", "none",
      "true",     "false",  "pwd",      "token",  "apikey",   "api_key",    "test", "undefined",
      "required", "admin",  "optional", "empty",  "p@ssword", "password123"};
  return std::find(words.begin(), words.end(), low) != words.end();
}

void find_secrets(Reading& reading) {
  std::size_t closing = 0, token_end = 0;
  for (const auto& hit : reading.hits) {
    switch (hit.role) {
      case Role::secret_prefix:
        prefixed(reading, hit);
        break;
      case Role::pem:
        pem(reading, hit, closing);
        break;
      case Role::scheme:
        connection(reading, hit);
        break;
      case Role::shell_user:
        shell(reading, hit);
        break;
      case Role::connection:
        whole_string(reading, hit);
        break;
      case Role::web_token:
        if (hit.begin >= token_end &&
            (hit.begin == 0 || !is_of(Letters::word, reading.text[hit.begin - 1])))
          token_end = web_token(reading, hit.begin);
        break;
      case Role::password_word:
      case Role::key_word:
      case Role::weak_key_word:
      case Role::provider_word:
        assignment(reading, hit);
        break;
      default:
        break;
    }
  }
}

}  // namespace weir::domain
