// The Weir client: chat with a coordinator and ask it how it stands, from any C++17 program.
//
//   weir::client::Options options;
//   options.urls = {"http://127.0.0.1:8700"};
//   weir::client::Client client{options};
//   weir::client::ChatRequest request;
//   request.messages.push_back({"user", "Say hello."});
//   auto answer = client.chat(request);
//   if (answer) std::puts(answer->text.c_str());
//   else std::fprintf(stderr, "%s\n", answer.error().message.c_str());
//
// Every call blocks its thread until it ends; the calling thread does the work, there are no
// threads inside. One Client may be used by many threads at once. Nothing is thrown, except what
// an `on_text` of yours throws: the call is then cancelled and the exception passed on.
// This header needs the standard library only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::client {

/// Why a call failed.
struct Error {
  /// HTTP status; 0 where the error arose here, before or beside an answer.
  int status = 0;
  /// The coordinator's `error.code` ("rate_limited", "model_not_found", …), or "http_NNN" where
  /// an answer of status NNN names none. Where status is 0:
  ///   unreachable      no URL accepted a connection; nothing was sent
  ///   timed_out        a limit of Timeouts passed; the work may have been done
  ///   cancelled        by the callback or a CancelToken
  ///   invalid_config   Options are wrong
  ///   invalid_request  the request cannot be sent as it is
  ///   upstream_failed  the answer broke off or cannot be understood
  std::string code;
  std::string message;     ///< one sentence for people
  std::string request_id;  ///< for `weir explain`; empty where none is known
  std::optional<std::chrono::milliseconds> retry_after;
};

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

/// Stops calls from another thread. Copies stop the same calls. A token that was cancelled stays
/// so: calls that begin with it end at once.
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

struct Timeouts {
  std::chrono::milliseconds connect{2'000};       ///< for each URL
  std::chrono::milliseconds first_byte{600'000};  ///< chat: a unary answer begins when it is whole
  std::chrono::milliseconds stall{60'000};        ///< longest silence inside an answer
  std::chrono::milliseconds status{10'000};       ///< first byte of get() and post()
};

struct Options {
  /// "http[s]://host[:port][/prefix]". A call goes to the one that served last; where it cannot
  /// be connected to or answers 503, the others are tried in turn. Nothing runs twice.
  std::vector<std::string> urls{"http://127.0.0.1:8700"};
  std::string api_key;  ///< empty: none is sent
  std::string ca_file;  ///< PEM, for https; empty: the system's authorities
  Timeouts timeouts;
};

/// P0: core secrets, never to a cloud. P1: sensitive. P2: general.
enum class Grade : std::uint8_t { p0, p1, p2 };
enum class Priority : std::uint8_t { interactive, normal, batch };

struct Message {
  std::string role;     ///< "system", "user", "assistant" …
  std::string content;  ///< UTF-8
};

struct ChatRequest {
  std::string model = "auto";  ///< an engine's model, an alias, or "auto"
  std::vector<Message> messages;
  std::optional<Grade> grade;        ///< absent: what the coordinator's configuration says
  std::optional<Priority> priority;  ///< absent: interactive
  std::optional<std::chrono::milliseconds> deadline;  ///< for the first token; at least 1 ms
  std::string session;  ///< within one session the grade never gets laxer; may be empty
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

struct ChatAnswer {
  std::string text;   ///< of the first choice; a stream's deltas joined
  std::string model;  ///< what served
  /// Where it ran and as what. Empty in streams whose first token took longer than 10 s: ask
  /// get("/weir/v1/requests/" + request_id).
  std::string node, tier, grade;
  std::uint32_t attempts = 0;
  std::uint32_t queue_ms = 0;
  std::string request_id;
  std::string finish_reason;   ///< "stop", "length" …
  std::optional<Usage> usage;  ///< absent where the engine did not tell
};

/// Gets each piece of text as it comes; false stops the call (Error "cancelled").
using OnText = std::function<bool(const std::string& text)>;

/// Answers above this are refused (upstream_failed).
inline constexpr std::size_t answer_bytes_max = std::size_t{64} << 20U;

class Client {
 public:
  /// Wrong options are reported by each call as invalid_config.
  explicit Client(Options options);
  ~Client();  ///< no call may be running
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One whole answer.
  Outcome<ChatAnswer> chat(const ChatRequest& request, const CancelToken& token = {});
  /// The same as a stream; `on_text` runs on the calling thread.
  Outcome<ChatAnswer> stream(const ChatRequest& request, const OnText& on_text,
                             const CancelToken& token = {});
  /// The body of a 2xx answer; `path` begins with '/', for example "/weir/v1/nodes".
  Outcome<std::string> get(const std::string& path, const CancelToken& token = {});
  Outcome<std::string> post(const std::string& path, const std::string& body,
                            const CancelToken& token = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::client
