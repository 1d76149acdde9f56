"""The command line on a terminal of its own: `weir top`, and `weir up` on this machine."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

import fleet as fleets


class Terminal:
    """A program on a terminal of a given size; `text` is all that it wrote."""

    def __init__(self, command, columns=80, rows=24, env=None):
        self.side, other = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(other)
        self.process = subprocess.Popen([str(c) for c in command], stdin=other, stdout=other,
                                        stderr=other, start_new_session=True,
                                        env=os.environ | {"TERM": "xterm"} | (env or {}))
        self.other, self.text = other, ""
        os.set_blocking(self.side, False)

    def resize(self, columns, rows):
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        try:
            self.text += os.read(self.side, 1 << 16).decode(errors="replace")
        except BlockingIOError:
            pass
        return self.text

    def says(self, pattern, seconds=15):
        return fleets.wait_for(pattern, lambda: re.search(pattern, self.read()), seconds)

    def end(self, seconds=10):
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read()
            time.sleep(0.02)
        self.read()
        return self.process.poll()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.side)
        os.close(self.other)


@pytest.fixture
def top(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "2")
    fleet.start_coordinator()
    fleet.start_agent("gpu-1", "L1", [f"{{kind: openai, url: '{engine.url}', slots: 2}}"])
    fleet.wait_nodes("gpu-1")
    terminal = Terminal([fleets.BIN / "weir", "top", "--url", fleet.url, "--api-key", "sk-e2e"])
    yield terminal
    terminal.close()


@pytest.mark.parametrize("ending", ["q", signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_top_gives_the_terminal_back_however_it_ends(top, ending):
    top.says(r"gpu-1")
    top.says(r"nodes 1/1 up")
    if ending == "q":
        os.write(top.side, b"q")
    else:
        top.process.send_signal(ending)
    assert top.end() == 0
    assert top.text.startswith("\x1b[?1049h")
    assert top.text.endswith("\x1b[?25h\x1b[?1049l")
    assert termios.tcgetattr(top.other) == top.before


def test_top_draws_anew_when_the_terminal_changes(top):
    top.says(r"MODELS")
    seen = len(top.text)
    top.resize(40, 10)
    top.process.send_signal(signal.SIGWINCH)
    fleets.wait_for("a narrow table",
                    lambda: re.search(r"SLOTS(\x1b\[0m)?\x1b\[K", top.read()[seen:]))


def test_up_finds_named_engines_and_leaves_nothing(tmp_path):
    engines = [fleets.Process(n, [fleets.BIN / "weir-demo-engine", "--port", "0", "--model", n],
                              tmp_path) for n in ("one", "two")]
    try:
        urls = ["http://127.0.0.1:" + e.line(r"listening on 127\.0\.0\.1:(\d+)").group(1)
                for e in engines]
        begun = time.monotonic()
        up = subprocess.Popen(
            [fleets.BIN / "weir", "up", "--json", "--port", "0", "--engine", urls[0],
             "--engine", urls[1]],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
        ready = json.loads(up.stdout.readline())
        took = time.monotonic() - begun
        assert ready["event"] == "ready" and ready["models"] == ["one", "two"]
        assert ready["cloud"] is False
        print(f"weir up: {took:.2f} s")
        assert took < 10, "a laptop takes less than 2 s; this machine may be busy"
        status, _, body = fleets.post(ready["url"] + "/v1/chat/completions",
                                      {"model": "two", "max_tokens": 2,
                                       "messages": [{"role": "user", "content": "hi"}]})
        assert status == 200, body
        up.send_signal(signal.SIGINT)
        assert up.wait(10) == 0
        assert not list(tmp_path.glob("weir-up-*"))
    finally:
        for engine in engines:
            engine.kill()


def test_up_tells_what_is_wrong_in_a_file_of_clouds(tmp_path):
    cloud = tmp_path / "cloud.yaml"
    command = [fleets.BIN / "weir", "up", "--port", "0", "--cloud", cloud]

    def told(text):
        cloud.write_text(text)
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert done.returncode == 2
        return done.stderr

    assert f"{cloud}:1:" in told("engines: 7\n")
    assert f"{cloud}:2:" in told("engines:\n  - {kind: openai, url: 'http://127.0.0.1:1'}\n")
    engine = ("engines:\n  - {kind: openai, cloud: true, url: 'https://a.example', api_key: KEY,"
              " models: [{id: m, capability: 1, usd_in_per_mtok: 1, usd_out_per_mtok: 1}]}\n")
    assert "name" in told("name: x\n" + engine)
    assert "WEIR_NO_SUCH_KEY" in told(engine.replace("KEY", "'${WEIR_NO_SUCH_KEY}'"))


def test_up_with_a_cloud_says_so(tmp_path, tls, sink):
    cloud = tmp_path / "cloud.yaml"
    cloud.write_text(
        f"engines:\n  - {{kind: openai, cloud: true, url: 'https://127.0.0.1:{sink.port}',"
        f" api_key: 'k', ca: '{tls.ca}', models: [{{id: far-away, capability: 1,"
        " usd_in_per_mtok: 1, usd_out_per_mtok: 1}]}\n")
    up = subprocess.Popen([fleets.BIN / "weir", "up", "--json", "--port", "0", "--engine",
                           "http://127.0.0.1:1", "--cloud", cloud],
                          stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(up.stdout.readline())
        assert ready["cloud"] is True and ready["models"] == ["far-away"]
    finally:
        up.send_signal(signal.SIGINT)
        assert up.wait(10) == 0
