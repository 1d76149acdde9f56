// A gateway behind a real HTTP server on a port of the system's choice, with a brain and links
// that only take notes, and raw clients on the same io_context.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/http/server.hpp"
#include "coordinator/gateway/errors.hpp"
#include "coordinator/gateway/gateway.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::test {

struct NotedBrain final : ports::Brain {
  std::vector<BrainEvent> events;

  std::size_t behind = 0;  ///< what waiting() answers

  void post(BrainEvent event) override { events.push_back(std::move(event)); }
  std::size_t waiting() const override { return behind; }
  template <class Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const auto& event : events)
      if (const auto* e = std::get_if<Event>(&event)) found.push_back(*e);
    return found;
  }
  /// Messages of agents that were handed on.
  template <class Kind>
  std::vector<Kind> said() const {
    std::vector<Kind> found;
    for (const auto& event : all<AgentSaid>())
      if (const auto* m = std::get_if<Kind>(&event.message)) found.push_back(*m);
    return found;
  }
};

struct NotedLink final : ports::Link {
  std::vector<std::pair<LinkId, Message>> sent;
  std::string body;
  std::vector<std::size_t> pieces;
  std::size_t buffered = 0;  ///< what write() answers
  std::size_t done_with = 0;
  std::vector<StreamId> forgotten;
  std::vector<LinkId> closed;

  void send(LinkId link, Message message) override { sent.emplace_back(link, std::move(message)); }
  std::size_t write(LinkId, StreamId, ports::DataKind, std::span<const std::byte> bytes) override {
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    pieces.push_back(bytes.size());
    return buffered;
  }
  void consumed(LinkId, StreamId, std::size_t bytes) override { done_with += bytes; }
  void forget(LinkId, StreamId stream) override { forgotten.push_back(stream); }
  void close(LinkId link, const std::string&) override { closed.push_back(link); }

  template <class Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const auto& [link, message] : sent)
      if (const auto* m = std::get_if<Kind>(&message)) found.push_back(*m);
    return found;
  }
};

/// One connection; reads whatever comes until the server closes.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(asio::io_context& io, std::uint16_t port) : socket_{io} {
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }
  void send(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
  void leave() { socket_.close(); }
  void start() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [weak = weak_from_this()](std::error_code e, std::size_t n) {
                              const auto self = weak.lock();
                              if (!self) return;
                              self->got.append(self->buffer_.data(), n);
                              if (e)
                                self->closed = true;
                              else
                                self->start();
                            });
  }
  bool has(std::string_view text) const { return got.find(text) != std::string::npos; }

  std::string got;
  bool closed = false;

 private:
  asio::ip::tcp::socket socket_;
  std::array<char, 16384> buffer_{};
};

inline constexpr std::uint64_t incarnation = 0xABC;

/// The key "sk-test" of tenant "eng", P2 unless labelled.
inline ApiKey test_key() {
  ApiKey key;
  key.name = "test";
  key.digest = {0xf3, 0xab, 0xf2, 0xa6, 0xcc, 0x4f, 0x00, 0x98, 0x77, 0x43, 0xdb,
                0x5f, 0x54, 0x4b, 0xa3, 0x45, 0xb4, 0x89, 0x9a, 0xe3, 0x1f, 0x32,
                0x6d, 0x8e, 0xe9, 0xc4, 0x81, 0x6d, 0xe1, 0x53, 0xc9, 0xe0};
  key.tenant = "eng";
  key.default_grade = Grade::p2;
  return key;
}

struct World {
  explicit World(gateway::GatewaySettings settings = {}, net::http::Limits limits = {}) {
    settings.dispatcher.incarnation = incarnation;
    settings.created_unix_s = 1'700'000'000;
    face = gateway::Gateway::make(
        io, std::move(settings), brain, metrics,
        {[this](Explanation e) { kept.push_back(std::move(e)); },
         [this](const std::string& id,
                std::function<void(Result<std::optional<Explanation>>)> done) {
           if (stored && stored->request == id)
             done(std::optional{*stored});
           else
             done(std::optional<Explanation>{});
         }});
    face->attach(link);
    server = std::make_unique<net::http::Server>(
        io, limits, net::http::Headers{{"server", "weir"}}, std::nullopt,
        [this](net::http::Request r, net::http::ExchangePtr e) {
          face->handle(std::move(r), std::move(e), admin);
        },
        [this](int status, std::string_view path) { return face->server_error(status, path); },
        [this](const net::http::Request& head) { return face->early_answer(head, admin); });
    port = *server->listen({"127.0.0.1", 0});
  }
  ~World() { face->detach(); }

