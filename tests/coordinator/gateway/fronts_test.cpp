// Every client's dialect over every engine's: the text, the tokens and the end survive.
#include "coordinator/gateway/job.hpp"
#include "coordinator/gateway/translation.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace weir;
using namespace weir::gateway;
using nlohmann::json;

namespace {

Placement served(EngineKind kind) {
  Placement placement;
  placement.kind = kind;
  placement.model = "served";
  return placement;
}

std::string body_of(Endpoint front, bool stream) {
  json body{{"model", "asked"}, {"stream", stream}};
  const auto said = json::array({{{"role", "user"}, {"content", "hi"}}});
  switch (front) {
    case Endpoint::responses:
      body["input"] = "hi";
      break;
    case Endpoint::ollama_generate:
      body["prompt"] = "hi";
      break;
    case Endpoint::messages:
      body["max_tokens"] = 9;
      body["messages"] = said;
      break;
    default:
      body["messages"] = said;
  }
  return body.dump();
}

Intake intake_of(Endpoint front, const std::string& body) {
  auto taken = take(front, {"POST", "", "", {}, body}, {});
  REQUIRE_MESSAGE(taken.intake, taken.refusal.error.detail);
  taken.intake->spec.public_id = "req-1";
  taken.intake->received_unix_s = 77;
  return std::move(*taken.intake);
}

struct Ended {
  Finish finish;
  std::string events;
  std::string body;
};

Ended ended(const Intake& intake, EngineKind engine, const std::string& answer,
            std::uint16_t status = 200) {
  SendDispatch order;
  order.placement = served(engine);
  Attempt attempt{{}, order, intake, {}};
  attempt.begin({{}, status, "application/json"});
  Ended e;
  for (std::size_t at = 0; at < answer.size(); at += 7)
    if (!attempt.take(answer.substr(at, 7), e.events)) break;
  Finish said;
  said.bytes = attempt.received();
  e.finish = attempt.finish(said, e.events);
  e.body = attempt.take_body();
  return e;
}

std::string whole(EngineKind engine) {
  switch (engine) {
    case EngineKind::anthropic:
      return R"({"id":"m","type":"message","role":"assistant","model":"served","content":[)"
             R"({"type":"text","text":"Hé"}],"stop_reason":"end_turn","stop_sequence":null,)"
             R"("usage":{"input_tokens":3,"output_tokens":2}})";
    case EngineKind::ollama:
      return R"({"model":"served","created_at":"2026-01-01T00:00:00Z","message":{"role":)"
             R"("assistant","content":"Hé"},"done":true,"done_reason":"stop",)"
             R"("prompt_eval_count":3,"eval_count":2})";
    default:
      return R"({"id":"c","object":"chat.completion","model":"served","choices":[{"index":0,)"
             R"("message":{"role":"assistant","content":"Hé"},"finish_reason":"stop"}],)"
             R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";
  }
}

std::string streamed(EngineKind engine) {
  switch (engine) {
    case EngineKind::anthropic: {
      std::string all;
      for (const std::string event :
           {R"({"type":"message_start","message":{"id":"m","type":"message","role":"assistant",)"
            R"("model":"served","content":[],"usage":{"input_tokens":3,"output_tokens":0}}})",
            R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
            R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"H"}})",
            R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}})",
            R"({"type":"content_block_stop","index":0})",
            R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
            R"("usage":{"output_tokens":2}})",
            R"({"type":"message_stop"})"})
        all += "event: " + json::parse(event).at("type").get<std::string>() + "\ndata: " + event +
               "\n\n";
      return all;
    }
    case EngineKind::ollama:
      return R"({"model":"served","message":{"role":"assistant","content":"H"},"done":false})"
             "\n"
             R"({"model":"served","message":{"role":"assistant","content":"é"},"done":false})"
             "\n"
             R"({"model":"served","message":{"role":"assistant","content":""},"done":true,)"
             R"("done_reason":"stop","prompt_eval_count":3,"eval_count":2})"
             "\n";
    default:
      return "data: {\"id\":\"c\",\"model\":\"served\",\"choices\":[{\"index\":0,\"delta\":"
             "{\"role\":\"assistant\",\"content\":\"H\"}}]}\n\n"
             "data: {\"id\":\"c\",\"model\":\"served\",\"choices\":[{\"index\":0,\"delta\":"
             "{\"content\":\"é\"},\"finish_reason\":\"stop\"}]}\n\n"
             "data: {\"id\":\"c\",\"model\":\"served\",\"choices\":[],\"usage\":"
             "{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
  }
}

