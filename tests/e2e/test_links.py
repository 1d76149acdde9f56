"""Links that are cut, closed for long, and frozen."""

import json
import time

import pytest

from fleet import get, wait_for
from relay import Relay
from test_failures import Stream, chat, demo


class Text(Stream):
    """A stream whose whole text is kept."""

    def __init__(self, *args):
        self.said = []
        super().__init__(*args)

    def take(self, line):
        if line.startswith("data: {"):
            data = json.loads(line[6:])
            if data.get("choices"):
                self.said.append(data["choices"][0]["delta"].get("content") or "")
        super().take(line)


@pytest.fixture
def relayed(fleet):
    """A fleet of one agent behind a relay; its engine says 50 tokens a second."""
    fleet.engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "32",
                                     "--decode-tps", "50")
    fleet.start_coordinator()
    with Relay(fleet.agents_port) as relay:
        fleet.relay = relay
        fleet.start_agent("ws", "L1", [demo(fleet.engine.url, 32)], port=relay.port)
        fleet.wait_nodes("ws")
        yield fleet


def engine_running(fleet):
    return json.loads(get(fleet.engine.url + "/demo/stats")[1])["running"]


def test_a_link_that_is_cut_loses_and_doubles_no_text(relayed):
    whole = json.loads(chat(relayed, tokens=150)[2])["choices"][0]["message"]["content"]
    streams = [Text(relayed, 150) for _ in range(20)]
    wait_for("tokens", lambda: all(s.text > 10 for s in streams))
    for _ in range(2):
        relayed.relay.cut()
        time.sleep(0.7)
    for s in streams:
        s.join(20)
    assert [(s.ended, s.error) for s in streams] == [("done", None)] * 20
    assert {"".join(s.said) for s in streams} == {whole}
    relayed.idle()
    assert relayed.metric("weir_redispatched_total") == 0


def test_a_link_closed_for_longer_than_three_seconds_ends_begun_streams_once(relayed):
    streams = [Stream(relayed, 2000) for _ in range(5)]
    wait_for("tokens", lambda: all(s.text > 3 for s in streams))
    relayed.relay.open = False
    relayed.relay.cut()
    cut = time.monotonic()
    for s in streams:
        s.join(20)
    assert 2.5 < time.monotonic() - cut < 10
    assert [(s.error, s.errors) for s in streams] == [("upstream_failed", 1)] * 5
    wait_for("a free engine", lambda: engine_running(relayed) == 0)
    relayed.relay.open = True
    relayed.wait_nodes("ws")
    assert chat(relayed)[0] == 200
    relayed.idle()


def test_a_link_that_freezes_silently_ends_begun_streams_and_frees_the_engine(relayed):
    streams = [Stream(relayed, 2000) for _ in range(5)]
    wait_for("tokens", lambda: all(s.text > 3 for s in streams))
    relayed.relay.freeze()
    frozen = time.monotonic()
    for s in streams:
        s.join(30)
    assert time.monotonic() - frozen < 15
    assert [(s.error, s.errors) for s in streams] == [("upstream_failed", 1)] * 5
    wait_for("a free engine", lambda: engine_running(relayed) == 0, 20)


def test_an_answer_that_ended_while_its_link_was_gone_is_whole(relayed):
    stream = Text(relayed, 60)
    wait_for("tokens", lambda: stream.text > 30)
    relayed.relay.open = False
    relayed.relay.cut()
    wait_for("the engine's end", lambda: engine_running(relayed) == 0)
    relayed.relay.open = True
    stream.join(20)
    assert (stream.ended, stream.error) == ("done", None)
    relayed.idle()
