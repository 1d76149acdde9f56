// Desensitisation: a chat request that holds personal data becomes one that holds placeholders.
// The way back is actors/domain/stream/restoring.hpp. Pure.
#pragma once

#include "actors/domain/grading/scan.hpp"
#include "schema/dialect/chat.hpp"
#include "schema/types/sensitive.hpp"
#include "schema/types/vault.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace weir::domain {

struct Redaction {
  /// False: something cannot be replaced, or a limit was hit. The request is then half changed, of
  /// no use, and must stay local.
  bool whole = true;
  PerKind<std::uint32_t> counts{};  ///< findings that were replaced
};

/// What is to be replaced in a plain text; its findings lie in it, in order.
using ScanText = std::function<Scan(std::string_view)>;

/// Replaces each finding, by its original bytes, with its placeholder, in every string of the
/// request:
///   replaced      texts of all roles, thinking, tool results, tool descriptions; values of tool
///                 calls' arguments, of schemas (descriptions, enums, defaults, …) and of fields of
///                 one dialect alone
///   dropped       `user`, and the name of a participant where no second one is named
///   not replaced  so that a finding there makes it not whole: keys of JSON objects, JSON numbers,
///                 names of tools and the model, ids, stop sequences, thinking with a signature,
///                 signatures, a schema's $ref, pattern, format and type
/// Not whole either: images; arguments that are not JSON; findings of contract, finance and
/// unreadable, which do not cover all that is sensitive; a finding over the seam of two
/// neighbouring texts of messages; a scan that is not complete; a stop sequence that would cut a
/// placeholder; a full vault. Literal text that begins as a placeholder does, in any look-alike
/// form, becomes a placeholder itself, so that the client sees what it typed and nothing else.
/// Strings that were replaced are overwritten with zeros. O(request), and one scan of each string
/// and of all texts joined.
Redaction redact(dialect::ChatRequest& request, const ScanText& scan, Vault& vault);

}  // namespace weir::domain
