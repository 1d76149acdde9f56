"""The guard dead, late, full, or without good rules: what it cannot look at is P0, and stays."""

import concurrent.futures
import contextlib
import json
import resource
import signal
import socket
import subprocess
import time

import pytest

import attack
import fleet as fleets
import threads
from fleet import wait_for
from sink import leaks

SECRET = "合同编号CG-2026-00427,合同总价人民币3,260,000元 ZXDOWN-4711"
CANARIES = ["ZXDOWN-4711", "3,260,000"]
SILENT_S = 5.0  # after so long the gateway waits for the guard no more
QUEUE = 4_096  # inspections that may wait


def ask(field, text, **headers):
    return field.ask({"path": "/v1/chat/completions", "headers": {"X-Data-Grade": "P2", **headers},
                      "body": {"model": "auto", "messages": [{"role": "user", "content": text}]}})


def scan(field, text):
    return field.ask({"path": "/weir/v1/guard/scan", "body": {"text": text}})


def lookers(field):
    """The threads that look at what comes in."""
    text = "a harmless word and 12 more. " * 60_000

    def work():
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for reply in pool.map(lambda _: scan(field, text), range(16)):
                assert reply.status == 200

    return threads.working(field.fleet.coordinator.pid, work, 2)


@pytest.fixture(params=["local", "absent"])
def field(request):
    with attack.Range(request.param) as field:
        yield field


def stays(field, text, far):
    """As P0 of which the guard knows nothing: served here, or refused. returns  the answer."""
    reply = ask(field, text)
    assert reply.headers["x-weir-grade"] == "P0", reply
    if field.shape == "local":
        assert (reply.status, reply.tier) == (200, "L1"), reply
    else:
        assert (reply.status, reply.code()) == attack.FORBIDDEN, reply
    why = json.loads(field.fleet.get("/weir/v1/requests/" + reply.headers["x-request-id"])[1])
    assert why["grade_why"] == "guard", why
    assert not far.requests() and far.leaks(CANARIES) == {}
    return reply


def as_before(field):
    """The guard is back: harmless P2 is P2, and may leave."""
    reply = ask(field, attack.HARMLESS)
    assert reply.status == 200 and reply.headers["x-weir-grade"] == "P2", reply
    assert reply.tier == ("L1" if field.shape == "local" else "L2")


# ---- dead --------------------------------------------------------------------------------------


def test_dead_threads_of_the_guard(field):
    far, _ = field.mark()
    with threads.Stopped(lookers(field)):
        for text in (SECRET, attack.HARMLESS):
            begin = time.monotonic()
            stays(field, text, far)
            assert SILENT_S - 1 < time.monotonic() - begin < SILENT_S + 8
    wait_for("the guard", lambda: ask(field, attack.HARMLESS).headers["x-weir-grade"] == "P2")
    as_before(field)


DEAD = fleets.BIN / "sabotage" / "weir-coordinator-dead-guard"


@pytest.mark.skipif(not DEAD.exists(), reason="weir-coordinator-dead-guard was not built")
@pytest.mark.parametrize("shape", ["local", "absent"])
def test_a_guard_that_never_answers(shape):
    """The same where nobody may trace a program: with a guard that only takes."""
    with attack.Range(shape, programs={"weir-coordinator": DEAD}) as field:
        far, _ = field.mark()
        for text in (SECRET, attack.HARMLESS):
            stays(field, text, far)


