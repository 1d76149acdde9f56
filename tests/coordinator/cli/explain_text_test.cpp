#include "coordinator/cli/explain_text.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

const char* const explanation = R"({"request":"req-1-2","tenant":"eng","model":"auto","grade":"P1",
  "grade_why":"label","priority":"interactive","state":"done","error":"","attempts":[
  {"number":1,"node":"ws-1","tier":"L0","model":"tiny","why":"meets the targets",
   "outcome":"refused: no free slot","queue_ms":3,"first_byte_ms":0,"total_ms":4,
   "usage":{"prompt_tokens":0,"completion_tokens":0},"candidates":[]},
  {"number":2,"node":"gpu-01","tier":"L1","model":"tiny","why":"capable; the only one free",
   "outcome":"done","queue_ms":12,"first_byte_ms":123,"total_ms":2400,
   "usage":{"prompt_tokens":11,"completion_tokens":40},"candidates":[
    {"node":"gpu-01","tier":"L1","engine":1,"model":"tiny","filtered":"",
     "score":{"safety":1,"capability":0.5,"latency":0.25,"cost":0.75,"total":0.72},
     "estimated_ttft_ms":140},
    {"node":"ws-1","tier":"L0","engine":1,"model":"tiny","filtered":"refused this request",
     "score":{"safety":0,"capability":0,"latency":0,"cost":0,"total":0},
     "estimated_ttft_ms":0}]}]})";

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    most = std::max(most, columns(text.substr(at, end - at)));
    at = end + 1;
  }
  return most;
}

}  // namespace

TEST_CASE("explain: request, grade and why, attempts, score parts and filter reasons") {
  const auto text = explain_text(explanation, {100, false});
  REQUIRE(text);
  CHECK(holds(*text, "request   req-1-2\n"));
  CHECK(holds(*text, "state     done\n"));
  CHECK(holds(*text, "grade     P1 (label)\n"));
  CHECK(holds(*text, "\nAttempt 1: ws-1 (L0)\n"));
  CHECK(holds(*text, "  outcome   refused: no free slot\n"));
  CHECK(holds(*text, "\nAttempt 2: gpu-01 (L1)\n"));
  CHECK(holds(*text, "  why       capable; the only one free\n"));
  CHECK(holds(*text, "12 ms in the queue, first byte after 123 ms, 2.4 s in all"));
  CHECK(holds(*text, "11 prompt, 40 completion"));
  CHECK(holds(*text, "  gpu-01  L1    tiny     1.00        0.50     0.25  0.75   0.72  140 ms\n"));
  CHECK(holds(*text, "  ws-1    L0    tiny   left out: refused this request\n"));
}

TEST_CASE("explain: at 80, 100 and 200 columns no line is wider") {
  for (const std::size_t width : {std::size_t{80}, std::size_t{100}, std::size_t{200}})
    CHECK(widest(*explain_text(explanation, {width, false})) <= width);
}

TEST_CASE("explain: a request that was never placed") {
  const auto text = explain_text(R"({"request":"r","grade":"P0","grade_why":"default",
    "state":"failed","error":"no_capacity","attempts":[{"number":0,"node":"","tier":"L0",
    "why":"no candidate was free and allowed","outcome":"not placed","candidates":[
    {"node":"c-1","tier":"L2","model":"big","filtered":"grade P0 never runs on L2"}]}]})",
                                 {80, false});
  REQUIRE(text);
  CHECK(holds(*text, "state     failed (no_capacity)\n"));
  CHECK(holds(*text, "\nNot placed\n"));
  CHECK(holds(*text, "left out: grade P0 never runs on L2"));
  CHECK_FALSE(holds(*text, "time "));
  CHECK(holds(*explain_text(R"({"request":"r"})", {80, false}), "no attempt was made"));
}

TEST_CASE("explain: what is not an explanation is refused") {
  for (const char* wrong : {"", "[]", "{}", R"({"request":7})", "<html>"})
    CHECK_FALSE(explain_text(wrong, {80, false}));
}

TEST_CASE("ran: the line names node, layer, grade, model, time, why and how to ask more") {
  Ran ran;
  ran.node = "ws-1";
  ran.tier = "L0";
  ran.grade = "P0";
  ran.model = "tiny";
  ran.request = "req-9";
  ran.first_token_ms = 123;
  CHECK(ran_text(ran) ==
        "[ran on ws-1 (L0), grade P0, model tiny, 123 ms to first token; weir explain req-9]");
  fill_from_explanation(explanation, ran);
  CHECK(ran_text(ran) ==
        "[ran on gpu-01 (L1), grade P1 (label), model tiny, 123 ms to first token; why: capable; "
        "the only one free; weir explain req-9]");
}

TEST_CASE("ran: nothing known, nothing claimed") {
  Ran ran;
  fill_from_explanation("not json", ran);
  ran.request = "req-9";
  CHECK(ran_text(ran) == "[; weir explain req-9]");
}
