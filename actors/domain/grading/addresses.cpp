// Postal addresses: Chinese ones from the largest to the smallest, American ones around their
// street.
#include "actors/domain/grading/reading.hpp"
#include "actors/domain/grading/regions.hpp"
#include "actors/domain/grading/unicode.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace weir::domain {
namespace {

std::size_t any_of_at(std::string_view text, std::size_t at,
                      std::initializer_list<std::string_view> words) {
  for (const auto w : words)
    if (text.substr(std::min(at, text.size()), w.size()) == w) return w.size();
  return 0;
}

std::size_t numeral_at(std::string_view text, std::size_t at) {
  std::size_t i = at;
  bool digits = false;
  while (i < text.size() && i - at < 24) {
    if (is_word(text[i]) || text[i] == '-' || text[i] == '#') {
      digits = digits || is_digit(text[i]) || is_upper(text[i]);
      ++i;
    } else if (const auto n = any_of_at(text, i,
                                        {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九",
                                         "十", "百", "甲", "乙", "丙"});
               n != 0) {
      digits = true;
      i += n;
    } else if (const auto d = any_of_at(text, i, {"东", "西", "南", "北", "之"});
               d != 0 && i > at) {
      i += d;
    } else {
      break;
    }
  }
  return digits ? i : at;
}

std::size_t unit_at(std::string_view text, std::size_t at) {
  return any_of_at(text, at, {"号院", "号楼", "号", "弄", "栋", "幢", "座", "单元", "室", "层",
                              "楼",   "户",   "巷", "组", "期", "区", "院", "门",   "房", "铺"});
}

/// "翡翠城27号楼": a name of at most eight characters, a number and its kind; the end, 0: none.
std::size_t named_house(std::string_view text, std::size_t at) {
  constexpr std::size_t name_max = 24;
  std::size_t i = at;
  while (i < text.size() && i - at < name_max && is_cjk_byte(text[i])) {
    if (any_of_at(text, i, {"。", "、", "的", "在", "，"}) != 0) return 0;
    i += 3;
  }
  if (i == at || i >= text.size() || !is_digit(text[i])) return 0;
  const auto number = numeral_at(text, i);
  const auto unit = any_of_at(text, number, {"号楼", "栋", "幢", "座", "单元", "号院"});
  return unit == 0 ? 0 : number + unit;
}

/// "号3栋1单元1460", "号某某大厦12层": what follows the number of a house.
std::size_t details_end(const Reading& r, std::size_t at) {
  constexpr std::size_t size_max = 120;
  const auto text = r.text;
  std::size_t end = at;
  for (std::size_t i = at; i - at < size_max;) {
    if (i < text.size() && (text[i] == ' ' || text[i] == ',') && i + 1 < text.size()) {
      const auto n = numeral_at(text, i + 1);
      if (n > i + 1 && unit_at(text, n) != 0) ++i;
    }
    const auto number = numeral_at(text, i);
    if (const auto unit = number > i ? unit_at(text, number) : 0; unit != 0) {
      end = i = number + unit;
      continue;
    }
    if (number > i && number - i <= 6 && is_digit(text[i]) && end == i && i > at) {
      end = number;  // the number of a room without its word
      break;
    }
    if (const auto named = named_house(text, i); named != 0) {
      end = i = named;
      continue;
    }
    // The name of an estate or a building, at most eight characters before its kind.
    std::size_t found = 0;
    for (auto h = r.hit_after(i); h < r.hits.size() && r.hits[h].end <= i + 36; ++h)
      if (r.hits[h].role == Role::place_end) found = r.hits[h].end;
    if (found == 0) break;
    const auto name = text.substr(i, found - i);
    if (std::any_of(name.begin(), name.end(),
                    [](char c) { return !is_cjk_byte(c) && !is_word(c); }) ||
        name.find("。") != name.npos || name.find("、") != name.npos)
      break;
    end = i = found;
  }
  return end;
}

/// Where the address begins whose road ends at `at`: back over regions, to the edge of the clause.
std::size_t chinese_begin(std::string_view text, std::size_t at) {
  constexpr std::size_t back_max = 90, road_max = 24;
  std::size_t floor = at > back_max ? at - back_max : 0;
  std::size_t clause = at;
  while (clause > floor) {
    const char c = text[clause - 1];
    if (!is_cjk_byte(c) && !is_digit(c)) break;
    if (clause >= 3 && any_of_at(text, clause - 3, {"。", "、", "·"}) != 0) break;
    --clause;
  }
  while (clause < at && (text[clause] & 0xC0) == 0x80) ++clause;
  while (clause < at && is_digit(text[clause])) ++clause;
  if (const auto region = first_region(text.substr(clause, at - clause)); region != text.npos)
    return clause + region;
  // No region that is known: after the last word that leads to a place.
  std::size_t begin = clause;
  for (std::size_t i = clause; i + 3 < at; i += 3)
    if (any_of_at(text, i,
                  {"在", "到", "于", "址", "为", "是", "至", "往", "住", "寄", "送", "去"}) != 0 &&
        any_of_at(text, i, {"到底"}) == 0)
      begin = i + 3;
  return at - begin > road_max + 36 ? text.npos : begin;
}

void chinese(Reading& r, const Hit& road, std::size_t& done) {
  const auto text = r.text;
  if (road.begin < done || road.begin < 6) return;
  std::size_t i = road.end;
  if (i < text.size() && text[i] == ' ') ++i;
  const auto number = numeral_at(text, i);
  if (number == i) return;
  const auto unit =
      any_of_at(text, number, {"号院", "号楼", "号", "弄", "巷", "栋", "幢", "段", "组", "社"});
  if (unit == 0) return;
  const auto begin = chinese_begin(text, road.begin);
  if (begin == text.npos || begin + 3 > road.begin) return;
  const auto end = std::max(details_end(r, number + unit), number + unit);
  r.add(Sensitive::address, 85, begin, end);
  done = end;
}

/// A region, an estate and a number without a road: "浦东新区世纪花园12号楼301室".
void estate(Reading& r, const Hit& place, std::size_t& done) {
  const auto text = r.text;
  if (place.begin < done || place.begin < 6) return;
  const auto number = numeral_at(text, place.end);
  if (number == place.end || unit_at(text, number) == 0) return;
  const auto begin = chinese_begin(text, place.begin);
  if (begin == text.npos || begin + 3 > place.begin) return;
  const auto region = first_region(text.substr(begin, place.end - begin));
  const auto end = details_end(r, place.end);
  if (region == text.npos && end - place.end < 10) return;
  r.add(Sensitive::address, 75, begin, end);
  done = end;
}

bool state(std::string_view two) {
  constexpr std::string_view all =
      "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
      "NM NY NC "
      "ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP FM MH PW AA AE AP ON "
      "BC QC AB MB NS NB SK ";
  return two.size() == 2 && is_upper(two[0]) && is_upper(two[1]) && all.find(two) % 3 == 0 &&
         all.find(two) != all.npos;
}

/// A region, a name and the number of a house without a road: "吴中区书香门第18栋2单元407室".
void house(Reading& r, const Hit& kind, std::size_t& done) {
  const auto text = r.text;
  if (kind.begin < done + 1 || kind.begin < 9) return;
  std::size_t number = kind.begin;
  while (number > 0 && kind.begin - number < 6 && is_word(text[number - 1])) --number;
  if (number == kind.begin || number < 6) return;
  const auto begin = chinese_begin(text, number);
  if (begin == text.npos || begin < done || begin + 6 > number) return;
  if (first_region(text.substr(begin, number - begin)) != 0) return;
  const auto end = details_end(r, kind.end);
  r.add(Sensitive::address, 75, begin, std::max<std::size_t>(end, kind.end));
  done = std::max<std::size_t>(end, kind.end);
}

/// "…, Springfield, IL 62704" whose street has no word of the list: back to the house's number.
void before_state(Reading& r, std::size_t comma) {
  constexpr std::size_t back_max = 90;
  const auto text = r.text;
  if (text.size() - comma < 10 || !state(text.substr(comma + 2, 2)) || text[comma + 1] != ' ' ||
      text[comma + 4] != ' ')
    return;
  std::size_t end = comma + 5;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '-')) ++end;
  if (end - comma < 10) return;
  const auto floor = comma > back_max ? comma - back_max : 0;
  std::size_t begin = text.npos;
  for (std::size_t i = comma; i > floor; --i) {
    const char c = text[i - 1];
    if (!is_word(c) && std::string_view{" ,.#'-"}.find(c) == std::string_view::npos) break;
    const bool starts =
        is_digit(c) && (i == 1 || text[i - 2] == ' ' || text[i - 2] == '\n' || text[i - 2] == '"' ||
                        text[i - 2] == ':' || is_cjk_byte(text[i - 2]));
    std::size_t after = i;
    while (after < comma && is_digit(text[after])) ++after;
    if (starts && after + 1 < comma && text[after] == ' ' && is_upper(text[after + 1]))
      begin = i - 1;
    if (i - 1 > floor && is_lower(c) && text[i - 2] == ' ' && begin != text.npos) break;
  }
  if (begin != text.npos) r.add(Sensitive::address, 85, begin, end);
}

