#include "schema/config/binder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace weir::config {

namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t path_bytes_max = 4096;
constexpr std::size_t secret_bytes_max = 8192;
constexpr std::size_t text_bytes_max = 256;
constexpr std::size_t texts_max = 1024;
constexpr std::size_t quoted_bytes_max = 32;

/// A value for an error text: as written, so that no reference shows what it stands for.
std::string got(const Node& node) {
  auto text = as_written(node.text);
  if (text.size() > quoted_bytes_max) text = text.substr(0, quoted_bytes_max) + "...";
  return ", got " + (text.empty() ? std::string{"nothing"} : text);
}

bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// The first line of a small file; nullopt where it cannot be read.
std::optional<std::string> first_line(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::nullopt;
  std::ifstream in{path, std::ios::binary};
  std::string text(secret_bytes_max + 1, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(text.size())) && !in.eof())
    return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  text.resize(std::min(text.find('\n'), text.size()));
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

/// Dollars as written ("0.15") in millionths, rounded up; nullopt where it is not a number.
std::optional<MicroUsd> micro_usd(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto part =
      point == std::string_view::npos ? std::string_view{"0"} : text.substr(point + 1);
  const auto digits = [](std::string_view s) {
    return !s.empty() &&
           std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(whole) || !digits(part) || whole.size() > 9) return std::nullopt;
  std::int64_t micro = 0;
  for (const char c : whole) micro = micro * 10 + (c - '0');
  for (std::size_t i = 0; i < 6; ++i) micro = micro * 10 + (i < part.size() ? part[i] - '0' : 0);
  const bool more = part.size() > 6 && part.find_first_not_of('0', 6) != std::string_view::npos;
  return MicroUsd{micro + (more ? 1 : 0)};
}

}  // namespace

void Report::add(Place place, const std::string& key, const std::string& what) {
  problems_.push_back({place, at(place) + ": " + (key.empty() ? what : key + ": " + what)});
}

std::vector<std::string> Report::lines() const {
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.place < b.place; });
  std::vector<std::string> lines;
  for (auto& p : sorted) lines.push_back(std::move(p.what));
  return lines;
}

std::string Report::at(Place place) const {
  return file_ + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string Report::path(const std::string& path) const {
  const std::filesystem::path base{dir_.empty() ? "." : dir_};
  return (base / path).lexically_normal().string();
}

Binder::Binder(const Node& node, std::string path, Report& report)
    : node_{node}, path_{std::move(path)}, report_{report} {
  std::set<std::string> keys;
  for (const auto& m : node_.members)
    if (!keys.insert(m.key).second) report_.add(m.place, full(m.key), "stands twice");
}

std::string Binder::full(const std::string& key) const {
  auto shown = as_written(key.size() > text_bytes_max ? key.substr(0, text_bytes_max) : key);
  return path_.empty() || shown.empty() ? path_ + shown : path_ + "." + shown;
}

void Binder::wrong(const Node* where, const std::string& key, const std::string& what) {
  report_.add(where != nullptr ? where->place : node_.place, full(key), what);
}

void Binder::unique(std::set<std::string>& seen, const Node* where, const std::string& key,
                    const std::string& value) {
  if (where != nullptr && !seen.insert(value).second) wrong(where, key, "is used twice");
}

void Binder::refuse(const char* key, const std::string& why) {
  if (const auto* node = take(key, Need::optional)) wrong(node, key, why);
}

void Binder::close() {
  for (const auto& m : node_.members)
    if (asked_.count(m.key) == 0) report_.add(m.place, full(m.key), "unknown key");
}

const Node* Binder::take(const char* key, Need need) {
  asked_.insert(key);
  const auto* node = node_.find(key);
  if (node == nullptr && need == Need::required) wrong(nullptr, key, "is missing");
  return node;
}

bool Binder::resolve(const Node& node, const std::string& key, std::string& out) {
  out.clear();
  const auto& text = node.text;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find(reference_open, at);
    const auto close = text.find(reference_close, at);
    if (open == std::string::npos || close == std::string::npos || close < open || open == at) {
      out.append(text, at);
      return true;
    }
    out.append(text, at, open - 1 - at);
    const auto name = text.substr(open + 1, close - open - 1);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      wrong(&node, key, "the environment variable " + name + " is not set");
      return false;
    }
    out.append(value);
    at = close + 1;
  }
  return true;
}

