// What the guard and the brain say of a request or a text that does not run.
#include "actors/net/asio.hpp"
#include "coordinator/gateway/gateway.hpp"
#include "coordinator/gateway/views.hpp"
#include "schema/dialect/json_value.hpp"

#include <memory>
#include <utility>

namespace weir::gateway {

namespace {

/// Bytes of all that is being looked at here; more is refused.
constexpr std::size_t looked_at_bytes_max = std::size_t{64} << 20U;

}  // namespace

/// Keeps a text, and counts it, until nobody holds it any more, on whichever thread; null where
/// there is too much.
std::shared_ptr<const std::string> Gateway::hold(std::string text) {
  if (*looked_at_bytes_ + text.size() > looked_at_bytes_max) return nullptr;
  *looked_at_bytes_ += text.size();
  return {new std::string{std::move(text)}, [count = looked_at_bytes_](const std::string* held) {
            *count -= held->size();
            delete held;
          }};
}

/// `then` runs once: with what `ask` is told, or with an Answer that says nothing after
/// guard_silent_max, whatever is wrong with the guard.
template <class Answer, class Ask>
void Gateway::within_time(Answer unknown, std::function<void(const Answer&)> then, Ask ask) {
  const auto timer =
      std::make_shared<asio::steady_timer>(io_, settings_.dispatcher.guard_silent_max);
  const auto once = std::make_shared<std::function<void(const Answer&)>>(std::move(then));
  const auto tell = [timer, once](const Answer& answer) {
    timer->cancel();
    if (const auto told = std::exchange(*once, nullptr)) told(answer);
  };
  timer->async_wait([tell, unknown](const std::error_code& ec) {
    if (!ec) tell(unknown);
  });
  ask(tell);
}

/// X-Weir-Dry-Run: its grade, and where it would go.
void Gateway::suppose(Intake intake, std::string text, Caller& caller, const Replier& reply) {
  if (const auto wait = admit(caller, 0, reply.received()))
    return refuse_limited(reply, *wait, caller);
  const auto body = hold(std::move(text));
  if (!body) return reply.busy();
  const auto spec = std::make_shared<RequestSpec>(std::move(intake.spec));
  const auto ask = [weak = weak_from_this(), reply, spec, body](const Detected& found) {
    const auto self = weak.lock();
    if (!self) return;
    spec->found = found;
    const auto asked = self->asks_.suppose(*spec, [reply](const Answer& answer) {
      if (const auto* explanation = std::get_if<Explanation>(&answer))
        reply.json(supposition_json(*explanation));
    });
    if (!asked) reply.busy();
  };
  if (guard_ == nullptr) return ask({});
  within_time<Detected>({}, ask, [&](std::function<void(const Detected&)> tell) {
    guard_->inspect(body, intake.unreadable, std::move(tell));
  });
}

void Gateway::serve_scan(const Replier& reply, const net::http::Request& request) {
  const auto parsed = dialect::json::parse(request.body);
  const auto* text = parsed.value ? dialect::json::find_string(*parsed.value, "text") : nullptr;
  if (text == nullptr)
    return reply.refuse({.error = {Code::invalid_request, "the body must be {\"text\": \"...\"}"},
                         .param = "text"});
  if (guard_ == nullptr)
    return reply.refuse({.error = {Code::not_supported, "this coordinator has no guard"}});
  const auto held = hold(*text);
  if (!held) return reply.busy();
  Scan unknown;
  unknown.grade = Grade::p0;
  unknown.complete = false;
  within_time<Scan>(
      std::move(unknown), [reply, held](const Scan& scan) { reply.json(scan_json(*held, scan)); },
      [&](std::function<void(const Scan&)> tell) { guard_->scan(held, std::move(tell)); });
}

}  // namespace weir::gateway
