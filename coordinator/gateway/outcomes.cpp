#include "coordinator/gateway/outcomes.hpp"

#include "actors/domain/stream/answer_stream.hpp"
#include "actors/net/asio.hpp"

#include <openssl/sha.h>
#include <chrono>
#include <utility>

namespace weir::gateway {
namespace {

/// Whether a retry would come to the same.
bool lasting(int status) { return status < 500 && status != 408 && status != 409 && status != 429; }

std::size_t bytes_of(const net::http::Response& response) {
  std::size_t bytes = response.body.size();
  for (const auto& h : response.headers) bytes += h.name.size() + h.value.size();
  return bytes;
}

}  // namespace

/// Stands between a request and its client, and notes what the client gets.
class Outcomes::Recorder final : public net::http::Exchange {
 public:
  Recorder(std::weak_ptr<Outcomes> to, std::string key, net::http::ExchangePtr client,
           std::size_t bytes_max)
      : to_{std::move(to)},
        key_{std::move(key)},
        client_{std::move(client)},
        bytes_max_{bytes_max} {}
  ~Recorder() override { close(false); }

  void respond(net::http::Response response) override {
    const bool keep = lasting(response.status) && bytes_of(response) <= bytes_max_;
    if (keep) outcome_.response = response;
    client_->respond(std::move(response));
    close(keep);
  }
  void begin(int status, net::http::Headers headers) override {
    outcome_.streamed = true;
    outcome_.response.status = status;
    outcome_.response.headers = headers;
    client_->begin(status, std::move(headers));
  }
  std::size_t write(std::string_view bytes) override {
    auto& body = outcome_.response.body;
    fits_ = fits_ && bytes.size() <= bytes_max_ - body.size();
    if (fits_)
      body.append(bytes);
    else
      body = {};
    return client_->write(bytes);
  }
  void end() override {
    client_->end();
    close(fits_ && domain::ends_whole(outcome_.response.body));
  }
  void abort() override {
    client_->abort();
    close(false);
  }
  void on_sent(std::function<void(std::size_t bytes)> sent) override {
    client_->on_sent(std::move(sent));
  }
  void on_gone(std::function<void(bool slow)> gone) override {
    client_->on_gone(std::move(gone));  // whoever answers lets go of this object then
  }
  std::string peer() const override { return client_->peer(); }

 private:
  void close(bool keep) {
    if (std::exchange(closed_, true)) return;
    const auto outcomes = to_.lock();
    if (!outcomes) return;
    if (keep)
      outcomes->settled(key_, std::move(outcome_), std::chrono::steady_clock::now());
    else
      outcomes->came_to_nothing(key_);
  }

  std::weak_ptr<Outcomes> to_;
  std::string key_;
  net::http::ExchangePtr client_;
  std::size_t bytes_max_;
  Outcome outcome_;
  bool fits_ = true;
  bool closed_ = false;
};

std::optional<Refusal> Outcomes::enter(const Ask& ask, net::http::ExchangePtr exchange,
                                       TimePoint now,
                                       std::function<void(net::http::ExchangePtr)> run) {
  make_room(now);
  const auto refused = [](Code code, const char* why) {
    return Refusal{.error = {code, why}, .param = "Idempotency-Key"};
  };
  const auto found = entries_.find(ask.key);
  if (found == entries_.end()) {
    if (entries_.size() >= limits_.keys_max)
      return refused(Code::queue_full, "too many requests with an Idempotency-Key are running");
    entries_[ask.key].digest = ask.digest;
    start(ask.key, {std::move(exchange), std::move(run), 0});
    return std::nullopt;
  }
  auto& entry = found->second;
  if (entry.digest != ask.digest)
    return refused(Code::invalid_request, "this Idempotency-Key was used for another request");
  if (entry.outcome) {
    replay(*entry.outcome, *exchange);
    return std::nullopt;
  }
  if (entry.waiting.size() >= limits_.waiting_max ||
      ask.body_bytes > limits_.waiting_bytes_max - waiting_bytes_)
    return refused(Code::queue_full, "too many retries wait for requests that run");
  waiting_bytes_ += ask.body_bytes;
  entry.waiting.push_back({std::move(exchange), std::move(run), ask.body_bytes});
  return std::nullopt;
}

void Outcomes::start(const std::string& key, Waiting first) {
  first.run(std::make_shared<Recorder>(weak_from_this(), key, std::move(first.exchange),
                                       limits_.outcome_bytes_max));
}

void Outcomes::settled(const std::string& key, Outcome outcome, TimePoint now) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.outcome) return;
  auto& entry = found->second;
  bytes_ += bytes_of(outcome.response);
  entry.outcome = std::move(outcome);
  entry.since = now;
  entry.finished = finished_.insert(finished_.end(), key);
  for (auto& waiting : std::exchange(entry.waiting, {})) {
    waiting_bytes_ -= waiting.body_bytes;
    replay(*entry.outcome, *waiting.exchange);
  }
}

/// The next that waits takes the request's place; a retry of nobody's is a new request.
void Outcomes::came_to_nothing(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.outcome) return;
  auto& waiting = found->second.waiting;
  if (waiting.empty()) {
    entries_.erase(found);
    return;
  }
  auto next = std::move(waiting.front());
  waiting.erase(waiting.begin());
  waiting_bytes_ -= next.body_bytes;
  // Later: we may be inside the end of the request that came to nothing.
  asio::post(io_, [weak = weak_from_this(), key, next = std::move(next)]() mutable {
    if (const auto self = weak.lock()) self->start(key, std::move(next));
  });
}

void Outcomes::drop(const std::string& key) {
  const auto found = entries_.find(key);
  bytes_ -= bytes_of(found->second.outcome->response);
  finished_.erase(found->second.finished);
  entries_.erase(found);
}

void Outcomes::make_room(TimePoint now) {
  while (!finished_.empty()) {
    const auto& oldest = entries_.at(finished_.front());
    const bool full = entries_.size() >= limits_.keys_max || bytes_ > limits_.bytes_max;
    if (!full && now - oldest.since < limits_.keep) return;
    drop(std::string{finished_.front()});
  }
}

void Outcomes::replay(const Outcome& outcome, net::http::Exchange& to) {
  auto response = outcome.response;
  response.headers.push_back({"idempotent-replayed", "true"});
  if (!outcome.streamed) return to.respond(std::move(response));
  to.begin(response.status, std::move(response.headers));
  to.write(response.body);
  to.end();
}

std::string digest_of(std::string_view what, std::string_view body) {
  std::string digest{what};
  digest.resize(what.size() + SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(),
         reinterpret_cast<unsigned char*>(digest.data() + what.size()));
  return digest;
}

}  // namespace weir::gateway
