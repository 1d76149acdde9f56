"""Twenty streams whose agent is killed, stopped, or cut off: ARCHITECTURE's table of failures."""

import contextlib
import json
import signal
import threading
import time
import urllib.request

import pytest

from fleet import CACHE, wait_for
from namespace import Namespace
from relay import Relay
from test_failures import Stream, demo

STREAMS = 20
MEMORY_MORE_KB = 40_000  # what twenty streams may leave behind: allocators keep some


class Doom:
    """How an agent is lost. `within` runs it and its engine; `strike` does it."""

    def __init__(self, fleet, how, stack):
        self.fleet, self.how, self.within = fleet, how, ()
        if how == "cut off":
            self.space = stack.enter_context(Namespace())
            self.within, fleet.agents_host = self.space.command, self.space.host

    def strike(self, agent):
        if self.how == "killed":
            agent.kill()
        elif self.how == "stopped":
            agent.signal(signal.SIGSTOP)
        else:
            self.space.cut()
        return time.monotonic()

    def undo(self, agent):
        if self.how == "stopped":
            agent.signal(signal.SIGCONT)
        elif self.how == "cut off":
            self.space.mend()


@pytest.fixture(params=["killed", "stopped", "cut off"])
def doom(fleet, request):
    with contextlib.ExitStack() as stack:
        yield Doom(fleet, request.param, stack)


def nothing_left(fleet, memory_before):
    fleet.idle()
    assert fleet.metric("weir_queue_depth") == 0
    assert fleet.coordinator.memory_kb() - memory_before < MEMORY_MORE_KB


class First(Stream):
    """A stream that knows when its first token came."""

    def take(self, line):
        before = self.text
        super().take(line)
        if before == 0 and self.text == 1:
            self.first = time.monotonic()


def test_link_closed_or_silent_streams_without_a_token_are_placed_again(doom):
    fleet = doom.fleet
    slow = fleet.demo_engine("slow", "--model", "demo", "--slots", str(STREAMS), "--prefill-tps",
                             "1", within=doom.within)
    fast = fleet.demo_engine("fast", "--model", "demo", "--slots", "64", "--decode-tps", "200")
    fleet.start_coordinator()
    doomed = fleet.start_agent("doomed", "L1", [demo(slow.url, STREAMS)], within=doom.within)
    fleet.wait_nodes("doomed")
    memory = fleet.coordinator.memory_kb()
    streams = [First(fleet, 20) for _ in range(STREAMS)]
    wait_for("all running", lambda: fleet.queues()["running"] == STREAMS)
    fleet.start_agent("heir", "L1", [demo(fast.url, 64)])
    fleet.wait_nodes("heir")
    struck = doom.strike(doomed)
    for s in streams:
        s.join(30)
    assert [(s.ended, s.error, s.node) for s in streams] == [("done", None, "heir")] * STREAMS
    assert max(s.first for s in streams) - struck < 4, doom.how
    assert fleet.metric("weir_redispatched_total") == STREAMS
    nothing_left(fleet, memory)
    doom.undo(doomed)


def test_lost_streams_that_cannot_go_on_end_with_one_typed_error(doom):
    fleet = doom.fleet
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", str(STREAMS),
                               "--decode-tps", "20", within=doom.within)
    fleet.start_coordinator()
    doomed = fleet.start_agent("doomed", "L1", [demo(engine.url, STREAMS)], within=doom.within)
    fleet.wait_nodes("doomed")
    memory = fleet.coordinator.memory_kb()
    streams = [Stream(fleet, 2000) for _ in range(STREAMS)]
    wait_for("tokens", lambda: all(s.text > 3 for s in streams))
    struck = doom.strike(doomed)
    for s in streams:
        s.join(30)
    assert [(s.error, s.errors) for s in streams] == [("upstream_failed", 1)] * STREAMS
    assert 2.5 < time.monotonic() - struck < 9
    wait_for("no jobs", lambda: fleet.queues()["running"] == 0)
    if doom.how == "killed":
        fleet.start_agent("doomed", "L1", [demo(engine.url, STREAMS)], within=doom.within)
    doom.undo(doomed)
    fleet.wait_nodes("doomed")
    nothing_left(fleet, memory)


# ---- streams that go on elsewhere -----------------------------------------------------------