std::string text_of(Endpoint front, const json& answer) {
  switch (front) {
    case Endpoint::messages:
      return answer.at("content").at(0).at("text");
    case Endpoint::responses:
      return answer.at("output").at(0).at("content").at(0).at("text");
    case Endpoint::ollama_chat:
      return answer.at("message").at("content");
    case Endpoint::ollama_generate:
      return answer.at("response");
    default:
      return answer.at("choices").at(0).at("message").at("content");
  }
}

std::string piece_of(Endpoint front, const json& event) {
  switch (front) {
    case Endpoint::messages:
      return event.value("type", "") == "content_block_delta" ? event.at("delta").at("text") : "";
    case Endpoint::responses:
      return event.value("type", "") == "response.output_text.delta" ? event.at("delta") : "";
    case Endpoint::ollama_chat:
      return event.at("message").at("content");
    case Endpoint::ollama_generate:
      return event.at("response");
    default:
      return event.at("choices").empty() ? ""
                                         : event.at("choices")[0].at("delta").value("content", "");
  }
}

/// The texts of a stream's events, joined; each event must be valid JSON.
std::string joined(Endpoint front, const std::string& events) {
  const bool lines = front == Endpoint::ollama_chat || front == Endpoint::ollama_generate;
  std::string text;
  std::size_t at = 0;
  while (at < events.size()) {
    const auto end = events.find('\n', at);
    auto line = events.substr(at, end - at);
    at = end + 1;
    if (!lines && !line.starts_with("data: ")) continue;
    if (!lines) line = line.substr(6);
    if (line.empty() || line == "[DONE]") continue;
    text += piece_of(front, json::parse(line));
  }
  return text;
}

constexpr std::array fronts{Endpoint::chat_completions, Endpoint::messages, Endpoint::responses,
                            Endpoint::ollama_chat, Endpoint::ollama_generate};
constexpr std::array engines{EngineKind::openai, EngineKind::llama_cpp, EngineKind::vllm,
                             EngineKind::anthropic, EngineKind::ollama};

}  // namespace

TEST_CASE("fronts: every client understands every engine's whole answer") {
  for (const auto front : fronts)
    for (const auto engine : engines) {
      // Ollama answers its own generate requests in their own shape.
      if (front == Endpoint::ollama_generate && engine == EngineKind::ollama) continue;
      CAPTURE(name_of(front));
      CAPTURE(name_of(engine));
      const auto made = ended(intake_of(front, body_of(front, false)), engine, whole(engine));
      REQUIRE_FALSE(made.finish.error);
      const auto answer = json::parse(made.body);
      CHECK(text_of(front, answer) == "Hé");
      CHECK(answer.at("model") == "asked");
      CHECK(made.finish.usage.prompt == Tokens{3});
      CHECK(made.finish.usage.completion == Tokens{2});
    }
}

TEST_CASE("fronts: every client understands every engine's stream") {
  for (const auto front : fronts)
    for (const auto engine : engines) {
      if (front == Endpoint::ollama_generate && engine == EngineKind::ollama) continue;
      CAPTURE(name_of(front));
      CAPTURE(name_of(engine));
      const auto made = ended(intake_of(front, body_of(front, true)), engine, streamed(engine));
      REQUIRE_FALSE(made.finish.error);
      CHECK(joined(front, made.events) == "Hé");
      CHECK(domain::ends_whole(made.events));
      CHECK(made.events.find("served") == std::string::npos);
      CHECK(made.finish.usage.completion == Tokens{2});
    }
}

TEST_CASE("fronts: a stream that breaks off is nobody's whole answer") {
  for (const auto front : fronts)
    for (const auto engine : engines) {
      auto answer = streamed(engine);
      answer.resize(answer.size() / 3);
      const auto made = ended(intake_of(front, body_of(front, true)), engine, answer);
      REQUIRE(made.finish.error);
      CHECK(made.finish.error->code == Code::upstream_failed);
      CHECK_FALSE(domain::ends_whole(made.events));
    }
}

