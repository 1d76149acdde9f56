#include "tests/actors/domain/grading/scanned.hpp"

#include "actors/domain/grading/checksums.hpp"

#include <doctest/doctest.h>
#include <array>

namespace weir::testing {
namespace {

constexpr std::string_view digits = "0123456789";

std::string luhn_of(const std::string& body) {
  for (const char c : digits)
    if (domain::luhn(body + c)) return {c};
  return {};
}

/// The other characters of the alphabet, in turn, until one is a wrong check character.
template <class Good>
Checked checked(std::string body, char check, std::string_view alphabet, const Good& good) {
  Checked made{body + check, {}};
  for (const char c : alphabet)
    if (c != check && !good(body + c)) made.wrong = body + c;
  return made;
}

std::string each(std::string_view text, const std::function<std::string(char)>& write) {
  std::string out;
  for (const char c : text) out += write(c);
  return out;
}

std::string utf8(char32_t point) {
  if (point < 0x80) return {static_cast<char>(point)};
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80 | ((point >> shift) & 0x3F));
  };
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

std::string byte_hex(char c) { return hex({&c, 1}); }

std::string put_between(std::string_view text, std::string_view mark) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) (out += i > 0 ? mark : "") += text[i];
  return out;
}

std::string numerals(std::string_view text, std::u32string_view all) {
  return each(text, [&](char c) { return utf8(all[static_cast<std::size_t>(c - '0')]); });
}

std::string encoded(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) out += alphabet[bits << (6 - count) & 63];
  return out;
}

constexpr std::string_view letters64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

const domain::Detector& detector() {
  static const auto made = domain::Detector::make({});
  REQUIRE(made);
  return **made;
}

std::vector<std::string> told(const Scan& scan, std::string_view text) {
  std::vector<std::string> lines;
  for (const auto& f : scan.findings)
    lines.push_back(std::string{name_of(f.kind)} + " " +
                    std::string{text.substr(f.begin, f.end - f.begin)});
  return lines;
}
std::vector<std::string> told(std::string_view text) { return told(detector().scan(text), text); }

bool finds(const Scan& scan, std::string_view text, Sensitive kind, std::string_view value) {
  const auto at = text.find(value);
  REQUIRE(at != text.npos);
  for (const auto& f : scan.findings)
    if (f.kind == kind && f.begin == at && f.end == at + value.size()) return true;
  return false;
}
bool finds(std::string_view text, Sensitive kind, std::string_view value) {
  return finds(detector().scan(text), text, kind, value);
}
bool finds_any(std::string_view text, Sensitive kind) {
  for (const auto& f : detector().scan(text).findings)
    if (f.kind == kind) return true;
  return false;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) (out += line) += "; ";
  return out;
}

std::string pick(Rng& rng, std::string_view alphabet, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += alphabet[rng() % alphabet.size()];
  return out;
}

Checked id_card(Rng& rng) {
  static constexpr std::array regions{"110105", "310115", "440305", "330106", "510104", "650102"};
  static constexpr std::array dates{"19491231", "19680229", "19850704", "19901017", "20010928"};
  const auto body = std::string{regions[rng() % regions.size()]} + dates[rng() % dates.size()] +
                    pick(rng, digits, 3);
  for (const char c : std::string_view{"0123456789X"})
    if (domain::chinese_id(body + c))
      return checked(body, c, "0123456789X", [](auto t) { return domain::chinese_id(t); });
  return {};
}

Checked bank_card(Rng& rng) {
  static constexpr std::array banks{"622202", "621700", "625965", "622848"};
  const auto body = banks[rng() % banks.size()] + pick(rng, digits, rng() % 2 == 0 ? 9 : 12);
  return checked(body, luhn_of(body)[0], digits, [](auto t) { return domain::luhn(t); });
}

Checked credit_code(Rng& rng) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  for (;;) {
    const auto body = "91" + std::string{rng() % 2 == 0 ? "110105" : "440300"} + "MA" +
                      pick(rng, alphabet, 6) + pick(rng, digits, 1);
    for (const char c : alphabet)
      if (domain::credit_code(body + c))
        return checked(body, c, alphabet, [](auto t) { return domain::credit_code(t); });
  }
}

Checked iban(Rng& rng) {
  const auto account = pick(rng, digits, 18);
  Checked made;
  for (int n = 2; n < 99; ++n) {
    const auto text = std::string{"DE"} + (n < 10 ? "0" : "") + std::to_string(n) + account;
    (domain::iban(text) ? made.right : made.wrong) = text;
  }
  return made;
}

std::string mobile(Rng& rng) { return "13" + pick(rng, "5678", 1) + pick(rng, digits, 8); }

std::string base64(std::string_view bytes) {
  auto out = encoded(bytes, std::string{letters64} + "+/");
  while (out.size() % 4 != 0) out += '=';
  return out;
}
std::string base64_url(std::string_view bytes) {
  return encoded(bytes, std::string{letters64} + "-_");
}
std::string hex(std::string_view bytes) {
  constexpr std::string_view all = "0123456789abcdef";
  std::string out;
  for (const char c : bytes)
    (out += all[static_cast<unsigned char>(c) >> 4]) += all[static_cast<unsigned char>(c) & 15];
  return out;
}

