#include "coordinator/gateway/gateway.hpp"

#include "coordinator/gateway/errors.hpp"
#include "coordinator/gateway/intake.hpp"
#include "coordinator/gateway/model_lists.hpp"
#include "coordinator/gateway/views.hpp"
#include "schema/dialect/openai.hpp"

#include <charconv>
#include <iterator>
#include <utility>

namespace weir::gateway {
namespace {

using net::http::ExchangePtr;
using net::http::Request;

/// Whether a head is worth a look of its own: its client waits for leave, does not say how much
/// it will send, or will send much.
bool large_body_follows(const net::http::Headers& headers) {
  constexpr std::size_t small_bytes_max = 64 * 1024;
  if (find(headers, "expect") || find(headers, "transfer-encoding")) return true;
  const auto length = find(headers, "content-length").value_or("0");
  std::size_t bytes = 0;
  const auto read = std::from_chars(length.data(), length.data() + length.size(), bytes);
  return read.ec != std::errc{} || bytes > small_bytes_max;
}

/// Answers with `show(view)` where the brain's answer is a View, and with 404 otherwise.
template <class View, class Show>
Asks::Done answer_with(const Replier& reply, Show show) {
  return [reply, show](const Answer& answer) {
    if (const auto* view = std::get_if<View>(&answer))
      reply.json(show(*view));
    else
      reply.not_found("there is none of that name");
  };
}

}  // namespace

std::shared_ptr<Gateway> Gateway::make(asio::io_context& io, GatewaySettings settings,
                                       ports::Brain& brain, telemetry::Metrics& metrics,
                                       Decisions decisions) {
  return std::shared_ptr<Gateway>{
      new Gateway{io, std::move(settings), brain, metrics, std::move(decisions)}};
}

Gateway::Gateway(asio::io_context& io, GatewaySettings settings, ports::Brain& brain,
                 telemetry::Metrics& metrics, Decisions decisions)
    : io_{io},
      settings_{std::move(settings)},
      brain_{brain},
      metrics_{metrics},
      decisions_{std::move(decisions)},
      keys_{settings_.keys},
      asks_{brain},
      dispatcher_{Dispatcher::make(io, settings_.dispatcher, brain, metrics_)},
      outcomes_{std::make_shared<Outcomes>(io)} {}

Match Gateway::route(std::string_view path, bool admin) const {
  auto to = match(path);
  const bool elsewhere =
      admin ? to.plane == Plane::data : settings_.admin_apart && to.plane != Plane::data;
  return elsewhere ? Match{} : to;
}

void Gateway::handle(Request request, ExchangePtr exchange, bool admin) {
  const auto to = route(request.path, admin);
  serve(std::move(request), exchange, to);
}

/// Nobody without a key, and nothing for a path that there is not, may send a large body first.
/// serve() refuses the rest in the same way, so that a usual request is looked at once.
std::optional<net::http::Response> Gateway::early_answer(const Request& head, bool admin) {
  if (!large_body_follows(head.headers)) return std::nullopt;
  const auto to = route(head.path, admin);
  auto refused = check(head.method, head.headers, to).refused;
  if (!refused) return std::nullopt;
  count_refused(refused->refusal);
  auto response = error_response(dialect_of(head.path), std::move(refused->refusal));
  std::move(refused->headers.begin(), refused->headers.end(), std::back_inserter(response.headers));
  name(response, head.path);
  response.headers.push_back({"openai-processing-ms", "0"});
  return response;
}

void Gateway::serve(Request request, const ExchangePtr& exchange, const Match& to) {
  const auto id = dispatcher_->next_id();
  const Replier reply{exchange, public_id(settings_.dispatcher.incarnation, id),
                      std::chrono::steady_clock::now(), dialect_of(request.path)};
  auto [refused, caller] = check(request.method, request.headers, to);
  if (refused) {
    count_refused(refused->refusal);
    return reply.refuse(std::move(refused->refusal), std::move(refused->headers));
  }
  if (to.plane == Plane::health) return serve_health(reply, to.route);
  if (to.route == Route::engine)
    return serve_data(to.endpoint, id, std::move(request), caller, reply);
  if (to.plane == Plane::data)
    return serve_models(reply, to, find(request.headers, "anthropic-version").has_value());
  if (to.route == Route::scan) return serve_scan(reply, request);
  serve_control(reply, to);
}

/// Who asks, or what speaks against the request whatever its body says.
Gateway::Checked Gateway::check(const std::string& method, const net::http::Headers& headers,
                                const Match& to) const {
  const auto refused = [](Code code, std::string what, std::optional<int> status = {}) {
    return Checked{Refused{{.error = {code, std::move(what)}, .status = status}, {}}, {}};
  };
  if (to.route == Route::none) return refused(Code::invalid_request, "there is no such path", 404);
  const bool get = method == "GET" || method == "HEAD";
  if (to.get ? !get : method != "POST") {
    auto wrong = refused(Code::invalid_request, "this path does not take this method", 405);
    wrong.refused->headers = {{"allow", to.get ? "GET, HEAD" : "POST"}};
    return wrong;
  }
  if (to.plane == Plane::health) return {};
  auto caller = keys_.authenticate(headers);
  if (!caller) return refused(caller.error().code, caller.error().detail);
  if (to.route == Route::unsupported)
    return refused(Code::not_supported, "no engine of this fleet offers this endpoint");
  return {std::nullopt, std::move(*caller)};
}

void Gateway::count_refused(const Refusal& refusal) {
  metrics_.refused(refusal.error.code);
  metrics_.ended(std::nullopt, std::nullopt, status_of(refusal), 0);
}

void Gateway::refuse_data(const Replier& reply, Refusal refusal, const Caller& caller) {
  count_refused(refusal);
  net::http::Headers headers;
  add_limit_headers(caller, std::chrono::steady_clock::now(), headers);
  reply.refuse(std::move(refusal), std::move(headers));
}

void Gateway::refuse_limited(const Replier& reply, Millis wait, const Caller& caller) {
  refuse_data(reply,
              {.error = {Code::rate_limited, "this API key's limit per minute is used up"},
               .retry_after = wait},
              caller);
}

void Gateway::serve_data(Endpoint endpoint, RequestId id, Request request, Caller caller,
                         const Replier& reply) {
  auto taken = take(endpoint, request, caller);
  if (!taken.intake) return refuse_data(reply, std::move(taken.refusal), caller);
  auto& intake = *taken.intake;
  intake.spec.id = id;
  intake.spec.public_id = reply.request_id();
  intake.received_unix_s = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  if (intake.dry_run) return suppose(std::move(intake), std::move(request.body), caller, reply);
  if (intake.idempotency_key.empty())
    return admit_data(std::move(intake), std::move(request.body), caller, reply);
  const auto label = intake.spec.label ? name_of(*intake.spec.label) : "";
  const Outcomes::Ask ask{
      caller.name() + '\n' + intake.idempotency_key,
      digest_of(std::string{name_of(endpoint)}.append(" ").append(label), request.body),
      request.body.size()};
  auto all =
      std::make_shared<std::pair<Intake, std::string>>(std::move(intake), std::move(request.body));
  auto refusal = outcomes_->enter(
      ask, reply.exchange(), reply.received(),
      [weak = weak_from_this(), all, reply, caller](const ExchangePtr& to) {
        if (const auto self = weak.lock())
          self->admit_data(std::move(all->first), std::move(all->second), caller, reply.over(to));
      });
  if (refusal) refuse_data(reply, std::move(*refusal), caller);
}

void Gateway::admit_data(Intake intake, std::string body, Caller caller, const Replier& reply) {
  const auto now = std::chrono::steady_clock::now();
  if (stopping_)
    return refuse_data(reply, {.error = {Code::no_capacity, "this coordinator is stopping"}},
                       caller);
  const auto tokens = intake.spec.prompt_tokens_estimate + intake.spec.output_tokens_max;
  if (const auto wait = admit(caller, tokens.count(), now))
    return refuse_limited(reply, *wait, caller);
  dispatcher_->submit(std::move(intake), std::move(body), std::move(caller), reply.exchange(), now);
}

void Gateway::serve_models(const Replier& reply, const Match& to, bool anthropic) {
  if (to.route == Route::version) return reply.json(ollama_version_json());
  const auto created = settings_.created_unix_s;
  const auto show = [to, anthropic, created](const FleetView& fleet) {
    if (to.route == Route::tags) return ollama_tags_json(fleet, created);
    if (to.route == Route::model) return model_json(fleet, to.argument, created, anthropic);
    return models_json(fleet, created, anthropic);
  };
  const auto asked = asks_.ask(Question::fleet, {}, [reply, show](const Answer& answer) {
    const auto* fleet = std::get_if<FleetView>(&answer);
    auto body = fleet == nullptr ? std::string{} : show(*fleet);
    if (body.empty())
      return reply.refuse(
          {.error = {Code::model_not_found, "there is no such model"}, .param = "model"});
    reply.json(std::move(body));
  });
  if (!asked) reply.busy();
}

void Gateway::serve_control(const Replier& reply, const Match& to) {
  bool asked = true;
  if (to.route == Route::nodes)
    asked = asks_.ask(Question::fleet, {}, answer_with<FleetView>(reply, nodes_json));
  else if (to.route == Route::fleet_models)
    asked = asks_.ask(Question::fleet, {}, answer_with<FleetView>(reply, fleet_models_json));
  else if (to.route == Route::queues)
    asked = asks_.ask(Question::queues, {}, answer_with<QueueView>(reply, queues_json));
  else if (to.route == Route::drain || to.route == Route::undrain)
    asked = asks_.drain(to.argument, to.route == Route::drain,
                        answer_with<DrainAnswer>(reply, drain_json));
  else
    return explain(reply, to.argument);
  if (!asked) reply.busy();
}

/// The brain's memory first, then what was written.
void Gateway::explain(const Replier& reply, const std::string& public_id) {
  const auto asked = asks_.ask(
      Question::explain, public_id,
      [weak = weak_from_this(), reply, public_id](const Answer& answer) {
        if (const auto* explanation = std::get_if<Explanation>(&answer))
          return reply.json(explanation_json(*explanation));
        const auto self = weak.lock();
        if (!self || !self->decisions_.find) return reply.not_found("there is no such request");
        self->decisions_.find(public_id, [reply](const Result<std::optional<Explanation>>& found) {
          if (!found) return reply.refuse({.error = found.error()});
          if (!*found) return reply.not_found("there is no such request");
          reply.json(explanation_json(**found));
        });
      });
  if (!asked) reply.busy();
}

void Gateway::serve_health(const Replier& reply, Route route) {
  if (route == Route::metrics) return serve_metrics(reply);
  if (route == Route::root) return reply.text(200, "Weir is running\n");
  if (route == Route::readyz && stopping_)
    return reply.refuse({.error = {Code::no_capacity, "this coordinator is stopping"}});
  reply.text(200, "ok\n");
}

void Gateway::serve_metrics(const Replier& reply) {
  const auto weak = weak_from_this();
  const auto render = [weak, reply](const FleetView& fleet, const QueueView& queues) {
    if (const auto self = weak.lock())
      reply.text(200, self->metrics_.render(fleet, queues),
                 "text/plain; version=0.0.4; charset=utf-8");
  };
  const auto asked = asks_.ask(Question::fleet, {}, [weak, reply, render](Answer fleet) {
    const auto self = weak.lock();
    auto* view = std::get_if<FleetView>(&fleet);
    if (!self || view == nullptr) return;
    const auto then = [render, seen = std::move(*view)](const Answer& queues) {
      if (const auto* q = std::get_if<QueueView>(&queues)) render(seen, *q);
    };
    if (!self->asks_.ask(Question::queues, {}, then)) reply.busy();
  });
  if (!asked) reply.busy();
}

net::http::Response Gateway::server_error(int status, std::string_view path) {
  auto response = gateway::server_error(status, path);
  name(response, path);
  return response;
}

/// Gives an answer to a request that never was one of ours an identity all the same.
void Gateway::name(net::http::Response& response, std::string_view path) {
  const auto id = public_id(settings_.dispatcher.incarnation, dispatcher_->next_id());
  add_request_id(dialect_of(path), id, response.headers);
}

void Gateway::apply(std::vector<BrainEffect> effects) {
  for (auto& effect : effects) {
    if (auto* reply = std::get_if<Reply>(&effect))
      asks_.answer(std::move(*reply));
    else if (auto* record = std::get_if<Record>(&effect))
      decisions_.keep ? decisions_.keep(std::move(record->explanation)) : void();
    else
      dispatcher_->apply(effect);
  }
}

void Gateway::stop() {
  if (std::exchange(stopping_, true)) return;
  brain_.post(StopAdmitting{});
}

}  // namespace weir::gateway
