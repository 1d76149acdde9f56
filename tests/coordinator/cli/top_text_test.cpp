#include "coordinator/cli/top_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace weir::cli;

TopState state() {
  TopState s;
  s.url = "http://127.0.0.1:8700";
  s.nodes = {{"gpu-01", "L1", "up", 14, 16, {"qwen2.5-7b", "llama-3.1-8b"}, 0, 41, 930, 310, false},
             {"ws-bernd", "L0", "owner", 0, 4, {"gemma-2-9b"}, 0, 0, 0, 120, true},
             {"cloud-1", "L2", "up", 1, 64, {"gpt-4o-mini"}, 0, 80, 0, 10, false}};
  s.queues = {{"qwen2.5-7b", "P0", "interactive", 12, 1'400},
              {"qwen2.5-7b", "P2", "batch", 1'220, 61'000}};
  s.waiting = 1'232;
  s.running = 15;
  s.spill = true;
  s.window_ms = 10'000;
  s.requests_per_s = 4.2;
  s.tokens_per_s = 312;
  s.first_token_p50_ms = 120;
  s.first_token_p95_ms = 480;
  return s;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("top text: 40 columns show names, states, slots and what waits") {
  CHECK(top_text(state(), {40, false}, 0) ==
        "weir top  http://127.0.0.1:8700\n"
        "nodes 2/3 up  15 running  1,232 waiting\n"
        "4.2 req/s  312 tok/s  first token 120 ms\n"
        "\n"
        "NODE      TIER  STATE  SLOTS\n"
        "ws-bernd  L0    owner    0/4\n"
        "cloud-1   L2    up      1/64\n"
        "gpu-01    L1    up     14/16\n"
        "\n"
        "QUEUE       GRADE  WAITING  OLDEST\n"
        "qwen2.5-7b  P0          12   1.4 s\n"
        "qwen2.5-7b  P2       1,220  61.0 s\n");
}

TEST_CASE("top text: 80 columns add load, speed, owner and models") {
  CHECK(top_text(state(), {80, false}, 0) ==
        "weir top  http://127.0.0.1:8700\n"
        "nodes 2/3 up  15 running  1,232 waiting  spill ON  slots 15/84\n"
        "4.2 req/s  312 tok/s  first token 120 ms  p95 480 ms  (last 10 s)\n"
        "\n"
        "NODE      TIER  STATE  LOAD      SLOTS   SPEED  OWNER  MODELS\n"
        "ws-bernd  L0    owner  ········    0/4          here   gemma-2-9b\n"
        "cloud-1   L2    up     █·······   1/64  80 t/s         gpt-4o-mini\n"
        "gpu-01    L1    up     ███████·  14/16  41 t/s         qwen2.5-7b, llama-3.1-8b\n"
        "\n"
        "QUEUE       GRADE  PRIORITY     WAITING  OLDEST\n"
        "qwen2.5-7b  P0     interactive       12   1.4 s\n"
        "qwen2.5-7b  P2     batch          1,220  61.0 s\n");
}

TEST_CASE("top text: 200 columns show everything") {
  CHECK(
      top_text(state(), {200, false}, 0) ==
      "weir top  http://127.0.0.1:8700\n"
      "nodes 2/3 up  15 running  1,232 waiting  spill ON  slots 15/84\n"
      "4.2 req/s  312 tok/s  first token 120 ms  p95 480 ms  (last 10 s)\n"
      "\n"
      "NODE      TIER  STATE  LOAD      SLOTS   SPEED  CPU  GPU  OWNER  MODELS\n"
      "ws-bernd  L0    owner  ········    0/4          12%       here   gemma-2-9b\n"
      "cloud-1   L2    up     █·······   1/64  80 t/s   1%              gpt-4o-mini\n"
      "gpu-01    L1    up     ███████·  14/16  41 t/s  31%  93%         qwen2.5-7b, llama-3.1-8b\n"
      "\n"
      "QUEUE       GRADE  PRIORITY     WAITING  OLDEST\n"
      "qwen2.5-7b  P0     interactive       12   1.4 s\n"
      "qwen2.5-7b  P2     batch          1,220  61.0 s\n");
}

TEST_CASE("top text: never wider or higher than the terminal; hidden rows are summed") {
  auto s = state();
  for (int i = 0; i < 40; ++i) {
    s.nodes.push_back({"node-" + std::to_string(i), "L0", "up", 1, 2, {"m"}, 0, 0, 0, 0, false});
    s.queues.push_back({"m" + std::to_string(i), "P1", "normal", 1, 5});
  }
  for (std::size_t width = 20; width <= 200; width += 3)
    for (std::size_t height = 6; height < 110; ++height) {
      const auto text = top_text(s, {width, false}, height);
      CHECK(lines_of(text) <= height);
      for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        CHECK(columns(text.substr(at, text.find('\n', at) - at)) <= width);
    }
  const auto text = top_text(s, {80, false}, 24);
  CHECK(text.find("… 30 more, ") != std::string::npos);
  CHECK(lines_of(text) == 24);
}

TEST_CASE("top text: colours change nothing but colours; an empty fleet says what to do") {
  const auto plain = top_text(state(), {80, false}, 0);
  auto coloured = top_text(state(), {80, true}, 0);
  CHECK(coloured != plain);
  for (std::size_t at = 0; (at = coloured.find('\x1b')) != std::string::npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  CHECK(coloured == plain);
  TopState empty;
  empty.trouble = "no connection";
  const auto text = top_text(empty, {60, false}, 0);
  CHECK(text.find("no node is connected") != std::string::npos);
  CHECK(text.rfind("no connection (what stands below is older)\n", 0) == 0);
}