struct Word {
  std::size_t begin, end;
};
/// The word that ends at `end`, capitals or digits first; empty: none.
Word word_before(std::string_view text, std::size_t end) {
  std::size_t b = end;
  while (b > 0 && end - b < 24 &&
         (is_word(text[b - 1]) || text[b - 1] == '\'' || text[b - 1] == '.'))
    --b;
  return {b, end};
}

/// ", Apt 4B", ", Springfield, IL 62704": what follows the street.
std::size_t american_end(std::string_view text, std::size_t at) {
  std::size_t end = at, i = at;
  for (int part = 0; part < 4; ++part) {
    std::size_t b = i;
    while (b < text.size() && b - i < 3 && (text[b] == ',' || text[b] == ' ' || text[b] == '.'))
      ++b;
    if (b == i || b >= text.size()) break;
    std::size_t e = b;
    // Up to three words of a city or a flat.
    for (int n = 0;
         n < 3 && e < text.size() && (is_upper(text[e]) || is_digit(text[e]) || text[e] == '#');
         ++n) {
      const auto first = e;
      while (e < text.size() && e - first < 20 &&
             (is_word(text[e]) || text[e] == '#' || text[e] == '-'))
        ++e;
      const bool two = e - first == 2 && state(text.substr(first, 2));
      const bool zip = e - first >= 5 && is_digit(text[first]);
      if (two || zip) end = e;
      if (zip) return end;
      if (e + 1 < text.size() && text[e] == ' ' &&
          (is_upper(text[e + 1]) || is_digit(text[e + 1]))) {
        ++e;
      } else {
        break;
      }
    }
    const auto word = text.substr(b, e - b);
    if (any_of_at(word, 0,
                  {"Apt", "Suite", "Unit", "Ste", "Floor", "Room", "#", "Apartment", "Bldg"}) != 0)
      end = e;
    if (e == b) break;
    i = e;
  }
  return end;
}

