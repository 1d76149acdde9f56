#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/explain_text.hpp"
#include "coordinator/cli/interrupt.hpp"
#include "coordinator/cli/json_fields.hpp"
#include "coordinator/cli/prompt.hpp"
#include "schema/types/grade.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;

struct RunFlags {
  std::string prompt;
  std::string model = "auto";
  std::string grade, priority;
  std::vector<std::string> files;
  std::uint32_t deadline_ms = 0;
};

client::ChatRequest request_of(const RunFlags& flags, std::string prompt) {
  client::ChatRequest request;
  request.model = flags.model;
  request.messages.push_back({"user", std::move(prompt)});
  if (const auto grade = parse_grade(flags.grade))
    request.grade = static_cast<client::Grade>(*grade);
  if (const auto priority = parse_priority(flags.priority))
    request.priority = static_cast<client::Priority>(*priority);
  if (flags.deadline_ms != 0) request.deadline = std::chrono::milliseconds{flags.deadline_ms};
  return request;
}

std::string line_of(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string last_line(const client::ChatAnswer& answer, const Ran& ran) {
  json line{{"done", true},
            {"request_id", answer.request_id},
            {"node", ran.node},
            {"tier", ran.tier},
            {"grade", ran.grade},
            {"grade_why", ran.grade_why},
            {"why", ran.why},
            {"model", ran.model},
            {"attempts", answer.attempts},
            {"queue_ms", answer.queue_ms},
            {"finish_reason", answer.finish_reason}};
  if (ran.first_token_ms) line["first_token_ms"] = *ran.first_token_ms;
  if (answer.usage)
    line["usage"] = {{"prompt_tokens", answer.usage->prompt_tokens},
                     {"completion_tokens", answer.usage->completion_tokens}};
  return line_of(line);
}

/// Where it ran: from the answer's headers, and what the explanation adds where it can be had.
Ran ran_of(client::Client& client, const client::ChatAnswer& answer) {
  Ran ran;
  ran.node = answer.node;
  ran.tier = answer.tier;
  ran.grade = answer.grade;
  ran.model = answer.model;
  ran.request = answer.request_id;
  if (answer.request_id.empty()) return ran;
  if (const auto known = client.get("/weir/v1/requests/" + path_segment(answer.request_id)))
    fill_from_explanation(*known, ran);
  return ran;
}

/// With images the answer comes whole: parts of messages are not the client library's.
client::Outcome<client::ChatAnswer> ask_with_images(client::Client& client, const RunFlags& flags,
                                                    const Prompt& prompt,
                                                    const client::CancelToken& token) {
  client::RawRequest raw;
  static_cast<client::Handling&>(raw) = request_of(flags, {});
  raw.path = "/v1/chat/completions";
  json parts = json::array({{{"type", "text"}, {"text", prompt.text}}});
  for (const auto& url : prompt.images)
    parts.push_back({{"type", "image_url"}, {"image_url", {{"url", url}}}});
  const json body{{"model", flags.model},
                  {"messages", json::array({{{"role", "user"}, {"content", std::move(parts)}}})}};
  raw.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  auto reply = client.request(raw, token);
  if (!reply) return reply.error();
  if (reply->status < 200 || reply->status >= 300) return client::error_of(*reply);
  client::ChatAnswer answer;
  static_cast<client::Placement&>(answer) = *reply;
  const auto whole = json::parse(reply->body, nullptr, false);
  const auto& choices = member(whole, "choices");
  if (!choices.is_array() || choices.empty())
    return client::Error{
        0, "upstream_failed", "the answer is not a chat completion", reply->request_id, {}};
  answer.text = text_in(member(choices[0], "message"), "content");
  answer.finish_reason = text_in(choices[0], "finish_reason");
  if (const auto& usage = member(whole, "usage"); usage.is_object())
    answer.usage = {number_in(usage, "prompt_tokens"), number_in(usage, "completion_tokens")};
  return answer;
}

int run_prompt(const Globals& globals, const RunFlags& flags) {
  auto prompt = read_prompt(flags.prompt, flags.files);
  if (!prompt) return report(prompt.error(), globals);
  client::CancelToken token;
  const Interrupt interrupt{[&token] { token.cancel(); }};
  auto client = client_of(globals);
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  std::optional<std::uint64_t> first_token_ms;
  bool written = true;
  const bool plain = is_terminal(stdout);  // what commands a terminal stays out of it
  const auto show = [&](const std::string& text) {
    if (!first_token_ms)
      first_token_ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
    written = put(stdout, globals.json ? line_of({{"text", text}})
                          : plain      ? printable(text, true)
                                       : text);
    return written;
  };
  const bool whole = !prompt->images.empty();
  const auto answer = whole
                          ? ask_with_images(client, flags, *prompt, token)
                          : client.stream(request_of(flags, std::move(prompt->text)), show, token);
  if (whole && answer && !answer->text.empty()) show(answer->text);
  const bool open_line =
      !globals.json && first_token_ms && written && !(answer && answer->text.ends_with('\n'));
  if (open_line) put(stdout, "\n");
  if (!written) {
    put(stderr, "weir: the answer cannot be written\n");
    return exit_failed;
  }
  if (!answer) return report(answer.error(), globals);
  auto ran = ran_of(client, *answer);
  ran.first_token_ms = first_token_ms;
  if (globals.json) return put(stdout, last_line(*answer, ran)) ? exit_done : exit_failed;
  put(stderr, tinted(ran_text(ran), Tint::dim, look_of(stderr)) + "\n");
  return exit_done;
}

}  // namespace

void add_run_command(CLI::App& app, const Globals& globals, Action& action) {
  const auto flags = std::make_shared<RunFlags>();
  auto* command = app.add_subcommand("run", "ask a model; the answer streams to stdout");
  command->add_option("PROMPT", flags->prompt, "what to ask; -: standard input")->required();
  command->add_option("--model", flags->model, "a model, an alias, or auto")->capture_default_str();
  command->add_option("--grade", flags->grade, "the data's grade; absent: as configured")
      ->check(CLI::IsMember({"P0", "P1", "P2"}, CLI::ignore_case));
  command
      ->add_option("--file", flags->files,
                   "a text file or an image to add; -: standard input; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--priority", flags->priority, "interactive, normal or batch")
      ->check(CLI::IsMember({"interactive", "normal", "batch"}));
  command->add_option("--deadline-ms", flags->deadline_ms, "longest wait for the first token")
      ->check(CLI::Range(1U, 3'600'000U))
      ->type_name("N");
  command->callback([&globals, &action, flags] {
    action = [&globals, flags] { return run_prompt(globals, *flags); };
  });
}

}  // namespace weir::cli
