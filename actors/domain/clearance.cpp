#include "actors/domain/clearance.hpp"

#include "schema/types/assert.hpp"
#include "schema/types/price.hpp"

#include <utility>

namespace weir::domain {
namespace {

/// 20^12, which is 51 bits.
constexpr std::size_t nonce_letters = 12;

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

ClearanceOffice::ClearanceOffice(Digests digests, const Sha256& key,
                                 std::shared_ptr<const Detector> detector, OfficeRules rules)
    : digests_{digests}, key_{key}, detector_{std::move(detector)}, rules_{rules} {
  WEIR_ASSERT(detector_);
}

ClearanceOffice ClearanceOffice::with(std::shared_ptr<const Detector> detector) const {
  return {digests_, key_, std::move(detector), rules_};
}

Detected ClearanceOffice::inspect(std::string_view body, std::uint32_t unreadable) const {
  auto detected = summary_of(detector_->scan_json(body));
  if (unreadable == 0) return detected;
  detected.counts[index_of(Sensitive::unreadable)] += unreadable;
  detected.grade = strictest(detected.grade, detector_->grade_of(Sensitive::unreadable));
  return detected;
}

/// Letters that only the holder of the key can foretell, new for each attempt.
std::string ClearanceOffice::nonce_for(AttemptId attempt) const {
  constexpr std::string_view letters = "bcdfghjkmnpqrstvwxyz";
  std::string text{"weir placeholder 1"};
  append_number(text, attempt.incarnation);
  append_number(text, attempt.request.value);
  append_number(text, attempt.number);
  std::string nonce;
  for (const auto byte : digests_.hmac(key_, text)) {
    if (byte < 240) nonce.push_back(letters[byte % letters.size()]);
    if (nonce.size() == nonce_letters) break;
  }
  return nonce;
}

Clearance ClearanceOffice::sign(ClearanceTerms terms) const {
  const auto mac = digests_.hmac(key_, canonical(terms));
  return {std::move(terms), mac};
}

}  // namespace weir::domain
