// weir policy: what a policy file says before it takes effect.
#include "actors/domain/policy/settings_changes.hpp"
#include "actors/domain/policy/tests.hpp"
#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/policy_text.hpp"
#include "schema/config/load.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using nlohmann::json;

struct PolicyFlags {
  std::string file, against;
};

void put_json(const json& document) {
  put(stdout, document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

int bad_file(const Globals& globals, const std::string& file, const std::vector<std::string>& why) {
  if (globals.json) put_json({{"file", file}, {"ok", false}, {"errors", why}});
  if (!globals.json)
    for (const auto& error : why) put(stderr, printable(error) + "\n");
  return exit_usage;
}

/// A policy, and where it is from.
struct Known {
  PolicySettings settings;
  std::string name = "the factory policy";
};

/// The policy of a file, the factory's where there is none. returns  false: its errors were told.
bool load(const Globals& globals, const std::string& file, Known& out) {
  if (file.empty()) return true;
  auto loaded = config::load_policy(file);
  // Too many combinations of one policy's own are an error of its file.
  if (loaded.errors.empty())
    if (const auto table =
            domain::PolicyComparison::make(loaded.settings.rules, loaded.settings.rules);
        !table)
      loaded.wrong("rules", table.error().detail);
  if (!loaded.errors.empty()) {
    bad_file(globals, file, loaded.errors);
    return false;
  }
  out = {std::move(loaded.settings), file};
  return true;
}

std::string plural(std::size_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string check_text(const Known& active, const Known& fresh,
                       const domain::PolicyComparison& table, std::size_t failed,
                       const Look& look) {
  const auto& s = fresh.settings;
  auto text = printable(fresh.name) + ": ";
  text += failed == 0 ? fmt::format("ok; {}, {} passed\n", plural(s.rules.size(), "rule"),
                                    plural(s.tests.size(), "test"))
                      : fmt::format("{} of {} failed\n", failed, plural(s.tests.size(), "test"));
  text += fmt::format("{} of attributes judged, {} permitted\n",
                      plural(table.size(), "combination"), table.permitted());
  const auto against = "against " + printable(active.name);
  if (table.changed() == 0) {
    text += against + ", no verdict changes\n";
  } else {
    text += fmt::format("{}, {} of them {}:\n\n", against, table.changed(),
                        table.changed() == 1 ? "changes" : "change");
    text += policy_rows_text(domain::changed_rows(table), "NOW", look);
  }
  const auto others = domain::settings_changes(active.settings, s);
  if (!others.empty()) text += "\nbeside the rules:\n" + indented_lines(others, look);
  return text;
}

json check_json(const Known& active, const Known& fresh, const domain::PolicyComparison& table,
                const std::vector<std::string>& failed) {
  const auto rows = domain::changed_rows(table);
  return {{"file", fresh.name},
          {"ok", failed.empty()},
          {"errors", failed},
          {"against", active.name},
          {"rules", fresh.settings.rules.size()},
          {"tests", fresh.settings.tests.size()},
          {"combinations", table.size()},
          {"permitted", table.permitted()},
          {"changed", table.changed()},
          {"changes", policy_rows_json(rows, "after")},
          {"changes_complete", rows.complete},
          {"settings", domain::settings_changes(active.settings, fresh.settings)}};
}

int check(const Globals& globals, const PolicyFlags& flags) {
  Known active, fresh;
  if (!load(globals, flags.file, fresh) || !load(globals, flags.against, active)) return exit_usage;
  const auto table = domain::PolicyComparison::make(active.settings.rules, fresh.settings.rules);
  if (!table)
    return bad_file(globals, flags.file,
                    {flags.file + " and " + active.name + ": " + table.error().detail});
  const auto failed = domain::failed_tests(fresh.settings);
  if (globals.json) {
    put_json(check_json(active, fresh, *table, failed));
  } else {
    for (const auto& line : failed) put(stderr, printable(line) + "\n");
    put(stdout, check_text(active, fresh, *table, failed.size(), look_of(stdout)));
  }
  return failed.empty() ? exit_done : exit_failed;
}

int show(const Globals& globals, const std::string& file) {
  Known known;
  if (!load(globals, file, known)) return exit_usage;
  const auto& s = known.settings;
  const auto table = domain::PolicyComparison::make(s.rules, s.rules);
  if (!table) return bad_file(globals, file, {table.error().detail});
  const auto rows = domain::verdict_rows(*table);
  const auto settings = domain::settings_changes(PolicySettings{}, s);
  if (globals.json) {
    put_json({{"policy", known.name},
              {"combinations", table->size()},
              {"permitted", table->permitted()},
              {"verdicts", policy_rows_json(rows, "verdict")},
              {"verdicts_complete", rows.complete},
              {"settings", settings}});
    return exit_done;
  }
  const auto look = look_of(stdout);
  auto text = fmt::format("{}: {}, {} of attributes, {} permitted\n\n", printable(known.name),
                          plural(s.rules.size(), "rule"), plural(table->size(), "combination"),
                          table->permitted());
  text += policy_rows_text(rows, "VERDICT", look);
  if (!settings.empty())
    text += "\nbeside the rules, against the factory policy:\n" + indented_lines(settings, look);
  return put(stdout, text) ? exit_done : exit_failed;
}

}  // namespace

void add_policy_commands(CLI::App& app, const Globals& globals, Action& action) {
  auto* group = app.add_subcommand("policy", "what may leave and what must not, before it counts");
  group->require_subcommand(1);
  const auto flags = std::make_shared<PolicyFlags>();
  auto* checks = group->add_subcommand(
      "check", "judge every case of a policy file, run its tests, show what changes");
  checks->add_option("FILE", flags->file, "a policy file")->required();
  checks->add_option("--against", flags->against, "the active file; absent: the factory policy")
      ->type_name("FILE");
  checks->callback([&globals, &action, flags] {
    action = [&globals, flags] { return check(globals, *flags); };
  });
  const auto file = std::make_shared<std::string>();
  auto* shows = group->add_subcommand("show", "all verdicts of a policy as one short table");
  shows->add_option("FILE", *file, "a policy file; absent: the factory policy");
  shows->callback(
      [&globals, &action, file] { action = [&globals, file] { return show(globals, *file); }; });
}

}  // namespace weir::cli
