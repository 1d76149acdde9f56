#define DOCTEST_CONFIG_IMPLEMENT
#include <csignal>
#include <doctest/doctest.h>

int main(int argc, char** argv) {
  // As every Weir program does: TLS writes to sockets that the peer may have closed.
  std::signal(SIGPIPE, SIG_IGN);
  return doctest::Context{argc, argv}.run();
}
