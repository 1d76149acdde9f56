#include "node-agent/engines/llama_cpp.hpp"

#include "node-agent/engines/continuation.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace weir::engines {
namespace {

using nlohmann::json;

/// The value of the sample line `name` (no labels) of a Prometheus text; nullopt where absent.
std::optional<double> sample(const std::string& text, std::string_view name) {
  std::size_t line = 0;
  while (line < text.size()) {
    const auto end = std::min(text.find('\n', line), text.size());
    if (text.compare(line, name.size(), name) == 0 && line + name.size() < end &&
        text[line + name.size()] == ' ') {
      double value = 0;
      const char* from = text.data() + line + name.size() + 1;
      const auto parsed = std::from_chars(from, text.data() + end, value);
      if (parsed.ec == std::errc{} && std::isfinite(value) && value >= 0) return value;
    }
    line = end + 1;
  }
  return std::nullopt;
}

std::uint32_t count(double value) { return static_cast<std::uint32_t>(std::min(value, 65'535.0)); }

/// What stands at `pointer`; null where there is nothing. Its type is the engine's to choose.
json at(const json& document, const char* pointer) {
  const json::json_pointer where{pointer};
  return document.contains(where) ? document.at(where) : json{};
}

}  // namespace

bool read_props(const std::string& body, bool slots_configured, EngineSnapshot& snapshot) {
  const json props = json::parse(body, nullptr, false);
  if (!props.is_object()) return false;
  const auto slots = props.find("total_slots");
  if (!slots_configured && slots != props.end() && slots->is_number_unsigned() && *slots > 0U)
    snapshot.slots_total = count(slots->get<double>());
  const auto context = at(props, "/default_generation_settings/n_ctx");
  const bool vision = at(props, "/modalities/vision") == true;
  for (auto& model : snapshot.models) {
    if (context.is_number_unsigned() && context > 0U)
      model.context_tokens = static_cast<std::uint32_t>(std::min(context.get<double>(), 4e9));
    model.features =
        feature::tools | feature::json | feature::continues | (vision ? feature::vision : 0);
  }
  return true;
}

void read_slots(const std::string& body, EngineSnapshot& snapshot) {
  const json slots = json::parse(body, nullptr, false);
  if (!slots.is_array()) return;
  snapshot.counts_running = true;
  snapshot.running = 0;
  for (const auto& slot : slots)
    if (at(slot, "/is_processing") == true) ++snapshot.running;
}

void read_metrics(const std::string& body, EngineSnapshot& snapshot) {
  if (const auto running = sample(body, "llamacpp:requests_processing")) {
    snapshot.counts_running = true;
    snapshot.running = count(*running);
  }
  if (const auto waiting = sample(body, "llamacpp:requests_deferred"))
    snapshot.waiting = count(*waiting);
  if (const auto used = sample(body, "llamacpp:kv_cache_usage_ratio"))
    snapshot.kv_used_permille = static_cast<std::uint16_t>(std::min(*used, 1.0) * 1000);
}

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
        ask(attempt, "/tokenize", tokenize_body(going->job.prefix), max,
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

void LlamaCpp::look_closer() {
  // The models are new with each look; what they can do is known until /props says otherwise.
  if (!props_.empty()) read_props(props_, settings_.slots > 0, seen());
  get("/props", [this](Result<net::http::Response> props) {
    if (props && props->status == 200 && read_props(props->body, settings_.slots > 0, seen()))
      props_ = std::move(props->body);
    get("/slots", [this](Result<net::http::Response> slots) {
      if (slots && slots->status == 200) read_slots(slots->body, seen());
      get("/metrics", [this](Result<net::http::Response> metrics) {
        if (metrics && metrics->status == 200) read_metrics(metrics->body, seen());
        end_look();
      });
    });
  });
}

}  // namespace weir::engines
