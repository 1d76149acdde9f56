// The lines of OpenAI's batch files: requests in, answers out. Pure.
#pragma once

#include "schema/types/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::cli {

/// Above this a line is refused; a coordinator takes no larger body.
inline constexpr std::size_t batch_line_bytes_max = std::size_t{32} << 20U;
inline constexpr std::size_t custom_id_bytes_max = 512;
/// Objects and arrays in each other: a deeper line is refused, a deeper answer kept as text.
inline constexpr std::size_t nesting_max = 64;

struct BatchLine {
  std::string custom_id;  ///< UTF-8, 1 .. custom_id_bytes_max bytes
  std::string url;        ///< an endpoint of the coordinator's, "/v1/chat/completions"
  std::string body;       ///< one JSON object that asks for no stream
};
/// errors  invalid_config, saying what is wrong in words that quote nothing of the body.
Result<BatchLine> parse_batch_line(std::string_view line);
/// The same checks, and the custom_id alone: several times faster.
Result<std::string> check_batch_line(std::string_view line);

/// What came back for a line.
struct BatchReply {
  int status = 0;  ///< HTTP; 0: no answer
  std::string request_id;
  std::string body;           ///< of the answer, whatever its status
  std::string code, message;  ///< of a failure
  std::optional<std::chrono::milliseconds> retry_after;
};

/// What to do with a line after a reply.
enum class Verdict : std::uint8_t {
  keep,   ///< an answer that would come again: 2xx, and 4xx that are the request's own fault
  again,  ///< this request failed; another try may work, a few times
  wait,   ///< the fleet or the model is away, or full: try again while the caller is patient
  stop,   ///< no line can succeed: the key or the budget is refused
};
Verdict verdict_of(const BatchReply& reply);

/// One line with its line feed:
/// `{"id","custom_id","response":{"status_code","request_id","body"},"error":null}`. A body that
/// is not JSON, or nested deeper than nesting_max, becomes a JSON string.
std::string answer_line(const std::string& id, const std::string& custom_id,
                        const BatchReply& reply);
/// What every answer_line() begins with.
inline constexpr std::string_view answer_line_head = R"({"id":"batch_req_)";

/// What resuming needs of an answer line.
struct AnsweredLine {
  std::string custom_id;
  bool ok = false;  ///< a 2xx
};
/// nullopt: it is none.
std::optional<AnsweredLine> parse_answer_line(std::string_view line);

/// Tokens the answer's `usage` tells as written, or read where nothing is written (embeddings).
std::uint64_t tokens_of(const std::string& answer_body);

}  // namespace weir::cli
