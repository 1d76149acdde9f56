// Links between agents and the coordinator, carrying decoded messages. Order holds within a link
// and not across links; a link may be slow, break with what is on its way, or fall silent in one
// direction or both.
#pragma once

#include "schema/types/messages.hpp"
#include "tests/sim/world/process.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <variant>

namespace weir::sim {

/// A request's whole body. What only the simulator knows of it: where in the answer's text the
/// engine is to begin, and what its text really holds.
struct BodyFrame {
  StreamId stream;
  std::uint64_t bytes = 0;
  std::uint64_t text = 0;
  Grade content = Grade::p0;
};
/// Answer bytes, and where they stand in the answer's text.
struct ChunkFrame {
  StreamId stream;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t text = 0;
};
/// The peer has closed.
struct CloseFrame {};
using Frame = std::variant<Message, BodyFrame, ChunkFrame, CloseFrame>;

/// Which end of a link. Directions are named by their sender.
enum class End : std::uint8_t { coordinator = 0, agent = 1 };
constexpr std::size_t index_of(End end) { return static_cast<std::size_t>(end); }
constexpr End peer_of(End end) { return end == End::agent ? End::coordinator : End::agent; }

/// A process at the end of links.
class Endpoint : public Process {
 public:
  using Process::Process;
  virtual void on_frame(LinkId link, Frame frame) = 0;
  virtual void on_down(LinkId link) = 0;
};

class Network {
 public:
  /// A link without a byte for so long is dead, and so is one that takes none.
  static constexpr Millis silence_max{5'000};

  Network(Context& world, std::size_t paths) : world_{world}, paths_(paths) {}
  /// Watches for silence.
  void start();

  /// A link over this path; nullopt where it does not come up now.
  std::optional<LinkId> connect(std::size_t path, Endpoint& coordinator, Endpoint& agent);
  void send(LinkId link, End from, Frame frame);
  /// Drops what waits to be sent for this stream.
  void forget(LinkId link, End from, StreamId stream);
  /// This end closes; its on_down follows, the other end hears of it.
  void close(LinkId link, End end);
  bool open(LinkId link, End end) const;
  /// The kernel closes what a dead process had.
  void process_died(const Endpoint& process);

  // faults
  void block(std::size_t path, End sender, bool on);
  bool blocked(std::size_t path) const;
  /// Nothing was blocked there since `then`.
  bool clear_since(std::size_t path, TimePoint then) const;
  /// 0: as fast as one likes.
  void set_speed(std::size_t path, std::uint32_t kib_per_s) { paths_[path].kib_per_s = kib_per_s; }
  /// The path's links break; what is on its way is lost.
  void break_links(std::size_t path);
  std::size_t links() const { return links_.size(); }
  std::size_t path_of(LinkId link) const;
  /// Of a round trip, once.
  Micros round_trip();

 private:
  struct Wire {
    std::deque<Frame> control, data;
    TimePoint busy_until{}, last_arrival{};
    bool pumping = false;
    bool lost = false;
  };
  struct Link {
    LinkId id;
    std::size_t path = 0;
    TimePoint begun;
    std::array<Endpoint*, 2> ends{};
    std::array<bool, 2> open{true, true};
    std::array<Wire, 2> wires;
  };
  struct Path {
    std::array<std::uint32_t, 2> blocks{};
    std::array<TimePoint, 2> blocked_since{};
    TimePoint last_blocked{};
    std::uint32_t kib_per_s = 0;
  };

  Link* find(LinkId link);
  void pump(LinkId link, End from);
  void arrive(LinkId link, End from, Frame frame);
  void end(Link& link, End end);
  void sweep();
  bool silent(const Link& link, End end) const;

  Context& world_;
  std::vector<Path> paths_;
  std::map<LinkId, std::unique_ptr<Link>> links_;
  std::uint64_t made_ = 0;
};

}  // namespace weir::sim
