#include "coordinator/cli/manual.hpp"

#include <doctest/doctest.h>

using namespace weir::cli;

TEST_CASE("manual: sections, flags with what they take, examples of the longer texts") {
  Command root{{"weir"}, "the root", {{{"--json"}, "", {}, "JSON", "", "", false, false}}, {}, {}};
  root.children.push_back({{"weir", "drain"},
                           "let a machine rest",
                           {{{"--wait"}, "", {}, "'.wait\\", "", "WEIR_WAIT", false, false}},
                           {{{"NODE"}, "TEXT", {}, "its name", "", "", false, true}},
                           {}});
  const auto page = manual_page(root, root.children[0], "weir 1.0");
  CHECK(page.rfind(".TH WEIR\\-DRAIN 1 \"\" \"weir 1.0\" \"Weir\"\n", 0) == 0);
  for (const char* part :
       {".SH NAME\nweir\\-drain \\- let a machine rest\n", "[\\fB\\-\\-wait\\fR] \\fINODE\\fR",
        ".SH DESCRIPTION\nThe machine finishes", "\\(aq.wait\\e; also \\fBWEIR_WAIT\\fR\n",
        ".SH GLOBAL OPTIONS\n.TP\n\\fB\\-\\-json\\fR\nJSON\n", ".SH EXIT STATUS\n",
        ".SH EXAMPLES\n.TP\n\\fBweir drain gpu\\-01 \\-\\-wait", ".SH SEE ALSO\n\\fBweir\\fR(1)\n"})
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  CHECK(manual_file(root.children[0]) == "weir-drain.1");
  CHECK(help_footer("weir drain").find("weir drain gpu-01 --wait") != std::string::npos);
  CHECK(help_footer("weir nodes").empty());
}
