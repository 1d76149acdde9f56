#include "actors/net/http/session.hpp"

namespace weir::net::http {

RequestExchange::~RequestExchange() {
  // Every copy was dropped without an answer: the client gets one all the same.
  if (session_ != nullptr) session_->shared_from_this()->abandoned();
}

void RequestExchange::respond(Response response) {
  if (session_ != nullptr) session_->shared_from_this()->respond(response);
}

void RequestExchange::begin(int status, Headers headers) {
  if (session_ != nullptr) session_->shared_from_this()->begin(status, headers);
}

std::size_t RequestExchange::write(std::string_view bytes) {
  return session_ == nullptr ? 0 : session_->shared_from_this()->write(bytes);
}

void RequestExchange::end() {
  if (session_ != nullptr) session_->shared_from_this()->end();
}

void RequestExchange::abort() {
  if (session_ != nullptr) session_->shared_from_this()->abort();
}

void RequestExchange::on_sent(std::function<void(std::size_t)> sent) {
  if (session_ == nullptr) return;
  sent_ = std::move(sent);
  session_->sent_changed();
}

void RequestExchange::on_gone(std::function<void(bool)> gone) {
  if (fate_ == Fate::over) return;
  gone_ = std::move(gone);
  if (fate_ != Fate::running) tell_gone();
}

std::string RequestExchange::peer() const {
  if (session_ == nullptr) return "";
  std::error_code failed;
  const auto remote = session_->stream_.socket().remote_endpoint(failed);
  if (failed) return "";
  const auto host = remote.address().to_string();
  const auto port = ":" + std::to_string(remote.port());
  return remote.address().is_v6() ? "[" + host + "]" + port : host + port;
}

void RequestExchange::detach(Fate fate) {
  const auto self = shared_from_this();  // the callbacks may hold its last copy
  session_ = nullptr;
  sent_ = nullptr;
  fate_ = fate;
  if (fate == Fate::over)
    gone_ = nullptr;
  else
    tell_gone();
}

/// Never from within another call: the caller may be in the middle of a write().
void RequestExchange::tell_gone() {
  if (!gone_) return;
  asio::post(shared_->io,
             [gone = std::move(gone_), slow = fate_ == Fate::gone_slow] { gone(slow); });
  gone_ = nullptr;
  fate_ = Fate::over;
}

}  // namespace weir::net::http
