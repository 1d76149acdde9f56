#include "actors/net/tls/context.hpp"
#include "tests/actors/net/tls/leaves.hpp"

using namespace weir;
using namespace weir::net;
using namespace weir::net::tls;

namespace {

Result<PeerIdentity> identity_from(const std::vector<std::string>& uris) {
  const auto key = new_key();
  const auto leaf = leaf_of({uris}, key.get());
  return identity_of(leaf.get());
}

const std::string agent = "weir://test/agent/gpu-01";
const std::string tier = "weir-tier:L1";

}  // namespace

TEST_CASE("identity: an agent's certificate names cluster, role, name and tier") {
  const auto who = identity_from({agent, tier});
  REQUIRE(who);
  CHECK(who->cluster == "test");
  CHECK(who->role == "agent");
  CHECK(who->name == "gpu-01");
  CHECK(who->tier == Tier::l1);
}

TEST_CASE("identity: a coordinator's certificate has no tier, and foreign names do not matter") {
  const auto who = identity_from({"https://example.com/", "weir://test/coordinator/c1"});
  REQUIRE(who);
  CHECK(who->role == "coordinator");
  CHECK_FALSE(who->tier.has_value());
}

TEST_CASE("identity: a certificate without exactly one Weir name is nobody") {
  CHECK(identity_from({}).error().code == Code::unauthorized);
  CHECK_FALSE(identity_from({"https://example.com/"}));
  CHECK_FALSE(identity_from({tier}));
  CHECK_FALSE(identity_from({agent, agent, tier}));
  CHECK_FALSE(identity_from({agent, "weir://test/coordinator/c1", tier}));
}

TEST_CASE("identity: a malformed Weir name is refused") {
  const std::vector<std::string> malformed{
      "weir://",
      "weir://test",
      "weir://test/agent",
      "weir://test/agent/",
      "weir:///agent/gpu-01",
      "weir://test//gpu-01",
      "weir://test/agent/gpu-01/more",
      "weir://test/agent/gpu 01",
      "weir://test/agent/gpu%2d01",
      "weir://te st/agent/gpu-01",
      "weir://test/Agent/gpu-01",
      "weir://test/admin/gpu-01",
      "weir://test/agent/.",
      "weir://test/agent/..",
      "weir://test/agent/" + std::string(64, 'n'),
      "weir://" + std::string(64, 'c') + "/agent/gpu-01",
  };
  for (const auto& uri : malformed) {
    CAPTURE(uri);
    CHECK_FALSE(identity_from({uri, tier}));
  }
  CHECK(identity_from({"weir://test/agent/" + std::string(63, 'n'), tier}));
}

TEST_CASE("identity: a NUL inside any name refuses the certificate whole") {
  using namespace std::string_literals;
  CHECK_FALSE(identity_from({"weir://test/agent/gpu-01\0evil"s, tier}));
  CHECK_FALSE(identity_from({agent, tier, "weir://test/coordinator/c1\0"s}));
  CHECK_FALSE(identity_from({agent, tier, "\0weir://test/coordinator/c1"s}));
}

TEST_CASE("identity: an agent needs exactly one known tier, a coordinator none") {
  CHECK_FALSE(identity_from({agent}));
  CHECK_FALSE(identity_from({agent, "weir-tier:L3"}));
  CHECK_FALSE(identity_from({agent, "weir-tier:l1"}));
  CHECK_FALSE(identity_from({agent, "weir-tier:"}));
  CHECK_FALSE(identity_from({agent, "weir-tier:L1 "}));
  CHECK_FALSE(identity_from({agent, "weir-tier:L1", "weir-tier:L0"}));
  CHECK_FALSE(identity_from({agent, "weir-tier:L1", "weir-tier:L1"}));
  CHECK_FALSE(identity_from({"weir://test/coordinator/c1", tier}));
}

TEST_CASE("identity: names spread over two extensions count as none") {
  const auto key = new_key();
  const auto leaf = leaf_of({{agent, tier}}, key.get());
  add_uris(leaf.get(), {"weir://test/coordinator/c1"});
  CHECK_FALSE(identity_of(leaf.get()));
}