const Node* Binder::scalar(const char* key, Need need, std::string& out) {
  const auto* node = take(key, need);
  if (node == nullptr) return nullptr;
  if (node->kind == Node::Kind::scalar) return resolve(*node, key, out) ? node : nullptr;
  wrong(node, key,
        node->kind == Node::Kind::null ? "has no value" : "must be one value, not a list or map");
  return nullptr;
}

const Node* Binder::text(const char* key, Need need, std::size_t bytes_max, std::string& out) {
  std::string value;
  const auto* node = scalar(key, need, value);
  if (node == nullptr) return nullptr;
  if (value.empty() || value.size() > bytes_max || !printable(value)) {
    wrong(node, key, "must be 1.." + std::to_string(bytes_max) + " printable bytes");
    return nullptr;
  }
  out = std::move(value);
  return node;
}

const Node* Binder::name(const char* key, Need need, std::string& out) {
  std::string value;
  const auto* node = scalar(key, need, value);
  if (node == nullptr) return nullptr;
  const auto alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool valid = !value.empty() && value.size() <= name_bytes_max && alnum(value[0]) &&
                     std::all_of(value.begin(), value.end(), [&](char c) {
                       return alnum(c) || c == '.' || c == '_' || c == '-';
                     });
  if (!valid) {
    wrong(node, key,
          "must be 1..64 letters, digits, '.', '_' or '-', beginning with one of the "
          "first two");
    return nullptr;
  }
  out = std::move(value);
  return node;
}

const Node* Binder::path(const char* key, Need need, std::string& out) {
  const auto* node = text(key, need, path_bytes_max, out);
  if (node != nullptr) out = report_.path(out);
  return node;
}

const Node* Binder::secret(const char* key, Need need, std::string& out) {
  std::string value;
  const auto* node = scalar(key, need, value);
  if (node == nullptr) return nullptr;
  constexpr std::string_view scheme = "file:";
  if (value.compare(0, scheme.size(), scheme) == 0) {
    const auto file = report_.path(value.substr(scheme.size()));
    auto line = first_line(file);
    if (!line) {
      wrong(node, key, "cannot read the file that it names");
      return nullptr;
    }
    value = std::move(*line);
  }
  if (value.empty() || value.size() > secret_bytes_max || !printable(value)) {
    wrong(node, key, "must be 1.." + std::to_string(secret_bytes_max) + " printable bytes");
    return nullptr;
  }
  out = std::move(value);
  return node;
}

const Node* Binder::integer(const char* key, Need need, std::uint32_t least, std::uint32_t most,
                            std::uint32_t& out) {
  std::string text;
  const auto* node = scalar(key, need, text);
  if (node == nullptr) return nullptr;
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < least ||
      value > most) {
    wrong(node, key, "must be " + std::to_string(least) + ".." + std::to_string(most) + got(*node));
    return nullptr;
  }
  out = value;
  return node;
}

const Node* Binder::capability(const char* key, std::uint8_t& out) {
  std::uint32_t value = 0;
  const auto* node = integer(key, Need::optional, 1, 3, value);
  if (node != nullptr) out = static_cast<std::uint8_t>(value);
  return node;
}

const Node* Binder::weight(const char* key, double& out) {
  std::string text;
  const auto* node = scalar(key, Need::optional, text);
  if (node == nullptr) return nullptr;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (!whole || !(value >= 0.0 && value <= 1.0)) {
    wrong(node, key, "must be 0..1" + got(*node));
    return nullptr;
  }
  out = value;
  return node;
}

const Node* Binder::price(const char* key, MicroUsd& out) {
  std::string text;
  const auto* node = scalar(key, Need::optional, text);
  if (node == nullptr) return nullptr;
  const auto value = micro_usd(text);
  if (!value) {
    wrong(node, key, "must be US dollars such as 0.15, at most 999999999" + got(*node));
    return nullptr;
  }
  out = *value;
  return node;
}

const Node* Binder::boolean(const char* key, bool& out) {
  std::string text;
  const auto* node = scalar(key, Need::optional, text);
  if (node == nullptr) return nullptr;
  if (text != "true" && text != "false") {
    wrong(node, key, "must be true or false" + got(*node));
    return nullptr;
  }
  out = text == "true";
  return node;
}

