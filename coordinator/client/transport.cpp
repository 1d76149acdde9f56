#include "coordinator/client/transport.hpp"

#include "actors/net/asio.hpp"
#include "coordinator/client/cancel.hpp"
#include "coordinator/client/outgoing.hpp"
#include "coordinator/client/sigpipe.hpp"

#include <exception>

namespace weir::client {
namespace {

constexpr std::size_t idle_lanes_max = 16;
constexpr std::size_t error_bytes_max = std::size_t{1} << 20U;

Error local(const char* code, std::string message) { return {0, code, std::move(message), {}, {}}; }

}  // namespace

/// One io_context with its connections; used by one call at a time.
struct Transport::Lane {
  explicit Lane(const std::optional<net::tls::Context>& tls) : client{io, tls, 4} {}
  asio::io_context io{1};
  net::http::Client client;
};

struct Transport::Attempt {
  Reply reply;
  OnBytes on_bytes;
  net::http::CallId call = 0;
  bool over = false;
  bool unconnected = false;  ///< nothing was sent
  std::exception_ptr thrown;

  bool good() const { return reply.status >= 200 && reply.status < 300; }

  void stop(net::http::Client& client, Error why) {
    if (over) return;
    over = true;
    client.cancel(call);
    reply.cut = std::move(why);
  }

  void take(net::http::Client& client, std::string_view bytes) {
    if (good() && on_bytes) {
      try {
        if (on_bytes(reply.headers, bytes)) return;
        return stop(client, local("cancelled", "the call was cancelled"));
      } catch (...) {
        thrown = std::current_exception();
        return stop(client, local("cancelled", "the callback threw"));
      }
    }
    const auto most = good() ? answer_bytes_max : error_bytes_max;
    if (bytes.size() > most - reply.body.size())
      return stop(client, local("answer_too_large", "the answer exceeds its limit"));
    reply.body.append(bytes);
  }
};

Transport::Transport(Options options)
    : options_{std::move(options)}, wrong_{wrong_options(options_)} {
  bool https = false;
  for (const auto& url : options_.urls) {
    auto origin = net::http::parse_origin(url);
    if (!origin) {
      wrong_ = local("invalid_config", "a URL is wrong: " + origin.error().detail);
      return;
    }
    https = https || origin->https;
    origins_.push_back(std::move(*origin));
  }
  if (!https) return;
  auto context = net::tls::https_client_context(options_.ca_file);
  if (context) {
    tls_ = *context;
  } else {
    wrong_ = local("invalid_config", context.error().detail);
  }
}

Transport::~Transport() = default;

std::unique_ptr<Transport::Lane> Transport::take_lane() {
  {
    const std::lock_guard lock{mutex_};
    if (!idle_.empty()) {
      auto lane = std::move(idle_.back());
      idle_.pop_back();
      return lane;
    }
  }
  return std::make_unique<Lane>(tls_);
}

void Transport::give_lane(std::unique_ptr<Lane> lane) {
  const std::lock_guard lock{mutex_};
  if (idle_.size() < idle_lanes_max) idle_.push_back(std::move(lane));
}

std::shared_ptr<Transport::Attempt> Transport::attempt(Lane& lane, const net::http::Origin& origin,
                                                       const net::http::ClientRequest& request,
                                                       const OnBytes& on_bytes,
                                                       const CancelToken& token) {
  const auto state = std::make_shared<Attempt>();
  state->on_bytes = on_bytes;
  const auto begun = std::chrono::steady_clock::now();
  net::http::ClientAnswer answer;
  answer.on_head = [state](int status, const net::http::Headers& headers) {
    state->reply.status = status;
    state->reply.headers = headers;
  };
  answer.on_bytes = [state, &lane](std::span<const std::byte> bytes) {
    state->take(lane.client, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  answer.on_end = [state, begun, wait = request.first_byte_max](Result<Done> how) {
    state->over = true;
    if (how) return;
    const bool answered = state->reply.status != 0;
    // A limit that passed before any answer could be due was the connection's.
    state->unconnected = how.error().code == Code::unreachable ||
                         (how.error().code == Code::timed_out && !answered &&
                          std::chrono::steady_clock::now() - begun < wait);
    const auto code = state->unconnected ? name_of(Code::unreachable) : name_of(how.error().code);
    state->reply.cut = Error{0, std::string{code}, how.error().detail, {}, {}};
  };

  // The lane owns whatever is posted to it, so the reference cannot outlive it.
  const auto ticket = token.state().attach([weak = std::weak_ptr{state}, &lane] {
    asio::post(lane.io, [weak, &lane] {
      if (const auto running = weak.lock())
        running->stop(lane.client, local("cancelled", "the call was cancelled"));
    });
  });
  if (ticket == 0) {
    state->reply.cut = local("cancelled", "the call was cancelled");
    return state;
  }
  state->call = lane.client.start(origin, request, std::move(answer));
  lane.io.restart();
  while (!state->over && lane.io.run_one() != 0) {}
  token.state().detach(ticket);
  if (!state->over) state->stop(lane.client, local("upstream_failed", "the call was lost"));
  return state;
}

Outcome<Reply> Transport::run(const net::http::ClientRequest& request, const OnBytes& on_bytes,
                              const CancelToken& token) {
  if (wrong_) return *wrong_;
  const SigpipeBlocked blocked;
  auto lane = take_lane();
  const auto first = preferred_.load();
  std::string tried;
  std::optional<Reply> refused;
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    const auto index = (first + i) % origins_.size();
    const auto state = attempt(*lane, origins_[index], request, on_bytes, token);
    if (state->unconnected) {
      tried +=
          (tried.empty() ? "" : "; ") + options_.urls[index] + ": " + state->reply.cut->message;
      continue;
    }
    // 503: this one does nothing for us now (it stops, or sees no machine); another may.
    if (state->reply.status == 503 && !state->thrown) {
      if (!refused) refused = std::move(state->reply);
      continue;
    }
    preferred_ = index;
    give_lane(std::move(lane));
    if (state->thrown) std::rethrow_exception(state->thrown);
    if (state->reply.status == 0) return *state->reply.cut;
    return std::move(state->reply);
  }
  give_lane(std::move(lane));
  if (refused) return std::move(*refused);
  return local("unreachable", tried);
}

}  // namespace weir::client
