// Certificates for links: a small CA in two files, made and used by `weir certs` and `weir up`.
// EC P-256, SHA-256; role, name and tier stand in URI SANs (see net/tls/context.hpp).
#pragma once

#include "schema/types/grade.hpp"
#include "schema/types/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::net::certs {

/// Makes dir/ca.pem and dir/ca-key.pem (mode 0600), valid 10 years; the directory is made if
/// absent. Nothing is overwritten; a key that stands there without its certificate (an `init` was
/// cut off) gets one. errors  invalid_config: ca.pem exists already, or something cannot be
/// written; `cluster` must be 1 .. 63 of [a-z0-9-].
Result<Done> init(const std::string& dir, const std::string& cluster);

struct IssueOrder {
  std::string role;               ///< "coordinator" or "agent"
  std::string name;               ///< 1 .. 63 of [A-Za-z0-9._-]
  std::optional<Tier> tier;       ///< agents only, and needed there
  std::vector<std::string> sans;  ///< further DNS names or IP addresses
};
/// Makes dir/NAME.pem and dir/NAME-key.pem (mode 0600), signed by dir's CA and valid 1 year, but
/// no longer than the CA. A certificate of that name is replaced atomically (rotation), unless it
/// has another role or tier; the CA's own name, and names that end in "-key", are refused: they
/// would overwrite keys.
/// errors  invalid_config naming what is wrong.
Result<Done> issue(const std::string& dir, const IssueOrder& order);

struct Shown {
  std::string subject;
  std::string cluster, role, name;  ///< empty for a CA
  std::optional<Tier> tier;
  std::string not_before, not_after;  ///< ISO 8601, UTC
  std::vector<std::string> sans;
  std::string sha256;  ///< fingerprint, lower-case hex
  bool ca = false;
};
Result<Shown> show(const std::string& file);

}  // namespace weir::net::certs
