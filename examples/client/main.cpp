// The C++ client in one page: a streamed answer, where it ran, questions in the background, and
// what a refusal looks like.
//   weir-client-example [URL] [PROMPT]
#include <cstdio>
#include <cstdlib>
#include <vector>
#include <weir/client.hpp>

namespace {

namespace wc = weir::client;

int complain(const wc::Error& error) {
  std::fprintf(stderr, "%s (HTTP %d): %s\n", error.code.c_str(), error.status,
               error.message.c_str());
  if (wc::retryable(error)) std::fprintf(stderr, "the same may work later\n");
  return 1;
}

wc::ChatRequest question(const char* text) {
  wc::ChatRequest request;
  request.messages.push_back({"system", "You answer in one sentence."});
  request.messages.push_back({"user", text});
  request.grade = wc::Grade::p1;  // internal data: stays on our own machines
  request.max_tokens = 64;
  return request;
}

/// Two questions at once, on the client's threads.
int in_the_background(wc::Client& client) {
  const wc::CancelToken all;  // would stop both
  std::vector<wc::AsyncCall> calls;
  for (const char* text : {"What is a lock?", "What is a sluice?"}) {
    auto call = client.submit(question(text), {}, all);
    if (!call) return complain(call.error());
    calls.push_back(*call);
  }
  for (const auto& call : calls) {
    const auto answer = call.wait();
    if (!answer) return complain(answer.error());
    std::printf("in the background, on %s: %s\n", answer->node.c_str(), answer->text.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  wc::Options options;
  if (argc > 1) options.urls = {argv[1]};
  if (const char* key = std::getenv("WEIR_API_KEY")) options.api_key = key;
  wc::Client client{options};

  const auto request = question(argc > 2 ? argv[2] : "What is a weir?");
  const auto answer = client.stream(request, [](const std::string& text) {
    std::fputs(text.c_str(), stdout);
    return std::fflush(stdout) == 0;
  });
  if (!answer) return complain(answer.error());
  std::printf("\n\nran on %s (%s) as %s, model %s, %u attempt(s), waited %u ms\n",
              answer->node.c_str(), answer->tier.c_str(), answer->grade.c_str(),
              answer->model.c_str(), answer->attempts, answer->queue_ms);

  const auto explanation = client.get("/weir/v1/requests/" + answer->request_id);
  if (!explanation) return complain(explanation.error());
  std::printf("why: %s\n", explanation->c_str());
  return in_the_background(client);
}
