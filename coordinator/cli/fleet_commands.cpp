#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/explain_text.hpp"
#include "coordinator/cli/fleet_text.hpp"

#include <CLI/CLI.hpp>

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

int drain(const Globals& globals, const std::string& node, bool on) {
  auto client = client_of(globals);
  const auto path = "/weir/v1/nodes/" + path_segment(node) + (on ? "/drain" : "/undrain");
  const auto document = client.post(path, "{}");
  if (!document) return report(document.error(), globals);
  return print(*document,
               printable(node) + (on ? ": draining; it finishes what runs and takes nothing new\n"
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
    const auto node = std::make_shared<std::string>();
    auto* command = app.add_subcommand(
        on ? "drain" : "undrain",
        on ? "let a machine finish what runs and give it nothing new" : "end a drain");
    command->add_option("NODE", *node, "its name, as `weir nodes` shows it")->required();
    command->callback([&globals, &action, node, on] {
      action = [&globals, node, on] { return drain(globals, *node, on); };
    });
  }
}

}  // namespace weir::cli
