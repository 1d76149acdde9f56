#include "node-agent/engines/engine_set.hpp"

#include "actors/net/asio.hpp"
#include "actors/telemetry/log.hpp"
#include "node-agent/engines/cloud.hpp"
#include "node-agent/engines/detect.hpp"
#include "node-agent/engines/llama_cpp.hpp"
#include "node-agent/engines/ollama.hpp"
#include "node-agent/engines/openai_compatible.hpp"
#include "node-agent/engines/vllm.hpp"

namespace weir::engines {
namespace {

/// The engine of a kind that is known.
Result<std::unique_ptr<ports::Engine>> make_known(asio::io_context& io, std::uint32_t number,
                                                  const EngineSettings& settings) {
  if (settings.kind == EngineKind::llama_cpp) {
    WEIR_TRY(std::unique_ptr<ports::Engine> engine, LlamaCpp::make(io, number, settings));
    return engine;
  }
  if (settings.kind == EngineKind::vllm) {
    WEIR_TRY(std::unique_ptr<ports::Engine> engine, Vllm::make(io, number, settings));
    return engine;
  }
  if (settings.kind == EngineKind::ollama) {
    WEIR_TRY(std::unique_ptr<ports::Engine> engine, Ollama::make(io, number, settings));
    return engine;
  }
  WEIR_TRY(std::unique_ptr<ports::Engine> engine, OpenAiCompatible::make(io, number, settings));
  return engine;
}

Result<std::unique_ptr<ports::Engine>> make(asio::io_context& io, std::uint32_t number,
                                            const EngineSettings& settings, CloudMetrics* cloud) {
  if (settings.cloud) {
    WEIR_ASSERT(cloud != nullptr);
    WEIR_TRY(std::unique_ptr<ports::Engine> engine, Cloud::make(io, number, settings, *cloud));
    return engine;
  }
  if (!settings.detect) return make_known(io, number, settings);
  auto of_kind = [&io, number, settings](EngineKind kind) {
    auto known = settings;
    known.kind = kind;
    spdlog::info("engine {} at {} is of kind {}", number, settings.url, name_of(kind));
    return make_known(io, number, known);
  };
  WEIR_TRY(std::unique_ptr<ports::Engine> engine,
           DetectedEngine::make(io, number, settings, std::move(of_kind)));
  return engine;
}

EngineSettings usual_place(EngineKind kind, const char* url) {
  EngineSettings place;
  place.kind = kind;
  place.detect = true;
  place.url = url;
  return place;
}

}  // namespace

std::vector<EngineSettings> usual_places() {
  return {usual_place(EngineKind::llama_cpp, "http://127.0.0.1:8080"),
          usual_place(EngineKind::vllm, "http://127.0.0.1:8000"),
          usual_place(EngineKind::openai, "http://127.0.0.1:1234"),
          usual_place(EngineKind::ollama, "http://127.0.0.1:11434")};
}

class EngineSet::Impl : public std::enable_shared_from_this<EngineSet::Impl> {
 public:
  Impl(asio::io_context& io, LookTimes times, CloudMetrics* cloud)
      : io_{io}, times_{times}, cloud_{cloud} {}

  Result<Done> open(const std::vector<EngineSettings>& all, bool configured) {
    for (const auto& settings : all) {
      const auto number = static_cast<std::uint32_t>(entries_.size());
      auto engine = make(io_, number, settings, cloud_);
      if (!engine) return Error{Code::invalid_config, settings.url + ": " + engine.error().detail};
      entries_.push_back(std::make_unique<Entry>(io_, std::move(*engine), settings, configured));
    }
    return Done{};
  }

  void start(ports::Worker& worker) {
    worker_ = &worker;
    for (auto& entry : entries_) look(*entry);
  }

  void stop() {
    worker_ = nullptr;
    for (auto& entry : entries_) {
      entry->timer.cancel();
      entry->engine.reset();
    }
  }

  ports::Engine* find(std::uint32_t number) const {
    return number < entries_.size() ? entries_[number]->engine.get() : nullptr;
  }

  void set_busy(bool busy) { busy_ = busy; }

 private:
  struct Entry {
    Entry(asio::io_context& io, std::unique_ptr<ports::Engine> e, EngineSettings s, bool known)
        : engine{std::move(e)}, settings{std::move(s)}, timer{io}, told{known} {}
    std::unique_ptr<ports::Engine> engine;
    EngineSettings settings;
    asio::steady_timer timer;
    EngineState state = EngineState::starting;
    std::vector<ModelInfo> models;  ///< as last seen up; a stopped engine keeps its list
    bool told;                      ///< the worker knows it
  };

  void look(Entry& entry) {
    entry.engine->observe([weak = weak_from_this(), &entry](EngineSnapshot snapshot) {
      const auto self = weak.lock();
      if (self && self->worker_ != nullptr) self->seen(entry, std::move(snapshot));
    });
  }

  void seen(Entry& entry, EngineSnapshot snapshot) {
    if (snapshot.state == EngineState::up) {
      entry.models = snapshot.models;
      entry.told = true;
    } else {
      snapshot.models = entry.models;
    }
    if (entry.told) {
      if (snapshot.state != entry.state)
        spdlog::info("engine {} at {} is {}, {} models, {} slots", snapshot.engine,
                     entry.settings.url, name_of(snapshot.state), snapshot.models.size(),
                     snapshot.slots_total);
      entry.state = snapshot.state;
      worker_->post(EngineObserved{std::move(snapshot)});
    }
    entry.timer.expires_after(entry.settings.cloud ? times_.cloud
                              : busy_              ? times_.busy
                                                   : times_.idle);
    entry.timer.async_wait([weak = weak_from_this(), &entry](const asio::error_code& e) {
      const auto self = weak.lock();
      if (!e && self && self->worker_ != nullptr) self->look(entry);
    });
  }

  asio::io_context& io_;
  LookTimes times_;
  CloudMetrics* cloud_;
  ports::Worker* worker_ = nullptr;
  std::vector<std::unique_ptr<Entry>> entries_;
  bool busy_ = false;
};

EngineSet::EngineSet(asio::io_context& io, LookTimes times, CloudMetrics* cloud)
    : impl_{std::make_shared<Impl>(io, times, cloud)} {}

EngineSet::~EngineSet() { impl_->stop(); }

Result<Done> EngineSet::open(const std::optional<std::vector<EngineSettings>>& settings,
                             const std::vector<EngineSettings>& usual) {
  return settings ? impl_->open(*settings, true) : impl_->open(usual, false);
}

void EngineSet::start(ports::Worker& worker) { impl_->start(worker); }

ports::Engine* EngineSet::find(std::uint32_t number) const { return impl_->find(number); }

void EngineSet::set_busy(bool busy) { impl_->set_busy(busy); }

}  // namespace weir::engines
