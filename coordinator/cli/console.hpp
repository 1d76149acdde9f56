// What all commands share: global flags, exit codes, how errors are told.
#pragma once

#include "coordinator/cli/text.hpp"
#include "coordinator/client/weir.hpp"
#include "schema/types/result.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace weir::cli {

enum Exit : int { exit_done = 0, exit_failed = 1, exit_usage = 2, exit_unconnected = 3 };

struct Globals {
  bool json = false;
  std::string urls = "http://127.0.0.1:8700";  ///< comma-separated, tried in turn
  std::string api_key;
};

/// What a chosen command does; returns the exit code.
using Action = std::function<int()>;

/// The terminal behind `stream`; 80 columns without colour where there is none.
Look look_of(std::FILE* stream);
bool is_terminal(std::FILE* stream);
/// Writes and flushes; false where the reader is gone or the disk is full.
bool put(std::FILE* stream, std::string_view text);

client::Client client_of(const Globals& globals);
/// The parts of a comma-separated list, without empty ones.
std::vector<std::string> split_commas(const std::string& list);
/// `text` as one segment of a URL's path.
std::string path_segment(const std::string& text);

/// One sentence for people, without a line feed.
std::string error_text(const client::Error& error);
/// `{"error":{"code","message",…}}`.
std::string error_json(const client::Error& error);
int exit_of(const client::Error& error);
/// Tells an error on stderr, or with --json on stdout. returns  the exit code.
int report(const client::Error& error, const Globals& globals);
int report(const Error& error, const Globals& globals);
/// Prints `text`, or with --json the document it was made from. A document that could not be made
/// into text is an error.
int print(const std::string& document, const std::optional<std::string>& text,
          const Globals& globals);

}  // namespace weir::cli
