// weir guard: what the guard sees in a text, without a coordinator, and what it saw in a request.
#include "actors/domain/grading/detector.hpp"
#include "coordinator/cli/commands.hpp"
#include "coordinator/cli/guard_text.hpp"
#include "schema/config/load.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace weir::cli {
namespace {

using nlohmann::json;

constexpr std::size_t text_bytes_max = std::size_t{64} << 20U;

struct ScanFlags {
  std::string file = "-", policy;
  bool jsonl = false;
  bool all_types = false;
};

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

int fail(const Globals& globals, std::string detail) {
  return report(Error{Code::invalid_config, std::move(detail)}, globals);
}

/// Up to `end` or the end of the file; nullopt: longer than text_bytes_max.
std::optional<std::string> read_until(std::FILE* in, int end) {
  std::string text;
  for (int c = getc_unlocked(in); c != EOF && c != end; c = getc_unlocked(in)) {
    if (text.size() >= text_bytes_max) return std::nullopt;
    text.push_back(static_cast<char>(c));
  }
  return text;
}

Result<std::shared_ptr<const domain::Detector>> detector_of(const std::string& policy) {
  if (policy.empty()) return domain::Detector::make({});
  const auto loaded = config::load_policy(policy);
  if (!loaded.errors.empty()) return Error{Code::invalid_config, loaded.errors.front()};
  return domain::Detector::make(loaded.settings.detector);
}

/// A line's answer; nullopt: it is not an object with an id and a text.
std::optional<std::string> answer_of(const std::string& line, const domain::Detector& detector,
                                     bool all_types) {
  const auto document = json::parse(line, nullptr, false);
  if (!document.is_object() || !document.contains("id") || !document.contains("text") ||
      !document["text"].is_string())
    return std::nullopt;
  const auto& text = document["text"].get_ref<const std::string&>();
  return scan_line(document["id"].dump(), text, detector.scan(text), all_types);
}

int scan_lines(std::FILE* in, const domain::Detector& detector, const ScanFlags& flags) {
  bool wrong = false;
  for (std::size_t number = 1; !std::feof(in); ++number) {
    const auto line = read_until(in, '\n');
    if (!line) {
      put(stderr,
          "line " + std::to_string(number) + ": longer than 64 MiB; the rest is not read\n");
      return exit_failed;
    }
    if (line->find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto answer = answer_of(*line, detector, flags.all_types);
    if (!answer) {
      put(stderr,
          "line " + std::to_string(number) + ": must be {\"id\": ..., \"text\": \"...\"}\n");
      wrong = true;
    } else if (!put(stdout, *answer + "\n")) {
      return exit_failed;
    }
  }
  return wrong ? exit_failed : exit_done;
}

int scan(const Globals& globals, const ScanFlags& flags) {
  const auto detector = detector_of(flags.policy);
  if (!detector) return fail(globals, detector.error().detail);
  const File in{flags.file == "-" ? stdin : std::fopen(flags.file.c_str(), "rb")};
  if (!in) return fail(globals, flags.file + ": cannot be read");
  if (flags.jsonl) return scan_lines(in.get(), **detector, flags);
  const auto text = read_until(in.get(), EOF);
  if (!text || std::ferror(in.get()) != 0)
    return fail(globals, flags.file + (text ? ": cannot be read" : ": is larger than 64 MiB"));
  const auto found = (*detector)->scan(*text);
  if (globals.json)
    put(stdout, scan_line(json(flags.file).dump(), *text, found, true) + "\n");
  else
    put(stdout, scan_text(*text, found, look_of(stdout)));
  return exit_done;
}

int explain(const Globals& globals, const std::string& id) {
  auto client = client_of(globals);
  const auto document = client.get("/weir/v1/requests/" + path_segment(id));
  if (!document) return report(document.error(), globals);
  return print(*document, found_text(*document, look_of(stdout)), globals);
}

}  // namespace

void add_guard_commands(CLI::App& app, const Globals& globals, Action& action) {
  auto* group = app.add_subcommand("guard", "what the guard sees");
  group->require_subcommand(1);

  const auto flags = std::make_shared<ScanFlags>();
  auto* scans = group->add_subcommand("scan", "what is sensitive in a text, and the grade it has");
  scans->add_option("FILE", flags->file, "a text; - is standard input")->capture_default_str();
  scans->add_flag("--jsonl", flags->jsonl, "FILE has a document {\"id\",\"text\"} a line");
  scans->add_flag("--all-types", flags->all_types,
                  "with --jsonl: also types without an agreed name (MAC_ADDRESS, PHONE, ...)");
  scans->add_option("--policy", flags->policy, "go by the `detector` of this policy file");
  scans->callback(
      [&globals, &action, flags] { action = [&globals, flags] { return scan(globals, *flags); }; });

  const auto id = std::make_shared<std::string>();
  auto* explains =
      group->add_subcommand("explain", "what was found in a request: types and counts");
  explains->add_option("REQUEST_ID", *id, "as x-request-id shows it")->required();
  explains->callback(
      [&globals, &action, id] { action = [&globals, id] { return explain(globals, *id); }; });
}

}  // namespace weir::cli
