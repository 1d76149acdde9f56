#include "actors/domain/grading/blobs.hpp"

#include "actors/domain/grading/unicode.hpp"

#include <algorithm>
#include <array>

namespace weir::domain {
namespace {

constexpr std::size_t base64_min = 12, hex_min = 14, unreadable_min = 1366, image_min = 48;

constexpr auto base64_values = [] {
  std::array<std::int8_t, 256> table{};
  for (auto& v : table) v = -1;
  constexpr std::string_view all =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < all.size(); ++i)
    table[static_cast<unsigned char>(all[i])] = static_cast<std::int8_t>(i);
  table['-'] = 62;
  table['_'] = 63;
  return table;
}();
int value(char c) { return base64_values[static_cast<unsigned char>(c)]; }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string decode_base64(std::string_view run) {
  std::string out;
  out.reserve(run.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    const int v = value(c);
    if (v < 0) continue;  // line feeds
    bits = bits << 6 | static_cast<std::uint32_t>(v);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return out;
}

/// UTF-8 without control characters, but for a broken character at the end.
bool is_text(std::string_view bytes) {
  std::size_t letters = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto d = decode_utf8(bytes, i);
    if (!d.valid) return i + 3 >= bytes.size() && i >= 9;
    if (d.point < 0x20 && d.point != '\n' && d.point != '\r' && d.point != '\t') return false;
    if (d.point >= 0x7F && d.point < 0xA0) return false;
    // Letters of scripts that random bytes give and our texts do not hold.
    if (d.point >= 0xA0 && d.point < 0x2000) ++letters;
    i += d.bytes;
  }
  return letters * 4 <= bytes.size();
}

/// Two bytes in UTF-16: text too. returns  it in UTF-8; empty: it is not.
std::string from_utf16(std::string_view bytes) {
  if (bytes.size() < 16) return {};
  std::size_t zeros = 0;
  for (std::size_t i = 1; i < bytes.size(); i += 2) zeros += bytes[i] == 0 ? 1 : 0;
  if (zeros * 4 < bytes.size()) return {};
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char utf8[4];
    const auto c = static_cast<char32_t>(static_cast<unsigned char>(bytes[i]) |
                                         static_cast<unsigned char>(bytes[i + 1]) << 8);
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return {};
    out.append(utf8, encode_utf8(c >= 0xD800 && c < 0xE000 ? U'?' : c, utf8));
  }
  return out;
}

std::string text_of(std::string bytes) {
  if (bytes.size() < 6) return {};
  if (is_text(bytes)) return bytes;
  return from_utf16(bytes);
}

/// Random bytes, not words: letters of both cases and digits all along.
bool dense(std::string_view run) {
  std::array<std::uint32_t, 256> counts{};
  const auto part = run.substr(0, 4096);
  for (const char c : part) ++counts[static_cast<unsigned char>(c)];
  const auto most = *std::max_element(counts.begin(), counts.end());
  const auto kinds = static_cast<std::size_t>(
      std::count_if(counts.begin(), counts.end(), [](std::uint32_t n) { return n != 0; }));
  return kinds >= 14 && most * 4 < part.size();
}

class Finder {
 public:
  explicit Finder(const Reading& reading) : r_{reading}, text_{reading.text} {}

  std::vector<Blob> run() {
    for (std::size_t i = 0; i < text_.size();) {
      if (value(text_[i]) < 0) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (end < text_.size() && value(text_[end]) >= 0) ++end;
      if (end - i >= base64_min) end = at(i, end);
      i = end;
    }
    return std::move(blobs_);
  }

 private:
  /// The run [begin, end) of the alphabet; lines that go on are one.
  std::size_t at(std::size_t begin, std::size_t end) {
    while (end < text_.size() && end - begin >= 48) {
      std::size_t next = end;
      while (next < text_.size() && next - end < 3 &&
             (text_[next] == '\n' || text_[next] == '\r' || text_[next] == ' '))
        ++next;
      if (next == end || next >= text_.size() || text_[next - 1] == ' ') break;
      std::size_t stop = next;
      while (stop < text_.size() && value(text_[stop]) >= 0) ++stop;
      if (stop - next < 16) break;
      end = stop;
    }
    std::size_t padded = end;
    while (padded < text_.size() && padded - end < 2 && text_[padded] == '=') ++padded;
    read(begin, end, padded);
    return padded;
  }

