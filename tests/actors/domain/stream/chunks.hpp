// Chunks of OpenAI's chat streams, as engines send them.
#pragma once

#include <string>

namespace weir::test {

inline std::string data(const std::string& json) { return "data: " + json + "\n\n"; }
inline std::string chunk(const std::string& delta, const std::string& more = "") {
  return data(R"({"id":"x","object":"chat.completion.chunk","model":"e","choices":[{"index":0,)"
              R"("delta":)" +
              delta + more + "}]}");
}
inline std::string finish(const std::string& reason) {
  return chunk("{}", R"(,"finish_reason":")" + reason + '"');
}
inline std::string content(const std::string& text) {
  return chunk(R"({"content":")" + text + R"("})");
}
inline std::string opens(int index, const std::string& id, const std::string& name,
                         const std::string& arguments = "") {
  return chunk(R"({"tool_calls":[{"index":)" + std::to_string(index) + R"(,"id":")" + id +
               R"(","type":"function","function":{"name":")" + name + R"(","arguments":")" +
               arguments + R"("}}]})");
}
inline std::string goes_on(int index, const std::string& arguments) {
  return chunk(R"({"tool_calls":[{"index":)" + std::to_string(index) +
               R"(,"function":{"arguments":")" + arguments + R"("}}]})");
}
inline const std::string role = chunk(R"({"role":"assistant","content":null})");
inline const std::string usage =
    data(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})");
inline const std::string done = data("[DONE]");

}  // namespace weir::test
