#include "coordinator/cli/batch_text.hpp"

#include <doctest/doctest.h>

namespace {

using namespace weir::cli;

BatchEnd end_of(std::uint64_t ok, std::uint64_t refused, std::uint64_t given_up) {
  BatchEnd end;
  end.file = "b.jsonl";
  end.out = "b.out.jsonl";
  end.counts.total = 1'000;
  end.counts.before = 100;
  end.counts.ok = ok;
  end.counts.refused = refused;
  end.counts.given_up = given_up;
  end.counts.tokens = 4'500;
  end.elapsed_ms = 9'000;
  return end;
}

}  // namespace

TEST_CASE("batch text: the output's name") {
  CHECK(default_out("a/b.jsonl") == "a/b.out.jsonl");
  CHECK(default_out("b.txt") == "b.txt.out.jsonl");
  CHECK(default_out(".jsonl") == ".jsonl.out.jsonl");
}

TEST_CASE("batch text: the summary of a whole and of a broken batch") {
  CHECK(summary_text(end_of(900, 0, 0), {80, false}) ==
        "1,000 of 1,000 answered, 100 of them by earlier runs, in 9.0 s (100 lines/s, 500 tok/s)\n"
        "answers: b.out.jsonl\n");
  auto broken = end_of(400, 10, 2);
  broken.given_up = {"r-7: internal: it failed"};
  broken.failure = "unauthorized";
  CHECK(summary_text(broken, {80, false}) ==
        "510 of 1,000 answered, 100 of them by earlier runs, in 9.0 s (45.6 lines/s, 500 tok/s)\n"
        "10 were refused (4xx); their errors stand in the output\n"
        "2 got no answer after several tries:\n"
        "  r-7: internal: it failed\n"
        "  … and 1 more\n"
        "ended early: unauthorized\n"
        "answers: b.out.jsonl\n"
        "490 to do; the same command goes on from here\n");
}

TEST_CASE("batch text: all is answered but not stored") {
  auto end = end_of(900, 0, 0);
  CHECK(complete(end));
  end.failure = "out: Input/output error";
  CHECK_FALSE(complete(end));
  CHECK(summary_text(end, {80, false}).find("\nout: Input/output error\n") != std::string::npos);
  CHECK(summary_json(end).find(R"("complete":false)") != std::string::npos);
}

TEST_CASE("batch text: JSON lines") {
  CHECK(summary_json(end_of(900, 0, 0)) ==
        R"({"event":"summary","file":"b.jsonl","out":"b.out.jsonl","total":1000,"done":1000,)"
        R"("skipped":100,"ok":900,"refused":0,"given_up":0,"left":0,"tokens":4500,)"
        R"("elapsed_ms":9000,"complete":true,"stopped":false,"given_up_lines":[],"error":null})"
        "\n");
  CHECK(progress_json(end_of(400, 0, 0).counts, {1.239, 7, 5'000}) ==
        R"({"event":"progress","total":1000,"done":500,"skipped":100,"ok":400,"refused":0,)"
        R"("given_up":0,"left":500,"tokens":4500,"running":0,"retrying":0,"lines_per_s":1.23,)"
        R"("tokens_per_s":7.0,"eta_ms":5000})"
        "\n");
}
