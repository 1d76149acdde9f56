#include "coordinator/cli/up_text.hpp"

#include "coordinator/cli/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

/// As YAML's double-quoted form, which JSON's is.
std::string quoted(const std::string& text) {
  return nlohmann::json{text}[0].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr const char* written_by =
    "# Written by `weir up`, anew at each start: copy it to keep changes.\n";

bool name_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-';
}

}  // namespace

std::string agent_name(std::string host) {
  constexpr std::size_t longest = 57;  // leaves room for "-agent"
  host = host.substr(0, host.find('.'));
  std::replace_if(
      host.begin(), host.end(), [](char c) { return !name_byte(c); }, '-');
  host.erase(0, host.find_first_not_of("-_"));
  host.resize(std::min(host.size(), longest));
  if (host.empty()) return "this-machine";
  return host == "ca" || host == "coordinator" ? host + "-agent" : host;
}

std::string coordinator_yaml(const UpCoordinator& c) {
  return fmt::format(
      "{}cluster: {}\n"
      "data_dir: coordinator-data\n"
      "listen: {{http: \"127.0.0.1:{}\", agents: \"127.0.0.1:{}\"}}\n"
      "tls: {{ca: ca.pem, cert: coordinator.pem, key: coordinator-key.pem}}\n"
      "drain_ms: 3000\n",
      written_by, quoted(c.cluster), c.http_port, c.agents_port);
}

std::string agent_yaml(const UpAgent& a) {
  // `presence`: whoever runs `weir up` wants this machine to work while he sits at it.
  auto text = fmt::format(
      "{}name: {}\n"
      "tier: L0\n"
      "data_dir: agent-data\n"
      "coordinators: [{}]\n"
      "tls: {{ca: ca.pem, cert: {}, key: {}}}\n"
      "accepts: {{grades: [P0, P1, P2], tenants: [\"*\"]}}\n"
      "presence: {{yield: false}}\n"
      "drain_ms: 3000\n",
      written_by, quoted(a.name), quoted(a.coordinator), quoted(a.name + ".pem"),
      quoted(a.name + "-key.pem"));
  if (a.engines.empty()) return text;
  text += "engines:\n";
  for (const auto& url : a.engines) text += fmt::format("  - {{url: {}}}\n", quoted(url));
  return text;
}

std::string cloud_yaml(const std::string& file_text, const UpCloud& c) {
  const auto in_dir = [&](const std::string& name) { return quoted(c.dir + "/" + name); };
  return fmt::format(
      "{}{}{}"
      "name: {}\n"
      "tier: L2\n"
      "data_dir: {}\n"
      "coordinators: [{}]\n"
      "tls: {{ca: {}, cert: {}, key: {}}}\n"
      "drain_ms: 3000\n",
      file_text, file_text.ends_with('\n') ? "" : "\n", written_by, quoted(c.name),
      in_dir("cloud-data"), quoted(c.coordinator), in_dir("ca.pem"), in_dir(c.name + ".pem"),
      in_dir(c.name + "-key.pem"));
}

std::optional<Listening> find_listening(const std::string& log) {
  constexpr std::string_view http = "weir-coordinator: http ", agents = " agents ";
  auto at = log.rfind(http, 0) == 0 ? 0 : log.find("\n" + std::string{http});
  if (at == std::string::npos) return std::nullopt;
  if (log[at] == '\n') ++at;
  const auto end = log.find('\n', at);
  if (end == std::string::npos) return std::nullopt;
  const auto line = log.substr(at + http.size(), end - at - http.size());
  const auto middle = line.find(agents);
  if (middle == std::string::npos) return std::nullopt;
  return Listening{line.substr(0, middle), line.substr(middle + agents.size())};
}

std::string no_engine_text(const std::vector<std::string>& engines) {
  if (!engines.empty())
    return "no model yet from " + joined(engines) +
           "; start the engine there, it will be picked up\n";
  return "no engine found on this machine; start Ollama or llama.cpp, or weir-demo-engine, it "
         "will be picked up\n";
}

std::string ready_text(const UpReady& ready) {
  std::string out = fmt::format("Weir is up: {}\n", ready.url);
  out += ready.models.empty() ? "  " + no_engine_text(ready.engines)
                              : fmt::format("  models: {}\n", joined(ready.models));
  out += fmt::format("  node: {} (L0)\n  certificates, configuration and logs: {}{}\n", ready.node,
                     ready.dir, ready.dir_stays ? "" : " (removed at the end)");
  out += ready.cloud_file.empty()
             ? "  cloud: off (--cloud FILE turns it on)\n"
             : fmt::format("  cloud: ON, as {} says; a request without a label never goes there\n",
                           ready.cloud_file);
  out += fmt::format(R"(
Ask it:
  weir --url {0} run "Say hello."

  curl {0}/v1/chat/completions -H 'content-type: application/json' \
    -d '{{"model":"auto","messages":[{{"role":"user","content":"Say hello."}}]}}'

  from openai import OpenAI
  client = OpenAI(base_url="{0}/v1", api_key="unused")
  answer = client.chat.completions.create(
      model="auto", messages=[{{"role": "user", "content": "Say hello."}}])
  print(answer.choices[0].message.content)

Without a label a request is P0 (core secrets): it never goes to a cloud. Label general data P2:
  one request: -H 'X-Data-Grade: P2', in Python extra_headers={{"X-Data-Grade": "P2"}}
  a tenant:    api_keys: [{{name: ..., sha256: ..., tenant: ..., default_grade: P2}}]

Ctrl-C stops everything.
)",
                     ready.url);
  return out;
}

std::string last_lines(const std::string& log, std::size_t most) {
  auto end = log.size();
  while (end > 0 && log[end - 1] == '\n') --end;
  auto begin = end;
  for (std::size_t lines = 0; begin > 0; --begin)
    if (log[begin - 1] == '\n' && ++lines == most) break;
  return log.substr(begin, end - begin) + (begin == end ? "" : "\n");
}

}  // namespace weir::cli
