// The receiving side's books, sans I/O: which streams may send us bytes, how many, and what was
// promised in all. Promises are bounded per stream, per link and per process, so that peers
// together can never make us buffer more: where a cap is reached, a stream waits for its first
// credit until others give some back.
//
// A stream's window is what is promised to it at most at once. It begins large while half of both
// caps is free, smaller below; it doubles as the stream uses it up, and shrinks again where less
// than a quarter is left. At its smallest, a link's 4 MiB serve 1024 streams.
#pragma once

#include "actors/ports/link.hpp"
#include "schema/types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <unordered_map>

namespace weir::net::link {

struct CreditLimits {
  std::size_t stream_bytes = 256 * 1024;  ///< a stream's window while half of the caps is free
  std::size_t link_bytes = 4U << 20U;
  std::size_t process_bytes = 256U << 20U;
  std::size_t usual_bytes = 16 * 1024;    ///< … while a quarter is
  std::size_t smallest_bytes = 4 * 1024;  ///< … below; with less than this left streams wait
};

class CreditBook;

/// What all links of the process promised together, and the books whose streams wait until some
/// of it is given back. One thread.
class ProcessCredit {
 public:
  std::size_t promised() const { return promised_; }
  /// Gives what is free to those who wait, book by book in turn. Books call it as they give back.
  void serve();

 private:
  friend class CreditBook;
  std::size_t promised_ = 0;
  std::deque<CreditBook*> line_;
};

class CreditBook {
 public:
  /// Tells the peer of the first credit of a stream that had to wait. Must not call the book.
  using Grant = std::function<void(StreamId, std::uint32_t bytes)>;
  /// The length of a stream whose end is not known before it comes.
  static constexpr std::uint64_t open_ended = std::numeric_limits<std::uint64_t>::max();

  CreditBook(CreditLimits limits, ProcessCredit& process, Grant grant)
      : limits_{limits}, process_{process}, grant_{std::move(grant)} {}
  ~CreditBook();
  CreditBook(const CreditBook&) = delete;
  CreditBook& operator=(const CreditBook&) = delete;

  /// Opens a stream for `bytes_total` bytes of `kind`: no more than those are ever promised, and
  /// once they have come its share of the caps is free again. returns  the first credit to tell
  /// the peer; 0 where it waits for some, or is open already and stays as it is. `offset`: where
  /// its bytes begin on this link.
  std::uint32_t open(StreamId stream, ports::DataKind kind, std::uint64_t bytes_total = open_ended,
                     std::uint64_t offset = 0);
  bool has(StreamId stream) const { return streams_.count(stream.value) != 0; }
  void close(StreamId stream);

  enum class Verdict { take, stale, broken };
  /// Whether bytes that arrived may be handed on: stale for streams that are not open; broken
  /// for a wrong kind, a gap in the offsets, or more than was promised.
  Verdict arrived(StreamId stream, ports::DataKind kind, std::uint64_t offset, std::size_t bytes);
  /// The user is done with `bytes`. returns  credit to send now; 0: not yet worth a message.
  std::uint32_t consumed(StreamId stream, std::size_t bytes);

 private:
  friend class ProcessCredit;

  struct Stream {
    ports::DataKind kind = ports::DataKind::chunk;
    std::size_t window = 0;    ///< counted against the caps: left + arrived, not yet given back
    std::size_t left = 0;      ///< of the promise, not arrived yet
    std::size_t consumed = 0;  ///< not yet promised again
    std::uint64_t offset = 0;
    std::uint64_t bytes_total = open_ended;

    std::uint64_t unpromised() const { return bytes_total - offset - left; }
  };

  std::size_t link_left() const;
  std::size_t process_left() const;
  /// Whether both caps have `1/n` of themselves free.
  bool free(std::size_t n) const;
  bool process_full() const { return process_left() < limits_.smallest_bytes; }
  /// Gives the stream its first window. returns  its bytes; 0: a cap is reached.
  std::size_t begin(Stream& stream);
  void take(Stream& stream, std::size_t bytes);
  void give_back(Stream& stream, std::size_t bytes);
  /// Serves the first stream that waits. returns  whether one was served.
  bool serve_one();
  /// After something was given back.
  void serve();
  void stand_in_line();

  CreditLimits limits_;
  ProcessCredit& process_;
  Grant grant_;
  std::size_t promised_ = 0;
  std::unordered_map<std::uint64_t, Stream> streams_;
  std::list<std::uint64_t> waiting_;  ///< streams without a first credit; may hold closed ones
  bool in_line_ = false;              ///< stands in the process's line
};

}  // namespace weir::net::link
