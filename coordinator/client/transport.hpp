// One blocking HTTP call at a time over the coordinator's URLs, tried in turn.
#pragma once

#include "actors/net/http/client.hpp"
#include "coordinator/client/weir.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace weir::client {

struct Reply {
  int status = 0;
  net::http::Headers headers;
  std::string body;          ///< without what `on_bytes` took
  std::optional<Error> cut;  ///< why the answer is not whole, where it is not
};

/// Takes the body of a 2xx answer as it comes; false stops the call (Reply.cut: "cancelled").
using OnBytes = std::function<bool(const net::http::Headers&, std::string_view)>;

class Transport {
 public:
  explicit Transport(Options options);
  ~Transport();

  /// errors  as weir.hpp lists them for status 0, where no answer began. `on_bytes` may be empty:
  /// the body is then collected.
  Outcome<Reply> run(const net::http::ClientRequest& request, const OnBytes& on_bytes,
                     const CancelToken& token);

  const Options& options() const { return options_; }
  /// What is wrong with the options, if anything: what run() then returns.
  const std::optional<Error>& wrong() const { return wrong_; }

 private:
  struct Lane;
  struct Attempt;

  std::unique_ptr<Lane> take_lane();
  void give_lane(std::unique_ptr<Lane> lane);
  std::shared_ptr<Attempt> attempt(Lane& lane, const net::http::Origin& origin,
                                   const net::http::ClientRequest& request, const OnBytes& on_bytes,
                                   const CancelToken& token);

  const Options options_;
  std::optional<Error> wrong_;
  std::vector<net::http::Origin> origins_;  ///< one for each URL
  std::optional<net::tls::Context> tls_;
  std::atomic<std::size_t> preferred_{0};

  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;
};

}  // namespace weir::client
