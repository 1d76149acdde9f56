// The Weir client: chats, embeddings and everything else a coordinator serves, from any C++17
// program. Installed as <weir/client.hpp>; `find_package(weir)`, then link `weir::client`.
//
//   weir::client::Options options;
//   options.urls = {"http://127.0.0.1:8700"};
//   weir::client::Client client{options};
//   weir::client::ChatRequest request;
//   request.messages.push_back({"user", "Say hello."});
//
//   auto answer = client.chat(request);                     // blocks until the answer is whole
//   if (answer) std::puts(answer->text.c_str());
//   else std::fprintf(stderr, "%s\n", answer.error().message.c_str());
//
//   auto call = client.submit(request, {{}, [](const auto& end) { /* on another thread */ }});
//   if (call) call->wait();                                 // or go on, and be called
//
// Threads: one Client may be used by many threads at once. A blocking call does its work on the
// thread that calls; submit() hands it to threads of the Client. Nothing is thrown, except what an
// `on_text` of a blocking stream() throws: the call is then cancelled and the exception passed on.
// Units are in the types or the names. This header needs the standard library only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weir::client {

// ---- errors

/// Error.code as an enumeration: first what a coordinator says, then what arises here (status 0).
/// More may follow: give a switch a default.
enum class ErrorCode : std::uint8_t {
  invalid_request,          ///< 400, 413; or, with status 0: the request cannot be sent as it is
  invalid_grade,            ///< 400
  context_length_exceeded,  ///< 400
  body_too_large,           ///< 413
  model_not_found,          ///< 404
  unauthorized,             ///< 401
  forbidden,                ///< 403
  budget_exhausted,         ///< 402
  rate_limited,             ///< 429
  queue_full,               ///< 429; or, with status 0: too many calls wait in this Client
  no_capacity,              ///< 503: nothing that may serve this is connected
  grade_forbids_cloud,      ///< 503: only a cloud could serve this, and its grade forbids that
  deadline_exceeded,        ///< 504
  not_supported,            ///< 501
  upstream_failed,          ///< 502; or, with status 0: the answer broke off or makes no sense
  cancelled,                ///< by the callback, a CancelToken, AsyncCall::cancel() or ~Client()
  internal,                 ///< 500
  invalid_config,           ///< Options are wrong
  unreachable,              ///< no URL accepted a connection; nothing was sent
  timed_out,                ///< a limit of Timeouts passed; the work may have been done
  answer_too_large,         ///< more than answer_bytes_max
  other,                    ///< a code that this version does not know, "http_NNN" included
};

/// The enumerator whose name is `code`; `other` where there is none.
ErrorCode error_code(std::string_view code);

/// Why a call failed.
struct Error {
  int status = 0;  ///< HTTP status; 0 where the error arose here, before or beside an answer
  /// An ErrorCode's name, or another of the answer's `error.code`, or "http_NNN" where an answer of
  /// status NNN names none.
  std::string code;
  std::string message;     ///< one sentence for people
  std::string request_id;  ///< for `weir explain`; empty where none is known
  std::optional<std::chrono::milliseconds> retry_after;  ///< the coordinator's wish

  ErrorCode kind() const { return error_code(code); }
};

/// Whether the same request may succeed later: unreachable, 429, 502, 503, a broken answer. These
/// are what a Client tries again by itself (Retries).
bool retryable(const Error& error);

/// A value or an Error. Reading the absent side ends the process.
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : v_{std::in_place_index<0>, std::move(value)} {}
  Outcome(Error error) : v_{std::in_place_index<1>, std::move(error)} {}

  explicit operator bool() const { return v_.index() == 0; }
  T& operator*() { return *present(std::get_if<0>(&v_)); }
  const T& operator*() const { return *present(std::get_if<0>(&v_)); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Error& error() const { return *present(std::get_if<1>(&v_)); }

 private:
  template <class P>
  static P* present(P* side) {
    if (side == nullptr) std::abort();
    return side;
  }
  std::variant<T, Error> v_;
};

/// Stops calls from another thread, their waits between attempts included. Copies stop the same
/// calls. A token that was cancelled stays so: calls that begin with it end at once.
class CancelToken {
 public:
  CancelToken();
  void cancel();  ///< idempotent, thread-safe; not for signal handlers
  bool cancelled() const;

