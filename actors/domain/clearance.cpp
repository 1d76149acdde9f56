#include "actors/domain/clearance.hpp"

#include "schema/types/price.hpp"

#include <utility>

namespace weir::domain {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU));
}

}  // namespace

std::string canonical(const ClearanceTerms& t) {
  std::string out{"weir clearance 1\0", 17};
  append_number(out, t.attempt.incarnation);
  append_number(out, t.attempt.request.value);
  append_number(out, t.attempt.number);
  append_number(out, t.proxy);
  append_number(out, static_cast<std::uint64_t>(t.provider));
  append_number(out, t.model.size());
  out += t.model;
  out.append(reinterpret_cast<const char*>(t.digest.data()), t.digest.size());
  append_number(out, t.bytes);
  append_number(out, static_cast<std::uint64_t>(t.grade));
  append_number(out, t.desensitised ? 1 : 0);
  append_number(out, t.policy);
  append_number(out, static_cast<std::uint64_t>(t.cost_cap.count()));
  append_number(out, t.ttl_ms);
  return out;
}

MicroUsd cost_cap(std::uint64_t body_bytes, std::uint32_t output_tokens_max,
                  const CloudTarget& target) {
  return price_of(body_bytes + provider_tokens_max, target.in_per_mtok) +
         price_of(output_tokens_max, target.out_per_mtok);
}

ClearanceOffice::ClearanceOffice(Digests digests, const Sha256& key, OfficeRules rules)
    : digests_{digests}, key_{key}, rules_{rules} {}

Clearance ClearanceOffice::sign(ClearanceTerms terms) const {
  const auto mac = digests_.hmac(key_, canonical(terms));
  return {std::move(terms), mac};
}

}  // namespace weir::domain
