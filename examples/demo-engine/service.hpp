// The demo engine's HTTP side: routes, keys, and the failures that tests ask for.
#pragma once

#include "actors/net/http/server.hpp"
#include "examples/demo-engine/dialect.hpp"
#include "examples/demo-engine/engine.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::demo {

struct Settings {
  std::vector<std::string> models{"demo"};
  std::uint32_t slots = 4;
  Pace pace;
  std::uint32_t context = 8192;
  std::string api_key;  ///< empty: none is asked
  bool llama_cpp = false;
};

/// How the next requests fail; see POST /demo/fail.
enum class Failure : std::uint8_t {
  none,
  http500,           ///< an error instead of an answer
  http429,           ///< a full queue instead of an answer: retry-after 7 s
  stall,             ///< takes a slot and never says a word
  close_mid_stream,  ///< half of the answer, then the connection breaks
  close_before,      ///< the connection breaks instead of an answer
  slow,              ///< ten times slower
  no_done,           ///< a stream without its "[DONE]"
};

class Service {
 public:
  Service(asio::io_context& io, Settings settings);
  void handle(net::http::Request request, net::http::ExchangePtr exchange);
  static net::http::Response error(int status, std::string_view message);

 private:
  using Exchange = net::http::ExchangePtr;
  bool allowed(const net::http::Request& request) const;
  bool handle_llama(const net::http::Request& request, const Exchange& exchange);
  bool handle_demo(const net::http::Request& request, const Exchange& exchange);
  void generate(bool chat, const std::string& body, const Exchange& exchange);
  void run(std::shared_ptr<Answer> answer, Failure failure, const Exchange& exchange);
  void stream(Job& job, const std::shared_ptr<Answer>& answer, Failure failure,
              const Exchange& exchange);
  Failure take_failure();
  void set_failure(const std::string& body, const Exchange& exchange);
  std::string models() const;
  std::string slots() const;
  std::string metrics() const;

  Settings settings_;
  Engine engine_;
  Failure failure_ = Failure::none;
  std::uint64_t failures_left_ = 0;
  std::uint64_t answers_ = 0;
};

}  // namespace weir::demo
