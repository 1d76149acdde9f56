#include "tests/sim/model/victims.hpp"

#include "tests/sim/model/keys.hpp"

namespace weir::model {
namespace {

Victim victim(std::string name, std::string text, Grade label, std::vector<std::string> canaries) {
  Victim v;
  v.name = std::move(name);
  v.text = std::move(text);
  v.label = label;
  v.canaries = std::move(canaries);
  v.found = office().inspect(chat_of(v.text), 0);
  v.truth = strictest(label, v.found.grade);
  v.told = v.found.grade != v.truth;
  v.reaches = v.truth == Grade::p2;
  return v;
}

std::vector<Victim> make() {
  std::vector<Victim> all;
  all.push_back(victim("P2 plain", "What is a weir?", Grade::p2, {}));
  all.push_back(victim("P1 by content", "Call 13812345678 or write to anna.meier@contoso.de.",
                       Grade::p2, {"13812345678", "anna.meier@contoso.de"}));
  all.back().reaches = true;  // once its findings are replaced
  all.push_back(victim("P0 by content", "It opens with AKIAQ3EGR7ZTYHBM4KWD.", Grade::p2,
                       {"AKIAQ3EGR7ZTYHBM4KWD"}));
  all.push_back(
      victim("P0 by label", "The word is label-canary-7319.", Grade::p0, {"label-canary-7319"}));
  all.push_back(
      victim("P1 by label", "The word is label-canary-4418.", Grade::p1, {"label-canary-4418"}));
  all.push_back(victim("P2 in a session", "What is a sluice?", Grade::p2, {}));
  all.back().session = all.back().grows = true;
  return all;
}

}  // namespace

std::string chat_of(const std::string& text) {
  return R"({"model":"m","stream":true,"messages":[{"role":"user","content":")" + text + R"("}]})";
}

const std::vector<Victim>& victims() {
  static const auto all = make();
  return all;
}

std::string canary_in(const Victim& victim, std::string_view bytes) {
  for (const auto& canary : victim.canaries)
    if (bytes.find(canary) != std::string_view::npos) return canary;
  for (const auto canary : {companion_canary, answer_canary})
    if (bytes.find(canary) != std::string_view::npos) return std::string{canary};
  return "";
}

}  // namespace weir::model
