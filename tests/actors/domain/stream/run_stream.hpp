// Feeds an answer stream piece by piece and notes what comes of it.
#pragma once

#include "actors/domain/stream/answer_stream.hpp"

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::test {

struct Run {
  std::string out;
  bool ok = true;
  Code code = Code::internal;
  std::optional<Usage> usage;
  bool forwarded = false;
};

/// Feeds `pieces` in turn and finishes. What is done is known by its last event.
inline Run run_stream(domain::AnswerStream& stream, const std::vector<std::string>& pieces) {
  Run result;
  const auto note = [&](const Result<Done>& r) {
    result.ok = bool(r);
    if (!r) result.code = r.error().code;
    return result.ok;
  };
  bool going = true;
  for (const auto& piece : pieces) going = going && note(stream.feed(piece, result.out));
  if (going) note(stream.finish(result.out));
  result.usage = stream.usage();
  result.forwarded = stream.error_forwarded();
  CHECK(stream.begun() == !result.out.empty());
  CHECK(stream.done() == domain::ends_whole(result.out));
  return result;
}
/// The same; `last`: what a complete stream ends with.
inline Run run_stream(domain::AnswerStream& stream, const std::vector<std::string>& pieces,
                      std::string_view last) {
  auto result = run_stream(stream, pieces);
  CHECK(stream.done() == result.out.ends_with(last));
  return result;
}

/// `all` byte by byte.
inline std::vector<std::string> bytes_of(std::string_view all) {
  std::vector<std::string> bytes;
  for (const char c : all) bytes.emplace_back(1, c);
  return bytes;
}

}  // namespace weir::test
