// Every pair of client's and engine's dialects: whole answers, streams, tools, errors.
#include "coordinator/gateway/translation.hpp"

#include "coordinator/gateway/job.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace weir;
using namespace weir::gateway;
using nlohmann::json;

namespace {

/// A request of one front, as it was read.
Intake intake_of(Endpoint front, bool stream, const std::string& more = "") {
  const auto what =
      front == Endpoint::completions
          ? std::string{R"("prompt":"hi")"}
          : std::string{R"("max_tokens":9,"messages":[{"role":"user","content":"hi"}])"};
  auto taken = take(front,
                    {"POST",
                     "",
                     "",
                     {},
                     R"({"model":"asked",)" + what + more + (stream ? R"(,"stream":true})" : "}")},
                    {});
  REQUIRE_MESSAGE(taken.intake, taken.refusal.error.detail);
  taken.intake->spec.public_id = "req-1";
  taken.intake->received_unix_s = 77;
  return std::move(*taken.intake);
}

/// An engine of this kind that calls the model "served".
Placement served(EngineKind kind) {
  Placement placement;
  placement.kind = kind;
  placement.model = "served";
  return placement;
}

struct Ended {
  Finish finish;
  std::string events;
  std::string body;
  std::string content_type;
  bool passes_through = false;
};

/// One attempt whose engine answers `answer` with `status`.
Ended ended(const Intake& intake, EngineKind engine, const std::string& answer,
            std::uint16_t status = 200, const std::string& type = "application/x-own") {
  SendDispatch order;
  order.placement = served(engine);
  Attempt attempt{{}, order, intake, {}};
  attempt.begin({{}, status, type});
  Ended e;
  for (std::size_t at = 0; at < answer.size(); at += 7)
    if (!attempt.take(answer.substr(at, 7), e.events)) break;
  Finish said;
  said.bytes = attempt.received();
  e.finish = attempt.finish(said, e.events);
  e.passes_through = attempt.passes_through();
  e.content_type = attempt.content_type();
  e.body = attempt.take_body();
  return e;
}

/// The `data:` of each event, the dialects' own end markers included.
std::vector<std::string> data_of(const std::string& events) {
  std::vector<std::string> found;
  for (auto at = events.find("data: "); at != std::string::npos; at = events.find("data: ", at + 1))
    found.push_back(events.substr(at + 6, events.find('\n', at) - at - 6));
  return found;
}

std::string event(const std::string& body) {
  const auto type = json::parse(body).at("type").get<std::string>();
  return "event: " + type + "\ndata: " + body + "\n\n";
}

const std::string openai_whole =
    R"({"id":"c1","object":"chat.completion","model":"served","choices":[{"index":0,"message":)"
    R"({"role":"assistant","content":"Hé","tool_calls":[{"id":"t1","type":"function",)"
    R"("function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],)"
    R"("usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8},"more":1.0})";
const std::string anthropic_whole =
    R"({"id":"msg_9","type":"message","role":"assistant","model":"served","content":[)"
    R"({"type":"text","text":"Hé"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}],)"
    R"("stop_reason":"tool_use","stop_sequence":null,"more":1.0,)"
    R"("usage":{"input_tokens":5,"output_tokens":3}})";
const std::string openai_stream =
    R"(data: {"id":"c1","model":"served","choices":[{"index":0,"delta":{"content":"Hé"}}]})"
    "\n\n"
    R"(data: {"id":"c1","model":"served","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,)"
    R"("id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}}]}}]})"
    "\n\n"
    R"(data: {"id":"c1","model":"served","choices":[{"index":0,"delta":{},)"
    R"("finish_reason":"tool_calls"}]})"
    "\n\n"
    R"(data: {"id":"c1","model":"served","choices":[],)"
    R"("usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})"
    "\n\ndata: [DONE]\n\n";
