#include "node-agent/engines/cache_salt.hpp"

#include "actors/net/tls/mac.hpp"
#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/splice.hpp"

#include <vector>

namespace weir::engines {

std::string tenant_salt(const Sha256& secret, std::string_view tenant) {
  std::string text{reinterpret_cast<const char*>(secret.data()), secret.size()};
  text.append(tenant);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : net::tls::sha256(text)) {
    hex.push_back(digits[byte >> 4U]);
    hex.push_back(digits[byte & 0xFU]);
  }
  return hex;
}

std::optional<std::string> with_cache_salt(std::string_view body, std::string_view salt) {
  using dialect::openai::Edit;
  using dialect::openai::Range;
  const auto value = '"' + std::string{salt} + '"';
  const auto member = "\"cache_salt\":" + value;
  std::vector<Edit> edits;
  bool empty = true;
  dialect::json::Reader reader{body, dialect::json::Duplicates::allowed};
  const bool object = reader.object([&](std::string_view key) {
    const bool salted = key == "cache_salt";
    empty = false;
    if (!reader.skip()) return false;
    if (salted) edits.push_back({Range{reader.value_begin(), reader.value_end()}, value});
    return true;
  });
  if (!object || !reader.end()) return std::nullopt;
  const auto last = body.rfind('}');
  const auto added = empty ? member : ',' + member;
  if (edits.empty()) edits.push_back({Range{last, last}, added});
  std::string out;
  out.reserve(body.size() + added.size() + value.size());
  dialect::openai::append_spliced(out, body, edits);
  return out;
}

}  // namespace weir::engines