TEST_CASE("fronts: an engine's 4xx is the caller's, in its own shape") {
  for (const auto front : fronts)
    for (const auto engine : engines) {
      const auto error = engine == EngineKind::anthropic
                             ? R"({"type":"error","error":{"type":"invalid_request_error",)"
                               R"("message":"too odd"}})"
                         : engine == EngineKind::ollama
                             ? R"({"error":"too odd"})"
                             : R"({"error":{"message":"too odd","type":"x","code":null}})";
      const auto made = ended(intake_of(front, body_of(front, false)), engine, error, 400);
      CHECK_FALSE(made.finish.error);
      const auto told = json::parse(made.body).at("error");
      const auto said = told.is_string() ? told : told.at("message");
      const bool ollama_client =
          front == Endpoint::ollama_chat || front == Endpoint::ollama_generate;
      CHECK(told.is_string() == ollama_client);
      CHECK(said.get<std::string>().find("too odd") != std::string::npos);
    }
}

TEST_CASE("fronts: an engine that calls a prompt too long is told on under one code") {
  const std::string llama =
      R"({"error":{"code":400,"type":"exceed_context_size_error","message":"too long"}})";
  for (const auto front :
       {Endpoint::chat_completions, Endpoint::responses, Endpoint::completions}) {
    const auto body = front == Endpoint::completions ? R"({"model":"asked","prompt":"x"})"
                                                     : body_of(front, false);
    const auto made = ended(intake_of(front, body), EngineKind::llama_cpp, llama, 400);
    CHECK(json::parse(made.body).at("error").at("code") == "context_length_exceeded");
  }
}

TEST_CASE("fronts: an engine is asked in its own dialect, or the field it lacks is named") {
  for (const auto front : fronts) {
    const auto body = body_of(front, true);
    const auto intake = intake_of(front, body);
    const auto to_ollama = request_for(intake, body, served(EngineKind::ollama));
    REQUIRE(to_ollama.body);
    CHECK(to_ollama.endpoint ==
          (front == Endpoint::ollama_generate ? Endpoint::ollama_generate : Endpoint::ollama_chat));
    CHECK(json::parse(*to_ollama.body).at("model") == "served");
    const auto to_vllm = request_for(intake, body, served(EngineKind::vllm));
    REQUIRE(to_vllm.body);
    CHECK(to_vllm.endpoint == Endpoint::chat_completions);
    const auto sent = json::parse(*to_vllm.body);
    CHECK(sent.at("stream_options").at("include_usage") == true);
    CHECK(sent.contains("max_tokens") == (front == Endpoint::messages));
  }
  const std::string odd = R"({"model":"asked","logprobs":true,"messages":[{"role":"user",)"
                          R"("content":"hi"}]})";
  const auto refused =
      request_for(intake_of(Endpoint::chat_completions, odd), odd, served(EngineKind::ollama));
  CHECK_FALSE(refused.body);
  CHECK(refused.refusal.param == "logprobs");
  CHECK(status_of(refused.refusal) == 400);
}

TEST_CASE("fronts: fields that we do not know reach an engine of the same dialect as they are") {
  const std::string openai = R"({"model":"asked","x_odd":[1.50],"messages":[{"role":"user",)"
                             R"("content":"hi"}]})";
  const auto a = request_for(intake_of(Endpoint::chat_completions, openai), openai,
                             served(EngineKind::openai));
  CHECK(a.body.value().find("\"x_odd\":[1.50]") != std::string::npos);
  const std::string ollama = R"({"model":"asked","x_odd":[1.50],"messages":[{"role":"user",)"
                             R"("content":"hi"}]})";
  const auto b =
      request_for(intake_of(Endpoint::ollama_chat, ollama), ollama, served(EngineKind::ollama));
  CHECK(b.endpoint == Endpoint::ollama_chat);
  CHECK(b.body.value().find("\"x_odd\":[1.50]") != std::string::npos);
}

