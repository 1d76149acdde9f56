#include "coordinator/cli/completion.hpp"

#include "tests/coordinator/cli/program.hpp"

#include <doctest/doctest.h>

#include <fstream>

namespace {

using namespace weir::cli;
using namespace weir::cli::testing;

Command tree() {
  Command root{{"weir"}, "the root", {{{"--json"}, "", {}, "JSON", "", "", false, false}}, {}, {}};
  root.children.push_back({{"weir", "run"},
                           "ask it's [x]",
                           {{{"--grade"}, "TEXT", {"P0", "P1"}, "a grade", "", "", false, false},
                            {{"--file"}, "FILE", {}, "a file", "", "", true, false}},
                           {{{"PROMPT"}, "TEXT", {}, "what", "", "", false, true}},
                           {}});
  root.children.push_back({{"weir", "certs"}, "certificates", {}, {}, {}});
  root.children.back().children.push_back({{"weir", "certs", "show"},
                                           "look",
                                           {},
                                           {{{"FILE"}, "FILE", {}, "", "", "", false, true}},
                                           {}});
  return root;
}

/// What bash completes for a line whose last word is being typed.
std::string completed(const std::string& script, const std::string& words, int last) {
  const Folder folder;
  const auto file = (folder.path / "c").string();
  std::ofstream{file} << script << "\nCOMP_WORDS=(" << words << ")\nCOMP_CWORD=" << last
                      << "\n_weir\necho \"${COMPREPLY[*]}\"\n";
  Program bash{"/bin/bash", {"--norc", file}, {"PATH=/usr/bin:/bin"}};
  CHECK(bash.exit_code() == 0);
  CHECK(bash.err.empty());
  return bash.out;
}

}  // namespace

TEST_CASE("completion: bash completes commands, flags and the values of flags") {
  const auto script = bash_completion(tree());
  CHECK(completed(script, "weir ''", 1) == "run certs\n");
  CHECK(completed(script, "weir c", 1) == "certs\n");
  CHECK(completed(script, "weir certs ''", 2) == "show\n");
  CHECK(completed(script, "weir run --", 2) == "--grade --file --json\n");
  CHECK(completed(script, "weir --json run --grade ''", 4) == "P0 P1\n");
  CHECK(completed(script, "weir run --file /etc/passw", 3).find("/etc/passwd") !=
        std::string::npos);
  CHECK(completed(script, "weir certs show /etc/passw", 3).find("/etc/passwd") !=
        std::string::npos);
}

TEST_CASE("completion: zsh and fish name what bash does, and quote it") {
  const auto zsh = zsh_completion(tree());
  CHECK(zsh.rfind("#compdef weir\n", 0) == 0);
  CHECK(zsh.find("'run:ask it'\\''s \\[x\\]'") != std::string::npos);
  CHECK(zsh.find("'--grade=[a grade]:TEXT:(P0 P1)'") != std::string::npos);
  CHECK(zsh.find("'*--file=[a file]:FILE:_files'") != std::string::npos);
  const auto fish = fish_completion(tree());
  CHECK(fish.find("-a run -d 'ask it'\\''s [x]'") != std::string::npos);
  CHECK(fish.find("-l grade -d 'a grade' -x -a 'P0 P1'") != std::string::npos);
}
