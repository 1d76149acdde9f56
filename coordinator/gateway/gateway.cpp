#include "coordinator/gateway/gateway.hpp"

#include "coordinator/gateway/errors.hpp"
#include "coordinator/gateway/intake.hpp"
#include "coordinator/gateway/views.hpp"

#include <utility>

namespace weir::gateway {
namespace {

using net::http::ExchangePtr;
using net::http::Request;
using net::http::Response;

void answer_json(const ExchangePtr& exchange, std::string body, net::http::Headers headers = {}) {
  headers.push_back({"content-type", "application/json"});
  exchange->respond({200, std::move(headers), std::move(body)});
}

void answer_text(const ExchangePtr& exchange, int status, std::string body) {
  exchange->respond({status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(body)});
}

void refuse(const ExchangePtr& exchange, Refusal refusal, net::http::Headers headers = {},
            Dialect dialect = Dialect::openai) {
  auto response = error_response(dialect, std::move(refusal));
  std::move(headers.begin(), headers.end(), std::back_inserter(response.headers));
  exchange->respond(std::move(response));
}

void refuse_busy(const ExchangePtr& exchange) {
  refuse(exchange, {.error = {Code::queue_full, "too many questions are waiting"}});
}

void not_found(const ExchangePtr& exchange, const char* what) {
  refuse(exchange, {.error = {Code::invalid_request, what}, .status = 404});
}

/// Answers with `show(view)` where the brain's answer is a View, and with 404 otherwise.
template <class View, class Show>
Asks::Done answer_with(const ExchangePtr& exchange, Show show) {
  return [exchange, show](const Answer& answer) {
    if (const auto* view = std::get_if<View>(&answer))
      answer_json(exchange, show(*view));
    else
      not_found(exchange, "there is none of that name");
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
    : settings_{std::move(settings)},
      brain_{brain},
      metrics_{metrics},
      decisions_{std::move(decisions)},
      keys_{settings_.keys},
      asks_{brain},
      dispatcher_{Dispatcher::make(io, settings_.dispatcher, brain, metrics_)},
      outcomes_{std::make_shared<Outcomes>(io)} {}

void Gateway::handle(Request request, ExchangePtr exchange) {
  auto to = match(request.path);
  if (settings_.admin_apart && to.plane != Plane::data) to = {};
  serve(std::move(request), exchange, to);
}

void Gateway::handle_admin(Request request, ExchangePtr exchange) {
  auto to = match(request.path);
  if (to.plane == Plane::data) to = {};
  serve(std::move(request), exchange, to);
}

void Gateway::serve(Request request, const ExchangePtr& exchange, const Match& to) {
  const auto dialect = dialect_of(request.path);
  if (to.route == Route::none)
    return refuse(exchange,
                  {.error = {Code::invalid_request, "there is no such path"}, .status = 404}, {},
                  dialect);
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (to.get ? !get : request.method != "POST")
    return refuse(
        exchange,
        {.error = {Code::invalid_request, "this path does not take this method"}, .status = 405},
        {{"allow", to.get ? "GET, HEAD" : "POST"}}, dialect);
  if (to.plane == Plane::health) return serve_health(exchange, to.route);
  if (to.route == Route::chat_completions)
    return serve_data(Endpoint::chat_completions, std::move(request), exchange);
  if (to.route == Route::completions)
    return serve_data(Endpoint::completions, std::move(request), exchange);
  const auto caller = keys_.authenticate(request.headers);
  if (!caller) return refuse(exchange, {.error = caller.error()}, {}, dialect);
  if (to.route == Route::unsupported)
    return refuse(exchange,
                  {.error = {Code::not_supported, "no engine of this fleet offers this endpoint"}},
                  {}, dialect);
  if (to.plane == Plane::data) return serve_models(exchange, to);
  serve_control(exchange, to);
}

void Gateway::refuse_data(const ExchangePtr& exchange, const std::string& name, Refusal refusal,
                          const Caller& caller) {
  const auto code = refusal.error.code;
  auto response = error_response(Dialect::openai, std::move(refusal));
  metrics_.refused(code);
  metrics_.ended(std::nullopt, std::nullopt, response.status, 0);
  response.headers.push_back({"x-request-id", name});
  add_limit_headers(caller, std::chrono::steady_clock::now(), response.headers);
  exchange->respond(std::move(response));
}

void Gateway::serve_data(Endpoint endpoint, Request request, const ExchangePtr& exchange) {
  const auto id = dispatcher_->next_id();
  auto name = public_id(settings_.dispatcher.incarnation, id);
  auto caller = keys_.authenticate(request.headers);
  if (!caller) return refuse_data(exchange, name, {.error = caller.error()}, {});
  auto taken = take(endpoint, request, *caller);
  if (!taken.intake) return refuse_data(exchange, name, std::move(taken.refusal), *caller);
  auto& intake = *taken.intake;
  intake.spec.id = id;
  intake.spec.public_id = name;
  if (intake.idempotency_key.empty())
    return admit_data(std::move(intake), std::move(request.body), std::move(*caller), exchange);
  const auto label = intake.spec.label ? name_of(*intake.spec.label) : "";
  const Outcomes::Ask ask{
      caller->name() + '\n' + intake.idempotency_key,
      digest_of(std::string{name_of(endpoint)}.append(" ").append(label), request.body)};
  auto all =
      std::make_shared<std::pair<Intake, std::string>>(std::move(intake), std::move(request.body));
  auto refusal = outcomes_->enter(
      ask, exchange, std::chrono::steady_clock::now(),
      [weak = weak_from_this(), all, caller = *caller](const ExchangePtr& to) {
        if (const auto self = weak.lock())
          self->admit_data(std::move(all->first), std::move(all->second), caller, to);
      });
  if (refusal) refuse_data(exchange, name, std::move(*refusal), *caller);
}

void Gateway::admit_data(Intake intake, std::string body, Caller caller,
                         const ExchangePtr& exchange) {
  const auto now = std::chrono::steady_clock::now();
  const auto& spec = intake.spec;
  if (stopping_)
    return refuse_data(exchange, spec.public_id,
                       {.error = {Code::no_capacity, "this coordinator is stopping"}}, caller);
  const auto tokens = spec.prompt_tokens_estimate + spec.output_tokens_max;
  if (const auto wait = admit(caller, tokens.count(), now))
    return refuse_data(exchange, spec.public_id,
                       {.error = {Code::rate_limited, "this API key's limit per minute is used up"},
                        .retry_after = *wait},
                       caller);
  dispatcher_->submit(std::move(intake), std::move(body), std::move(caller), exchange, now);
}

void Gateway::serve_models(const ExchangePtr& exchange, const Match& to) {
  const auto created = settings_.created_unix_s;
  net::http::Headers headers{
      {"x-request-id", public_id(settings_.dispatcher.incarnation, dispatcher_->next_id())}};
  const auto asked = asks_.ask(
      Question::fleet, {},
      [exchange, created, headers, one = to.route == Route::model,
       id = to.argument](const Answer& answer) {
        const auto* fleet = std::get_if<FleetView>(&answer);
        auto body = fleet == nullptr ? std::string{}
                    : one            ? model_json(*fleet, id, created)
                                     : models_json(*fleet, created);
        if (body.empty())
          return refuse(
              exchange,
              {.error = {Code::model_not_found, "there is no such model"}, .param = "model"},
              headers);
        answer_json(exchange, std::move(body), headers);
      });
  if (!asked) refuse_busy(exchange);
}

void Gateway::serve_control(const ExchangePtr& exchange, const Match& to) {
  bool asked = true;
  if (to.route == Route::nodes)
    asked = asks_.ask(Question::fleet, {}, answer_with<FleetView>(exchange, nodes_json));
  else if (to.route == Route::fleet_models)
    asked = asks_.ask(Question::fleet, {}, answer_with<FleetView>(exchange, fleet_models_json));
  else if (to.route == Route::queues)
    asked = asks_.ask(Question::queues, {}, answer_with<QueueView>(exchange, queues_json));
  else if (to.route == Route::drain || to.route == Route::undrain)
    asked = asks_.drain(to.argument, to.route == Route::drain,
                        answer_with<DrainAnswer>(exchange, drain_json));
  else
    return explain(exchange, to.argument);
  if (!asked) refuse_busy(exchange);
}

/// The brain's memory first, then what was written.
void Gateway::explain(const ExchangePtr& exchange, const std::string& public_id) {
  const auto asked =
      asks_.ask(Question::explain, public_id,
                [weak = weak_from_this(), exchange, public_id](const Answer& answer) {
                  if (const auto* explanation = std::get_if<Explanation>(&answer))
                    return answer_json(exchange, explanation_json(*explanation));
                  const auto self = weak.lock();
                  if (!self || !self->decisions_.find)
                    return not_found(exchange, "there is no such request");
                  self->decisions_.find(
                      public_id, [exchange](const Result<std::optional<Explanation>>& found) {
                        if (!found) return refuse(exchange, {.error = found.error()});
                        if (!*found) return not_found(exchange, "there is no such request");
                        answer_json(exchange, explanation_json(**found));
                      });
                });
  if (!asked) refuse_busy(exchange);
}

void Gateway::serve_health(const ExchangePtr& exchange, Route route) {
  if (route == Route::metrics) return serve_metrics(exchange);
  if (route == Route::readyz && stopping_) return answer_text(exchange, 503, "stopping\n");
  answer_text(exchange, 200, "ok\n");
}

void Gateway::serve_metrics(const ExchangePtr& exchange) {
  const auto weak = weak_from_this();
  const auto render = [weak, exchange](const FleetView& fleet, const QueueView& queues) {
    const auto self = weak.lock();
    if (!self) return;
    exchange->respond({200,
                       {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}},
                       self->metrics_.render(fleet, queues)});
  };
  const auto asked = asks_.ask(Question::fleet, {}, [weak, exchange, render](Answer fleet) {
    const auto self = weak.lock();
    auto* view = std::get_if<FleetView>(&fleet);
    if (!self || view == nullptr) return;
    const auto then = [render, seen = std::move(*view)](const Answer& queues) {
      if (const auto* q = std::get_if<QueueView>(&queues)) render(seen, *q);
    };
    if (!self->asks_.ask(Question::queues, {}, then)) refuse_busy(exchange);
  });
  if (!asked) refuse_busy(exchange);
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
