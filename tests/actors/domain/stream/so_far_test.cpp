// What a client has of an answer, and how another attempt takes it up.
#include "actors/domain/stream/so_far.hpp"

#include <doctest/doctest.h>

using weir::domain::SoFar;

namespace {

std::string chunk(const std::string& delta, const std::string& id = "\"a\"",
                  const std::string& created = "1", const std::string& reason = "null") {
  return "data: {\"id\":" + id + ",\"created\":" + created +
         ",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + reason +
         "}]}\n\n";
}

const std::string role = chunk(R"({"role":"assistant","content":""})");

}  // namespace

TEST_CASE("so far: it holds the text that the client has, unescaped") {
  SoFar so_far;
  so_far.add(role + chunk(R"({"content":"Gr"})"));
  so_far.add(chunk(R"({"content":"\u00fc\nn"})") + ": keep-alive\n\n");
  CHECK(so_far.text() == "Gr\xC3\xBC\nn");
  CHECK(so_far.may_go_on());
}

TEST_CASE("so far: what goes on bears the first attempt's id and time, and no second role") {
  SoFar so_far;
  so_far.add(role + chunk(R"({"content":"x"})"));
  const auto role_again = chunk(R"({"role":"assistant","content":null})", "\"b\"", "99");
  CHECK(so_far.adopt(role_again + chunk(R"({"content":"y"})", "\"b\"", "99")) ==
        chunk(R"({"content":"y"})"));
  CHECK(so_far.adopt("data: [DONE]\n\n") == "data: [DONE]\n\n");
  const auto last = so_far.adopt(
      "data: {\"id\":\"b\",\"choices\":[],\"created\":99,\"usage\":{\"prompt_tokens\":1}}\n\n");
  CHECK(last ==
        "data: {\"id\":\"a\",\"choices\":[],\"created\":1,\"usage\":{\"prompt_tokens\":1}}\n\n");
}

TEST_CASE("so far: anything but plain text of one choice cannot go on") {
  for (const std::string delta :
       {R"({"tool_calls":[{"index":0}]})", R"({"reasoning_content":"hm"})", R"({"content":["x"]})",
        R"({"refusal":"no"})"}) {
    CAPTURE(delta);
    SoFar so_far;
    so_far.add(chunk(delta));
    CHECK(so_far.hopeless());
    CHECK_FALSE(so_far.may_go_on());
  }
  SoFar two;
  two.add("data: {\"choices\":[{\"index\":0,\"delta\":{}},{\"index\":1,\"delta\":{}}]}\n\n");
  CHECK(two.hopeless());
  SoFar fine;
  fine.add(chunk(R"({"content":"x","reasoning_content":null,"tool_calls":null})"));
  CHECK(fine.may_go_on());
}

TEST_CASE("so far: a text beyond its bound cannot go on, and is not kept") {
  SoFar so_far;
  so_far.add(chunk("{\"content\":\"" + std::string(SoFar::text_bytes_max, 'x') + "\"}"));
  CHECK(so_far.may_go_on());
  so_far.add(chunk(R"({"content":"y"})"));
  CHECK(so_far.hopeless());
  CHECK(so_far.text().empty());
}

TEST_CASE("so far: an answer whose end was told does not go on") {
  SoFar so_far;
  so_far.add(role + chunk("{}", "\"a\"", "1", "\"stop\""));
  CHECK_FALSE(so_far.may_go_on());
  CHECK_FALSE(so_far.hopeless());
}

TEST_CASE("so far: why it ended is told with what follows, or by the attempt that goes on") {
  SoFar so_far;
  const auto text = chunk(R"({"content":"x"})");
  const auto end = chunk("{}", "\"a\"", "1", "\"stop\"");
  const std::string done = "data: [DONE]\n\n";
  CHECK(so_far.hold(text + end) == text);
  CHECK(so_far.hold("") == "");
  CHECK(so_far.hold(done) == end + done);
  CHECK(so_far.hold(text + end + done) == text + end + done);
  CHECK(so_far.hold(end) == "");
  so_far.again();
  CHECK(so_far.hold(text) == text);
}
