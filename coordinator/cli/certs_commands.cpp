#include "actors/net/certs/certs.hpp"
#include "coordinator/cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;
namespace certs = net::certs;
namespace fs = std::filesystem;

std::string line_of(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string in(const std::string& dir, const std::string& file) {
  return (fs::path{dir} / file).string();
}

int init(const Globals& globals, const std::string& dir, const std::string& cluster) {
  if (const auto done = certs::init(dir, cluster); !done) return report(done.error(), globals);
  const auto cert = in(dir, "ca.pem"), key = in(dir, "ca-key.pem");
  return print(line_of({{"ca", cert}, {"key", key}}),
               fmt::format("{}      the authority of cluster {}: every machine needs it\n"
                           "{}  its key: keep it where only you can read it\n"
                           "next: weir certs issue --dir {} --role coordinator --name NAME\n",
                           cert, cluster, key, dir),
               globals);
}

int issue(const Globals& globals, const std::string& dir, const certs::IssueOrder& order) {
  if (const auto done = certs::issue(dir, order); !done) return report(done.error(), globals);
  const auto ca = in(dir, "ca.pem"), cert = in(dir, order.name + ".pem"),
             key = in(dir, order.name + "-key.pem");
  const auto* program = order.role == "agent" ? "weir-node-agent" : "weir-coordinator";
  return print(line_of({{"ca", ca}, {"cert", cert}, {"key", key}}),
               fmt::format("{}\n{}\n"
                           "next: copy these two and {} to the {}'s machine and name them in its\n"
                           "configuration, tls: {{ca, cert, key}}; then {} --config FILE --check\n",
                           cert, key, ca, order.role, program),
               globals);
}

int show(const Globals& globals, const std::string& file) {
  const auto shown = certs::show(file);
  if (!shown) return report(shown.error(), globals);
  json document{
      {"subject", shown->subject},     {"ca", shown->ca},     {"cluster", shown->cluster},
      {"role", shown->role},           {"name", shown->name}, {"not_before", shown->not_before},
      {"not_after", shown->not_after}, {"sans", shown->sans}, {"sha256", shown->sha256}};
  if (shown->tier) document["tier"] = name_of(*shown->tier);
  std::string text;
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<9}{}\n", label, printable(value));
  };
  line("subject", shown->subject);
  line("kind", shown->ca ? "authority" : shown->role);
  line("cluster", shown->cluster);
  line("name", shown->name);
  line("tier", shown->tier ? std::string{name_of(*shown->tier)} : "");
  line("valid", shown->not_before + " to " + shown->not_after);
  for (const auto& san : shown->sans) line("san", san);
  line("sha256", shown->sha256);
  return print(line_of(document), text, globals);
}

}  // namespace

void add_certs_commands(CLI::App& app, const Globals& globals, Action& action) {
  auto* group = app.add_subcommand("certs", "make and look at certificates");
  group->require_subcommand(1);

  struct Init {
    std::string dir, cluster;
  };
  const auto first = std::make_shared<Init>();
  auto* make = group->add_subcommand("init", "make the authority of a cluster");
  make->add_option("--dir", first->dir, "where to put it; made if absent")->required();
  make->add_option("--cluster", first->cluster, "the cluster's name")->required();
  make->callback([&globals, &action, first] {
    action = [&globals, first] { return init(globals, first->dir, first->cluster); };
  });

  struct Issue {
    std::string dir, tier;
    certs::IssueOrder order;
  };
  const auto next = std::make_shared<Issue>();
  auto* sign = group->add_subcommand("issue", "make a certificate for one program");
  sign->add_option("--dir", next->dir, "where the authority is")->required();
  sign->add_option("--role", next->order.role, "coordinator or agent")
      ->required()
      ->check(CLI::IsMember({"coordinator", "agent"}));
  sign->add_option("--name", next->order.name, "the program's name")->required();
  sign->add_option("--tier", next->tier, "the layer of an agent's machine: L0, L1 or L2")
      ->check(CLI::IsMember({"L0", "L1", "L2"}));
  sign->add_option("--san", next->order.sans, "a further DNS name or IP address; repeatable")
      ->allow_extra_args(false);
  sign->callback([&globals, &action, next] {
    next->order.tier = parse_tier(next->tier);
    action = [&globals, next] { return issue(globals, next->dir, next->order); };
  });

  const auto file = std::make_shared<std::string>();
  auto* look = group->add_subcommand("show", "what a certificate says");
  look->add_option("FILE", *file, "a PEM file")->required();
  look->callback(
      [&globals, &action, file] { action = [&globals, file] { return show(globals, *file); }; });
}

}  // namespace weir::cli
