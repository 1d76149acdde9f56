// What the detector finds, in forms that tests compare; values that prove themselves, made anew for
// each seed; disguises.
#pragma once

#include "actors/domain/grading/detector.hpp"

#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace weir::testing {

/// With the factory's rules.
const domain::Detector& detector();

/// "EMAIL a@firm.cn" for each finding of the scan of `text`, in order.
std::vector<std::string> told(const Scan& scan, std::string_view text);
std::vector<std::string> told(std::string_view text);
/// Whether a finding of the kind covers exactly `value`, which stands once in `text`.
bool finds(const Scan& scan, std::string_view text, Sensitive kind, std::string_view value);
bool finds(std::string_view text, Sensitive kind, std::string_view value);
bool finds_any(std::string_view text, Sensitive kind);
/// One line of them, for messages.
std::string joined(const std::vector<std::string>& lines);

using Rng = std::mt19937;
std::string pick(Rng& rng, std::string_view alphabet, std::size_t n);

/// A valid value, and the same with another check digit.
struct Checked {
  std::string right, wrong;
};
Checked id_card(Rng& rng);
Checked bank_card(Rng& rng);
Checked credit_code(Rng& rng);
Checked iban(Rng& rng);
std::string mobile(Rng& rng);

std::string base64(std::string_view bytes);
std::string base64_url(std::string_view bytes);  ///< without padding
std::string hex(std::string_view bytes);

struct Disguise {
  const char* name;
  std::function<std::string(std::string_view)> wear;
};
/// Those that any value of ASCII may wear.
const std::vector<Disguise>& disguises();
/// Those of digits only.
const std::vector<Disguise>& digit_disguises();

/// `text` as a JSON string, quotes included; ASCII only where `escaped`.
std::string json_string(std::string_view text, bool escaped = false);
/// A chat request with these contents of the user.
std::string chat(const std::vector<std::string>& contents);

}  // namespace weir::testing