void american(Reading& r, const Hit& street, std::size_t& done) {
  const auto text = r.text;
  if (street.begin < done || street.begin < 5 || street.end - street.begin < 3) return;
  std::size_t b = street.begin + 1, words = 0;
  while (b > 1 && text[b - 1] == ' ' && words < 5) {
    const auto w = word_before(text, b - 1);
    if (w.begin == w.end) return;
    const char c = text[w.begin];
    if (is_digit(c)) {
      const auto size = w.end - w.begin;
      const bool ordinal = is_alpha(text[w.end - 1]) && size > 2;  // "42nd"
      if (!ordinal || words > 0) {
        if (words == 0 || size > 6 ||
            (w.begin > 0 &&
             (is_word(text[w.begin - 1]) || text[w.begin - 1] == '$' || text[w.begin - 1] == ',')))
          return;
        const auto end = american_end(text, street.end);
        r.add(Sensitive::address, end > street.end ? 90 : 65, w.begin, end);
        done = end;
        return;
      }
    } else if (!is_upper(c)) {
      return;
    }
    b = w.begin;
    ++words;
  }
}

/// Military post: "PSC 1234, Box 5678, APO AE 09012", "USS Smith, FPO AP 06566".
void military(Reading& r, std::size_t post) {
  constexpr std::size_t back_max = 48;
  const auto text = r.text;
  const auto floor = post > back_max ? post - back_max : 0;
  const auto before = text.substr(floor, post - floor);
  std::size_t end = post + 6;
  while (end < text.size() && end - post < 17 && (is_digit(text[end]) || text[end] == ' ')) ++end;
  while (end > post && text[end - 1] == ' ') --end;
  if (end - post < 12 || !state(text.substr(post + 4, 2))) return;
  for (const std::string_view first : {"PSC ", "Unit ", "USNS ", "USS ", "USNV ", "USCGC ", "CMR "})
    if (const auto at = before.rfind(first); at != before.npos)
      return r.add(Sensitive::address, 85, floor + at, end);
}

}  // namespace

void find_addresses(Reading& reading) {
  std::size_t done = 0;
  const auto count = reading.hits.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto hit = reading.hits[i];
    if (hit.role == Role::road) chinese(reading, hit, done);
    if (hit.role == Role::place_end) estate(reading, hit, done);
    if (hit.role == Role::house) house(reading, hit, done);
    if (hit.role == Role::street) american(reading, hit, done);
  }
  const auto text = reading.text;
  for (auto at = text.find(", "); at != text.npos; at = text.find(", ", at + 1))
    if (at + 3 < text.size() && is_upper(text[at + 2]) && is_upper(text[at + 3]))
      before_state(reading, at);
  for (const std::string_view post : {"FPO A", "APO A", "DPO A"})
    for (auto at = text.find(post); at != text.npos; at = text.find(post, at + 1))
      military(reading, at);
}

}  // namespace weir::domain
