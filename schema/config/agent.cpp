#include "schema/config/programs.hpp"

#include <algorithm>

namespace weir::config {

namespace {

constexpr std::size_t coordinators_max = 64;
constexpr std::size_t engines_max = 256;
constexpr std::size_t engine_models_max = 1024;
constexpr std::uint32_t slots_max = 1024;
constexpr std::uint32_t rate_max = 1'000'000'000;
constexpr std::uint32_t hour_ms = 3'600'000;
constexpr std::size_t region_bytes_max = 64;

void coordinators(Binder& top, AgentSettings& s) {
  std::vector<std::string> texts;
  const auto* node = top.texts("coordinators", Need::required, 1, texts);
  if (node == nullptr) return;
  if (texts.size() > coordinators_max)
    top.wrong(node, "coordinators", "must be at most " + std::to_string(coordinators_max));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto key = "coordinators[" + std::to_string(i) + "]";
    const auto address = parse_host_port(texts[i]);
    if (!address || address->port == 0) {
      top.wrong(&node->items[i], key, "must be host:port with port 1..65535");
      continue;
    }
    // Two links to one coordinator would end each other; names in other letters are one name.
    auto host = address->host;
    for (char& c : host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto here = texts.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(texts.begin(), here, texts[i]) == here)  // else it was reported already
      top.unique(seen, &node->items[i], key, host + " " + std::to_string(address->port));
    s.coordinators.push_back(*address);
  }
}

/// Factory values: a workstation keeps other tenants' core secrets away from its owner, and the
/// cloud never runs P0. A file may widen the first, not the second.
void accepts(Binder& top, AgentSettings& s) {
  s.accepts.p0 = s.tier == Tier::l1;
  top.map("accepts", Need::optional, [&s](Binder& b) {
    std::vector<std::string> grades;
    if (const auto* node = b.texts("grades", Need::optional, 1, grades)) {
      s.accepts.p0 = s.accepts.p1 = s.accepts.p2 = false;
      for (std::size_t i = 0; i < grades.size(); ++i) {
        const auto grade = parse_grade(grades[i]);
        if (!grade) {
          b.wrong(&node->items[i], "grades", "must be P0, P1 or P2");
        } else if (*grade == Grade::p0 && s.tier == Tier::l2) {
          b.wrong(&node->items[i], "grades", "P0 never runs on L2");
        } else {
          (*grade == Grade::p0   ? s.accepts.p0
           : *grade == Grade::p1 ? s.accepts.p1
                                 : s.accepts.p2) = true;
        }
      }
    }
    b.texts("tenants", Need::optional, 1, s.accepts.tenants);
  });
}

void engine_kind(Binder& b, EngineSettings& e) {
  std::string kind{name_of(e.kind)};
  e.detect = b.node().find("kind") == nullptr;
  const auto* node = b.text("kind", Need::optional, 64, kind);
  if (node == nullptr) return;
  if (const auto known = parse_engine_kind(kind))
    e.kind = *known;
  else
    b.wrong(node, "kind", "must be openai, anthropic, llama_cpp, vllm or ollama");
}

/// The base under which `/v1/…` stands: one that names `/v1` itself is accepted and cut.
void cut_base(std::string& url) {
  const auto cut_slashes = [&url] {
    while (url.back() == '/') url.pop_back();
  };
  cut_slashes();
  if (url.ends_with("/v1")) url.resize(url.size() - 3);
  cut_slashes();
}

void engine_url(Binder& b, EngineSettings& e) {
  const auto* node = b.text("url", Need::required, 2048, e.url);
  if (node == nullptr) return;
  const auto url = parse_url(e.url);
  if (!url) {
    b.wrong(node, "url", "must be http(s)://host[:port][/prefix]");
    return;
  }
  if (e.cloud && !url->tls && !loopback(url->host))
    b.wrong(node, "url", "a cloud engine beyond loopback needs https");
  cut_base(e.url);
}

void model_features(Binder& m, Features& out) {
  constexpr auto statable =
      feature::tools | feature::json | feature::vision | feature::embeddings | feature::rerank;
  std::vector<std::string> names;
  const auto* node = m.texts("features", Need::optional, 1, names);
  for (std::size_t i = 0; node != nullptr && i < names.size(); ++i) {
    const auto feature = parse_feature(names[i]);
    if (feature && (*feature & statable) != 0)
      out |= *feature;
    else
      m.wrong(&node->items[i], "features", "must be tools, json, vision, embeddings or rerank");
  }
}

/// What the operator knows of models. A cloud is asked for the listed ones only, and each has its
/// price, be it 0: what a request may cost is decided before it leaves.
void engine_models(Binder& b, EngineSettings& e) {
  std::set<std::string> ids;
  const auto* node = b.maps("models", Need::optional, engine_models_max, [&](Binder& m) {
    StatedModel model;
    m.unique(ids, m.text("id", Need::required, 256, model.id), "id", model.id);
    m.capability("capability", model.capability);
    model_features(m, model.features);
    const auto price = [&](const char* key, MicroUsd& out) {
      if (e.cloud && m.node().find(key) == nullptr) m.wrong(nullptr, key, "is missing");
      m.price(key, out);
    };
    price("usd_in_per_mtok", model.in_per_mtok);
    price("usd_out_per_mtok", model.out_per_mtok);
    e.models.push_back(std::move(model));
  });
  if (e.cloud && (node == nullptr || node->items.empty()))
    b.wrong(node, "models", "a cloud engine must list its models");
}

/// Kinds that are clouds, and those that never are.
void cloud_kind(Binder& b, const EngineSettings& e) {
  const auto* kind = b.node().find("kind");
  if (e.kind == EngineKind::anthropic && !e.cloud)
    b.wrong(kind, "kind", "anthropic needs cloud: true");
  if (e.cloud && e.kind != EngineKind::openai && e.kind != EngineKind::anthropic)
    b.wrong(kind, "kind", "a cloud engine is openai or anthropic");
}

void engine(Binder& b, AgentSettings& s) {
  EngineSettings e;
  engine_kind(b, e);
  const auto* cloud = b.boolean("cloud", e.cloud);
  if (e.cloud) e.detect = false;
  cloud_kind(b, e);
  engine_url(b, e);
  b.secret("api_key", Need::optional, e.api_key);
  b.path("ca", Need::optional, e.ca);
  b.text("region", Need::optional, region_bytes_max, e.region);
  b.integer("slots", Need::optional, 0, slots_max, e.slots);
  b.integer("rpm", Need::optional, 0, rate_max, e.rpm);
  b.integer("tpm", Need::optional, 0, rate_max, e.tpm);
  engine_models(b, e);
  if (e.cloud && s.tier != Tier::l2) b.wrong(cloud, "cloud", "needs tier: L2");
  if (!e.cloud && s.tier == Tier::l2)
    b.wrong(cloud, "cloud", "must be true: an L2 agent runs cloud engines only");
  s.engines->push_back(std::move(e));
}

void engines(Binder& top, AgentSettings& s) {
  if (top.node().find("engines") != nullptr) s.engines.emplace();
  const auto* node =
      top.maps("engines", Need::optional, engines_max, [&s](Binder& b) { engine(b, s); });
  const bool listed = node != nullptr && !node->items.empty();
  if (s.tier == Tier::l2 && !listed)
    top.wrong(node, "engines", "an L2 agent must list its cloud engines");
}

}  // namespace

void read(Binder& top, AgentSettings& s) {
  s.data_dir = top.report().path(s.data_dir);
  top.name("name", Need::required, s.name);
  top.tier("tier", Need::required, s.tier);
  top.path("data_dir", Need::optional, s.data_dir);
  coordinators(top, s);
  read_tls(top, s.tls);
  accepts(top, s);
  if (auto policy = read_policy(top, s.policy_file)) s.policy = std::move(*policy);
  engines(top, s);
  top.map("presence", Need::optional, [&s](Binder& b) {
    b.boolean("yield", s.presence.yield);
    b.integer("grace_ms", Need::optional, 0, hour_ms, s.presence.grace_ms);
    b.path("file", Need::optional, s.presence.file);
  });
  HostPort admin;
  if (top.host_port("admin", Need::optional, 0, admin) != nullptr) s.admin = admin;
  top.integer("drain_ms", Need::optional, 0, hour_ms, s.drain_ms);
  read_confine(top, s.confine);
}

}  // namespace weir::config
