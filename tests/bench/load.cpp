// A load generator for OpenAI-compatible servers, closed loop: each connection sends its next
// request when the last one ended. Prints one JSON line:
//   {"ok":N,"errors":N,"seconds":S,"p50_us":…,"p99_us":…,"first_p50_us":…,"first_p99_us":…,
//    "events":N}
// `first` is the time to a stream's first event with content; `events` counts such events.
#include "actors/net/asio.hpp"
#include "actors/net/http/client.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string url = "http://127.0.0.1:8700";
  std::string model = "demo";
  std::string key;
  std::size_t connections = 1;
  double seconds = 3;
  bool stream = false;
  int tokens = 16;
  double ramp_seconds = 0;  ///< connections start spread over this time
};

struct Results {
  std::vector<double> total_us, first_us;
  std::uint64_t ok = 0, errors = 0, events = 0;
};

double percentile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  const auto rank =
      std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * p));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank),
                   values.end());
  return values[rank];
}

double micros(Clock::time_point from) {
  return std::chrono::duration<double, std::micro>(Clock::now() - from).count();
}

/// Counts the occurrences of `"content":"` with something behind it, across pieces.
class EventCounter {
 public:
  std::uint64_t feed(std::string_view bytes) {
    tail_.append(bytes);
    std::uint64_t found = 0;
    std::size_t at = 0;
    while (true) {
      const auto hit = tail_.find(needle_, at);
      if (hit == std::string::npos || hit + needle_.size() >= tail_.size()) break;
      at = hit + needle_.size();
      if (tail_[at] != '"') ++found;
    }
    tail_.erase(0, std::max(at, tail_.size() - std::min(tail_.size(), needle_.size())));
    return found;
  }

 private:
  std::string tail_;
  const std::string needle_ = "\"content\":\"";
};

class Load {
 public:
  Load(asio::io_context& io, const Options& options)
      : io_{io}, options_{options}, client_{io, std::nullopt, options.connections}, timer_{io} {
    origin_ = *weir::net::http::parse_origin(options.url);
    body_ = "{\"model\":\"" + options.model +
            "\",\"max_tokens\":" + std::to_string(options.tokens) +
            (options.stream ? ",\"stream\":true" : "") +
            ",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello to the world, please.\"}]}";
  }

  void start() {
    begun_ = Clock::now();
    end_ = begun_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(options_.seconds + options_.ramp_seconds));
    ramp();
  }

  const Results& results() const { return results_; }
  Results& results() { return results_; }
  double seconds() const { return micros(begun_) / 1e6; }

 private:
  void ramp() {
    const double share =
        options_.ramp_seconds <= 0 ? 1.0 : std::min(1.0, seconds() / options_.ramp_seconds + 0.001);
    while (static_cast<double>(started_) < static_cast<double>(options_.connections) * share) {
      ++started_;
      next();
    }
    if (started_ >= options_.connections) return;
    timer_.expires_after(std::chrono::milliseconds(2));
    timer_.async_wait([this](const asio::error_code& e) {
      if (!e) ramp();
    });
  }

  void next() {
    if (Clock::now() >= end_) {
      // The client's idle connections would keep the loop.
      if (running_ == 0 && started_ >= options_.connections) io_.stop();
      return;
    }
    ++running_;
    struct Call {
      Clock::time_point sent = Clock::now();
      int status = 0;
      bool first = false;
      EventCounter counter;
    };
    auto call = std::make_shared<Call>();
    weir::net::http::ClientRequest request;
    request.method = "POST";
    request.path = "/v1/chat/completions";
    request.headers = {{"content-type", "application/json"}};
    if (!options_.key.empty())
      request.headers.push_back({"authorization", "Bearer " + options_.key});
    request.body = body_;
    weir::net::http::ClientAnswer answer;
    answer.on_head = [call](int status, const weir::net::http::Headers&) { call->status = status; };
    answer.on_bytes = [this, call](std::span<const std::byte> bytes) {
      if (!options_.stream) return;
      const auto events =
          call->counter.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      results_.events += events;
      if (events > 0 && !call->first) {
        call->first = true;
        results_.first_us.push_back(micros(call->sent));
      }
    };
    answer.on_end = [this, call](weir::Result<weir::Done> ended) {
      --running_;
      const bool good = ended && call->status == 200;
      ++(good ? results_.ok : results_.errors);
      if (good) results_.total_us.push_back(micros(call->sent));
      next();
    };
    client_.start(origin_, std::move(request), std::move(answer));
  }

  asio::io_context& io_;
  Options options_;
  weir::net::http::Client client_;
  asio::steady_timer timer_;
  weir::net::http::Origin origin_;
  std::string body_;
  Results results_;
  Clock::time_point begun_, end_;
  std::size_t started_ = 0, running_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Closed-loop load on an OpenAI-compatible server"};
  app.add_option("--url", options.url);
  app.add_option("--model", options.model);
  app.add_option("--key", options.key);
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 10000));
  app.add_option("--seconds", options.seconds);
  app.add_option("--tokens", options.tokens);
  app.add_option("--ramp-seconds", options.ramp_seconds);
  app.add_flag("--stream", options.stream);
  CLI11_PARSE(app, argc, argv);
  asio::io_context io{1};
  Load load{io, options};
  load.start();
  io.run_for(std::chrono::milliseconds(
      static_cast<int>((options.seconds + options.ramp_seconds) * 1000) + 30'000));
  auto& r = load.results();
  std::printf(
      "{\"ok\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
      "\"first_p50_us\":%.1f,\"first_p99_us\":%.1f,\"events\":%llu}\n",
      static_cast<unsigned long long>(r.ok), static_cast<unsigned long long>(r.errors),
      load.seconds(), percentile(r.total_us, 0.5), percentile(r.total_us, 0.99),
      percentile(r.first_us, 0.5), percentile(r.first_us, 0.99),
      static_cast<unsigned long long>(r.events));
  return r.ok > 0 ? 0 : 1;
}
