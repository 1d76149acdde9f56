// Addresses of networks: IP and MAC.
#include "actors/domain/grading/numbers.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace weir::domain {
namespace {

using Octets = std::array<int, 4>;

/// Loopback, unspecified, multicast, documentation (RFC 5737), and resolvers everybody knows.
bool nobodys(const Octets& o) {
  if (o[0] == 0 || o[0] == 127 || o[0] >= 224) return true;
  const auto net = [&](int a, int b, int c) { return o[0] == a && o[1] == b && o[2] == c; };
  if (net(192, 0, 2) || net(198, 51, 100) || net(203, 0, 113)) return true;
  constexpr std::array<Octets, 20> known{
      {{8, 8, 8, 8},   {8, 8, 4, 4},         {1, 1, 1, 1},         {1, 0, 0, 1},
       {9, 9, 9, 9},   {149, 112, 112, 112}, {208, 67, 222, 222},  {208, 67, 220, 220},
       {4, 2, 2, 1},   {4, 2, 2, 2},         {114, 114, 114, 114}, {114, 114, 115, 115},
       {223, 5, 5, 5}, {223, 6, 6, 6},       {119, 29, 29, 29},    {180, 76, 76, 76},
       {1, 2, 4, 8},   {210, 2, 4, 8},       {169, 254, 169, 254}, {168, 63, 129, 16}}};
  return std::find(known.begin(), known.end(), o) != known.end();
}

/// The end of "10.1.2.3"; between the parts a stop may stand in brackets or blanks.
std::size_t octets(std::string_view text, std::size_t at, Octets& o) {
  std::size_t i = at;
  for (std::size_t part = 0; part < o.size(); ++part) {
    if (part > 0) {
      if (text.substr(i, 3) == "[.]" || text.substr(i, 3) == "(.)" || text.substr(i, 3) == " . ") {
        i += 3;
      } else if (i < text.size() && text[i] == '.') {
        ++i;
      } else {
        return 0;
      }
    }
    const auto first = i;
    int value = 0;
    for (; i < text.size() && is_digit(text[i]) && i - first < 4; ++i)
      value = value * 10 + (text[i] - '0');
    if (i == first || i - first > 3 || value > 255 || (i - first > 1 && text[first] == '0'))
      return 0;
    o[part] = value;
  }
  return i;
}

/// A product's version: "Chrome/120.0.0.0", "1.2.3.4-beta", "1.2.3.4.5".
bool version(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin > 1 && text[begin - 1] == '.' && is_word(text[begin - 2])) return true;
  if (begin > 1 && text[begin - 1] == '/' && is_word(text[begin - 2])) return true;
  if (begin > 1 && text[begin - 1] == '-' && is_alpha(text[begin - 2])) return true;
  if (end + 1 >= text.size()) return false;
  const char c = text[end], next = text[end + 1];
  return (c == '.' && is_digit(next)) || (c == '-' && is_alpha(next)) || c == '_';
}

bool hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

std::size_t mac(std::string_view text, std::size_t at) {
  constexpr std::size_t size = 17;
  if (text.size() - at < size) return 0;
  const char by = text[at + 2];
  if (by != ':' && by != '-') return 0;
  bool zero = true, ones = true;
  for (std::size_t i = 0; i < size; ++i) {
    const char c = text[at + i];
    if (i % 3 == 2 ? c != by : !hex(c)) return 0;
    zero = zero && (i % 3 == 2 || c == '0');
    ones = ones && (i % 3 == 2 || lower(c) == 'f');
  }
  const auto end = at + size;
  if (zero || ones || (end < text.size() && (is_word(text[end]) || text[end] == by))) return 0;
  return end;
}

/// ::1, documentation (RFC 3849), link-local without a machine, resolvers everybody knows.
bool nobodys(const std::array<unsigned char, 16>& a) {
  const auto begins = [&](std::initializer_list<int> bytes) {
    return std::equal(bytes.begin(), bytes.end(), a.begin());
  };
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return true;
  if (begins({0x20, 0x01, 0x0d, 0xb8}) || begins({0xff})) return true;
  return begins({0x20, 0x01, 0x48, 0x60, 0x48, 0x60}) ||
         begins({0x26, 0x06, 0x47, 0x00, 0x47, 0x00}) || begins({0x26, 0x20, 0x00, 0xfe}) ||
         begins({0x24, 0x00, 0x32, 0x00});
}

}  // namespace

std::size_t find_ipv4(Reading& reading, std::size_t at) {
  const auto text = reading.text;
  Octets o{};
  const auto end = octets(text, at, o);
  if (end == 0 || (end < text.size() && is_word(text[end]))) return 0;
  if (version(text, at, end) || nobodys(o)) return end;
  if (reading.label_of(at) == Role::version_label || reading.label_of(at) == Role::order_label)
    return end;
  const bool network = end < text.size() && text[end] == '/' && o[3] == 0;
  if (network && end + 1 < text.size() && is_digit(text[end + 1])) return end;
  if (o[1] == 0 && o[2] == 0 && o[3] == 0) return end;
  reading.add(Sensitive::ip_address, 90, at, end);
  return end;
}

std::size_t find_colons(Reading& reading, std::size_t at) {
  constexpr std::size_t size_max = 45;
  const auto text = reading.text;
  if (at > 0 && (is_word(text[at - 1]) || text[at - 1] == ':' || text[at - 1] == '_')) return 0;
  if (const auto end = mac(text, at); end != 0) {
    reading.add(Sensitive::mac_address, 90, at, end);
    return end;
  }
  std::size_t end = at, colons = 0, groups = 0;
  bool digit = false;
  for (; end < text.size() && end - at <= size_max; ++end) {
    const char c = text[end];
    if (!hex(c) && c != ':' && !(c == '.' && colons > 1)) break;
    if (c == ':') ++colons;
    if (hex(c) && (end == at || text[end - 1] == ':')) ++groups;
    digit = digit || is_digit(c);
  }
  while (end > at && (text[end - 1] == '.' || (text[end - 1] == ':' && text[end - 2] != ':')))
    --end;
  if (colons < 2 || groups < 2 || !digit || end - at > size_max) return 0;
  if (end < text.size() && is_word(text[end])) return 0;
  std::array<unsigned char, 16> address{};
  const std::string token{text.substr(at, end - at)};
  if (::inet_pton(AF_INET6, token.c_str(), address.data()) != 1 || nobodys(address)) return 0;
  const bool global = address[0] >= 0x20 && address[0] <= 0x3f;
  const bool local = address[0] == 0xfe || address[0] == 0xfd || address[0] == 0xfc;
  if (groups < 3 && !global && !local) return 0;
  reading.add(Sensitive::ip_address, 90, at, end);
  return end;
}

}  // namespace weir::domain