const std::string anthropic_stream =
    event(R"({"type":"message_start","message":{"id":"msg_9","type":"message","model":"served",)"
          R"("content":[],"usage":{"input_tokens":5,"output_tokens":1}}})") +
    event(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})") +
    event(R"({"type":"content_block_delta","index":0,)"
          R"("delta":{"type":"text_delta","text":"Hé"}})") +
    event(R"({"type":"content_block_stop","index":0})") +
    event(R"({"type":"content_block_start","index":1,"content_block":)"
          R"({"type":"tool_use","id":"t1","name":"f","input":{}}})") +
    event(R"({"type":"content_block_delta","index":1,)"
          R"("delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}})") +
    event(R"({"type":"content_block_stop","index":1})") +
    event(R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},)"
          R"("usage":{"output_tokens":3}})") +
    event(R"({"type":"message_stop"})");

constexpr auto chat = Endpoint::chat_completions;
constexpr auto messages = Endpoint::messages;
constexpr auto own = EngineKind::llama_cpp;
constexpr auto claude = EngineKind::anthropic;

void check_usage(const Ended& e) {
  CHECK_FALSE(e.finish.error);
  CHECK(e.finish.usage.prompt == Tokens{5});
  CHECK(e.finish.usage.completion == Tokens{3});
}

void check_completion(const json& body) {
  const auto& choice = body.at("choices").at(0);
  CHECK(body.at("model") == "asked");
  CHECK(choice.at("message").at("content") == "Hé");
  CHECK(choice.at("message").at("tool_calls").at(0).at("function").at("name") == "f");
  CHECK(choice.at("message").at("tool_calls").at(0).at("function").at("arguments") == R"({"a":1})");
  CHECK(choice.at("finish_reason") == "tool_calls");
  CHECK(body.at("usage").at("total_tokens") == 8);
}

void check_message(const json& body) {
  CHECK(body.at("type") == "message");
  CHECK(body.at("model") == "asked");
  CHECK(body.at("content").at(0).at("text") == "Hé");
  CHECK(body.at("content").at(1).at("name") == "f");
  CHECK(body.at("content").at(1).at("input") == json::parse(R"({"a":1})"));
  CHECK(body.at("stop_reason") == "tool_use");
  CHECK(body.at("usage").at("input_tokens") == 5);
  CHECK(body.at("usage").at("output_tokens") == 3);
}

/// What a stream of chunks says in all.
void check_chunks(const std::string& events) {
  std::string text, name, arguments, reason;
  auto all = data_of(events);
  REQUIRE_FALSE(all.empty());
  CHECK(all.back() == "[DONE]");
  all.pop_back();
  for (const auto& data : all) {
    const auto chunk = json::parse(data);
    CHECK(chunk.at("model") == "asked");
    CHECK_FALSE(chunk.contains("usage"));
    const auto& choice = chunk.at("choices").at(0);
    const auto& delta = choice.at("delta");
    if (delta.contains("content")) text += delta["content"].get<std::string>();
    if (choice.contains("finish_reason") && choice["finish_reason"].is_string())
      reason = choice["finish_reason"].get<std::string>();
    if (!delta.contains("tool_calls")) continue;
    const auto& function = delta["tool_calls"].at(0).at("function");
    name += function.value("name", "");
    arguments += function.value("arguments", "");
  }
  CHECK((text == "Hé" && name == "f" && arguments == R"({"a":1})" && reason == "tool_calls"));
}

/// What a stream of Anthropic's events says in all.
void check_events(const std::string& events) {
  std::string text, name, input, reason, types;
  for (const auto& data : data_of(events)) {
    const auto said = json::parse(data);
    const auto type = said.at("type").get<std::string>();
    types += type.substr(type.find('_') + 1) + " ";
    if (type == "message_start") CHECK(said.at("message").at("model") == "asked");
    if (type == "content_block_start") name += said.at("content_block").value("name", "");
    if (type == "message_delta") reason = said.at("delta").at("stop_reason");
    if (type == "message_delta") CHECK(said.at("usage").at("output_tokens") == 3);
    if (type != "content_block_delta") continue;
    text += said.at("delta").value("text", "");
    input += said.at("delta").value("partial_json", "");
  }
  CHECK(types ==
        "start block_start block_delta block_stop block_start block_delta block_stop delta stop ");
  CHECK((text == "Hé" && name == "f" && input == R"({"a":1})" && reason == "tool_use"));
  CHECK(events.ends_with(domain::anthropic_last_event));
}

}  // namespace