class Story(threading.Thread):
    """A chat stream of the tiny model, all of its events kept."""

    def __init__(self, url, key, words, tokens):
        super().__init__(daemon=True)
        body = {"model": "tiny-chain", "stream": True, "max_tokens": tokens, "temperature": 0,
                "seed": 1, "stream_options": {"include_usage": True},
                "messages": [{"role": "user", "content": words}]}
        self.request = urllib.request.Request(
            url + "/v1/chat/completions", json.dumps(body).encode(),
            {"authorization": f"Bearer {key}", "content-type": "application/json"})
        self.events, self.done, self.failed = [], False, None
        self.start()

    def run(self):
        try:
            with urllib.request.urlopen(self.request, timeout=60) as r:
                for line in r:
                    line = line.decode().strip()
                    if line == "data: [DONE]":
                        self.done = True
                    elif line.startswith("data: "):
                        self.events.append(json.loads(line[6:]))
        except OSError as e:
            self.failed = repr(e)

    def deltas(self):
        return [e["choices"][0]["delta"] for e in list(self.events) if e.get("choices")]

    def text(self):
        return "".join(d.get("content") or "" for d in self.deltas())

    def check(self, whole):
        """It is one answer, and the same as the uninterrupted one."""
        assert (self.done, self.failed) == (True, None), (self.failed, self.events[-1:])
        assert [e for e in self.events if "error" in e] == []
        assert self.text() == whole.text()
        assert sum("role" in d for d in self.deltas()) == 1
        assert len({(e["id"], e["model"]) for e in self.events}) == 1
        reasons = [e["choices"][0]["finish_reason"] for e in self.events if e["choices"]]
        assert [r for r in reasons if r] == [r for r in reasons[-1:]]
        used, expected = self.events[-1]["usage"], whole.events[-1]["usage"]
        assert used["prompt_tokens"] == pytest.approx(expected["prompt_tokens"], abs=2)
        assert used["total_tokens"] == pytest.approx(expected["total_tokens"], abs=4)


@pytest.fixture
def two_llamas(fleet):
    """Two machines with the same model; the answers of the first one's engine pass slowly."""
    if not (CACHE / "llama" / "llama-server").exists():
        pytest.skip("llama-server could not be installed here (examples/engines/setup says why)")
    fleet.engines = [fleet.llama(name, slots=STREAMS, context=STREAMS * 2048)
                     for name in ("llama-a", "llama-b")]
    with Relay(int(fleet.engines[0].url.rsplit(":", 1)[1]), bytes_per_s=6_000) as relay:
        fleet.relay, fleet.slow = relay, f"http://127.0.0.1:{relay.port}"
        yield fleet


def llama(url, engine):
    return f"{{kind: llama_cpp, url: '{url}', api_key: {engine.key}}}"


def begin_stories(fleet):
    """STREAMS stories that run on "doomed", and the same ones as the engine tells them alone."""
    first, second = fleet.engines
    words = [f"story number {i}" for i in range(STREAMS)]
    whole = [Story(second.url, second.key, w, 400) for w in words]
    for w in whole:
        w.join(60)
        assert w.done
    fleet.start_coordinator()
    doomed = fleet.start_agent("doomed", "L1", [llama(fleet.slow, first)])
    fleet.wait_nodes("doomed")
    stories = [Story(fleet.url, "sk-e2e", w, 400) for w in words]
    wait_for("text", lambda: all(len(s.text()) > 20 for s in stories))
    fleet.start_agent("heir", "L1", [llama(second.url, second)])
    fleet.wait_nodes("heir")
    return doomed, stories, whole


@pytest.mark.parametrize("how", ["killed", "stopped", "its engine crashed"])
def test_lost_streams_of_llama_cpp_go_on_elsewhere_with_no_text_lost_or_doubled(two_llamas, how):
    fleet = two_llamas
    doomed, stories, whole = begin_stories(fleet)
    if how == "killed":
        doomed.kill()
    elif how == "stopped":
        doomed.signal(signal.SIGSTOP)
    else:
        fleet.relay.open = False
        fleet.relay.cut()
    began = [len(s.text()) for s in stories]
    for story, expected in zip(stories, whole):
        story.join(60)
        story.check(expected)
    interrupted = [s for s, n in zip(stories, began) if n < len(s.text())]
    assert len(interrupted) == STREAMS
    wait_for("nothing running", lambda: fleet.queues()["running"] == 0)
    assert fleet.metric("weir_redispatched_total") >= STREAMS
    fleet.idle()