  class State;  ///< internal
  State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

// ---- options

struct Timeouts {
  std::chrono::milliseconds connect{2'000};       ///< for each URL
  std::chrono::milliseconds first_byte{600'000};  ///< of "/v1/…": a unary answer begins when whole
  std::chrono::milliseconds stall{60'000};        ///< longest silence inside an answer
  std::chrono::milliseconds status{10'000};       ///< first byte of all other paths
};

/// A call is tried again where its error is retryable(), a stream only before its first text. The
/// wait before attempt n+1 is random in 0 .. min(backoff_max, backoff_first * 2^(n-1)), on top of
/// the coordinator's retry_after. All attempts of a POST carry one Idempotency-Key: a coordinator
/// that finished the request answers a retry from memory, one that still runs it lets the retry
/// wait. Another coordinator knows nothing of it: there the work is done again.
struct Retries {
  std::uint32_t attempts_max = 3;  ///< 1: never again; at most 100
  std::chrono::milliseconds backoff_first{500};
  std::chrono::milliseconds backoff_max{8'000};  ///< at most a day
  /// No attempt begins later than this after the call did: an error whose wait would end later is
  /// returned at once.
  std::chrono::milliseconds total_max{60'000};
};

/// The threads behind submit(). They start as they are needed and end with the Client.
struct Background {
  std::size_t threads_max = 8;      ///< calls that run at once; 1..256
  std::size_t waiting_max = 1'024;  ///< calls that wait for a thread; beyond: queue_full
};

struct Options {
  /// "http[s]://host[:port][/prefix]". A call goes to the one that served last; where it cannot
  /// be connected to or answers 503, the others are tried in turn at once, as one attempt.
  /// (A list in braces here makes g++ 12 fail on `Options{}` in templates.)
  std::vector<std::string> urls = std::vector<std::string>(1, "http://127.0.0.1:8700");
  std::string api_key;  ///< empty: none is sent
  std::string ca_file;  ///< PEM, for https; empty: the system's authorities
  Timeouts timeouts = {};
  Retries retries = {};
  Background background = {};
};

// ---- requests and answers

/// P0: core secrets, never to a cloud. P1: sensitive. P2: general.
enum class Grade : std::uint8_t { p0, p1, p2 };
enum class Priority : std::uint8_t { interactive, normal, batch };

/// How a coordinator is to treat a request.
struct Handling {
  std::optional<Grade> grade;        ///< absent: what the coordinator's configuration says
  std::optional<Priority> priority;  ///< absent: interactive
  /// For the first token, from the call's begin, over all its attempts; at least 1 ms.
  std::optional<std::chrono::milliseconds> deadline;
  /// Within one session the grade never gets laxer. 0..256 visible ASCII characters.
  std::string session;
  /// Names the work: within 24 h the same key and request give the same outcome. Empty: a random
  /// one for each call where retries are on. 0..255 visible ASCII characters.
  std::string idempotency_key;
};

/// Where it ran and as what: the answer's `x-weir-*` headers, empty and 0 where they say nothing.
/// So it is in streams whose first token took longer than 10 s: ask
/// get("/weir/v1/requests/" + request_id).
struct Placement {
  std::string model;              ///< what served
  std::string node, tier, grade;  ///< the machine, "L0".."L2", "P0".."P2"
  std::uint32_t attempts = 0;     ///< the coordinator's own, on its machines
  std::uint32_t queue_ms = 0;
  std::string request_id;
};

struct Message {
  std::string role;     ///< "system", "user", "assistant" …
  std::string content;  ///< UTF-8
};

struct ChatRequest : Handling {
  std::string model = "auto";  ///< an engine's model, an alias, or "auto"
  std::vector<Message> messages;
  std::optional<std::uint32_t> max_tokens;
  std::optional<double> temperature;
  /// Further body fields as one JSON object, for example {"top_p":0.9,"seed":7}; may be empty.
  /// The fields above win.
  std::string extra;
};

struct Usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
};

struct ChatAnswer : Placement {
  std::string text;            ///< of the first choice; a stream's deltas joined
  std::string finish_reason;   ///< "stop", "length" …
  std::optional<Usage> usage;  ///< absent where the engine did not tell
};

struct EmbeddingsRequest : Handling {
  std::string model = "auto";
  std::vector<std::string> inputs;  ///< 1..2048 texts, UTF-8
  std::optional<std::uint32_t> dimensions;
};

struct EmbeddingsAnswer : Placement {
  std::vector<std::vector<float>> vectors;  ///< one for each input, in their order
  std::optional<Usage> usage;
};

struct ModelInfo {
  std::string id;  ///< for ChatRequest.model
  std::string owned_by;
};

/// Any request, for what has no typed call.
struct RawRequest : Handling {
  std::string method = "POST";  ///< "GET" or "POST"
  std::string path;             ///< begins with '/', may hold a query; visible ASCII
  std::string body;             ///< JSON, sent as it is; nothing for GET
};

/// Any whole answer, whatever its status.
struct RawAnswer : Placement {
  int status = 0;
  std::string body;
  std::string content_type;
  std::optional<std::chrono::milliseconds> retry_after;
};

/// What a RawAnswer that is not 2xx says as a typed error.
Error error_of(const RawAnswer& answer);

/// Gets each piece of text as it comes; false stops the call (Error "cancelled").
using OnText = std::function<bool(const std::string& text)>;

/// Answers above this are refused (answer_too_large).
inline constexpr std::size_t answer_bytes_max = std::size_t{64} << 20U;

// ---- calls in the background

/// What submit() calls, each on one thread of the Client, never two at once for one call; on_done
/// of a call that waits while the Client is destroyed runs on the thread that destroys it. They may
/// use the Client, submit() included; they must not destroy it, and one that blocks holds a thread.
struct Callbacks {
  /// Empty: the answer is asked for as a whole, without streaming. Where it throws, the call ends
  /// as cancelled.
  OnText on_text;
  /// Exactly once, last, however the call ends. What it throws is dropped. May be empty.
  std::function<void(const Outcome<ChatAnswer>& outcome)> on_done;
};

/// A call that submit() began. Copies stand for the same call; dropping them all changes nothing.
class AsyncCall {
 public:
  /// Ends the call soon, as cancelled unless it is done already, also where it waits for a thread.
  /// Idempotent, thread-safe.
  void cancel();
  /// Whether on_done has returned and the callbacks are destroyed.
  bool done() const;
  /// Blocks until done(). returns  what on_done got. Inside callbacks of the same Client it never
  /// blocks, for the thread may be the one that the call needs: invalid_request unless done().
  Outcome<ChatAnswer> wait() const;
  /// The same for at most `time`, a year at the most; false: not done by then.
  bool wait_for(std::chrono::milliseconds time) const;

  class State;  ///< internal
  explicit AsyncCall(std::shared_ptr<State> state) : state_{std::move(state)} {}

 private:
  std::shared_ptr<State> state_;
};

// ---- the client

/// errors  of every call: those of ErrorCode. Requests that cannot be sent fail before any
/// connection. No call outlives its token's cancel() by more than a moment.
class Client {
 public:
  /// Wrong options are reported by each call as invalid_config. Opens nothing yet.
  explicit Client(Options options);
  /// No blocking call may be running. Calls of submit() are cancelled and their on_done awaited.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One whole answer.
  Outcome<ChatAnswer> chat(const ChatRequest& request, const CancelToken& token = {});
  /// The same as a stream; `on_text` runs on the calling thread and may be empty.
  Outcome<ChatAnswer> stream(const ChatRequest& request, const OnText& on_text,
                             const CancelToken& token = {});
  /// The same in the background: returns at once. `token` may be shared by many calls;
  /// AsyncCall::cancel() ends this one alone.
  /// errors  queue_full: Background.waiting_max calls wait; cancelled: the Client is being
  ///         destroyed; invalid_config. Then there is no call, and no callback runs.
  Outcome<AsyncCall> submit(ChatRequest request, Callbacks callbacks,
                            const CancelToken& token = {});

  /// Vectors for texts (`/v1/embeddings`).
  /// errors  also not_supported, where no engine of the fleet offers it.
  Outcome<EmbeddingsAnswer> embed(const EmbeddingsRequest& request, const CancelToken& token = {});
  /// What `model` may be (`/v1/models`): models and aliases that the fleet serves now.
  Outcome<std::vector<ModelInfo>> models(const CancelToken& token = {});

  /// Any request. An answer that is not 2xx is an answer here: after the last attempt where its
  /// status is one that is tried again. errors  as above, with status 0.
  Outcome<RawAnswer> request(const RawRequest& request, const CancelToken& token = {});
  /// The body of a 2xx answer; `path` begins with '/', for example "/weir/v1/nodes".
  Outcome<std::string> get(const std::string& path, const CancelToken& token = {});
  Outcome<std::string> post(const std::string& path, const std::string& body,
                            const CancelToken& token = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::client
