#include "schema/config/programs.hpp"

#include <string_view>

namespace weir::config {

namespace {

constexpr std::size_t api_keys_max = 10'000;
constexpr std::size_t aliases_max = 4096;
constexpr std::uint32_t rate_max = 1'000'000'000;
constexpr std::uint32_t hour_ms = 3'600'000;

std::optional<Sha256> parse_digest(std::string_view text) {
  Sha256 digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  const auto nibble = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

void api_keys(Binder& top, CoordinatorSettings& s) {
  std::set<std::string> names, digests;
  top.maps("api_keys", Need::optional, api_keys_max, [&](Binder& b) {
    ApiKey key;
    b.unique(names, b.text("name", Need::required, 64, key.name), "name", key.name);
    // Taken as a secret, so that a key pasted in the place of its digest is never shown.
    std::string hex;
    if (const auto* node = b.secret("sha256", Need::required, hex)) {
      const auto digest = parse_digest(hex);
      if (!digest) {
        b.wrong(node, "sha256", "must be 64 hexadecimal digits: the SHA-256 of the key");
      } else {
        key.digest = *digest;
        b.unique(digests, node, "sha256", {digest->begin(), digest->end()});
      }
    }
    b.text("tenant", Need::required, 64, key.tenant);
    b.grade("default_grade", Need::optional, key.default_grade);
    b.integer("rpm", Need::optional, 0, rate_max, key.rpm);
    b.integer("tpm", Need::optional, 0, rate_max, key.tpm);
    s.api_keys.push_back(std::move(key));
  });
}

void models(Binder& top, CoordinatorSettings& s) {
  std::set<std::string> aliases;
  top.maps("models", Need::optional, aliases_max, [&](Binder& b) {
    ModelAlias m;
    const auto* alias = b.text("alias", Need::required, 256, m.alias);
    b.unique(aliases, alias, "alias", m.alias);
    if (m.alias == "auto") b.wrong(alias, "alias", "auto is reserved: it means any model");
    b.texts("members", Need::required, 1, m.members);
    b.capability("capability", m.capability);
    std::vector<std::string> features;
    if (const auto* node = b.texts("features", Need::optional, 0, features))
      for (std::size_t i = 0; i < features.size(); ++i) {
        const auto bit = parse_feature(features[i]);
        if (!bit)
          b.wrong(&node->items[i], "features", "must be tools, json, vision, embeddings or rerank");
        m.features |= bit.value_or(0);
      }
    s.models.push_back(std::move(m));
  });
}

void scoring(Binder& top, ScoringWeights& w) {
  const auto* node = top.map("scoring", Need::optional, [&w](Binder& b) {
    b.weight("safety", w.safety);
    b.weight("capability", w.capability);
    b.weight("latency", w.latency);
    b.weight("cost", w.cost);
  });
  if (node != nullptr && w.safety + w.capability + w.latency + w.cost <= 0)
    top.wrong(node, "scoring", "one weight at least must be above 0");
}

const Node* listener(Binder& listen, const char* key, HostPort& out) {
  const auto* node = listen.host_port(key, Need::optional, 0, out);
  if (node != nullptr && !bindable(out.host))
    listen.wrong(node, key, "must be an IP address of this machine, or localhost");
  return node;
}

/// What HTTP beyond this machine needs: encryption, and keys that say who asks.
void beyond_loopback(Binder& listen, const char* key, const CoordinatorSettings& s,
                     const HostPort& address) {
  const auto* node = listen.node().find(key);
  if (node == nullptr || loopback(address.host)) return;
  if (!s.http_tls) listen.wrong(node, key, "beyond loopback needs http_tls");
  if (s.api_keys.empty()) listen.wrong(node, key, "beyond loopback needs api_keys");
}

void listen(Binder& top, CoordinatorSettings& s) {
  top.map("listen", Need::optional, [&s](Binder& b) {
    const auto* http = listener(b, "http", s.http);
    const auto* agents = listener(b, "agents", s.agents);
    HostPort address;
    const auto* admin = listener(b, "admin", address);
    if (admin != nullptr) s.admin = address;
    if (http != nullptr) beyond_loopback(b, "http", s, s.http);
    if (admin != nullptr) beyond_loopback(b, "admin", s, address);
    if (s.http.port != 0 && s.http == s.agents)
      b.wrong(agents != nullptr ? agents : http, "agents", "is the address of http");
    if (admin != nullptr && address.port != 0 && (address == s.http || address == s.agents))
      b.wrong(admin, "admin", "is the address of another listener");
  });
}

}  // namespace

void read_tls(Binder& top, TlsFiles& tls) {
  top.map("tls", Need::required, [&tls](Binder& b) {
    b.path("ca", Need::required, tls.ca);
    b.path("cert", Need::required, tls.cert);
    b.path("key", Need::required, tls.key);
  });
}

void read_confine(Binder& top, Confine& out) {
  std::string text;
  const auto* node = top.text("confine", Need::optional, 16, text);
  if (node == nullptr) return;
  if (text == "true" || text == "false")
    out = text == "true" ? Confine::on : Confine::off;
  else if (text == "required")
    out = Confine::required;
  else
    top.wrong(node, "confine", "must be true, false or required");
}

void read(Binder& top, CoordinatorSettings& s) {
  s.data_dir = top.report().path(s.data_dir);
  top.name("cluster", Need::required, s.cluster);
  top.path("data_dir", Need::optional, s.data_dir);
  read_tls(top, s.tls);
  top.map("http_tls", Need::optional, [&s](Binder& b) {
    s.http_tls.emplace();
    b.path("cert", Need::required, s.http_tls->cert);
    b.path("key", Need::required, s.http_tls->key);
  });
  api_keys(top, s);
  listen(top, s);
  std::optional<Grade> grade;
  top.grade("default_grade", Need::optional, grade);
  s.default_grade = grade.value_or(s.default_grade);
  read_floors(top, "grade_floors", s.grade_floors);
  if (auto policy = read_policy(top, s.policy_file)) s.policy = std::move(*policy);
  scoring(top, s.scoring);
  top.map("slo", Need::optional, [&s](Binder& b) {
    b.integer("ttft_ms", Need::optional, 1, hour_ms, s.slo.ttft_ms);
    b.integer("tpot_ms", Need::optional, 1, hour_ms, s.slo.tpot_ms);
  });
  top.map("queue", Need::optional, [&s](Binder& b) {
    b.integer("waiting_max", Need::optional, 1, 65'536, s.queue.waiting_max);
    b.integer("deadline_ms", Need::optional, 1, hour_ms, s.queue.deadline_ms);
  });
  top.integer("drain_ms", Need::optional, 0, hour_ms, s.drain_ms);
  read_confine(top, s.confine);
  top.map("spill", Need::optional, [&s](Binder& b) {
    b.boolean("enabled", s.spill_enabled);
    MicroUsd per_day;
    if (b.price("usd_per_day", per_day) != nullptr) s.spill_per_day = per_day;
  });
  models(top, s);
}

}  // namespace weir::config
