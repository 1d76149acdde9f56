#include "coordinator/cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace weir::cli {

using nlohmann::json;

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

Look look_of(std::FILE* stream) {
  Look look;
  if (!is_terminal(stream)) return look;
  winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    look.width = size.ws_col;
  const char* no_colour = std::getenv("NO_COLOR");
  look.colour = no_colour == nullptr || *no_colour == '\0';
  return look;
}

bool put(std::FILE* stream, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size() &&
         std::fflush(stream) == 0;
}

client::Client client_of(const Globals& globals) {
  client::Options options;
  options.urls = split_commas(globals.urls);
  options.api_key = globals.api_key;
  options.retries.attempts_max = 1;  // whoever waits at a terminal decides
  return client::Client{std::move(options)};
}

std::vector<std::string> split_commas(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    const auto first = list.find_first_not_of(' ', at);
    if (first < end) {
      const auto last = list.find_last_not_of(' ', end - 1);
      parts.push_back(list.substr(first, last - first + 1));
    }
    at = end + 1;
  }
  return parts;
}

std::string path_segment(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string error_text(const client::Error& error) {
  if (error.code == "unreachable")
    return "no connection: " + error.message + " (is a coordinator running? weir up starts one)";
  auto text = error.code + ": " + error.message;
  std::string notes;
  if (!error.request_id.empty()) notes = "weir explain " + error.request_id;
  if (error.retry_after)
    notes += (notes.empty() ? "" : "; ") + std::string{"try again in "} +
             duration_text(static_cast<std::uint64_t>(error.retry_after->count()));
  return printable(notes.empty() ? text : text + " (" + notes + ")");
}

std::string error_json(const client::Error& error) {
  json body{{"code", error.code}, {"message", error.message}};
  if (error.status != 0) body["status"] = error.status;
  if (!error.request_id.empty()) body["request_id"] = error.request_id;
  if (error.retry_after) body["retry_after_ms"] = error.retry_after->count();
  return json{{"error", std::move(body)}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

int exit_of(const client::Error& error) {
  if (error.code == "unreachable") return exit_unconnected;
  return error.code == "invalid_config" ? exit_usage : exit_failed;
}

int report(const client::Error& error, const Globals& globals) {
  if (globals.json) {
    put(stdout, error_json(error) + "\n");
  } else {
    put(stderr, "weir: " + error_text(error) + "\n");
  }
  return exit_of(error);
}

int report(const Error& error, const Globals& globals) {
  if (globals.json || error.code != Code::invalid_config)
    return report(client::Error{0, std::string{name_of(error.code)}, error.detail, {}, {}},
                  globals);
  put(stderr, "weir: " + printable(error.detail) + "\n");
  return exit_usage;
}

int print(const std::string& document, const std::optional<std::string>& text,
          const Globals& globals) {
  if (!text)
    return report(client::Error{0, "upstream_failed", "the answer is not a coordinator's", {}, {}},
                  globals);
  return put(stdout, globals.json ? document + "\n" : *text) ? exit_done : exit_failed;
}

}  // namespace weir::cli
