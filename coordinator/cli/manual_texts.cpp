#include "coordinator/cli/manual_texts.hpp"

namespace weir::cli {
namespace {

const std::vector<ManualText>& texts() {
  static const std::vector<ManualText> all{
      {"weir",
       {"Weir runs AI work on the machines of an organisation and sends to a cloud only what "
        "does not fit on them and may leave. A coordinator speaks the OpenAI, Anthropic and "
        "Ollama protocols; agents on workstations and servers run the work. weir is the command "
        "line of both: it asks models, looks at the fleet, and starts a small one.",
        "Answers and tables go to standard output, everything else to standard error. With "
        "--json each command prints one JSON document, or lines of JSON where it streams; errors "
        "are then a document {\"error\":{\"code\",\"message\"}} on standard output. Colours are "
        "used on terminals only, and not where NO_COLOR is set."},
       {{"weir up", "start a coordinator and an agent on this machine"},
        {"weir run \"Say hello.\"", "ask any model"},
        {"weir top", "watch the fleet"}}},
      {"weir up",
       {"Starts a coordinator and an agent on this machine with throw-away certificates, finds "
        "the engines that run here (Ollama, llama.cpp, vLLM, LM Studio) or takes those that "
        "--engine names, and prints the address and how to ask it. Ctrl-C stops all; without "
        "--dir nothing is left behind.",
        "Keys of clouds in the environment do nothing by themselves. --cloud FILE starts a "
        "second agent of tier L2 with the engines that FILE lists, in the form of an agent's "
        "configuration (engines: [{kind: openai, cloud: true, url: ..., api_key: ${NAME}, "
        "models: [...]}]). Requests without a label are P0 and never go there."},
       {{"weir up", "take what runs on this machine"},
        {"weir up --engine http://127.0.0.1:8080 --engine http://127.0.0.1:11434",
         "two engines by their addresses"},
        {"weir up --cloud cloud.yaml", "the same, and a cloud for what is labelled"}}},
      {"weir run",
       {"Streams the answer to standard output; the last line on standard error says where it "
        "ran and why. Ctrl-C cancels the request.",
        "--file adds the text of a file in a fence under the file's name, at most 8 MiB with the "
        "prompt. PNG, JPEG, GIF and WebP files become images, at most 16 MiB together; the answer "
        "then comes whole. Other binary files are refused. A single - is standard input."},
       {{"weir run \"What does this do?\" --file main.c", "ask about a file"},
        {"git diff | weir run \"Review this.\" --file - --grade P0", "what may never leave"},
        {"weir run \"What is this?\" --file photo.jpg --model gemma3", "ask about an image"}}},
      {"weir batch",
       {"Sends the requests of FILE with priority batch, several at once, and appends each "
        "answer to the output as it comes. A line of FILE is {\"custom_id\",\"method\":\"POST\","
        "\"url\",\"body\"}, a line of the output {\"id\",\"custom_id\",\"response\":"
        "{\"status_code\",\"request_id\",\"body\"},\"error\":null}, both as in OpenAI's batches. "
        "Answers come in the order in which they end. FILE is checked whole before anything is "
        "sent: wrong JSON, missing fields and a custom_id that stands twice are told with their "
        "lines.",
        "Run again, it sends only lines without an answer in the output. Killed at any time, it "
        "loses no line that was written; a torn last line is cut. One batch at a time writes to an "
        "output. Each request carries an Idempotency-Key made from the contents of FILE, the "
        "output file and the custom_id: for 24 hours, what a killed run had finished is not "
        "worked on twice. A deleted output begins anew.",
        "Answers of 2xx, and of 4xx that would come again, are final and written. Other failures "
        "are not written: 429, a full or empty fleet and a lost connection are tried again as long "
        "as something was answered within --patience seconds; 408, 5xx and broken answers up to "
        "8 times with growing pauses. What has no answer then is told at the end. 401 and 402 "
        "stop the batch.",
        "Ctrl-C sends nothing new and lets what runs finish; a second one leaves it. Exit status 0 "
        "means that every line has its answer, those that were refused with 4xx included."},
       {{"weir batch requests.jsonl", "answers go to requests.out.jsonl"},
        {"weir batch requests.jsonl --out a.jsonl --grade P2 --concurrency 64",
         "data that may leave, 64 requests at once"}}},
      {"weir top",
       {"Shows machines, queues and rates, drawn anew each second; rates are of the last ten "
        "seconds. Columns and rows that do not fit are left out or summed. q or Ctrl-C ends it. "
        "Where standard output is no terminal, or with --once, it prints one table whose rates are "
        "of one second. With --json it prints a line each second."},
       {{"weir top --once", "one look"}, {"weir top --json", "a line of JSON each second"}}},
      {"weir explain",
       {"Every answer carries x-request-id. This says how its data was graded, which machines were "
        "candidates, which were left out and why, how the others scored, and what was tried."},
       {}},
      {"weir drain",
       {"The machine finishes what runs there and gets nothing new until weir undrain, or until "
        "the coordinator starts anew. With --wait the command ends when nothing runs there."},
       {{"weir drain gpu-01 --wait && ssh gpu-01 reboot", "reboot when it is free"}}},
      {"weir guard scan",
       {"Shows what the guard finds in a text, and the grade that follows; nothing is sent "
        "anywhere, and no value is printed. Places are line:column.",
        "With --jsonl each line of FILE is a document {\"id\",\"text\"}, and each line of the "
        "output {\"id\",\"grade\",\"spans\":[{\"start\",\"end\",\"type\","
        "\"confidence\"}]}, offsets in code points. A line that is none is told, and the exit "
        "status is 1 then."},
       {{"weir guard scan contract.txt", "what of it is sensitive"},
        {"weir guard scan --jsonl texts.jsonl", "many texts"},
        {"weir guard scan --policy policy.yaml mail.txt", "by the detector of a policy"}}},
      {"weir guard explain",
       {"Every answer carries x-request-id. This says what the guard found in the request, as "
        "types "
        "and counts, and the grade it was given. Values are kept nowhere."},
       {}},
      {"weir policy check",
       {"Reads a policy file, runs its own tests, judges every combination of grade, tier, tenant, "
        "region, provider and feature that its rules or the active one's tell apart, and shows the "
        "combinations whose verdict changes, and what changes beside the rules. A tenant or region "
        "that no rule names counts as one more.",
        "P0 on L2 is forbidden whatever the rules say. Exit status 1 means that tests failed, 2 "
        "that the file is wrong. A coordinator that reads a wrong file, or one whose tests fail, "
        "keeps what it had."},
       {{"weir policy check new.yaml --against policy.yaml", "what new.yaml would change"},
        {"weir policy check policy.yaml --json", "the same against the factory policy, as JSON"}}},
      {"weir policy show",
       {"Prints the verdicts on every combination of attributes, those together that differ in "
        "nothing. Without FILE it is the policy of a coordinator that names none."},
       {{"weir policy show policy.yaml", "what may leave"}}},
      {"weir completion",
       {"Prints a script that completes commands, flags and their values."},
       {{"source <(weir completion bash)", "in ~/.bashrc"},
        {"weir completion zsh > ~/.zfunc/_weir", "with ~/.zfunc in fpath before compinit"},
        {"weir completion fish > ~/.config/fish/completions/weir.fish", ""}}},
      {"weir man",
       {"Prints a manual page as roff, made from the same definitions as --help."},
       {{"weir man batch | man -l -", "read one"}}},
  };
  return all;
}

}  // namespace

const ManualText* manual_text(std::string_view command) {
  for (const auto& text : texts())
    if (text.command == command) return &text;
  return nullptr;
}

const std::vector<ManualExit>& manual_exits() {
  static const std::vector<ManualExit> all{
      {0, "Done."},
      {1, "The work failed; the typed error was printed."},
      {2, "Wrong usage or configuration; nothing was done."},
      {3, "No connection to a coordinator."},
  };
  return all;
}

}  // namespace weir::cli
