#include "schema/dialect/json_value.hpp"

#include <doctest/doctest.h>
#include <string>

namespace {

using namespace weir::dialect;

std::string again(const std::string& text) {
  const auto parsed = json::parse(text);
  REQUIRE_MESSAGE(parsed.value, text << ": " << parsed.why);
  return json::text_of(*parsed.value);
}

std::string why(const std::string& text, const json::ParseLimits& limits = {}) {
  const auto parsed = json::parse(text, limits);
  return parsed.value ? "" : parsed.why;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("json value: a document is written in its shortest form, members in order") {
  CHECK(again(R"( { "b" : [ 1 , true , null , { } , [ ] ] , "a" : "x" } )") ==
        R"({"b":[1,true,null,{},[]],"a":"x"})");
  CHECK(again("false") == "false");
}

TEST_CASE("json value: numbers stay as they were written") {
  for (const char* number : {"0", "-0", "1.50", "1e400", "1E-2", "123456789012345678901234567890"})
    CHECK(again(number) == number);
}

TEST_CASE("json value: strings are written as plain UTF-8 with only the needed escapes") {
  CHECK(again(R"("\u0041\u00e9\ud83d\ude00\/")") == "\"Aé😀/\"");
  CHECK(again(R"("\"\\\b\f\n\r\t\u0001\u007f")") == "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7F\"");
  CHECK(again(R"({"\u006b":1})") == R"({"k":1})");
}

TEST_CASE("json value: writing a document never makes its strings longer") {
  for (const char* text : {R"("\t\t\t\b\f\n\r")", R"("\u0000\u001f")", R"("\"\\")", "\"é\""})
    CHECK(again(text).size() <= std::string{text}.size());
}

TEST_CASE("json value: what is not one valid document is refused with a reason") {
  for (const char* text : {"", "{", "[1,]", "{} {}", R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})",
                           R"("\ud800")", "\"\xFF\"", "nul", "01"})
    CHECK_MESSAGE(!why(text).empty(), text);
}

TEST_CASE("json value: depth, count and size may fill their limit and not exceed it") {
  CHECK(why(repeated("[", 64) + repeated("]", 64)).empty());
  CHECK_FALSE(why(repeated("[", 65) + repeated("]", 65)).empty());
  CHECK(why("[[1]]", {.depth_max = 2}).empty());
  CHECK(why("[[[1]]]", {.depth_max = 2}) == "it is nested too deeply");
  CHECK(why("[1,2]", {.values_max = 3}).empty());
  CHECK(why("[1,2,3]", {.values_max = 3}) == "it has too many values");
  CHECK(why("[1]", {.bytes_max = 3}).empty());
  CHECK(why("[12]", {.bytes_max = 3}) == "it is too long");
}

TEST_CASE("json value: a value tells its kind, and nothing of another kind") {
  const auto parsed = json::parse(R"({"i":7,"r":7.5,"e":1e0,"big":9223372036854775808,"s":"t"})");
  REQUIRE(parsed.value);
  const auto& root = *parsed.value;
  CHECK(json::find(root, "i")->integer() == 7);
  CHECK(json::find(root, "r")->real() == 7.5);
  for (const char* key : {"r", "e", "big", "s"}) CHECK_FALSE(json::find(root, key)->integer());
  CHECK(json::find(root, "s")->boolean() == nullptr);
  CHECK(*json::find_string(root, "s") == "t");
  CHECK(json::find_string(root, "i") == nullptr);
  CHECK(json::find(root, "none") == nullptr);
  CHECK(json::find(*json::find(root, "i"), "i") == nullptr);
}

TEST_CASE("json value: values are equal when they are written alike") {
  const auto value = [](const char* text) { return *json::parse(text).value; };
  CHECK(value(R"({"a":[1,"x",true,null]})") == value(R"({ "a" : [1,"\u0078",true,null] })"));
  for (const char* other : {"{}", R"({"a":[1,"x",true,0]})", R"({"a":[1.0,"x",true,null]})"})
    CHECK_FALSE(value(R"({"a":[1,"x",true,null]})") == value(other));
  CHECK(json::Value{json::Verbatim{"{}"}} == json::Value{json::Verbatim{"{}"}});
}
