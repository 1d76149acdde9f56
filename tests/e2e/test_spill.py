"""What leaves for the cloud when the machines at home are full, and what comes back after."""

import json
import threading
import time

import pytest

from fleet import get, wait_for
from test_failures import Stream, chat, demo


def cloud(url, slots=32):
    return (f"{{kind: openai, cloud: true, url: '{url}', api_key: sk-cloud, slots: {slots}, "
            "models: [{id: demo, capability: 1, usd_in_per_mtok: 1, usd_out_per_mtok: 2}]}")


@pytest.fixture
def spilling(fleet):
    """Four local slots of 20 tokens a second, and a cloud with many."""
    fleet.local = fleet.demo_engine("local", "--model", "demo", "--slots", "4",
                                    "--decode-tps", "20")
    fleet.remote = fleet.demo_engine("remote", "--model", "demo", "--slots", "64",
                                     "--decode-tps", "40")
    fleet.start_coordinator()
    fleet.start_agent("gpu", "L1", [demo(fleet.local.url, 4)])
    fleet.start_agent("proxy", "L2", [cloud(fleet.remote.url)])
    fleet.wait_nodes("gpu", "proxy")
    return fleet


def served(engine):
    return json.loads(get(engine.url + "/demo/stats")[1])["served"]


class Graded(Stream):
    """A stream of one grade; `tier` is where it ran."""

    def __init__(self, fleet, tokens, grade):
        self.grade = grade
        super().__init__(fleet, tokens)

    def run(self):
        status, headers, text = chat(self.fleet, self.tokens, True, **{"x-data-grade": self.grade})
        self.status, self.tier = status, headers["x-weir-tier"]
        self.ended = "done" if "[DONE]" in text else "broken"


def test_the_surplus_of_long_p2_streams_spills_while_p0_waits_and_runs_at_home(spilling):
    streams = [Graded(spilling, 100, "P2") for _ in range(12)]
    wait_for("a spill", lambda: spilling.metric("weir_spilled_total") >= 8)
    assert spilling.metric("weir_spill_mode") == 1
    secret = [Graded(spilling, 5, "P0") for _ in range(2)]
    for s in streams + secret:
        s.join(60)
    assert [s.ended for s in streams + secret] == ["done"] * 14
    assert sorted(s.tier for s in streams) == ["L1"] * 4 + ["L2"] * 8
    assert [s.tier for s in secret] == ["L1"] * 2
    assert served(spilling.remote) == 8
    assert spilling.metric("weir_cost_usd_total") > 0
    assert spilling.metric("weir_saved_usd_total") > 0
    spilling.idle()
    # After the load, P2 is at home again.
    status, headers, _ = chat(spilling)
    assert (status, headers["x-weir-tier"]) == (200, "L1")


def test_under_steady_overload_the_mode_does_not_flap(spilling):
    end = time.monotonic() + 25
    changes = []

    def load():
        while time.monotonic() < end:
            chat(spilling, 30)

    threads = [threading.Thread(target=load, daemon=True) for _ in range(10)]
    for t in threads:
        t.start()
    seen = 0
    while time.monotonic() < end:
        now = spilling.metric("weir_spill_mode_changes_total")
        changes += [time.monotonic()] * int(now - seen)
        seen = now
        time.sleep(0.1)
    for t in threads:
        t.join(30)
    assert changes, "there was an overload"
    assert all(b - a > 9.5 for a, b in zip(changes, changes[1:])), changes
    wait_for("the end of the mode", lambda: spilling.metric("weir_spill_mode") == 0, 30)
    assert chat(spilling)[1]["x-weir-tier"] == "L1"


def test_the_budget_of_the_day_ends_the_spill(fleet):
    remote = fleet.demo_engine("remote", "--model", "demo", "--slots", "8")
    fleet.start_coordinator("spill: {enabled: true, usd_per_day: 0.0001}\n")
    fleet.start_agent("proxy", "L2", [cloud(remote.url)])
    fleet.wait_nodes("proxy")
    status, _, text = chat(fleet, 1000)  # two thousand millionths of a dollar: too dear
    assert (status, json.loads(text)["error"]["code"]) == (402, "budget_exhausted")
    assert served(remote) == 0