const std::vector<Disguise>& disguises() {
  using View = std::string_view;
  static const std::vector<Disguise> all{
      {"fullwidth",
       [](View t) { return each(t, [](char c) { return utf8(U'\uFF01' + (c - U'!')); }); }},
      {"zero-width space", [](View t) { return put_between(t, "\u200B"); }},
      {"zero-width joiner", [](View t) { return put_between(t, "\u200D"); }},
      {"soft hyphen", [](View t) { return put_between(t, "\u00AD"); }},
      {"mathematical digits",
       [](View t) {
         return each(t, [](char c) {
           return c >= '0' && c <= '9' ? utf8(U'\U0001D7CE' + (c - U'0')) : std::string{c};
         });
       }},
      {"Cyrillic and Greek letters",
       [](View t) {
         return each(t, [](char c) {
           return c == 'A'   ? "\u0410"
                  : c == 'K' ? "\u039A"
                  : c == 'e' ? "\u0435"
                  : c == 'o' ? "\u043E"
                             : std::string{c};
         });
       }},
      {"base64", [](View t) { return base64(t); }},
      {"base64url without padding", [](View t) { return base64_url(t); }},
      {"base64 twice", [](View t) { return base64(base64(t)); }},
      {"base64 three times", [](View t) { return base64(base64(base64(t))); }},
      {"hex", [](View t) { return hex(t); }},
      {"hex of base64", [](View t) { return hex(base64(t)); }},
      {"\\x", [](View t) { return each(t, [](char c) { return "\\x" + byte_hex(c); }); }},
      {"\\u", [](View t) { return each(t, [](char c) { return "\\u00" + byte_hex(c); }); }},
      {"\\u twice", [](View t) { return each(t, [](char c) { return "\\\\u00" + byte_hex(c); }); }},
      {"percent", [](View t) { return each(t, [](char c) { return "%" + byte_hex(c); }); }},
      {"percent twice", [](View t) { return each(t, [](char c) { return "%25" + byte_hex(c); }); }},
      {"entities",
       [](View t) { return each(t, [](char c) { return "&#" + std::to_string(int{c}) + ";"; }); }},
      {"hex entities",
       [](View t) { return each(t, [](char c) { return "&#x" + byte_hex(c) + ";"; }); }},
      {"entities twice", [](View t) {
         return each(t, [](char c) { return "&amp;#" + std::to_string(int{c}) + ";"; });
       }}};
  return all;
}

const std::vector<Disguise>& digit_disguises() {
  using View = std::string_view;
  static const std::vector<Disguise> all{
      {"blanks", [](View t) { return put_between(t, " "); }},
      {"no-break spaces", [](View t) { return put_between(t, "\u00A0"); }},
      {"ideographic spaces", [](View t) { return put_between(t, "\u3000"); }},
      {"bold",
       [](View t) { return std::string{t.substr(0, 4)} + "**" + std::string{t.substr(4)}; }},
      {"underscores", [](View t) { return put_between(t, "_"); }},
      {"Chinese numerals", [](View t) { return numerals(t, U"零一二三四五六七八九"); }},
      {"formal numerals", [](View t) { return numerals(t, U"零壹贰叁肆伍陆柒捌玖"); }},
      {"telephone numerals", [](View t) { return numerals(t, U"〇幺二三四五六七八九"); }},
      {"circled digits",
       [](View t) {
         return each(t, [](char c) { return c == '0' ? "\u24EA" : utf8(U'\u2460' + (c - U'1')); });
       }},
      {"Arabic-Indic digits",
       [](View t) { return each(t, [](char c) { return utf8(U'\u0660' + (c - U'0')); }); }}};
  return all;
}

std::string json_string(std::string_view text, bool escaped) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (n == 1) {
      const char c = text[i];
      out += c == '\n' ? "\\n" : c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    } else if (!escaped || n != 3) {
      out += text.substr(i, n);
    } else {
      const unsigned point = (lead & 15u) << 12 |
                             (static_cast<unsigned char>(text[i + 1]) & 63u) << 6 |
                             (static_cast<unsigned char>(text[i + 2]) & 63u);
      const char bytes[] = {static_cast<char>(point >> 8), static_cast<char>(point & 255)};
      out += "\\u" + hex({bytes, 2});
    }
    i += n;
  }
  return out += '"';
}

std::string chat(const std::vector<std::string>& contents) {
  std::string out = R"({"model":"auto","messages":[)";
  for (std::size_t i = 0; i < contents.size(); ++i)
    out += std::string{i > 0 ? "," : ""} + R"({"role":"user","content":)" +
           json_string(contents[i]) + "}";
  return out + "]}";
}

TEST_CASE("scanned: the helpers make what they say") {
  Rng rng{1};
  CHECK(domain::chinese_id(id_card(rng).right));
  CHECK(domain::iban(iban(rng).right));
  CHECK(base64("sure.") == "c3VyZS4=");
  CHECK(base64_url("\xFB\xFF") == "-_8");
  CHECK(hex("az") == "617a");
  CHECK(json_string("\"中\n", true) == R"("\"\u4e2d\n")");
}

}  // namespace weir::testing
