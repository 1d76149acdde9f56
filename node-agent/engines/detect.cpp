#include "node-agent/engines/detect.hpp"

#include "node-agent/engines/page.hpp"

namespace weir::engines {
namespace {

constexpr std::size_t page_bytes_max = 4U << 20U;

bool tells_version(const net::http::Response& response) {
  const auto page = response.status == 200 ? read_page(response.body) : std::nullopt;
  return page && dialect::json::find_string(*page, "version") != nullptr;
}

bool is_props(const net::http::Response& response) {
  const auto page = response.status == 200 ? read_page(response.body) : std::nullopt;
  return page && (at(*page, {"total_slots"}) != nullptr ||
                  at(*page, {"default_generation_settings"}) != nullptr);
}

bool lists_models(const net::http::Response& response) {
  const auto page = response.status == 200 ? read_page(response.body) : std::nullopt;
  const auto* data = page ? dialect::json::find(*page, "data") : nullptr;
  return data != nullptr && data->array() != nullptr;
}

bool is_llama_cpp(const net::http::Headers& headers) {
  return net::http::find(headers, "server").value_or("") == "llama.cpp";
}

}  // namespace

class Detection::Impl : public std::enable_shared_from_this<Detection::Impl> {
 public:
  Impl(asio::io_context& io, EngineAddress to, std::string api_key, Millis max)
      : to_{std::move(to)},
        api_key_{std::move(api_key)},
        max_{max},
        client_{io, to_.tls},
        deadline_{io} {}

  void start(std::function<void(std::optional<EngineKind>)> done) {
    done_ = std::move(done);
    deadline_.bind(weak_from_this(), [this] {
      client_.cancel(call_);
      end(std::nullopt);
    });
    deadline_.set(net::http::now() + max_);
    get("/api/version", [this](const net::http::Response& response) {
      tells_version(response) ? end(EngineKind::ollama) : look_for_llama_cpp();
    });
  }

 private:
  using Got = std::function<void(const net::http::Response&)>;

  /// An answer of any status goes to `got`; anything else ends the search.
  void get(const char* path, Got got) {
    net::http::ClientRequest request;
    request.path = path;
    if (!api_key_.empty()) request.headers.push_back({"authorization", "Bearer " + api_key_});
    request.connect_max = request.first_byte_max = request.stall_max = max_;
    call_ = net::http::fetch(
        client_, to_.origin, std::move(request), page_bytes_max,
        [weak = weak_from_this(), got = std::move(got)](Result<net::http::Response> response) {
          const auto self = weak.lock();
          if (!self || !self->done_) return;
          if (!response || is_weir(response->headers)) return self->end(std::nullopt);
          if (is_llama_cpp(response->headers)) return self->end(EngineKind::llama_cpp);
          got(*response);
        });
  }

  void look_for_llama_cpp() {
    get("/props", [this](const net::http::Response& response) {
      is_props(response) ? end(EngineKind::llama_cpp) : look_for_vllm();
    });
  }

  void look_for_vllm() {
    get("/version", [this](const net::http::Response& response) {
      if (!tells_version(response)) return look_for_models();
      get("/metrics", [this](const net::http::Response& metrics) {
        const bool told = metrics.status == 200 && metrics.body.find("vllm:") != std::string::npos;
        told ? end(EngineKind::vllm) : look_for_models();
      });
    });
  }

  void look_for_models() {
    get("/v1/models", [this](const net::http::Response& response) {
      end(lists_models(response) ? std::optional{EngineKind::openai} : std::nullopt);
    });
  }

  void end(std::optional<EngineKind> kind) {
    deadline_.stop();
    if (const auto done = std::exchange(done_, nullptr)) done(kind);
  }

  EngineAddress to_;
  std::string api_key_;
  Millis max_;
  net::http::Client client_;
  net::http::Deadline deadline_;
  net::http::CallId call_ = 0;
  std::function<void(std::optional<EngineKind>)> done_;
};

Detection::Detection(asio::io_context& io, EngineAddress to, std::string api_key, Millis max)
    : impl_{std::make_shared<Impl>(io, std::move(to), std::move(api_key), max)} {}

Detection::~Detection() = default;

void Detection::start(std::function<void(std::optional<EngineKind>)> done) {
  impl_->start(std::move(done));
}

Result<std::unique_ptr<DetectedEngine>> DetectedEngine::make(asio::io_context& io,
                                                             std::uint32_t number,
                                                             const EngineSettings& settings,
                                                             Make make, Millis look_max) {
  WEIR_TRY(EngineAddress to, engine_address(settings));
  return std::unique_ptr<DetectedEngine>{
      new DetectedEngine{io, number, settings, std::move(to), std::move(make), look_max}};
}

DetectedEngine::DetectedEngine(asio::io_context& io, std::uint32_t number,
                               const EngineSettings& settings, EngineAddress to, Make make,
                               Millis look_max)
    : io_{io},
      settings_{settings},
      to_{std::move(to)},
      make_{std::move(make)},
      look_max_{look_max} {
  unknown_.engine = number;
  unknown_.kind = settings_.kind;
  unknown_.slots_total = settings_.slots > 0 ? settings_.slots : slots_default;
}

void DetectedEngine::start(ports::EngineJob job, ports::EngineAnswer answer) {
  if (!engine_) return answer.on_end(Error{Code::unreachable, "nobody knows what it is yet"}, 0);
  const auto attempt = job.attempt;
  running_.insert(attempt);
  answer.on_end = [this, attempt, end = std::move(answer.on_end)](Result<Done> ended,
                                                                  std::uint16_t status) {
    running_.erase(attempt);
    end(std::move(ended), status);
  };
  engine_->start(std::move(job), std::move(answer));
}

void DetectedEngine::cancel(AttemptId attempt) {
  running_.erase(attempt);
  if (engine_) engine_->cancel(attempt);
}

void DetectedEngine::pause(AttemptId attempt, bool on) {
  if (engine_) engine_->pause(attempt, on);
}

void DetectedEngine::observe(std::function<void(EngineSnapshot)> done) {
  done_ = std::move(done);
  // Jobs of the engine that was there must end before another may take its place.
  if (engine_ && (!doubtful_ || !running_.empty())) return look();
  detection_ = std::make_unique<Detection>(io_, to_, settings_.api_key, look_max_);
  detection_->start([this](std::optional<EngineKind> kind) { detected(kind); });
}

void DetectedEngine::detected(std::optional<EngineKind> kind) {
  // A job may have begun meanwhile.
  if (kind && (!engine_ || (*kind != kind_ && running_.empty()))) {
    auto made = make_(*kind);
    if (made) {
      engine_ = std::move(*made);
      kind_ = *kind;
    }
  }
  if (engine_) return look();
  const auto done = std::exchange(done_, nullptr);
  done(unknown_);
}

void DetectedEngine::look() {
  engine_->observe([this](EngineSnapshot snapshot) {
    doubtful_ = snapshot.state == EngineState::down;
    const auto done = std::exchange(done_, nullptr);
    done(std::move(snapshot));
  });
}

}  // namespace weir::engines
