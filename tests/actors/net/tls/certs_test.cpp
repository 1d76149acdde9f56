#include "actors/net/certs/certs.hpp"

#include "tests/actors/net/tls/leaves.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <fstream>
#include <iterator>

using namespace weir;
using namespace weir::net;
using namespace weir::net::tls;
using certs::IssueOrder;

namespace {

std::string text_of(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

unsigned mode_of(const std::string& file) {
  struct stat s {};
  REQUIRE(::stat(file.c_str(), &s) == 0);
  return s.st_mode & 0777U;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

const IssueOrder an_agent{"agent", "gpu-01", Tier::l1, {}};

}  // namespace

TEST_CASE("certs: init makes an authority whose key only its owner may read") {
  CaFolder ca;
  CHECK(mode_of(ca.file("ca-key.pem")) == 0600U);
  const auto shown = certs::show(ca.file("ca.pem"));
  REQUIRE(shown);
  CHECK(shown->ca);
  CHECK(shown->subject == "CN=Weir CA of test,O=test");
  CHECK(shown->role.empty());
  CHECK(shown->sha256.size() == 64);
}

TEST_CASE("certs: init overwrites nothing") {
  CaFolder ca;
  const auto cert = text_of(ca.file("ca.pem")), key = text_of(ca.file("ca-key.pem"));
  CHECK(certs::init(ca.dir(), "other").error().code == Code::invalid_config);
  CHECK(text_of(ca.file("ca.pem")) == cert);
  CHECK(text_of(ca.file("ca-key.pem")) == key);
}

TEST_CASE("certs: an init that was cut off before its certificate is completed by the next") {
  CaFolder ca;
  const auto key = text_of(ca.file("ca-key.pem"));
  std::filesystem::remove(ca.file("ca.pem"));
  std::ofstream{ca.file("ca.pem.new")} << "half a certif";
  std::ofstream{ca.file("ca-key.pem.new")} << "half a ke";
  REQUIRE(certs::init(ca.dir(), "test"));
  CHECK(text_of(ca.file("ca-key.pem")) == key);  // nothing was lost
  CHECK(certs::issue(ca.dir(), an_agent));
  CHECK_FALSE(std::filesystem::exists(ca.file("ca.pem.new")));
}

TEST_CASE("certs: what stands in a lone key's place and is none is left alone, with a clear word") {
  CaFolder ca;
  std::filesystem::remove(ca.file("ca.pem"));
  std::ofstream{ca.file("ca-key.pem")} << "my notes";
  const auto made = certs::init(ca.dir(), "test");
  REQUIRE_FALSE(made);
  CHECK(made.error().detail.find("holds no key (remove it)") != std::string::npos);
  CHECK(text_of(ca.file("ca-key.pem")) == "my notes");
  CHECK_FALSE(std::filesystem::exists(ca.file("ca.pem")));
}

TEST_CASE("certs: a cluster of the longest name has an authority that names it") {
  CaFolder folder;
  const std::string longest(63, 'c');
  REQUIRE(certs::init(folder.file("long"), longest));
  const auto shown = certs::show(folder.file("long/ca.pem"));
  REQUIRE(shown);
  CHECK(shown->subject == ("CN=Weir CA of " + longest).substr(0, 67) + ",O=" + longest);
  REQUIRE(certs::issue(folder.file("long"), {"agent", std::string(63, 'n'), Tier::l0, {}}));
  const auto leaf = certs::show(folder.file("long/" + std::string(63, 'n') + ".pem"));
  REQUIRE(leaf);
  CHECK(leaf->cluster == longest);
  CHECK(leaf->name == std::string(63, 'n'));
}

TEST_CASE("certs: no certificate outlives its authority, and an expired one issues none") {
  CaFolder ca;
  age_authority(ca, 30 * 86'400);
  REQUIRE(certs::issue(ca.dir(), an_agent));
  CHECK(certs::show(ca.file("gpu-01.pem"))->not_after == certs::show(ca.file("ca.pem"))->not_after);
  const auto cert = text_of(ca.file("gpu-01.pem"));
  age_authority(ca, -60);
  const auto issued = certs::issue(ca.dir(), an_agent);
  REQUIRE_FALSE(issued);
  CHECK(issued.error().detail.find("has expired") != std::string::npos);
  CHECK(text_of(ca.file("gpu-01.pem")) == cert);
}

TEST_CASE(
    "certs: a certificate of another role or tier is not replaced, and the error says which") {
  CaFolder ca;
  REQUIRE(certs::issue(ca.dir(), an_agent));
  const auto cert = text_of(ca.file("gpu-01.pem")), key = text_of(ca.file("gpu-01-key.pem"));
  for (const IssueOrder& other : {IssueOrder{"agent", "gpu-01", Tier::l2, {}},
                                  IssueOrder{"coordinator", "gpu-01", std::nullopt, {}}}) {
    const auto issued = certs::issue(ca.dir(), other);
    REQUIRE_FALSE(issued);
    CHECK(issued.error().code == Code::invalid_config);
    CHECK(issued.error().detail.find("gpu-01.pem: is the certificate of agent of tier L1, not") !=
          std::string::npos);
  }
  std::ofstream{ca.file("notes.pem")} << "my notes";
  CHECK_FALSE(certs::issue(ca.dir(), {"agent", "notes", Tier::l0, {}}));
  CHECK(text_of(ca.file("notes.pem")) == "my notes");
  CHECK(text_of(ca.file("gpu-01.pem")) == cert);
  CHECK(text_of(ca.file("gpu-01-key.pem")) == key);
}

TEST_CASE("certs: init makes the folder, and refuses names that are no cluster's") {
  CaFolder ca;
  CHECK(certs::init(ca.file("deep/er"), "a-1"));
  CHECK(std::filesystem::exists(ca.file("deep/er/ca.pem")));
  for (const std::string name : {"", "Upper", "a_b", "a/b", "a b", "a\nb"}) {
    CAPTURE(name);
    CHECK_FALSE(certs::init(ca.file("bad"), name));
  }
  CHECK_FALSE(certs::init(ca.file("bad"), std::string(64, 'a')));
  CHECK_FALSE(certs::init(ca.file("ca.pem"), "test"));  // a file stands where the folder would
}

TEST_CASE("certs: an agent's certificate says who it is and is valid for a year") {
  CaFolder ca;
  REQUIRE(certs::issue(ca.dir(), an_agent));
  CHECK(mode_of(ca.file("gpu-01-key.pem")) == 0600U);
  const auto shown = certs::show(ca.file("gpu-01.pem"));
  REQUIRE(shown);
  CHECK_FALSE(shown->ca);
  CHECK(shown->cluster == "test");
  CHECK(shown->role == "agent");
  CHECK(shown->name == "gpu-01");
  CHECK(shown->tier == Tier::l1);
  CHECK(shown->not_before.size() == 20);
  CHECK(shown->not_before < shown->not_after);
  CHECK(has(shown->sans, "URI:weir://test/agent/gpu-01"));
  CHECK(has(shown->sans, "URI:weir-tier:L1"));
  CHECK(shown->sans.size() == 2);
}

TEST_CASE("certs: a coordinator's certificate serves localhost and what is asked for") {
  CaFolder ca;
  REQUIRE(certs::issue(
      ca.dir(), {"coordinator", "c1", std::nullopt, {"weir.example.com", "10.0.0.7", "fd00::7"}}));
  const auto shown = certs::show(ca.file("c1.pem"));
  REQUIRE(shown);
  CHECK(shown->role == "coordinator");
  CHECK_FALSE(shown->tier.has_value());
  for (const std::string name :
       {"DNS:localhost", "IP Address:127.0.0.1", "DNS:weir.example.com", "IP Address:10.0.0.7"}) {
    CAPTURE(name);
    CHECK(has(shown->sans, name));
  }
}

TEST_CASE("certs: issue again replaces key and certificate, and leaves nothing beside them") {
  CaFolder ca;
  REQUIRE(certs::issue(ca.dir(), an_agent));
  const auto cert = text_of(ca.file("gpu-01.pem")), key = text_of(ca.file("gpu-01-key.pem"));
  REQUIRE(certs::issue(ca.dir(), an_agent));
  CHECK(text_of(ca.file("gpu-01.pem")) != cert);
  CHECK(text_of(ca.file("gpu-01-key.pem")) != key);
  CHECK(mode_of(ca.file("gpu-01-key.pem")) == 0600U);
  CHECK(std::distance(std::filesystem::directory_iterator{ca.dir()}, {}) == 4);
}

TEST_CASE("certs: issue refuses names that would overwrite another's key") {
  CaFolder ca;
  const auto key = text_of(ca.file("ca-key.pem"));
  for (const std::string name : {"ca", "ca-key", "gpu-01-key"}) {
    CAPTURE(name);
    CHECK_FALSE(certs::issue(ca.dir(), {"agent", name, Tier::l0, {}}));
  }
  CHECK(text_of(ca.file("ca-key.pem")) == key);
}

TEST_CASE("certs: issue refuses what is no name, role or tier") {
  CaFolder ca;
  for (const std::string name : {"", ".", "..", ".hidden", "a/b", "../x", "a b", "a\nb"}) {
    CAPTURE(name);
    CHECK_FALSE(certs::issue(ca.dir(), {"agent", name, Tier::l0, {}}));
  }
  CHECK_FALSE(certs::issue(ca.dir(), {"agent", std::string(64, 'n'), Tier::l0, {}}));
  CHECK_FALSE(certs::issue(ca.dir(), {"admin", "x", std::nullopt, {}}));
  CHECK_FALSE(certs::issue(ca.dir(), {"agent", "x", std::nullopt, {}}));
  CHECK_FALSE(certs::issue(ca.dir(), {"coordinator", "x", Tier::l1, {}}));
}

TEST_CASE("certs: a further name cannot smuggle in a second identity") {
  CaFolder ca;
  for (const std::string san : {"", "a,URI:weir://test/coordinator/c1", "URI:weir://x/agent/y",
                                "host name", "1.2.3", "1.2.3.4.5", "::zz", "12345::"}) {
    CAPTURE(san);
    CHECK_FALSE(certs::issue(ca.dir(), {"coordinator", "c1", std::nullopt, {san}}));
  }
  CHECK_FALSE(std::filesystem::exists(ca.file("c1.pem")));
}

TEST_CASE("certs: without its authority, or with a damaged one, nothing is issued") {
  CaFolder ca, other;
  CHECK_FALSE(certs::issue(ca.file("nowhere"), an_agent));
  std::filesystem::copy_file(other.file("ca-key.pem"), ca.file("ca-key.pem"),
                             std::filesystem::copy_options::overwrite_existing);
  CHECK_FALSE(certs::issue(ca.dir(), an_agent));
  std::ofstream{ca.file("ca-key.pem")} << "nothing";
  CHECK_FALSE(certs::issue(ca.dir(), an_agent));
}

TEST_CASE("certs: show refuses what holds no certificate") {
  CaFolder ca;
  CHECK_FALSE(certs::show(ca.file("absent.pem")));
  CHECK_FALSE(certs::show(ca.file("ca-key.pem")));
}