TEST_CASE("translation: OpenAI's client, OpenAI's engine: the answer is renamed, nothing else") {
  const auto whole = ended(intake_of(chat, false), own, openai_whole);
  check_usage(whole);
  check_completion(json::parse(whole.body));
  CHECK(whole.body.ends_with(R"("more":1.0})"));
  CHECK(whole.content_type == "application/x-own");
  const auto streamed = ended(intake_of(chat, true), own, openai_stream);
  check_usage(streamed);
  check_chunks(streamed.events);
}

TEST_CASE("translation: OpenAI's client, Anthropic's engine: all of it in OpenAI's shapes") {
  const auto whole = ended(intake_of(chat, false), claude, anthropic_whole);
  check_usage(whole);
  check_completion(json::parse(whole.body));
  CHECK(json::parse(whole.body).at("created") == 77);
  CHECK(whole.content_type == "application/json");
  const auto streamed = ended(intake_of(chat, true), claude, anthropic_stream);
  check_usage(streamed);
  check_chunks(streamed.events);
  const auto asked = ended(intake_of(chat, true, R"(,"stream_options":{"include_usage":true})"),
                           claude, anthropic_stream);
  CHECK(asked.events.find(R"("total_tokens":8)") != std::string::npos);
}

TEST_CASE("translation: Anthropic's client, OpenAI's engine: all of it in Anthropic's shapes") {
  const auto whole = ended(intake_of(messages, false), own, openai_whole);
  check_usage(whole);
  check_message(json::parse(whole.body));
  CHECK(json::parse(whole.body).at("id") == "msg_req-1");
  CHECK(whole.content_type == "application/json");
  const auto streamed = ended(intake_of(messages, true), own, openai_stream);
  check_usage(streamed);
  check_events(streamed.events);
}

TEST_CASE("translation: Anthropic's client, Anthropic's engine: the answer is renamed alone") {
  const auto whole = ended(intake_of(messages, false), claude, anthropic_whole);
  check_usage(whole);
  check_message(json::parse(whole.body));
  CHECK(whole.body.find(R"("id":"msg_9")") != std::string::npos);
  CHECK(whole.body.find(R"("more":1.0)") != std::string::npos);
  CHECK(whole.content_type == "application/x-own");
  const auto streamed = ended(intake_of(messages, true), claude, anthropic_stream);
  check_usage(streamed);
  check_events(streamed.events);
}

TEST_CASE("translation: an Anthropic client that asked gets reasoning and its stop sequence") {
  const std::string answer =
      R"({"choices":[{"index":0,"message":{"content":"x","reasoning_content":"hm"},)"
      R"("finish_reason":"stop","stop_reason":"END"}]})";
  const auto plain = json::parse(ended(intake_of(messages, false), own, answer).body);
  CHECK(plain.at("content").size() == 1);
  CHECK(plain.at("stop_reason") == "end_turn");
  const auto asking =
      intake_of(messages, false,
                R"(,"thinking":{"type":"enabled","budget_tokens":1024},"stop_sequences":["END"])");
  const auto both = json::parse(ended(asking, own, answer).body);
  CHECK(both.at("content").at(0).at("thinking") == "hm");
  CHECK(both.at("stop_reason") == "stop_sequence");
  CHECK(both.at("stop_sequence") == "END");
}

