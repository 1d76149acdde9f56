// A small engine on loopback: answers each path with what a test put there.
#pragma once

#include "actors/net/asio.hpp"
#include "actors/net/http/server.hpp"
#include "actors/ports/engine.hpp"
#include "schema/types/settings.hpp"
#include "tests/node-agent/engines/heard.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::test {

/// Runs the loop until `done`; false after five seconds.
inline bool pump(asio::io_context& io, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// Answers paths it has no page for with 404. A page under "path?query" is for that query alone;
/// several pages of one path are answered in turn, the last one again and again.
struct EngineSite {
  explicit EngineSite(net::http::Headers common = {})
      : server{io,
               {},
               std::move(common),
               std::nullopt,
               [this](net::http::Request r, net::http::ExchangePtr e) { answer(r, e); },
               [](int status, std::string_view) {
                 return net::http::Response{status, {}, ""};
               }} {
    port = *server.listen({"127.0.0.1", 0});
  }
  void answer(const net::http::Request& r, const net::http::ExchangePtr& e) {
    seen.push_back(r);
    if (r.path == silent) return held.push_back(e);
    auto page = pages.find(r.path + "?" + r.query);
    if (page == pages.end()) page = pages.find(r.path);
    if (page == pages.end()) return e->respond({404, {}, ""});
    const auto response = page->second.front();
    if (page->second.size() > 1) page->second.erase(page->second.begin());
    e->respond(response);
  }
  /// Puts `body` in the place of what the path has, or after it.
  void page(const std::string& path, std::string body, int status = 200,
            const std::string& type = "application/json") {
    pages[path] = {{status, {{"content-type", type}}, std::move(body)}};
  }
  void then(const std::string& path, std::string body) {
    pages[path].push_back({200, {{"content-type", "application/json"}}, std::move(body)});
  }
  EngineSettings settings(EngineKind kind) const {
    EngineSettings s;
    s.kind = kind;
    s.url = "http://127.0.0.1:" + std::to_string(port);
    return s;
  }
  EngineSnapshot look(ports::Engine& engine) {
    std::optional<EngineSnapshot> found;
    engine.observe([&](EngineSnapshot s) { found = std::move(s); });
    REQUIRE(pump(io, [&] { return found.has_value(); }));
    return *found;
  }
  Heard run(ports::Engine& engine, ports::EngineJob job) {
    Heard heard;
    engine.start(std::move(job), heard.answer());
    REQUIRE(pump(io, [&] { return heard.ended(); }));
    return heard;
  }
  /// The requests so far for this path.
  std::vector<net::http::Request> asked(const std::string& path) const {
    std::vector<net::http::Request> found;
    for (const auto& r : seen)
      if (r.path == path) found.push_back(r);
    return found;
  }

  asio::io_context io{1};
  std::string silent;  ///< a path that is never answered
  std::map<std::string, std::vector<net::http::Response>> pages;
  std::vector<net::http::Request> seen;
  std::vector<net::http::ExchangePtr> held;
  net::http::Server server;
  std::uint16_t port = 0;
};

inline ports::EngineJob engine_job(Endpoint endpoint = Endpoint::chat_completions,
                                   std::string body = "{}") {
  return {.attempt = {7, RequestId{1}, 1},
          .endpoint = endpoint,
          .body = std::move(body),
          .first_byte_max = Millis{2'000},
          .stall_max = Millis{2'000}};
}

inline const ModelInfo& model_of(const EngineSnapshot& snapshot, const std::string& id) {
  for (const auto& model : snapshot.models)
    if (model.id == id) return model;
  FAIL("no model " << id);
  return snapshot.models.front();
}

}  // namespace weir::test
