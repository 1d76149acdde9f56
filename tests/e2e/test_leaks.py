"""The gate to the cloud, whole, with each of its halves gone, and with both gone: then, and only
then, something must get out, or these tests could not fail."""

import pathlib
import tempfile

import pytest

import chaos
import cloud as clouds
from fleet import BIN, Fleet, get, post

OPEN_GUARD = {"weir-coordinator": BIN / "sabotage" / "weir-coordinator-open-guard"}
OPEN_CHECKPOINT = {"weir-node-agent": BIN / "sabotage" / "weir-node-agent-open-checkpoint"}


def leaks(programs):
    """What reached the cloud of requests that must stay, none of which anybody else could serve;
    and how many sensitive bytes the proxy says it sent, and how many requests it refused."""
    with tempfile.TemporaryDirectory(prefix="weir-leaks-") as folder, Fleet(programs) as fleet:
        with clouds.Cloud(clouds.identity(pathlib.Path(folder))) as sink:
            fleet.start_coordinator()
            proxy = fleet.start_agent("proxy", "L2", [sink.engine(models=("demo",))],
                                      "admin: '127.0.0.1:0'\n")
            admin = proxy.line(r"admin listening on 127\.0\.0\.1:(\d+)").group(1)
            fleet.wait_nodes("proxy")

            def ask(grade, text, stream):
                return post(fleet.url + "/v1/chat/completions",
                            {"model": "demo", "stream": stream,
                             "messages": [{"role": "user", "content": text}]},
                            headers={"x-data-grade": grade, "x-weir-deadline-ms": "3000"})

            for kind, canary in chaos.CANARIES.items():
                for stream in (False, True):
                    ask(kind[:2], f"about {canary} and more", stream)
            assert ask("P2", chaos.PLAIN, False)[0] in (200, 502, 503)
            metrics = get(f"http://127.0.0.1:{admin}/metrics")[1]

            def count(name):
                return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
                           if line.startswith(name))

            found = {kind for kind, canary in chaos.CANARIES.items() if sink.find(canary)}
            return (found, bool(sink.find(chaos.PLAIN)), count("weir_sensitive_to_cloud_total"),
                    count("weir_clearance_refused_total"))


def test_the_gate_lets_plain_p2_pass_and_nothing_else():
    assert leaks({}) == (set(), True, 0, 0)


def test_without_the_guard_the_proxy_refuses():
    found, _, sensitive, refused = leaks(OPEN_GUARD)
    assert (found, sensitive) == (set(), 0)
    assert refused > 0


def test_without_the_proxys_check_the_coordinator_sends_nothing():
    found, plain, sensitive, _ = leaks(OPEN_CHECKPOINT)
    assert (found, plain, sensitive) == (set(), True, 0)


def test_without_both_it_gets_out_and_is_seen_and_counted():
    found, plain, sensitive, _ = leaks(OPEN_GUARD | OPEN_CHECKPOINT)
    assert found >= {"P1", "P2 with a card", "P2 with a key"} and plain
    assert sensitive > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_chaos_lets_nothing_out(seed):
    found, searched, counts = chaos.run(12, seed, clients=8)
    assert found == {}, counts
    assert searched and counts["wrong tier"] == 0 and counts["broken"] == 0, counts
