// How a request that never becomes a job is answered.
#pragma once

#include "actors/net/http/server.hpp"
#include "coordinator/gateway/errors.hpp"
#include "schema/types/units.hpp"

#include <string>

namespace weir::gateway {

/// A value; copies answer the same exchange. Every answer carries `x-request-id` and
/// `openai-processing-ms`, an error the caller's own shape.
class Replier {
 public:
  Replier(net::http::ExchangePtr exchange, std::string request_id, TimePoint received,
          Dialect dialect);

  void json(std::string body) const;
  void text(int status, std::string body,
            const std::string& type = "text/plain; charset=utf-8") const;
  void refuse(Refusal refusal, net::http::Headers headers = {}) const;
  /// 404 that is not about a model.
  void not_found(const char* what) const;
  /// Too many questions are on their way to the brain.
  void busy() const;

  /// The same on another way back to the client.
  Replier over(net::http::ExchangePtr exchange) const;
  const net::http::ExchangePtr& exchange() const { return exchange_; }
  const std::string& request_id() const { return request_id_; }
  TimePoint received() const { return received_; }

 private:
  void send(net::http::Response response) const;

  net::http::ExchangePtr exchange_;
  std::string request_id_;
  TimePoint received_;
  Dialect dialect_;
};

}  // namespace weir::gateway
