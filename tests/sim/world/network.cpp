#include "tests/sim/world/network.hpp"

#include <algorithm>

namespace weir::sim {
namespace {

constexpr std::uint64_t message_bytes = 200;
constexpr Millis sweep_every{250};

/// Begin and Finish keep their place among the data; all other messages overtake it.
bool goes_with_data(const Frame& frame) {
  const auto* message = std::get_if<Message>(&frame);
  if (message == nullptr) return !std::holds_alternative<CloseFrame>(frame);
  return std::holds_alternative<Begin>(*message) || std::holds_alternative<Finish>(*message);
}

std::uint64_t bytes_of(const Frame& frame) {
  if (const auto* body = std::get_if<BodyFrame>(&frame)) return body->bytes;
  if (const auto* chunk = std::get_if<ChunkFrame>(&frame)) return chunk->bytes + message_bytes;
  return message_bytes;
}

bool of_stream(const Frame& frame, StreamId stream) {
  if (const auto* body = std::get_if<BodyFrame>(&frame)) return body->stream == stream;
  if (const auto* chunk = std::get_if<ChunkFrame>(&frame)) return chunk->stream == stream;
  return false;
}

}  // namespace

void Network::start() {
  world_.timeline.after(sweep_every, [this] {
    sweep();
    start();
  });
}

Network::Link* Network::find(LinkId link) {
  const auto at = links_.find(link);
  return at == links_.end() ? nullptr : at->second.get();
}

Micros Network::round_trip() {
  const auto& shape = world_.scenario.network;
  return Micros{2'000 * shape.delay_ms} +
         world_.between(Micros{0}, Micros{2'000 * shape.jitter_ms});
}

std::optional<LinkId> Network::connect(std::size_t path, Endpoint& coordinator, Endpoint& agent) {
  if (blocked(path) || coordinator.dead() || coordinator.stopped()) return std::nullopt;
  auto link = std::make_unique<Link>();
  link->id = LinkId{++made_};
  link->path = path;
  link->begun = world_.now();
  link->ends = {&coordinator, &agent};
  const auto id = link->id;
  links_.emplace(id, std::move(link));
  return id;
}

void Network::send(LinkId id, End from, Frame frame) {
  auto* link = find(id);
  if (link == nullptr || !link->open[index_of(from)]) return;
  auto& wire = link->wires[index_of(from)];
  (goes_with_data(frame) ? wire.data : wire.control).push_back(std::move(frame));
  pump(id, from);
}

void Network::forget(LinkId id, End from, StreamId stream) {
  if (auto* link = find(id))
    std::erase_if(link->wires[index_of(from)].data,
                  [&](const Frame& frame) { return of_stream(frame, stream); });
}

void Network::pump(LinkId id, End from) {
  auto* link = find(id);
  if (link == nullptr) return;
  auto& wire = link->wires[index_of(from)];
  const auto& path = paths_[link->path];
  while (!wire.control.empty() || !wire.data.empty()) {
    if (path.blocks[index_of(from)] > 0) return;
    if (wire.busy_until > world_.now()) {
      if (!std::exchange(wire.pumping, true))
        world_.timeline.at(wire.busy_until, [this, id, from] {
          if (auto* l = find(id)) l->wires[index_of(from)].pumping = false;
          pump(id, from);
        });
      return;
    }
    auto& lane = wire.control.empty() ? wire.data : wire.control;
    auto frame = std::move(lane.front());
    lane.pop_front();
    if (path.kib_per_s > 0)
      wire.busy_until =
          world_.now() +
          Micros{static_cast<std::int64_t>(bytes_of(frame) * 1'000'000 / 1'024 / path.kib_per_s)};
    const auto& shape = world_.scenario.network;
    const auto flight =
        Micros{1'000 * shape.delay_ms} + world_.between(Micros{0}, Micros{1'000 * shape.jitter_ms});
    wire.last_arrival =
        std::max(wire.last_arrival, std::max(wire.busy_until, world_.now()) + flight);
    world_.timeline.at(wire.last_arrival, [this, id, from, frame = std::move(frame)]() mutable {
      arrive(id, from, std::move(frame));
    });
  }
}

void Network::arrive(LinkId id, End from, Frame frame) {
  auto* link = find(id);
  if (link == nullptr) return;
  const auto to = peer_of(from);
  if (!link->open[index_of(to)] || link->wires[index_of(from)].lost) return;
  if (std::holds_alternative<CloseFrame>(frame)) return end(*link, to);
  auto* receiver = link->ends[index_of(to)];
  receiver->run([this, receiver, id, to, frame = std::move(frame)]() mutable {
    if (open(id, to)) receiver->on_frame(id, std::move(frame));
  });
}

/// This end is over, and its process hears of it.
void Network::end(Link& link, End end) {
  link.open[index_of(end)] = false;
  auto* process = link.ends[index_of(end)];
  process->later(Micros{0}, [process, id = link.id] { process->on_down(id); });
}

void Network::close(LinkId id, End end_) {
  auto* link = find(id);
  if (link == nullptr || !link->open[index_of(end_)]) return;
  auto& wire = link->wires[index_of(end_)];
  wire.control.clear();
  wire.data.clear();
  send(id, end_, CloseFrame{});
  end(*link, end_);
}

bool Network::open(LinkId id, End end) const {
  const auto at = links_.find(id);
  return at != links_.end() && at->second->open[index_of(end)];
}

std::size_t Network::path_of(LinkId id) const {
  const auto at = links_.find(id);
  return at == links_.end() ? paths_.size() : at->second->path;
}

void Network::process_died(const Endpoint& process) {
  for (auto& [id, link] : links_)
    for (const auto side : {End::coordinator, End::agent})
      if (link->ends[index_of(side)] == &process) close(id, side);
}

void Network::block(std::size_t path, End sender, bool on) {
  auto& p = paths_[path];
  auto& blocks = p.blocks[index_of(sender)];
  if (on && blocks++ == 0) p.blocked_since[index_of(sender)] = world_.now();
  if (!on) --blocks;
  p.last_blocked = world_.now();
  if (on || blocks > 0) return;
  // What was not acknowledged is sent again, a moment later.
  for (auto& [id, link] : links_)
    if (link->path == path)
      world_.timeline.after(world_.between(Micros{0}, Micros{300'000}),
                            [this, link_id = id, sender] { pump(link_id, sender); });
}

bool Network::blocked(std::size_t path) const {
  return paths_[path].blocks[0] > 0 || paths_[path].blocks[1] > 0;
}

bool Network::clear_since(std::size_t path, TimePoint then) const {
  return !blocked(path) && paths_[path].last_blocked < then;
}

void Network::break_links(std::size_t path) {
  for (auto& [id, link] : links_) {
    if (link->path != path) continue;
    for (auto& wire : link->wires) {
      wire.lost = true;
      wire.control.clear();
      wire.data.clear();
    }
    for (const auto side : {End::coordinator, End::agent})
      if (link->open[index_of(side)]) end(*link, side);
  }
}

bool Network::silent(const Link& link, End side) const {
  const auto long_ago = world_.now() - silence_max;
  if (link.begun > long_ago) return false;
  const auto& path = paths_[link.path];
  for (const auto sender : {End::coordinator, End::agent})
    if (path.blocks[index_of(sender)] > 0 && path.blocked_since[index_of(sender)] <= long_ago)
      return true;
  const auto since = link.ends[index_of(peer_of(side))]->stopped_since();
  return since && *since <= long_ago;
}

void Network::sweep() {
  std::vector<std::pair<LinkId, End>> dead;
  for (const auto& [id, link] : links_)
    for (const auto side : {End::coordinator, End::agent})
      if (link->open[index_of(side)] && !link->ends[index_of(side)]->stopped() &&
          silent(*link, side))
        dead.emplace_back(id, side);
  for (const auto& [id, side] : dead) close(id, side);
  std::erase_if(links_,
                [](const auto& entry) { return !entry.second->open[0] && !entry.second->open[1]; });
}

}  // namespace weir::sim