const Node* Binder::grade(const char* key, Need need, std::optional<Grade>& out) {
  std::string text;
  const auto* node = scalar(key, need, text);
  if (node == nullptr) return nullptr;
  const auto value = parse_grade(text);
  if (!value) {
    wrong(node, key, "must be P0, P1 or P2" + got(*node));
    return nullptr;
  }
  out = value;
  return node;
}

const Node* Binder::tier(const char* key, Need need, Tier& out) {
  std::string text;
  const auto* node = scalar(key, need, text);
  if (node == nullptr) return nullptr;
  const auto value = parse_tier(text);
  if (!value) {
    wrong(node, key, "must be L0, L1 or L2" + got(*node));
    return nullptr;
  }
  out = *value;
  return node;
}

const Node* Binder::host_port(const char* key, Need need, std::uint16_t port_least, HostPort& out) {
  std::string text;
  const auto* node = scalar(key, need, text);
  if (node == nullptr) return nullptr;
  const auto value = parse_host_port(text);
  if (!value || value->port < port_least) {
    wrong(node, key,
          "must be host:port with port " + std::to_string(port_least) + "..65535" + got(*node));
    return nullptr;
  }
  out = *value;
  return node;
}

const Node* Binder::texts(const char* key, Need need, std::size_t least,
                          std::vector<std::string>& out) {
  const auto* node = take(key, need);
  if (node == nullptr) return nullptr;
  if (node->kind != Node::Kind::list || node->items.size() < least ||
      node->items.size() > texts_max) {
    wrong(node, key,
          "must be a list of " + std::to_string(least) + ".." + std::to_string(texts_max) +
              " values");
    return nullptr;
  }
  std::vector<std::string> values;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const auto& item = node->items[i];
    const auto at = std::string{key} + "[" + std::to_string(i) + "]";
    std::string value;
    if (item.kind == Node::Kind::scalar && !resolve(item, at, value)) continue;
    if (value.empty() || value.size() > text_bytes_max || !printable(value)) {
      wrong(&item, at, "must be 1..256 printable bytes");
      continue;
    }
    unique(seen, &item, at, value);
    values.push_back(std::move(value));
  }
  if (values.size() != node->items.size()) return nullptr;
  out = std::move(values);
  return node;
}

const Node* Binder::values(
    const char* key, std::size_t least, std::size_t most, std::size_t bytes_max,
    const std::function<void(const Node&, const std::string&, std::string)>& read) {
  const auto* node = take(key, Need::optional);
  if (node == nullptr) return nullptr;
  const bool one = node->kind == Node::Kind::scalar;
  if (!one &&
      (node->kind != Node::Kind::list || node->items.size() < least || node->items.size() > most)) {
    wrong(node, key,
          "must be one value or a list of " + std::to_string(least) + ".." + std::to_string(most));
    return nullptr;
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < (one ? 1 : node->items.size()); ++i) {
    const auto& item = one ? *node : node->items[i];
    const auto at = one ? std::string{key} : std::string{key} + "[" + std::to_string(i) + "]";
    std::string value;
    if (item.kind == Node::Kind::scalar && !resolve(item, at, value)) continue;
    if (value.empty() || value.size() > bytes_max || !printable(value)) {
      wrong(&item, at, "must be 1.." + std::to_string(bytes_max) + " printable bytes");
      continue;
    }
    unique(seen, &item, at, value);
    read(item, at, std::move(value));
  }
  return node;
}

const Node* Binder::map(const char* key, Need need, const std::function<void(Binder&)>& read) {
  const auto* node = take(key, need);
  if (node == nullptr) return nullptr;
  if (node->kind != Node::Kind::map) {
    wrong(node, key, "must be a map");
    return nullptr;
  }
  Binder inner{*node, full(key), report_};
  read(inner);
  inner.close();
  return node;
}

const Node* Binder::maps(const char* key, Need need, std::size_t most,
                         const std::function<void(Binder&)>& read) {
  const auto* node = take(key, need);
  if (node == nullptr) return nullptr;
  if (node->kind != Node::Kind::list || node->items.size() > most) {
    wrong(node, key, "must be a list of at most " + std::to_string(most) + " maps");
    return nullptr;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const auto& item = node->items[i];
    const auto at = std::string{key} + "[" + std::to_string(i) + "]";
    if (item.kind != Node::Kind::map) {
      wrong(&item, at, "must be a map");
      continue;
    }
    Binder inner{item, full(at), report_};
    read(inner);
    inner.close();
  }
  return node;
}

}  // namespace weir::config
