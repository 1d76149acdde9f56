// The receiving side's books, sans I/O: which streams may send us bytes, how many, and what was
// promised in all. Promises are bounded per stream, per link and per process, so that peers
// together can never make us buffer more.
#pragma once

#include "actors/ports/link.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace weir::net::link {

struct CreditLimits {
  std::size_t stream_bytes = 256 * 1024;
  std::size_t link_bytes = 4U << 20U;
  std::size_t process_bytes = 256U << 20U;
  std::size_t smallest_bytes = 16 * 1024;  ///< even a full link lets a stream move
};

/// Bytes promised by all links of the process together. One thread.
struct ProcessCredit {
  std::size_t promised = 0;
};

class CreditBook {
 public:
  CreditBook(CreditLimits limits, ProcessCredit& process) : limits_{limits}, process_{process} {}
  ~CreditBook();
  CreditBook(const CreditBook&) = delete;
  CreditBook& operator=(const CreditBook&) = delete;

  /// Opens a stream for bytes of `kind`. returns  the first credit to tell the peer:
  /// what the caps leave, between `smallest_bytes` and `stream_bytes`.
  std::uint32_t open(StreamId stream, ports::DataKind kind);
  bool has(StreamId stream) const { return streams_.count(stream.value) != 0; }
  void close(StreamId stream);

  enum class Verdict { take, stale, broken };
  /// Whether bytes that arrived may be handed on: stale for streams that are not open; broken
  /// for a wrong kind, a gap in the offsets, or more than was promised.
  Verdict arrived(StreamId stream, ports::DataKind kind, std::uint64_t offset, std::size_t bytes);
  /// The user is done with `bytes`. returns  credit to send now; 0: not yet worth a message.
  std::uint32_t consumed(StreamId stream, std::size_t bytes);

 private:
  struct Stream {
    ports::DataKind kind = ports::DataKind::chunk;
    std::size_t window = 0;    ///< promised at most at once
    std::size_t left = 0;      ///< of the promise, not arrived yet
    std::size_t consumed = 0;  ///< not yet promised again
    std::uint64_t offset = 0;
  };

  CreditLimits limits_;
  ProcessCredit& process_;
  std::size_t promised_ = 0;
  std::unordered_map<std::uint64_t, Stream> streams_;
};

}  // namespace weir::net::link
