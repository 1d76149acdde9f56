// weir-demo-engine: an OpenAI-compatible server for machines without an engine, tests and
// benchmarks. It runs no model: it takes an engine's time and says so in every answer.
#include "examples/demo-engine/service.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <string>

namespace {

using namespace weir;

struct Flags {
  std::uint16_t port = 0;
  std::string kind = "openai";
  demo::Settings settings;
};

void add_flags(CLI::App& app, Flags& flags) {
  auto& s = flags.settings;
  app.add_option("--port", flags.port, "port on 127.0.0.1; 0: the system's choice");
  app.add_option("--model", s.models, "name of a model to offer; may be repeated")
      ->capture_default_str();
  app.add_option("--slots", s.slots, "requests that run at once; more wait")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  app.add_option("--prefill-tps", s.pace.prefill_tps, "prompt tokens per second; 0: no time")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--decode-tps", s.pace.decode_tps, "answer tokens per second; 0: no time")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--context", s.context, "tokens of prompt and answer together; 0: no limit")
      ->capture_default_str();
  app.add_option("--api-key", s.api_key, "key that requests must show");
  app.add_option("--kind", flags.kind, "llama_cpp adds /slots, /props and /metrics")
      ->check(CLI::IsMember({"openai", "llama_cpp"}))
      ->capture_default_str();
}

constexpr const char* failures_help =
    "Failures: POST /demo/fail {\"mode\": M, \"count\": N} makes the next N (default 1) answers\n"
    "fail. M is one of:\n"
    "  http500           an error instead of an answer\n"
    "  http429           \"too many requests\" with retry-after: 7\n"
    "  stall             takes a slot and never says a word\n"
    "  slow              ten times slower\n"
    "  close_before      the connection breaks instead of an answer\n"
    "  close_mid_stream  half of the answer, then the connection breaks\n"
    "  no_done           a stream without its [DONE]\n"
    "  none              no failure\n"
    "GET /demo/stats counts running, waiting, served and cancelled requests.";

int serve(const Flags& flags) {
  asio::io_context io{1};
  demo::Service service{io, flags.settings};
  net::http::Server server{io,
                           {},
                           {{"server", "weir-demo-engine"}},
                           std::nullopt,
                           [&](net::http::Request request, net::http::ExchangePtr exchange) {
                             service.handle(std::move(request), std::move(exchange));
                           },
                           [](int status, std::string_view) {
                             return demo::Service::error(status, "the request was refused");
                           }};
  const auto port = server.listen({"127.0.0.1", flags.port});
  if (!port) {
    std::fprintf(stderr, "weir-demo-engine: %s\n", port.error().detail.c_str());
    return 1;
  }
  std::printf("listening on 127.0.0.1:%u\n", static_cast<unsigned>(*port));
  std::fflush(stdout);
  std::fprintf(stderr, "weir-demo-engine: no model runs here, and every answer says so\n");
  asio::signal_set signals{io, SIGTERM, SIGINT};
  signals.async_wait([&](std::error_code, int) { io.stop(); });
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app{
      "An OpenAI-compatible server that runs NO MODEL. It takes an engine's time (slots, prefill, "
      "decode) and answers with a sentence that says so; for machines without an engine, tests "
      "and benchmarks.",
      "weir-demo-engine"};
  app.footer(failures_help);
  add_flags(app, flags);
  CLI11_PARSE(app, argc, argv);
  flags.settings.llama_cpp = flags.kind == "llama_cpp";
  return serve(flags);
}