TEST_CASE("fronts: embeddings, reranking, raw prompts and counts find their endpoints") {
  const auto asked = [](Endpoint front, const std::string& body, EngineKind kind) {
    return request_for(intake_of(front, body), body, served(kind));
  };
  const std::string embed = R"({"model":"asked","input":["a","b"]})";
  CHECK(asked(Endpoint::embeddings, embed, EngineKind::vllm).endpoint == Endpoint::embeddings);
  CHECK(asked(Endpoint::embeddings, embed, EngineKind::ollama).endpoint == Endpoint::ollama_embed);
  const std::string tokens = R"({"model":"asked","input":[[1,2]]})";
  CHECK_FALSE(asked(Endpoint::embeddings, tokens, EngineKind::ollama).body);
  CHECK(asked(Endpoint::ollama_embed, embed, EngineKind::ollama).endpoint ==
        Endpoint::ollama_embed);
  CHECK(asked(Endpoint::ollama_embed, embed, EngineKind::vllm).endpoint == Endpoint::embeddings);
  const std::string rerank = R"({"model":"asked","query":"q","documents":["a"]})";
  CHECK(asked(Endpoint::rerank, rerank, EngineKind::llama_cpp).endpoint == Endpoint::rerank);
  CHECK_FALSE(asked(Endpoint::rerank, rerank, EngineKind::ollama).body);
  const std::string raw = R"({"model":"asked","prompt":"x","raw":true})";
  CHECK(asked(Endpoint::ollama_generate, raw, EngineKind::openai).endpoint ==
        Endpoint::completions);
  CHECK(asked(Endpoint::ollama_generate, raw, EngineKind::ollama).endpoint ==
        Endpoint::ollama_generate);
  CHECK_FALSE(asked(Endpoint::ollama_generate, raw, EngineKind::anthropic).body);
  const std::string count = R"({"model":"asked","messages":[{"role":"user","content":"hi"}]})";
  const auto counted = asked(Endpoint::count_tokens, count, EngineKind::llama_cpp);
  CHECK(counted.endpoint == Endpoint::count_tokens);
  CHECK(json::parse(counted.body.value()).at("messages").size() == 1);
  const std::string load = R"({"model":"asked"})";
  CHECK(asked(Endpoint::ollama_generate, load, EngineKind::ollama).body);
  CHECK_FALSE(asked(Endpoint::ollama_generate, load, EngineKind::openai).body);
}

TEST_CASE("fronts: the count of tokens passes, and what went wrong has Anthropic's shape") {
  const std::string body = R"({"model":"asked","messages":[{"role":"user","content":"hi"}]})";
  const auto intake = intake_of(Endpoint::count_tokens, body);
  const auto made = ended(intake, EngineKind::llama_cpp, R"({"input_tokens":7})");
  CHECK(made.body == R"({"input_tokens":7})");
  const auto failed = ended(intake, EngineKind::ollama, R"({"error":"no"})", 400);
  CHECK(json::parse(failed.body).at("type") == "error");
}

TEST_CASE("fronts: stop sequences are asked natively where the engine can name them") {
  const std::string body = R"({"model":"asked","max_tokens":5,"stop_sequences":["x"],)"
                           R"("messages":[{"role":"user","content":"hi"}]})";
  const auto intake = intake_of(Endpoint::messages, body);
  auto placement = served(EngineKind::llama_cpp);
  CHECK(request_for(intake, body, placement).endpoint == Endpoint::chat_completions);
  placement.features = feature::messages;
  CHECK(request_for(intake, body, placement).endpoint == Endpoint::messages);
}

TEST_CASE("fronts: what keeps a client waiting is valid in its dialect") {
  const auto of = [](Endpoint front) {
    return keep_alive_of(intake_of(front, body_of(front, true)));
  };
  CHECK(of(Endpoint::chat_completions) == ": keep-alive\n\n");
  CHECK(of(Endpoint::messages).starts_with("event: ping\n"));
  for (const auto front : {Endpoint::ollama_chat, Endpoint::ollama_generate}) {
    const auto line = json::parse(of(front));
    CHECK(line.at("done") == false);
    CHECK(piece_of(front, line).empty());
  }
}
