#include "coordinator/client/chat_json.hpp"
#include "coordinator/client/sse.hpp"
#include "coordinator/client/transport.hpp"
#include "coordinator/client/weir.hpp"

#include <algorithm>
#include <array>

namespace weir::client {
namespace {

constexpr std::size_t header_value_max = 256;

Error local(const char* code, const char* message) { return {0, code, message, {}, {}}; }

bool good(const Reply& reply) { return reply.status >= 200 && reply.status < 300; }

bool fits_header(const std::string& text) {
  return text.size() <= header_value_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// What a stream has said so far.
struct Streamed {
  SseReader reader;
  ChatAnswer answer;
  bool head_read = false;
  bool done = false;
  std::optional<Error> failed;
};

/// Takes one event; returns false where the caller wants no more, or none can follow.
void on_event(Streamed& s, const OnText& on_text, bool& go_on, const std::string& name,
              const std::string& data) {
  if (!go_on || s.done || s.failed) return;
  if (data == "[DONE]") {
    s.done = true;
    return;
  }
  auto delta = read_delta(data, s.answer);
  if (delta.failed || name == "error") {
    s.failed = delta.failed ? delta.error : local("upstream_failed", "the stream failed");
    s.failed->request_id = s.answer.request_id;
    return;
  }
  if (!delta.understood) {
    s.failed = local("upstream_failed", "an event of the stream is not JSON");
    return;
  }
  if (delta.text.empty()) return;
  if (delta.text.size() > answer_bytes_max - s.answer.text.size()) {
    s.failed = local("upstream_failed", "the answer exceeds its limit");
    return;
  }
  s.answer.text += delta.text;
  if (on_text && !on_text(delta.text)) go_on = false;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options)
      : timeouts_{options.timeouts}, api_key_{options.api_key}, transport_{std::move(options)} {}

  net::http::ClientRequest request(std::string method, std::string path) const {
    net::http::ClientRequest r;
    r.method = std::move(method);
    r.path = std::move(path);
    if (!api_key_.empty()) r.headers.push_back({"authorization", "Bearer " + api_key_});
    r.connect_max = timeouts_.connect;
    r.first_byte_max = timeouts_.status;
    r.stall_max = timeouts_.stall;
    return r;
  }

  Outcome<net::http::ClientRequest> chat_request(const ChatRequest& chat, bool stream) const {
    if (!fits_header(chat.session))
      return local("invalid_request", "a session is at most 256 visible ASCII characters");
    if (chat.deadline && chat.deadline->count() < 1)
      return local("invalid_request", "a deadline is at least 1 ms");
    auto body = chat_body(chat, stream);
    if (!body) return body.error();
    auto r = request("POST", "/v1/chat/completions");
    r.body = std::move(*body);
    r.first_byte_max = timeouts_.first_byte;
    r.headers.push_back({"content-type", "application/json"});
    constexpr std::array grades{"P0", "P1", "P2"};
    constexpr std::array priorities{"interactive", "normal", "batch"};
    if (chat.grade)
      r.headers.push_back({"x-data-grade", grades.at(static_cast<std::size_t>(*chat.grade))});
    if (chat.priority)
      r.headers.push_back(
          {"x-weir-priority", priorities.at(static_cast<std::size_t>(*chat.priority))});
    if (chat.deadline)
      r.headers.push_back({"x-weir-deadline-ms", std::to_string(chat.deadline->count())});
    if (!chat.session.empty()) r.headers.push_back({"x-weir-session", chat.session});
    return r;
  }

  Outcome<std::string> plain(net::http::ClientRequest r, const CancelToken& token) {
    if (r.path.empty() || r.path.front() != '/')
      return local("invalid_request", "a path begins with '/'");
    auto reply = transport_.run(r, {}, token);
    if (!reply) return reply.error();
    if (reply->cut) return *reply->cut;
    if (!good(*reply)) return read_error(reply->status, reply->headers, reply->body);
    return std::move(reply->body);
  }

  Transport& transport() { return transport_; }

 private:
  Timeouts timeouts_;
  std::string api_key_;
  Transport transport_;
};

Client::Client(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
Client::~Client() = default;

Outcome<ChatAnswer> Client::chat(const ChatRequest& request, const CancelToken& token) {
  auto r = impl_->chat_request(request, false);
  if (!r) return r.error();
  auto reply = impl_->transport().run(*r, {}, token);
  if (!reply) return reply.error();
  ChatAnswer answer;
  read_headers(reply->headers, answer);
  if (reply->cut) {
    reply->cut->request_id = answer.request_id;
    return *reply->cut;
  }
  if (!good(*reply)) return read_error(reply->status, reply->headers, reply->body);
  if (!read_answer(reply->body, answer))
    return Error{
        0, "upstream_failed", "the answer is not a chat completion", answer.request_id, {}};
  return answer;
}

Outcome<ChatAnswer> Client::stream(const ChatRequest& request, const OnText& on_text,
                                   const CancelToken& token) {
  auto r = impl_->chat_request(request, true);
  if (!r) return r.error();
  Streamed s;
  const auto on_bytes = [&](const net::http::Headers& headers, std::string_view bytes) {
    if (!std::exchange(s.head_read, true)) read_headers(headers, s.answer);
    bool go_on = true;
    const bool fits = s.reader.feed(bytes, [&](const std::string& name, const std::string& data) {
      on_event(s, on_text, go_on, name, data);
    });
    if (!fits && !s.done && !s.failed)
      s.failed = local("upstream_failed", "an event of the stream exceeds its limit");
    return go_on && fits && !s.failed;
  };
  auto reply = impl_->transport().run(*r, on_bytes, token);
  if (!reply) return reply.error();
  if (!good(*reply)) return read_error(reply->status, reply->headers, reply->body);
  if (s.done) return std::move(s.answer);
  read_headers(reply->headers, s.answer);
  auto why = s.failed     ? *s.failed
             : reply->cut ? *reply->cut
                          : local("upstream_failed", "the stream ended before it was complete");
  why.request_id = s.answer.request_id;
  return why;
}

Outcome<std::string> Client::get(const std::string& path, const CancelToken& token) {
  return impl_->plain(impl_->request("GET", path), token);
}

Outcome<std::string> Client::post(const std::string& path, const std::string& body,
                                  const CancelToken& token) {
  auto r = impl_->request("POST", path);
  r.body = body;
  r.headers.push_back({"content-type", "application/json"});
  return impl_->plain(std::move(r), token);
}

}  // namespace weir::client
