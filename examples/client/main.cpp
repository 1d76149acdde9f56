// The C++ client in one page: a streamed answer, where it ran, and what a refusal looks like.
//   weir-client-example [URL] [PROMPT]
#include "coordinator/client/weir.hpp"

#include <cstdio>

namespace {

int complain(const weir::client::Error& error) {
  std::fprintf(stderr, "%s (HTTP %d): %s\n", error.code.c_str(), error.status,
               error.message.c_str());
  if (error.retry_after)
    std::fprintf(stderr, "try again in %lld ms\n",
                 static_cast<long long>(error.retry_after->count()));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  weir::client::Options options;
  if (argc > 1) options.urls = {argv[1]};
  weir::client::Client client{options};

  weir::client::ChatRequest request;
  request.messages.push_back({"system", "You answer in one sentence."});
  request.messages.push_back({"user", argc > 2 ? argv[2] : "What is a weir?"});
  request.grade = weir::client::Grade::p1;  // internal data: stays on our own machines
  request.max_tokens = 64;

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
}
