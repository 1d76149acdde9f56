#include "coordinator/client/outgoing.hpp"

#include "coordinator/client/retry.hpp"

#include <algorithm>
#include <array>

namespace weir::client {
namespace {

constexpr std::size_t session_bytes_max = 256;
constexpr std::size_t key_bytes_max = 255;
constexpr std::size_t path_bytes_max = 8 * 1024;
constexpr std::uint32_t attempts_max = 100;
constexpr std::size_t threads_max = 256;

Error refused(const char* message) { return {0, "invalid_request", message, {}, {}}; }

bool visible(const std::string& text, std::size_t bytes_max) {
  return text.size() <= bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::optional<Error> wrong(const RawRequest& request) {
  if (request.method != "GET" && request.method != "POST")
    return refused("a method is GET or POST");
  if (request.path.empty() || request.path.front() != '/' || !visible(request.path, path_bytes_max))
    return refused("a path begins with '/' and is at most 8192 visible ASCII characters");
  if (!visible(request.session, session_bytes_max))
    return refused("a session is at most 256 visible ASCII characters");
  if (!visible(request.idempotency_key, key_bytes_max))
    return refused("an idempotency key is at most 255 visible ASCII characters");
  if (request.deadline && request.deadline->count() < 1)
    return refused("a deadline is at least 1 ms");
  return std::nullopt;
}

}  // namespace

void set_header(net::http::ClientRequest& request, const std::string& name, std::string value) {
  const auto found = std::find_if(request.headers.begin(), request.headers.end(),
                                  [&](const auto& header) { return header.name == name; });
  if (found != request.headers.end()) {
    found->value = std::move(value);
  } else {
    request.headers.push_back({name, std::move(value)});
  }
}

Outcome<net::http::ClientRequest> outgoing(RawRequest request, const Options& options) {
  if (auto error = wrong(request)) return *error;
  const bool posts = request.method == "POST";
  net::http::ClientRequest r;
  r.method = request.method;
  r.path = request.path;
  r.connect_max = options.timeouts.connect;
  r.first_byte_max = posts && request.path.rfind("/v1/", 0) == 0 ? options.timeouts.first_byte
                                                                 : options.timeouts.status;
  r.stall_max = options.timeouts.stall;
  constexpr std::array grades{"P0", "P1", "P2"};
  constexpr std::array priorities{"interactive", "normal", "batch"};
  if (!options.api_key.empty()) set_header(r, "authorization", "Bearer " + options.api_key);
  if (request.grade)
    set_header(r, "x-data-grade", grades.at(static_cast<std::size_t>(*request.grade)));
  if (request.priority)
    set_header(r, "x-weir-priority", priorities.at(static_cast<std::size_t>(*request.priority)));
  if (request.deadline)
    set_header(r, "x-weir-deadline-ms", std::to_string(request.deadline->count()));
  if (!request.session.empty()) set_header(r, "x-weir-session", request.session);
  if (!posts) return r;
  r.body = std::move(request.body);
  set_header(r, "content-type", "application/json");
  auto key = request.idempotency_key;
  if (key.empty() && options.retries.attempts_max > 1) key = random_key();
  if (!key.empty()) set_header(r, "idempotency-key", std::move(key));
  return r;
}

std::optional<Error> wrong_options(const Options& options) {
  const auto error = [](const char* message) {
    return Error{0, "invalid_config", message, {}, {}};
  };
  const auto& [attempts, first, most, total] = options.retries;
  if (options.urls.empty()) return error("no URL is given");
  if (has_control(options.api_key)) return error("the API key holds a control character");
  if (attempts < 1 || attempts > attempts_max) return error("attempts_max must be 1..100");
  if (first.count() < 0 || most.count() < 0 || total.count() < 0)
    return error("a time of Retries is negative");
  if (options.background.threads_max < 1 || options.background.threads_max > threads_max)
    return error("threads_max must be 1..256");
  return std::nullopt;
}

}  // namespace weir::client
