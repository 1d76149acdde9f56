"""What each process gave up: by Landlock and seccomp, by its unit, by the network it stands in."""

import contextlib
import ctypes
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest

import cloud as clouds
from fleet import BIN, ROOT, Fleet, wait_for
from namespace import Namespace
from test_failures import chat, demo
from test_reload import reload
from test_spill import Graded

CLONE_NEWNET = 0x40000000
UNITS = sorted((ROOT / "examples" / "config" / "systemd").glob("*.service"))


def confined(process):
    """What it says holds; skips where this kernel does not offer all of it."""
    said = process.line(r"confined: (.*)").group(1)
    if "(" in said:
        pytest.skip(f"this kernel: {said}")
    return said


def statuses(process):
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        text = (task / "status").read_text()
        yield tuple(int(re.search(rf"{key}:\s+(\d+)", text).group(1))
                    for key in ("Seccomp", "NoNewPrivs"))


# ---- the processes -----------------------------------------------------------------------------


def test_all_threads_of_both_programs_are_confined_and_everything_still_works(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    coordinator = fleet.start_coordinator("confine: required\n")
    agent = fleet.start_agent("gpu", "L1", [demo(engine.url, 2)], "admin: '127.0.0.1:0'\n")
    fleet.wait_nodes("gpu")
    assert re.fullmatch(r"landlock \d+, seccomp, no connect", confined(coordinator))
    assert re.fullmatch(r"landlock \d+, seccomp", confined(agent))
    for process in (coordinator, agent):
        assert set(statuses(process)) == {(2, 1)}
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        assert re.search(r"Max core file size\s+0\s+0\s", limits)
    status, headers, _ = chat(fleet)
    assert (status, headers["x-weir-node"]) == (200, "gpu")

    # New certificates, new settings.
    for file in ("coordinator.pem", "coordinator-key.pem"):
        (fleet.folder / file).unlink()
    fleet.issue("coordinator", "coordinator")
    reload(fleet, lambda text: text + "grade_floors: [{tenant: eng, at_least: P1}]\n")
    fleet.start_agent("late", "L1", [demo(engine.url, 2)])
    fleet.wait_nodes("late")
    agent.signal(signal.SIGHUP)
    agent.line("certificates reloaded")
    assert chat(fleet)[1]["x-weir-grade"] == "P1"

    # Decisions are on disk after a drain, and a new coordinator reads them.
    assert coordinator.stop() == 0
    fleet.start_coordinator()
    fleet.wait_nodes("gpu", "late")
    assert fleet.explain(headers["x-request-id"])["request"] == headers["x-request-id"]
    assert agent.stop() == 0


def test_it_is_left_away_where_the_file_says_so(fleet):
    coordinator = fleet.start_coordinator("confine: false\n")
    coordinator.line(r"confined: by nothing \(confine is false\)")
    assert {s for s, _ in statuses(coordinator)} <= {0, 2}  # 2: whoever runs these tests is
    assert fleet.get("/v1/models")[0] == 200


# ---- the network -------------------------------------------------------------------------------


@contextlib.contextmanager
def inside(space):
    """This thread, and the processes and threads it starts, in a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as outside, open(f"/var/run/netns/{space.name}") as there:
        def enter(where):
            if libc.setns(where.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

        enter(there)
        try:
            yield
        finally:
            enter(outside)


@pytest.fixture
def site():
    """A home whose only cable ends at the proxy, and a proxy that reaches the cloud as well."""
    with Namespace() as proxy, Namespace() as home:
        Namespace.ip("link", "set", home.near, "netns", proxy.name)
        proxy.within("addr", "add", f"{home.host}/30", "dev", home.near)
        proxy.within("link", "set", home.near, "up")
        yield home, proxy


def reaches(space, address, port):
    """What a plain program in `space` gets that connects there."""
    program = ("import socket, sys\ntry:\n"
               "    socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).close()\n"
               "    print('reached')\nexcept OSError as e:\n    print(e.strerror or e)\n")
    return subprocess.run([*space.command, sys.executable, "-c", program, address, str(port)],
                          capture_output=True, text=True, check=True).stdout.strip()


def test_the_coordinator_has_no_route_out_and_what_spills_leaves_from_the_proxy_alone(
        site, tmp_path):
    home, proxy = site
    tls = clouds.identity(tmp_path, hosts=(f"IP:{proxy.host}",))
    with clouds.Cloud(tls, host=proxy.host) as sink, Fleet() as fleet:
        fleet.agents_host = home.inside
        with inside(home):
            engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "2",
                                       "--decode-tps", "10")
            fleet.start_coordinator()
            fleet.start_agent("gpu", "L1", [demo(engine.url, 2)])
        with inside(proxy):
            fleet.start_agent("proxy", "L2", [sink.engine(models=("demo",), more="slots: 32")])
        with inside(home):
            fleet.wait_nodes("gpu", "proxy")
            streams = [Graded(fleet, 60, "P2") for _ in range(8)]
            wait_for("a spill", lambda: fleet.metric("weir_spilled_total") >= 1)
            secret = Graded(fleet, 5, "P0")
            for s in [*streams, secret]:
                s.join(60)
        assert [s.ended for s in [*streams, secret]] == ["done"] * 9
        tiers = [s.tier for s in streams]
        assert "L2" in tiers and set(tiers) <= {"L1", "L2"} and secret.tier == "L1"
        assert len(sink.requests) == tiers.count("L2")
        assert set(sink.peers) == {proxy.inside}

        assert reaches(proxy, proxy.host, sink.port) == "reached"
        for address in (proxy.host, proxy.inside, "127.0.0.1"):
            assert reaches(home, address, sink.port) != "reached"
        assert reaches(home, proxy.host, sink.port) == "Network is unreachable"
        assert set(sink.peers) == {proxy.inside}


# ---- the units ---------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.stem)
def test_units_are_right_and_hardened(unit, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"/usr/bin/(weir\S+)", rf"{BIN}/\1", unit.read_text()))
    verified = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    assert verified.returncode == 0 and unit.name not in verified.stderr, verified.stderr
    judged = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20",
                             copy], capture_output=True, text=True)
    if "unrecognized option" in judged.stderr:
        pytest.skip("this systemd-analyze does not judge files")
    assert judged.returncode == 0, judged.stdout[-3000:] + judged.stderr


def test_only_the_proxys_unit_has_a_way_out():
    closed = {u.stem for u in UNITS if "\nIPAddressDeny=any\n" in u.read_text()}
    assert {u.stem for u in UNITS} - closed == {"weir-cloud-proxy"}
    users = {u.stem: re.search(r"\nUser=(\S+)\n", u.read_text()).group(1) for u in UNITS}
    assert users.pop("weir-cloud-proxy") not in users.values() and "root" not in users.values()
