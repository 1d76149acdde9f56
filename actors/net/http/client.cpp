#include "actors/net/http/client.hpp"

#include "actors/net/http/connection.hpp"
#include "actors/net/http/wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::net::http {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

std::string pool_name(const Origin& origin) {
  return (origin.https ? "https://" : "http://") + origin.host + ' ' + std::to_string(origin.port);
}

std::string host_header(const Origin& origin) {
  auto host = origin.host.find(':') == std::string::npos ? origin.host : "[" + origin.host + "]";
  if (origin.port != (origin.https ? 443 : 80)) host += ":" + std::to_string(origin.port);
  return host;
}

/// The target with every byte escaped that would end it or break the request line.
void append_target(std::string& out, std::string_view target) {
  static constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '#') {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
  }
}

std::string render_head(const Origin& origin, const ClientRequest& request) {
  std::string head;
  head.reserve(256);
  append_target(head, request.method);
  head += ' ';
  append_target(head, origin.prefix);
  append_target(head, request.path);
  head += " HTTP/1.1\r\n";
  append_header(head, "host", host_header(origin));
  append_headers(head, request.headers);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "content-length: ";
    append_number(head, request.body.size());
    head += "\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace

ClientShared::ClientShared(asio::io_context& context, std::optional<tls::Context> tls_context,
                           std::size_t idle_most)
    : io{context}, tls{std::move(tls_context)}, idle_max{idle_most}, scratch(read_bytes) {}

void ClientShared::dispatch(const CallPtr& call) {
  if (call->origin.https && !tls)
    return end_later(call, {Code::unreachable, "https needs a TLS context"});
  for (;;) {
    const auto pool = pools.find(call->pool);
    if (pool == pools.end()) return dispatch_fresh(call);
    const auto connection = pool->second.back();
    if (!connection->usable()) {
      connection->close();  // forgets itself
      continue;
    }
    forget(connection.get());
    return connection->reuse(call);
  }
}

void ClientShared::dispatch_fresh(const CallPtr& call) {
  const auto connection = std::make_shared<Connection>(shared_from_this(), call->pool);
  call->connection = connection;
  connection->open(call);
}

void ClientShared::end(const CallPtr& call, Result<Done> how) {
  if (std::exchange(call->over, true)) return;
  calls.erase(call->id);
  call->connection.reset();
  const auto answer = std::exchange(call->answer, {});
  if (answer.on_end && !call->discarded) answer.on_end(std::move(how));
}

void ClientShared::end_later(const CallPtr& call, Error error) {
  asio::post(io, [self = weak_from_this(), call, error = std::move(error)] {
    if (const auto client = self.lock()) client->end(call, error);
  });
}

void ClientShared::release(const std::shared_ptr<Connection>& connection) {
  auto& pool = pools[connection->pool()];
  if (pool.size() < idle_max) return pool.push_back(connection);
  if (pool.empty()) pools.erase(connection->pool());
  connection->close();
}

void ClientShared::forget(const Connection* connection) {
  const auto pool = pools.find(connection->pool());
  if (pool == pools.end()) return;
  auto& members = pool->second;
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&](const auto& member) { return member.get() == connection; }),
                members.end());
  if (members.empty()) pools.erase(pool);
}

class Client::Impl : public ClientShared {
 public:
  using ClientShared::ClientShared;
};

Client::Client(asio::io_context& io, std::optional<tls::Context> tls, std::size_t idle_max)
    : impl_{std::make_shared<Impl>(io, std::move(tls), idle_max)} {}

Client::~Client() {
  // The call whose callback runs right now is kept by its connection until the callback returns.
  for (const auto& [id, call] : std::exchange(impl_->calls, {})) {
    call->over = true;
    if (call->connection) call->connection->close();
  }
  for (const auto& [name, pool] : std::exchange(impl_->pools, {}))
    for (const auto& connection : pool) connection->close();
}

CallId Client::start(const Origin& origin, ClientRequest request, ClientAnswer answer) {
  const auto call = std::make_shared<Call>();
  call->id = ++impl_->last_call;
  call->origin = origin;
  call->pool = pool_name(origin);
  call->head = render_head(origin, request);
  call->request = std::move(request);
  call->answer = std::move(answer);
  impl_->calls.emplace(call->id, call);
  impl_->dispatch(call);
  return call->id;
}

void Client::cancel(CallId id) {
  const auto found = impl_->calls.find(id);
  if (found == impl_->calls.end()) return;
  const auto call = found->second;
  impl_->calls.erase(found);
  call->over = true;
  if (call->connection) call->connection->close();
}

void Client::discard(CallId id) {
  const auto found = impl_->calls.find(id);
  if (found == impl_->calls.end()) return;
  found->second->discarded = true;
  if (!found->second->connection || !found->second->connection->discard()) cancel(id);
}

void Client::pause(CallId id, bool on) {
  const auto found = impl_->calls.find(id);
  if (found == impl_->calls.end() || found->second->paused == on) return;
  found->second->paused = on;
  if (found->second->connection) found->second->connection->pause_changed();
}

namespace {

struct Fetch {
  CallId call = 0;
  Response response;
  std::function<void(Result<Response>)> done;
};

}  // namespace

CallId fetch(Client& client, const Origin& origin, ClientRequest request, std::size_t body_max,
             std::function<void(Result<Response>)> done) {
  const auto fetched = std::make_shared<Fetch>();
  fetched->done = std::move(done);
  ClientAnswer answer;
  answer.on_head = [fetched](int status, const Headers& headers) {
    fetched->response.status = status;
    fetched->response.headers = headers;
  };
  answer.on_bytes = [fetched, body_max, &client](std::span<const std::byte> bytes) {
    auto& body = fetched->response.body;
    if (bytes.size() > body_max - body.size()) {
      client.cancel(fetched->call);  // callbacks run only while the client lives
      return fetched->done(Error{Code::upstream_failed, "the answer exceeds its limit"});
    }
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  answer.on_end = [fetched](Result<Done> how) {
    if (!how) return fetched->done(how.error());
    fetched->done(std::move(fetched->response));
  };
  fetched->call = client.start(origin, std::move(request), std::move(answer));
  return fetched->call;
}

}  // namespace weir::net::http
