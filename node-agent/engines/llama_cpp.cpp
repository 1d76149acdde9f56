#include "node-agent/engines/llama_cpp.hpp"

#include "node-agent/engines/continuation.hpp"
#include "node-agent/engines/prompt_count.hpp"

#include <algorithm>

namespace weir::engines {

Result<std::unique_ptr<LlamaCpp>> LlamaCpp::make(asio::io_context& io, std::uint32_t number,
                                                 const EngineSettings& settings, Millis look_max) {
  WEIR_TRY(EngineAddress to, engine_address(settings));
  return std::unique_ptr<LlamaCpp>{new LlamaCpp{io, number, settings, std::move(to), look_max}};
}

struct LlamaCpp::GoingOn {
  ports::EngineJob job;
  ports::EngineAnswer answer;
  std::string prompt;
  TextToChat converter{0};

  void fail(const char* why, std::uint16_t status = 0) {
    answer.on_end(Error{Code::upstream_failed, why}, status);
  }
};

void LlamaCpp::start(ports::EngineJob job, ports::EngineAnswer answer) {
  if (job.prefix.empty()) return OpenAiCompatible::start(std::move(job), std::move(answer));
  go_on(std::move(job), std::move(answer));
}

void LlamaCpp::go_on(ports::EngineJob job, ports::EngineAnswer answer) {
  const auto going = std::make_shared<GoingOn>();
  going->job = std::move(job);
  going->answer = std::move(answer);
  const auto attempt = going->job.attempt;
  const auto max = going->job.first_byte_max;
  ask(attempt, "/apply-template", going->job.body, max,
      [this, going, attempt, max](Result<net::http::Response> rendered) {
        auto prompt =
            rendered && rendered->status == 200 ? rendered_prompt(rendered->body) : std::nullopt;
        if (!prompt) return going->fail("it does not render prompts");
        going->prompt = std::move(*prompt);
        ask(attempt, "/tokenize",
            tokenize_body(going->job.prefix, model_of_request(going->job.body)), max,
            [this, going](Result<net::http::Response> counted) {
              const auto tokens =
                  counted && counted->status == 200 ? token_count(counted->body) : std::nullopt;
              if (!tokens) return going->fail("it does not count tokens");
              complete(going, *tokens);
            });
      });
}

void LlamaCpp::complete(const std::shared_ptr<GoingOn>& going, std::int64_t prefix_tokens) {
  auto body = completion_body(going->job.body, going->prompt, going->job.prefix, prefix_tokens);
  if (!body) return going->fail("the request cannot be read");
  if (!*body) {
    const auto events = TextToChat::at_limit();
    going->answer.on_begin(200, "text/event-stream");
    going->answer.on_bytes(std::as_bytes(std::span{events.data(), events.size()}));
    return going->answer.on_end(Done{}, 0);
  }
  going->converter = TextToChat{prefix_tokens};
  ports::EngineJob job{going->job.attempt, going->job.endpoint, std::move(**body)};
  job.first_byte_max = going->job.first_byte_max;
  job.stall_max = going->job.stall_max;
  ports::EngineAnswer answer;
  const auto broken = [this, going](const char* why, std::uint16_t status) {
    cancel(going->job.attempt);
    going->fail(why, status);
  };
  answer.on_begin = [going, broken](std::uint16_t status, std::string type) {
    if (status != 200) return broken("it does not complete prompts", status);
    going->answer.on_begin(status, std::move(type));
  };
  answer.on_bytes = [going, broken](std::span<const std::byte> bytes) {
    std::string events;
    const auto fed =
        going->converter.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, events);
    if (!events.empty()) going->answer.on_bytes(std::as_bytes(std::span{events}));
    if (!fed) broken("its stream cannot be read", 0);
  };
  answer.on_end = [going](Result<Done> ended, std::uint16_t status) {
    going->answer.on_end(std::move(ended), status);
  };
  post(std::string{name_of(Endpoint::completions)}, std::move(job), std::move(answer));
}

void LlamaCpp::count(ports::EngineJob job, ports::EngineAnswer answer) {
  if (may_hold_media(job.body)) return OpenAiCompatible::count(std::move(job), std::move(answer));
  const auto kept = std::make_shared<ports::EngineJob>(std::move(job));
  ask(kept->attempt, "/apply-template", kept->body, kept->first_byte_max,
      [this, kept, answer = std::move(answer)](Result<net::http::Response> rendered) {
        if (rendered && rendered->status == 404)  // a server of old
          return OpenAiCompatible::count(std::move(*kept), answer);
        if (settled(rendered, answer)) return;
        const auto prompt = rendered_prompt(rendered->body);
        if (!prompt)
          return answer.on_end(Error{Code::upstream_failed, "it does not render prompts"}, 0);
        ask(kept->attempt, "/tokenize", llama_tokenize_prompt(*prompt, kept->body),
            kept->first_byte_max, [answer](Result<net::http::Response> counted) {
              if (settled(counted, answer)) return;
              const auto tokens = token_count(counted->body);
              if (!tokens)
                return answer.on_end(Error{Code::upstream_failed, "it does not count tokens"}, 0);
              tell_count(answer, static_cast<std::uint64_t>(*tokens));
            });
      });
}

void LlamaCpp::look_closer(const std::string& models) {
  if (last_state() != EngineState::up) forget_start();
  // The models are new with each look; what they can do is known until /props says otherwise.
  if (!props_.empty()) read_props(props_, settings_.slots > 0, can_, seen());
  get("/props", [this, models](Result<net::http::Response> props) {
    const bool told = props && props->status == 200;
    if (const auto router = told ? read_router(props->body) : std::nullopt)
      return look_at_router(*router, models);
    if (told && read_props(props->body, settings_.slots > 0, can_, seen())) {
      props_ = std::move(props->body);
      if (auto start = start_of(props_); !start.empty() && start != start_) {
        forget_start();
        start_ = std::move(start);
      }
    }
    look_at_load();
  });
}

void LlamaCpp::forget_start() {
  start_.clear();
  probes_left_ = probes_max;
}

void LlamaCpp::look_at_load() {
  get("/slots", [this](Result<net::http::Response> slots) {
    if (slots && slots->status == 200) read_slots(slots->body, seen());
    get("/metrics", [this](Result<net::http::Response> metrics) {
      if (metrics && metrics->status == 200) read_metrics(metrics->body, seen());
      start_.empty() || probes_left_ == 0 ? end_look() : probe();
    });
  });
}

/// One question after the other; where one is not answered, the next look asks all again.
void LlamaCpp::probe() {
  --probes_left_;
  const auto found = std::make_shared<LlamaProbed>();
  const auto inquire = [this](const char* path, const char* body, std::function<void(int)> then) {
    post_look(path, body, [this, then](const Result<net::http::Response>& said) {
      const bool told = said && (said->status < 500 || said->status == 501);
      told ? then(said->status) : end_look();
    });
  };
  inquire("/v1/embeddings", R"({"input":"x","model":"x"})", [this, inquire, found](int embedded) {
    found->embeddings = embedded == 200;
    inquire(
        "/v1/rerank", R"({"query":"x","documents":["x"],"model":"x"})", [this, found](int ranked) {
          found->rerank = ranked == 200;
          // No request at all: 404 where there is no such path, an error of another kind elsewhere.
          post_look("/v1/messages", "{}", [this, found](const Result<net::http::Response>& said) {
            found->messages = said && said->status != 404;
            can_ = *found;
            probes_left_ = 0;
            read_props(props_, settings_.slots > 0, can_, seen());
            end_look();
          });
        });
  });
}

}  // namespace weir::engines