def test_a_dry_run_and_a_scan_end_though_the_guard_is_dead(field):
    """Nothing that is asked hangs for ever."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool, threads.Stopped(lookers(field)):
        asked = {"dry run": pool.submit(ask, field, SECRET, **{"X-Weir-Dry-Run": "1"}),
                 "scan": pool.submit(scan, field, SECRET)}
        done, hang = concurrent.futures.wait(asked.values(), SILENT_S + 4)
    assert not hang, [name for name, one in asked.items() if one in hang]
    assert json.loads(asked["dry run"].result().body)["grade"] == "P0"
    assert asked["scan"].result().status in (200, 503)


def test_dead_threads_of_the_clearance():
    """What was looked at but cannot be cleared does not leave."""
    with attack.Range("absent") as field:
        looking = lookers(field)
        text = "手机号 13827405916 " + "word " * 200_000

        def leave():
            for _ in range(6):
                ask(field, text)

        busiest = threads.working(field.fleet.coordinator.pid, leave, 4)
        clearing = [t for t in busiest if t not in looking]
        assert clearing
        with threads.Stopped(clearing[:2]):
            far, _ = field.mark()
            for text in ("手机号 13827405916", attack.HARMLESS):
                reply = ask(field, text, **{"X-Weir-Deadline-Ms": "9000"})
                assert reply.status in (503, 504), reply
            assert not far.requests()


# ---- late, full --------------------------------------------------------------------------------


def test_an_answer_that_comes_too_late_counts_as_none(field):
    looking = lookers(field)
    far, _ = field.mark()
    for text in (SECRET, attack.HARMLESS):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with threads.Stopped(looking):
                waiting = pool.submit(stays, field, text, far)
                with contextlib.suppress(concurrent.futures.TimeoutError):
                    waiting.result(3)  # longer than a look may take, not so long as a dead one's
            waiting.result(20)
    as_before(field)


def scans_that_wait(port, count):
    """Connections, each with a text that is to be looked at."""
    body = b'{"text": "a harmless word"}'
    head = (b"POST /weir/v1/guard/scan HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body))
    held = []
    for _ in range(count):
        s = socket.create_connection(("127.0.0.1", port), timeout=10)
        s.sendall(head + body)
        held.append(s)
    return held


def test_a_full_queue_of_the_guard(field):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < QUEUE + 500:
        pytest.skip(f"this machine allows {hard} descriptors: too few to fill the guard's queue")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    looking = lookers(field)
    held = []
    try:
        with threads.Stopped(looking):
            held = scans_that_wait(field.fleet.http, QUEUE + 40)
            far, _ = field.mark()
            for text in (SECRET, attack.HARMLESS):
                begin = time.monotonic()
                stays(field, text, far)
                assert time.monotonic() - begin < SILENT_S, "it did not wait for a guard"
    finally:
        for s in held:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    wait_for("the guard", lambda: ask(field, attack.HARMLESS).headers["x-weir-grade"] == "P2")


# ---- its rules ---------------------------------------------------------------------------------

CORRUPT = {
    "no YAML": ("rules: [permit: {", "policy.yaml:1:"),
    "an unknown key": ("detectors: {}\n", "policy.yaml:1:1"),
    "an unknown type": ("detector:\n  types:\n    CN_MOBIL: {grade: P2}\n", "policy.yaml:3:5"),
    "an unknown grade": ("floors:\n  - {tenant: a, at_least: P9}\n", "policy.yaml:2:"),
    "P0 for the cloud": ("rules:\n  - permit: {grade: P0, tier: L2}\n", "policy.yaml:2:"),
    "a test of its own fails": ("tests:\n  - {grade: P0, tier: L2, expect: permit}\n",
                                "policy.yaml:2:"),
    "not UTF-8": ("detector: {allowed: ['\udcff\udcfe']}\n", "policy.yaml"),
    "cut off": ("detector:\n  types:\n    SECRET: {grade", "policy.yaml:3:"),
    "not there": (None, "policy.yaml"),
}


def write(path, text):
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


@pytest.fixture(scope="module")
def ruled():
    """A fleet whose coordinator goes by a policy of its own: an added word makes a text P0."""
    with attack.Range("absent") as field:
        field.policy = field.fleet.folder / "policy.yaml"
        field.policy.write_text("detector:\n  lexicons: {finance: [project marzipan]}\n")
        config = field.fleet.folder / "coordinator.yaml"
        config.write_text(config.read_text() + "policy: policy.yaml\n")
        reload(field, "reloaded")
        yield field


def reload(field, said):
    before = field.fleet.coordinator.text().count(said)
    field.fleet.coordinator.signal(signal.SIGHUP)
    wait_for(said, lambda: field.fleet.coordinator.text().count(said) > before)


def starts(field, program, config):
    """What it says as it refuses to; a program that does start is ended."""
    command = [fleets.BIN / program, "--config", field.fleet.folder / config]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{program} started with corrupt rules")


@pytest.mark.parametrize("how", CORRUPT)
def test_with_corrupt_rules_nothing_starts(ruled, how):
    text, place = CORRUPT[how]
    good = ruled.policy.read_text()
    agent = ruled.fleet.folder / "ruled-proxy.yaml"
    agent.write_text((ruled.fleet.folder / "proxy.yaml").read_text() + "policy: policy.yaml\n")
    try:
        write(ruled.policy, text)
        for program, config in (("weir-coordinator", "coordinator.yaml"),
                                ("weir-node-agent", "ruled-proxy.yaml")):
            done = starts(ruled, program, config)
            assert done.returncode == 2, (program, done)
            assert place in done.stderr, (program, done.stderr)
    finally:
        write(ruled.policy, good)


@pytest.mark.parametrize("how", CORRUPT)
def test_corrupt_rules_are_not_taken_and_the_old_ones_stay(ruled, how):
    good = ruled.policy.read_text()
    far, _ = ruled.mark()
    try:
        write(ruled.policy, CORRUPT[how][0])
        reload(ruled, "reload refused")
        reply = ask(ruled, "what of project marzipan?")
        assert (reply.status, reply.code()) == attack.FORBIDDEN
        assert not far.requests()
        assert ask(ruled, attack.HARMLESS).tier == "L2"
    finally:
        write(ruled.policy, good)
        reload(ruled, "reloaded")


def test_what_was_said_of_corrupt_rules_quotes_no_request(ruled):
    assert leaks([ruled.fleet.coordinator.text()], ["what of project marzipan"]) == {}
