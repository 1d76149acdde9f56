#include "coordinator/gateway/model_lists.hpp"

#include "coordinator/gateway/outcomes.hpp"
#include "schema/dialect/ollama.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace weir::gateway {
namespace {

using nlohmann::json;

constexpr const char* ollama_api_version = "0.17.4";

/// Names come from outside: what is not UTF-8 is replaced.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// One name that requests may use, with all that offer it.
struct Offered {
  std::set<std::string> nodes;
  std::set<std::string> tiers;
  std::vector<std::string> members;  ///< of an alias
  bool alias = false;
  std::set<std::string> also;  ///< its engines' other names for it
  ModelInfo facts;             ///< what engines tell of it, each fact from the first that does
  unsigned capability = 0;
  Features features = 0;
  std::uint32_t context_tokens = 0;
  bool loaded = false;
};
using Offers = std::map<std::string, Offered, std::less<>>;

void add_facts(const ModelInfo& model, ModelInfo& facts) {
  if (facts.family.empty()) facts.family = model.family;
  if (facts.quantization.empty()) facts.quantization = model.quantization;
  if (facts.digest.empty()) facts.digest = model.digest;
  if (facts.parent.empty()) facts.parent = model.parent;
  if (facts.bytes == 0) facts.bytes = model.bytes;
}

/// What an alias stands for: the first of its members that is there gives the facts.
Offered joined(const ModelAlias& alias, const Offers& offers) {
  Offered all;
  for (const auto& member : alias.members)
    if (const auto at = offers.find(member); at != offers.end() && !at->second.alias) {
      const auto& offered = at->second;
      all.nodes.insert(offered.nodes.begin(), offered.nodes.end());
      all.tiers.insert(offered.tiers.begin(), offered.tiers.end());
      all.members.push_back(member);
      all.loaded |= offered.loaded;
      all.context_tokens = std::max(all.context_tokens, offered.context_tokens);
      add_facts(offered.facts, all.facts);
    }
  all.alias = true;
  all.capability = alias.capability;
  all.features = alias.features;
  return all;
}

Offers offers_of(const FleetView& fleet) {
  Offers offers;
  for (const auto& node : fleet.nodes) {
    for (const auto& id : node.models) {
      offers[id].nodes.insert(node.name);
      offers[id].tiers.insert(std::string{name_of(node.tier)});
    }
    for (const auto& engine : node.engines)
      for (const auto& m : engine.models) {
        const auto at = offers.find(m.id);
        if (at == offers.end()) continue;
        at->second.capability = std::max<unsigned>(at->second.capability, m.capability);
        at->second.features |= m.features;
        at->second.context_tokens = std::max(at->second.context_tokens, m.context_tokens);
        at->second.loaded |= m.loaded;
        at->second.also.insert(m.aliases.begin(), m.aliases.end());
        add_facts(m, at->second.facts);
      }
  }
  for (const auto& alias : fleet.aliases) {
    auto all = joined(alias, offers);
    if (!all.nodes.empty()) offers.insert_or_assign(alias.alias, std::move(all));
  }
  return offers;
}

json openai_model(const std::string& id, std::int64_t created_unix_s) {
  return {{"id", id}, {"object", "model"}, {"created", created_unix_s}, {"owned_by", "weir"}};
}

json anthropic_model(const std::string& id, std::int64_t created_unix_s) {
  return {{"type", "model"},
          {"id", id},
          {"display_name", id},
          {"created_at", dialect::ollama::timestamp(created_unix_s)}};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(digits[byte >> 4U]);
    out.push_back(digits[byte & 0xFU]);
  }
  return out;
}

/// The letters that a model's name begins with.
std::string family_of(const std::string& id) {
  const auto name = id.substr(id.find_last_of('/') + 1);
  const auto end = std::find_if(name.begin(), name.end(), [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  });
  return {name.begin(), end};
}

json ollama_model(const std::string& id, const Offered& offered, const std::string& modified) {
  const auto& facts = offered.facts;
  const auto family = facts.family.empty() ? family_of(id) : facts.family;
  return {{"name", id},
          {"model", id},
          {"modified_at", modified},
          {"size", facts.bytes},
          {"digest", facts.digest.empty() ? hex(digest_of("", id)) : facts.digest},
          {"details",
           {{"parent_model", facts.parent},
            {"format", "gguf"},
            {"family", family},
            {"families", json::array({family})},
            {"parameter_size", ""},
            {"quantization_level", facts.quantization}}}};
}

/// The model of this name, or one whose engine knows it by this name, too.
Offers::const_iterator find(const Offers& offers, std::string_view id) {
  const auto at = offers.find(id);
  if (at != offers.end()) return at;
  return std::find_if(offers.begin(), offers.end(), [&](const auto& entry) {
    return entry.second.also.contains(std::string{id});
  });
}

}  // namespace

std::string fleet_models_json(const FleetView& fleet) {
  json models = json::array();
  for (const auto& [id, offered] : offers_of(fleet))
    models.push_back({{"id", id},
                      {"alias", offered.alias},
                      {"members", offered.members},
                      {"nodes", offered.nodes},
                      {"tiers", offered.tiers},
                      {"capability", offered.capability},
                      {"features", names_of(offered.features)},
                      {"context_tokens", offered.context_tokens},
                      {"loaded", offered.loaded}});
  return text_of({{"models", std::move(models)}});
}

std::string models_json(const FleetView& fleet, std::int64_t created_unix_s, bool anthropic) {
  json data = json::array();
  for (const auto& [id, offered] : offers_of(fleet))
    data.push_back(anthropic ? anthropic_model(id, created_unix_s)
                             : openai_model(id, created_unix_s));
  if (!anthropic) return text_of({{"object", "list"}, {"data", std::move(data)}});
  const json none;
  const auto first = data.empty() ? none : data.front()["id"];
  const auto last = data.empty() ? none : data.back()["id"];
  return text_of(
      {{"data", std::move(data)}, {"has_more", false}, {"first_id", first}, {"last_id", last}});
}

std::string model_json(const FleetView& fleet, std::string_view id, std::int64_t created_unix_s,
                       bool anthropic) {
  const auto offers = offers_of(fleet);
  if (find(offers, id) == offers.end()) return "";
  const std::string name{id};
  return text_of(anthropic ? anthropic_model(name, created_unix_s)
                           : openai_model(name, created_unix_s));
}

std::string ollama_tags_json(const FleetView& fleet, std::int64_t created_unix_s) {
  const auto modified = dialect::ollama::timestamp(created_unix_s);
  json models = json::array();
  for (const auto& [id, offered] : offers_of(fleet))
    models.push_back(ollama_model(id, offered, modified));
  return text_of({{"models", std::move(models)}});
}

std::string ollama_version_json() { return text_of({{"version", ollama_api_version}}); }

}  // namespace weir::gateway
