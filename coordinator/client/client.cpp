#include "coordinator/client/background.hpp"
#include "coordinator/client/chat_json.hpp"
#include "coordinator/client/outgoing.hpp"
#include "coordinator/client/retry.hpp"
#include "coordinator/client/streamed.hpp"
#include "coordinator/client/transport.hpp"
#include "coordinator/client/weir.hpp"

#include <utility>

namespace weir::client {
namespace {

constexpr const char* chat_path = "/v1/chat/completions";

bool good(int status) { return status >= 200 && status < 300; }

RawAnswer raw_of(Reply reply) {
  RawAnswer answer;
  read_headers(reply.headers, answer);
  answer.status = reply.status;
  answer.body = std::move(reply.body);
  answer.content_type = net::http::find(reply.headers, "content-type").value_or("");
  answer.retry_after = retry_after_of(reply.headers);
  return answer;
}

RawRequest post_of(const Handling& handling, const char* path, std::string body) {
  RawRequest request;
  static_cast<Handling&>(request) = handling;
  request.path = path;
  request.body = std::move(body);
  return request;
}

Error nonsense(const char* what, const std::string& request_id) {
  return {0, "upstream_failed", what, request_id, {}};
}

/// Why another attempt may be wanted; nullopt where the outcome is one to return.
std::optional<Error> failure(const Outcome<ChatAnswer>& outcome) {
  return outcome ? std::nullopt : std::optional{outcome.error()};
}
std::optional<Error> failure(const Outcome<RawAnswer>& outcome) {
  if (!outcome) return outcome.error();
  return good(outcome->status) ? std::nullopt : std::optional{error_of(*outcome)};
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options)
      : transport_{std::move(options)},
        pool_{transport_.options().background,
              [this](const ChatRequest& request, const OnText& on_text, const CancelToken& token) {
                return on_text ? stream(request, on_text, token) : chat(request, token);
              }} {}

  Outcome<RawAnswer> raw(RawRequest request, const CancelToken& token) {
    const auto deadline = request.deadline;
    auto sent = outgoing(std::move(request), transport_.options());
    if (!sent) return sent.error();
    return repeat<RawAnswer>(*sent, deadline, token, [&]() -> Outcome<RawAnswer> {
      auto reply = transport_.run(*sent, {}, token);
      if (!reply) return reply.error();
      auto cut = std::move(reply->cut);
      auto answer = raw_of(std::move(*reply));
      if (!cut) return answer;
      cut->request_id = answer.request_id;
      return *cut;
    });
  }

  /// The same where all but 2xx is an error.
  Outcome<RawAnswer> whole(RawRequest request, const CancelToken& token) {
    auto answer = raw(std::move(request), token);
    if (answer && !good(answer->status)) return error_of(*answer);
    return answer;
  }

  Outcome<ChatAnswer> chat(const ChatRequest& request, const CancelToken& token) {
    auto body = chat_body(request, false);
    if (!body) return body.error();
    const auto raw = whole(post_of(request, chat_path, std::move(*body)), token);
    if (!raw) return raw.error();
    ChatAnswer answer;
    static_cast<Placement&>(answer) = *raw;
    if (read_answer(raw->body, answer)) return answer;
    return nonsense("the answer is not a chat completion", raw->request_id);
  }

  Outcome<ChatAnswer> stream(const ChatRequest& request, const OnText& on_text,
                             const CancelToken& token) {
    auto body = chat_body(request, true);
    if (!body) return body.error();
    auto sent = outgoing(post_of(request, chat_path, std::move(*body)), transport_.options());
    if (!sent) return sent.error();
    bool begun = false;  // text that was passed on cannot be taken back
    return repeat<ChatAnswer>(
        *sent, request.deadline, token,
        [&]() -> Outcome<ChatAnswer> {
          Streamed streamed{on_text};
          const auto on_bytes = [&](const net::http::Headers& headers, std::string_view bytes) {
            return streamed.feed(headers, bytes);
          };
          auto reply = transport_.run(*sent, on_bytes, token);
          begun = streamed.has_text();
          if (!reply) return reply.error();
          if (!good(reply->status)) return error_of(raw_of(std::move(*reply)));
          return std::move(streamed).end(*reply);
        },
        &begun);
  }

  Transport& transport() { return transport_; }
  Pool& pool() { return pool_; }

 private:
  /// Calls `once` until an outcome is final or no attempt may follow.
  template <class T, class Once>
  Outcome<T> repeat(net::http::ClientRequest& request,
                    std::optional<std::chrono::milliseconds> deadline, const CancelToken& token,
                    const Once& once, const bool* final = nullptr) {
    Attempts attempts{transport_.options().retries, deadline};
    for (;;) {
      if (const auto left = attempts.deadline_left())
        set_header(request, "x-weir-deadline-ms", std::to_string(left->count()));
      Outcome<T> outcome = once();
      const auto error = failure(outcome);
      if (!error || (final != nullptr && *final)) return outcome;
      const auto next = attempts.after(*error, token);
      if (next == Attempts::Next::over) return outcome;
      if (next == Attempts::Next::cancelled)
        return Error{0, "cancelled", "the call was cancelled", error->request_id, {}};
    }
  }

  Transport transport_;
  Pool pool_;  ///< last: its threads use the rest
};

Client::Client(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
Client::~Client() { impl_->pool().stop(); }  // callbacks may use the Client until then

Outcome<ChatAnswer> Client::chat(const ChatRequest& request, const CancelToken& token) {
  return impl_->chat(request, token);
}

Outcome<ChatAnswer> Client::stream(const ChatRequest& request, const OnText& on_text,
                                   const CancelToken& token) {
  return impl_->stream(request, on_text, token);
}

Outcome<AsyncCall> Client::submit(ChatRequest request, Callbacks callbacks,
                                  const CancelToken& token) {
  if (const auto& wrong = impl_->transport().wrong()) return *wrong;
  return impl_->pool().submit(std::move(request), std::move(callbacks), token);
}

Outcome<EmbeddingsAnswer> Client::embed(const EmbeddingsRequest& request,
                                        const CancelToken& token) {
  auto body = embeddings_body(request);
  if (!body) return body.error();
  const auto raw = impl_->whole(post_of(request, "/v1/embeddings", std::move(*body)), token);
  if (!raw) return raw.error();
  EmbeddingsAnswer answer;
  static_cast<Placement&>(answer) = *raw;
  if (read_embeddings(raw->body, request.inputs.size(), answer)) return answer;
  return nonsense("the answer is not one vector for each input", raw->request_id);
}

Outcome<std::vector<ModelInfo>> Client::models(const CancelToken& token) {
  RawRequest request;
  request.method = "GET";
  request.path = "/v1/models";
  const auto raw = impl_->whole(std::move(request), token);
  if (!raw) return raw.error();
  if (auto models = read_models(raw->body)) return std::move(*models);
  return nonsense("the answer is not a list of models", raw->request_id);
}

Outcome<RawAnswer> Client::request(const RawRequest& request, const CancelToken& token) {
  return impl_->raw(request, token);
}

Outcome<std::string> Client::get(const std::string& path, const CancelToken& token) {
  RawRequest request;
  request.method = "GET";
  request.path = path;
  auto answer = impl_->whole(std::move(request), token);
  if (!answer) return answer.error();
  return std::move(answer->body);
}

Outcome<std::string> Client::post(const std::string& path, const std::string& body,
                                  const CancelToken& token) {
  RawRequest request;
  request.path = path;
  request.body = body;
  auto answer = impl_->whole(std::move(request), token);
  if (!answer) return answer.error();
  return std::move(answer->body);
}

}  // namespace weir::client
