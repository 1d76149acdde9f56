#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/explain_text.hpp"
#include "coordinator/cli/fleet_text.hpp"
#include "coordinator/cli/signals.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using Render = std::optional<std::string> (*)(const std::string&, const Look&);

int show(const Globals& globals, const std::string& path, Render render) {
  auto client = client_of(globals);
  const auto document = client.get(path);
  if (!document) return report(document.error(), globals);
  return print(*document, render(*document, look_of(stdout)), globals);
}

struct DrainFlags {
  std::string node;
  bool wait = false;
};

/// Until nothing runs on the node, it is gone, or a signal comes.
int wait_until_idle(const Globals& globals, client::Client& client, const std::string& node) {
  constexpr std::chrono::milliseconds look_every{500};
  Signals signals{SIGINT, SIGTERM};
  std::optional<std::uint64_t> told;
  for (;; signals.wait(look_every)) {
    if (signals.take())
      return report(client::Error{0, "cancelled", "the node still drains", {}, {}}, globals);
    const auto document = client.get("/weir/v1/nodes");
    if (!document) return report(document.error(), globals);
    const auto running = running_on(*document, node);
    if (running.value_or(0) == 0) {
      const auto text = printable(node) +
                        (running ? ": nothing runs there\n" : ": nothing runs there, it is gone\n");
      return print(drained_json(node, running.has_value()), text, globals);
    }
    if (told != running && !globals.json)
      put(stderr, printable(node) + ": " + std::to_string(*running) + " still running\n");
    told = running;
  }
}

int drain(const Globals& globals, const DrainFlags& flags, bool on) {
  auto client = client_of(globals);
  const auto& node = flags.node;
  const auto path = "/weir/v1/nodes/" + path_segment(node) + (on ? "/drain" : "/undrain");
  const auto document = client.post(path, "{}");
  if (!document) {
    auto error = document.error();
    if (error.status == 404)
      error.message = "no node of the name " + node + " is connected; weir nodes shows them";
    return report(error, globals);
  }
  if (on && flags.wait) return wait_until_idle(globals, client, node);
  return print(*document,
               printable(node) + (on ? ": draining; it finishes what runs and takes nothing new; "
                                       "weir undrain ends it\n"
                                     : ": takes work again\n"),
               globals);
}

}  // namespace

void add_fleet_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto add = [&](const char* name, const char* help, const char* path, Render render) {
    app.add_subcommand(name, help)->callback([&globals, &action, path, render] {
      action = [&globals, path, render] { return show(globals, path, render); };
    });
  };
  add("nodes", "the machines that are connected", "/weir/v1/nodes", nodes_text);
  add("models", "the models that can be asked for", "/weir/v1/models", models_text);
  add("queues", "what waits for a machine", "/weir/v1/queues", queues_text);

  const auto id = std::make_shared<std::string>();
  auto* explain = app.add_subcommand("explain", "where a request ran, and why there");
  explain->add_option("REQUEST_ID", *id, "as x-request-id shows it")->required();
  explain->callback([&globals, &action, id] {
    action = [&globals, id] {
      return show(globals, "/weir/v1/requests/" + path_segment(*id), explain_text);
    };
  });

  for (const bool on : {true, false}) {
    const auto flags = std::make_shared<DrainFlags>();
    auto* command = app.add_subcommand(
        on ? "drain" : "undrain",
        on ? "let a machine finish what runs and give it nothing new" : "end a drain");
    command->add_option("NODE", flags->node, "its name, as `weir nodes` shows it")->required();
    if (on) command->add_flag("--wait", flags->wait, "end when nothing runs there any more");
    command->callback([&globals, &action, flags, on] {
      action = [&globals, flags, on] { return drain(globals, *flags, on); };
    });
  }
}

}  // namespace weir::cli
