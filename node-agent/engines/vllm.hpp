// vLLM: the OpenAI API, and what it says of itself on /metrics. It has no slots: what it can take
// is judged from its KV cache and from how long its tokens take (headroom.hpp).
#pragma once

#include "node-agent/engines/headroom.hpp"
#include "node-agent/engines/openai_compatible.hpp"
#include "node-agent/engines/pace.hpp"

namespace weir::engines {

class Vllm final : public OpenAiCompatible {
 public:
  static Result<std::unique_ptr<Vllm>> make(asio::io_context& io, std::uint32_t number,
                                            const EngineSettings& settings,
                                            Millis look_max = look_max_default);
  /// A chat or completion carries its tenant's cache salt, whatever salt it came with.
  void start(ports::EngineJob job, ports::EngineAnswer answer) override;
  void cancel(AttemptId attempt) override;
  void pause(AttemptId attempt, bool on) override;

 private:
  Vllm(asio::io_context& io, std::uint32_t number, const EngineSettings& settings, EngineAddress to,
       Millis look_max);
  /// The tenant's own salt in the place of whatever a client says. returns  false: no JSON object.
  bool salt(ports::EngineJob& job) const;
  void look_closer(const std::string& models) override;
  /// By /tokenize, or, where that is switched off, by a call.
  void count(ports::EngineJob job, ports::EngineAnswer answer) override;
  void take_metrics(const std::string& page);
  ports::EngineAnswer measured(AttemptId attempt, ports::EngineAnswer answer);

  const Sha256 secret_;  ///< of this process: salts tell nobody a tenant's name
  bool takes_salt_ = true;
  TimePoint scraped_ = TimePoint::min();
  Headroom headroom_;
  Pace pace_;
};

/// What a /metrics page tells; counts of several engines behind one server are added up.
struct VllmMetrics {
  Headroom::Look look;
  /// The engine of old (V0), which refuses requests with a salt. It tells of swapped requests.
  bool v0 = false;
};
/// nullopt: it is no page of vLLM.
std::optional<VllmMetrics> read_vllm_metrics(const std::string& page);

}  // namespace weir::engines