TEST_CASE("translation: an engine's 4xx keeps its status and gets the shape of the client's API") {
  const std::string openai = R"({"error":{"message":"no such thing","type":"x","code":"y"}})";
  const std::string anthropic =
      R"({"type":"error","error":{"type":"not_found_error","message":"no such thing"},"r":1})";
  for (const bool stream : {false, true}) {
    const auto same = ended(intake_of(chat, stream), own, openai, 404);
    CHECK((same.passes_through && same.body == openai && same.content_type == "application/x-own"));
    const auto own_shape = ended(intake_of(messages, stream), claude, anthropic, 404);
    CHECK(own_shape.body == anthropic);
    const auto to_anthropic = ended(intake_of(messages, stream), own, openai, 404);
    CHECK(to_anthropic.passes_through);
    CHECK(to_anthropic.body ==
          R"({"type":"error","error":{"type":"not_found_error","message":"no such thing"}})");
    CHECK(to_anthropic.content_type == "application/json");
    const auto to_openai = ended(intake_of(chat, stream), claude, anthropic, 404);
    CHECK(json::parse(to_openai.body).at("error").at("message") == "no such thing");
    CHECK(json::parse(to_openai.body).at("error").at("code") == "model_not_found");
    for (const auto& e : {same, own_shape, to_anthropic, to_openai}) {
      CHECK(e.events.empty());
      CHECK_FALSE(e.finish.error);
      CHECK(e.finish.engine_status == 404);
    }
  }
}

TEST_CASE("translation: an answer in the wrong dialect, or a 5xx, fails the attempt") {
  for (const auto front : {chat, messages})
    for (const auto engine : {own, claude}) {
      const auto& wrong = engine == own ? anthropic_stream : openai_stream;
      const auto stream = ended(intake_of(front, true), engine, wrong);
      REQUIRE(stream.finish.error);
      CHECK(stream.finish.error->code == Code::upstream_failed);
      CHECK(ended(intake_of(front, false), engine, "[1]").finish.error);
      CHECK(ended(intake_of(front, false), engine, "{}", 529).finish.error);
    }
  CHECK(ended(intake_of(chat, false), claude, openai_whole).finish.error);
  CHECK(ended(intake_of(messages, false), claude, openai_whole).finish.error);
  CHECK(ended(intake_of(messages, false), own, anthropic_whole).finish.error);
}

TEST_CASE("translation: an engine is asked in its own dialect, at its own endpoint") {
  const std::string said = R"({"model":"asked","max_tokens":9,"system":"be kind","stream":true,)"
                           R"("messages":[{"role":"user","content":"hi"}]})";
  const auto from_messages = intake_of(messages, true);
  const auto to_openai = request_for(from_messages, said, served(own));
  REQUIRE(to_openai.body);
  CHECK(to_openai.endpoint == chat);
  const auto o = json::parse(*to_openai.body);
  CHECK((o.at("model") == "served" && o.at("messages").at(0).at("role") == "system"));
  CHECK(o.at("stream_options").at("include_usage") == true);
  const auto to_claude = request_for(from_messages, said, served(claude));
  REQUIRE(to_claude.body);
  CHECK(to_claude.endpoint == messages);
  CHECK(json::parse(*to_claude.body).at("system").at(0).at("text") == "be kind");
  const std::string chatted = R"({"model":"asked","messages":[{"role":"user","content":"hi"}]})";
  const auto from_chat = take(chat, {"POST", "", "", {}, chatted}, {});
  REQUIRE(from_chat.intake);
  const auto same = request_for(*from_chat.intake, chatted, served(own));
  CHECK((same.endpoint == chat && json::parse(same.body.value()).at("model") == "served"));
  const auto other = request_for(*from_chat.intake, chatted, served(claude));
  CHECK((other.endpoint == messages && json::parse(other.body.value()).contains("max_tokens")));
}

TEST_CASE("translation: what the engine's dialect cannot say is the caller's 400") {
  const std::string image =
      R"({"model":"asked","max_tokens":9,"messages":[{"role":"user","content":[{"type":)"
      R"("tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"base64",)"
      R"("media_type":"image/png","data":"AAAA"}}]}]}]})";
  const auto asked = request_for(intake_of(messages, false), image, served(own));
  CHECK_FALSE(asked.body);
  CHECK(asked.refusal.error.code == Code::not_supported);
  CHECK(status_of(asked.refusal) == 400);
  CHECK(request_for(intake_of(messages, false), image, served(claude)).body);
  const auto prompt = request_for(intake_of(Endpoint::completions, false), "{}", served(claude));
  CHECK_FALSE(prompt.body);
  CHECK(prompt.refusal.error.code == Code::not_supported);
}
