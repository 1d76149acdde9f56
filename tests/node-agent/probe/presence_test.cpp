#include "node-agent/probe/presence.hpp"
#include "tests/node-agent/probe/folder.hpp"
#include "tests/node-agent/probe/seen_worker.hpp"

#include <doctest/doctest.h>
#include <atomic>
#include <memory>

using namespace weir;
using namespace weir::probe;
using weir::test::Folder;
using weir::test::SeenWorker;

TEST_CASE("presence watch: until the first look he is there, then what the look says") {
  SeenWorker worker;
  const auto there = std::make_shared<std::atomic<bool>>(false);
  const PresenceWatch watch{worker, Millis{1}, [there] {
                              return [there] { return PresenceLook{there->load(), {}}; };
                            }};
  REQUIRE(worker.wait([&] { return worker.present.size() >= 2; }));
  CHECK(worker.present == std::vector{true, false});
  *there = true;
  REQUIRE(worker.wait([&] { return worker.present.size() >= 3; }));
  CHECK(worker.present[2]);
}

TEST_CASE("presence file: its word counts, and no file or another word is the owner's presence") {
  const Folder folder;
  const auto look = open_presence(folder.dir + "/presence");
  CHECK(look().said == true);
  folder.write("presence", "away\n");
  CHECK(look().said == false);
  folder.write("presence", "asleep\n");
  CHECK(look().said == true);
  folder.write("presence", "");
  CHECK(look().said == true);
  folder.write("presence", "present");
  CHECK(look().said == true);
  CHECK_FALSE(look().input);
  CHECK(open_presence(folder.dir)().said == true);  // a folder is no file
}

TEST_CASE("presence file: a watch follows it") {
  const Folder folder;
  folder.write("presence", "away");
  const auto file = folder.dir + "/presence";
  SeenWorker worker;
  const PresenceWatch watch{worker, Millis{1}, [file] { return open_presence(file); }};
  REQUIRE(worker.wait([&] { return worker.present.size() >= 2; }));
  CHECK_FALSE(worker.present[1]);
  folder.write("presence", "present");
  REQUIRE(worker.wait([&] { return worker.present.size() >= 3; }));
  CHECK(worker.present[2]);
}
