"""A workstation is its owner's: it yields when he is back, and runs only what he agrees to."""

import json
import time

from fleet import get, post, sha256, wait_for
from test_failures import Stream, chat, demo


class Desk:
    """The file that says whether the owner of a workstation is there."""

    def __init__(self, fleet, name="ws"):
        self.file = fleet.folder / f"{name}-presence"
        self.say("away")

    def say(self, word):
        # A new file in the old one's place: nobody reads half a word.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(word + "\n")
        fresh.replace(self.file)

    def presence(self, grace_ms=2000):
        return f"{{yield: true, grace_ms: {grace_ms}, file: {self.file}}}"


def state(fleet, name):
    return fleet.nodes()[name]["state"]


def test_while_its_owner_is_there_a_workstation_gets_no_work(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    desk = Desk(fleet)
    fleet.start_coordinator()
    fleet.start_agent("ws", "L0", [demo(engine.url, 4)], presence=desk.presence())
    server = fleet.start_agent("gpu", "L1", [demo(engine.url, 4)])
    fleet.wait_nodes("ws", "gpu")
    desk.say("present")
    wait_for("the owner", lambda: state(fleet, "ws") == "owner", 2)
    assert "owner" in fleet.weir("nodes").stdout
    assert {chat(fleet)[1]["x-weir-node"] for _ in range(8)} == {"gpu"}
    desk.say("away")
    fleet.wait_nodes("ws", "gpu")
    server.stop()
    status, headers, _ = chat(fleet)
    assert (status, headers["x-weir-node"]) == (200, "ws")
    fleet.idle()


def test_a_workstation_serves_nobody_before_it_knows_that_its_owner_is_away(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    desk = Desk(fleet)
    desk.say("nonsense")
    fleet.start_coordinator()
    agent = fleet.start_agent("ws", "L0", [demo(engine.url, 4)], presence=desk.presence())
    wait_for("its models", lambda: fleet.nodes().get("ws", {}).get("models"))
    assert state(fleet, "ws") == "owner"
    status, _, text = chat(fleet)
    assert (status, json.loads(text)["error"]["code"]) == (503, "no_capacity")
    assert agent.text().count("says neither present nor away") == 1
    desk.say("away")
    fleet.wait_nodes("ws")
    assert chat(fleet)[0] == 200


def test_running_work_may_finish_within_the_grace(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "20")
    desk = Desk(fleet)
    fleet.start_coordinator()
    fleet.start_agent("ws", "L0", [demo(engine.url, 4)], presence=desk.presence(20_000))
    fleet.wait_nodes("ws")
    stream = Stream(fleet, 60)
    wait_for("tokens", lambda: stream.text > 2)
    desk.say("present")
    wait_for("the owner", lambda: state(fleet, "ws") == "owner", 2)
    assert stream.ended is None
    stream.join(20)
    assert (stream.ended, stream.error, stream.node) == ("done", None, "ws")
    fleet.idle()


def test_work_that_outlasts_the_grace_is_handed_back_and_completes_elsewhere(fleet):
    # On "ws" the first token takes minutes.
    slow = fleet.demo_engine("slow", "--model", "demo", "--slots", "4", "--prefill-tps", "0.02")
    fast = fleet.demo_engine("fast", "--model", "demo", "--slots", "8", "--decode-tps", "200")
    desk = Desk(fleet)
    fleet.start_coordinator()
    fleet.start_agent("ws", "L0", [demo(slow.url, 4)], presence=desk.presence(1_000))
    fleet.wait_nodes("ws")
    streams = [Stream(fleet, 20) for _ in range(4)]
    running = lambda: json.loads(get(slow.url + "/demo/stats")[1])["running"]
    wait_for("4 running", lambda: running() == 4)
    fleet.start_agent("heir", "L1", [demo(fast.url, 8)])
    fleet.wait_nodes("heir")
    desk.say("present")
    wait_for("the owner", lambda: state(fleet, "ws") == "owner", 2)
    back = time.monotonic()
    assert running() == 4
    for s in streams:
        s.join(10)
    assert [(s.ended, s.error, s.node) for s in streams] == [("done", None, "heir")] * 4
    assert 0.3 < time.monotonic() - back < 4
    wait_for("a free engine", lambda: running() == 0, 2)
    assert fleet.metric(r'weir_redispatched_total\{reason="handed_back"\}') == 4
    desk.say("away")
    fleet.idle()


def test_what_a_workstations_owner_does_not_accept_never_runs_there(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    keys = "".join(f"  - {{name: {t}, sha256: {sha256('sk-' + t)}, tenant: {t}}}\n"
                   for t in ("e2e", "finance"))
    fleet.start_coordinator("api_keys:\n" + keys, keys=False)
    fleet.start_agent("ws", "L0", [demo(engine.url, 4)],
                      accepts="{grades: [P0, P1, P2], tenants: [e2e]}")
    fleet.wait_nodes("ws")
    ask = {"model": "demo", "max_tokens": 4, "messages": [{"role": "user", "content": "hi"}]}
    url = fleet.url + "/v1/chat/completions"
    assert post(url, ask)[0] == 200  # its own tenant's P0
    status, headers, text = post(url, ask, key="sk-finance")
    assert (status, json.loads(text)["error"]["code"]) == (503, "no_capacity")
    why = get(fleet.url + "/weir/v1/requests/" + headers["x-request-id"], "sk-finance")[1]
    assert "its owner does not accept this grade or tenant" in why