  template <class Condition>
  void pump(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) FAIL("waited 10 s in vain");
      io.run_one_for(Millis{10});
      io.restart();
    }
  }
  /// Runs what is ready now, and what that makes ready.
  void settle() {
    for (int i = 0; i < 20; ++i) {
      io.poll();
      io.restart();
    }
  }

  std::shared_ptr<Client> client(bool reading = true) {
    auto made = std::make_shared<Client>(io, port);
    if (reading) made->start();
    return made;
  }
  /// Sends a request with a body and gives its client back once the gateway has it.
  std::shared_ptr<Client> post(const std::string& path, const std::string& body,
                               const std::string& headers = "", bool reading = true) {
    auto c = client(reading);
    c->send("POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers +
            "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return c;
  }
  std::shared_ptr<Client> get(const std::string& path, const std::string& headers = "") {
    auto c = client();
    c->send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    return c;
  }
  /// The same, and the whole answer to it.
  std::string answer(const std::shared_ptr<Client>& c) {
    pump([&] { return complete(c->got) || c->closed; });
    return c->got;
  }
  static bool complete(const std::string& text) {
    const auto head = text.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const auto at = text.find("content-length: ");
    if (at == std::string::npos || at > head) return text.ends_with("0\r\n\r\n");
    return text.size() >= head + 4 + std::stoul(text.substr(at + 16));
  }

  template <class Effect>
  void apply(Effect effect) {
    std::vector<BrainEffect> effects;
    effects.emplace_back(std::move(effect));
    face->apply(std::move(effects));
  }

  // ---- a request's usual way

  static std::string chat(bool stream, const std::string& more = "") {
    return R"({"model":"asked","messages":[{"role":"user","content":"hi"}])" + more +
           (stream ? R"(,"stream":true})" : "}");
  }
  /// Waits for the n-th Submitted.
  RequestSpec submitted(std::size_t n = 1) {
    pump([&] { return brain.all<Submitted>().size() >= n; });
    return brain.all<Submitted>()[n - 1].spec;
  }
  AttemptId dispatch(const RequestSpec& spec, std::uint8_t number = 1, LinkId to = LinkId{7},
                     bool continues = false) {
    const AttemptId attempt{incarnation, spec.id, number};
    SendDispatch order;
    order.link = to;
    order.dispatch.attempt = attempt;
    order.dispatch.model = "engine-model";
    order.dispatch.body_bytes = spec.body_bytes;
    order.dispatch.stream = spec.stream;
    order.placement = {.node = "gpu-1",
                       .tier = Tier::l1,
                       .grade = Grade::p1,
                       .model = "engine-model",
                       .attempt = number,
                       .queue_ms = 3,
                       .redispatch_reason = number > 1 ? "engine_failed" : "",
                       .spilled = ""};
    order.placement.continues = continues;
    apply(order);
    return attempt;
  }
  void accept(AttemptId a, LinkId from = LinkId{7}) { events().on_message(from, Accept{a, 1000}); }
  void begin(AttemptId a, std::uint16_t status = 200, const std::string& type = "application/json",
             LinkId from = LinkId{7}) {
    events().on_message(from, Begin{a, status, type});
  }
  void data(AttemptId a, std::string_view text, LinkId from = LinkId{7}) {
    events().on_data(from, a.stream(), ports::DataKind::chunk,
                     std::as_bytes(std::span{text.data(), text.size()}));
    answered += text.size();
  }
  void finish(AttemptId a, std::optional<Error> error = {}, LinkId from = LinkId{7}) {
    Finish f;
    f.attempt = a;
    f.bytes = std::exchange(answered, 0);
    f.error = std::move(error);
    events().on_message(from, f);
  }
  ports::LinkEvents& events() { return face->events(); }
  double metric(const std::string& line);

  asio::io_context io;
  NotedBrain brain;
  NotedLink link;
  telemetry::Metrics metrics;
  std::vector<Explanation> kept;
  std::optional<Explanation> stored;
  std::shared_ptr<gateway::Gateway> face;
  std::unique_ptr<net::http::Server> server;
  std::uint16_t port = 0;
  bool admin = false;
  std::size_t answered = 0;
};

/// The value of the metric whose name and labels are `line`; -1 where it is absent.
inline double World::metric(const std::string& line) {
  const auto text = metrics.render();
  const auto at = text.find("\n" + line + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 2));
}

inline const std::string chunk_one =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"engine-model",)"
    R"("choices":[{"index":0,"delta":{"content":"Hi"}}]})"
    "\n\n";
inline const std::string chunk_end =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"engine-model",)"
    R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
inline const std::string chunk_usage =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"engine-model",)"
    R"("choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})"
    "\n\n";
inline const std::string chunk_done = "data: [DONE]\n\n";
inline const std::string whole_answer =
    R"({"id":"c1","object":"chat.completion","model":"engine-model",)"
    R"("choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})";

}  // namespace weir::test