  void read(std::size_t begin, std::size_t end, std::size_t padded) {
    const auto run = text_.substr(begin, end - begin);
    const bool url = data_url(begin);
    if (hex(begin, end)) return;
    if (keep(begin, padded, text_of(decode_base64(run)))) return;
    if ((run.size() >= unreadable_min || (url && run.size() >= image_min)) && (url || dense(run)) &&
        !public_material(begin))
      return blobs_.push_back({{begin, padded}, {}, true});
    if (run.size() < unreadable_min) parts(begin, end, padded);
  }
  bool keep(std::size_t begin, std::size_t end, std::string text) {
    if (text.empty()) return false;
    blobs_.push_back({{begin, end}, std::move(text), false});
    return true;
  }
  /// A path or a name before it, joined by a sign of the alphabet: the longest part after one.
  void parts(std::size_t begin, std::size_t end, std::size_t padded) {
    for (std::size_t i = begin; i < end;) {
      std::size_t stop = i;
      while (stop < end && is_word(text_[stop])) ++stop;
      const bool whole = i == begin && stop == end;
      if (!whole && stop - i >= base64_min) {
        if (!hex(i, stop))
          keep(i, stop == end ? padded : stop, text_of(decode_base64(text_.substr(i, stop - i))));
      }
      i = stop + 1;
    }
  }
  bool hex(std::size_t begin, std::size_t end) {
    std::size_t b = begin;
    if (end - b > 2 && text_[b] == '0' && lower(text_[b + 1]) == 'x') b += 2;
    if (end - b < hex_min || (end - b) % 2 != 0) return false;
    std::string bytes;
    bytes.reserve((end - b) / 2);
    for (std::size_t i = b; i < end; i += 2) {
      const int high = hex_value(text_[i]), low = hex_value(text_[i + 1]);
      if (high < 0 || low < 0) return false;
      bytes.push_back(static_cast<char>(high * 16 + low));
      // Most numbers and hashes give a control character early; a character may be cut here.
      if (bytes.size() == 12 && end - b < 2 * unreadable_min && !is_text(bytes) &&
          from_utf16(bytes + bytes).empty())
        return false;
    }
    auto text = text_of(std::move(bytes));
    if (!text.empty()) return keep(begin, end, std::move(text));
    if (end - b < 2048) return false;
    if (!public_material(begin)) blobs_.push_back({{begin, end}, {}, true});
    return true;
  }
  bool data_url(std::size_t begin) const {
    return begin >= 7 && text_.substr(begin - 7, 7) == "base64," &&
           text_.substr(begin > 80 ? begin - 80 : 0, 80).find("data:") != text_.npos;
  }
  /// Certificates, public keys and checksums are for everybody.
  bool public_material(std::size_t begin) const {
    return r_.precedes(begin, {Role::public_key}, 40) ||
           r_.around({begin > 60 ? begin - 60 : 0, begin}, {Role::public_key}, 1);
  }

  const Reading& r_;
  std::string_view text_;
  std::vector<Blob> blobs_;
};

bool quote(char c) { return c == '"' || c == '\'' || c == '`'; }

/// The bytes of what joins two literals, from the closing quote to the opening one; 0: nothing
/// does.
std::size_t joint_at(std::string_view text, std::size_t at) {
  constexpr std::size_t size_max = 40;
  std::size_t i = at + 1;
  bool sign = false, blank = false;
  while (i < text.size() && i - at < size_max) {
    const char c = text[i];
    if (c == '+' || c == '&' || c == '.' || c == '\\') {
      if (sign && c != '.') return 0;
      sign = true;
    } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      blank = true;
    } else {
      break;
    }
    ++i;
  }
  if (i >= text.size() || (!sign && !blank)) return 0;
  if (i + 1 < text.size() && text[i] == 'f' && quote(text[i + 1])) ++i;
  return text[i] == text[at] ? i + 1 - at : 0;
}

}  // namespace

std::vector<Blob> find_blobs(const Reading& reading) { return Finder{reading}.run(); }

Joined join_literals(std::string_view text) {
  Joined joined;
  std::size_t kept = 0;
  const auto keep = [&](std::size_t end) {
    joined.map.verbatim(joined.text.size(), kept);
    joined.text.append(text.substr(kept, end - kept));
  };
  for (std::size_t i = 0; i < text.size();) {
    if (!quote(text[i])) {
      ++i;
      continue;
    }
    const auto joint = i > 0 && is_word(text[i - 1]) ? joint_at(text, i) : 0;
    if (joint == 0 || i + joint >= text.size() || !is_word(text[i + joint])) {
      ++i;
      continue;
    }
    keep(i);
    kept = i + joint;
    joined.joints.push_back(joined.text.size());
    i = kept;
  }
  if (joined.joints.empty()) return joined;
  keep(text.size());
  return joined;
}

}  // namespace weir::domain
