"""Agents, engines, and coordinators that die, stall, or leave."""

import concurrent.futures
import json
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from fleet import BIN, get, post, wait_for


def demo(url, slots):
    return f"{{kind: openai, url: '{url}', slots: {slots}}}"


def chat(fleet, tokens=20, stream=False, **headers):
    body = {
        "model": "demo",
        "stream": stream,
        "max_tokens": tokens,
        "messages": [{"role": "user", "content": "hi"}],
    }
    return post(fleet.url + "/v1/chat/completions", body, headers=headers)


class Stream(threading.Thread):
    """Reads one stream to its end: how many tokens came, and how it ended."""

    def __init__(self, fleet, tokens, name="demo"):
        super().__init__(daemon=True)
        self.fleet, self.tokens, self.model = fleet, tokens, name
        self.text, self.ended, self.error, self.errors = 0, None, None, 0
        self.node = None
        self.start()

    def run(self):
        body = {"model": self.model, "stream": True, "max_tokens": self.tokens,
                "messages": [{"role": "user", "content": "hi"}]}
        request = urllib.request.Request(
            self.fleet.url + "/v1/chat/completions", json.dumps(body).encode(),
            {"authorization": "Bearer sk-e2e", "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                self.node = r.headers["x-weir-node"]
                for line in r:
                    self.take(line.decode().strip())
        except urllib.error.HTTPError as e:
            self.error = json.loads(e.read())["error"]["code"]
            self.errors += 1
        except OSError:
            pass  # a broken connection: `ended` stays None unless an event said more
        if self.ended is None and self.error is None:
            self.ended = "broken"

    def take(self, line):
        if line == "data: [DONE]":
            self.ended = "done"
        elif line.startswith("data: "):
            data = json.loads(line[6:])
            if "error" in data:
                self.error = data["error"]["code"]
                self.errors += 1
            elif data["choices"] and data["choices"][0]["delta"].get("content"):
                self.text += 1


def test_a_restarted_coordinator_sees_its_agents_within_five_seconds(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    fleet.start_coordinator()
    for name in ("a", "b", "c"):
        fleet.start_agent(name, "L0", [demo(engine.url, 2)])
    fleet.wait_nodes("a", "b", "c")
    fleet.coordinator.kill()
    fleet.start_coordinator()
    fleet.wait_nodes("a", "b", "c", seconds=5)
    assert chat(fleet)[0] == 200


def test_a_failing_engine_is_left_for_another_one(fleet):
    bad = fleet.demo_engine("bad", "--model", "demo", "--slots", "4")
    good = fleet.demo_engine("good", "--model", "demo", "--slots", "4", "--decode-tps", "200")
    fleet.start_coordinator()
    fleet.start_agent("bad", "L1", [demo(bad.url, 4)])
    fleet.start_agent("good", "L1", [demo(good.url, 4)])
    fleet.wait_nodes("bad", "good")
    for mode in ("http500", "close_before", "close_mid_stream"):
        post(bad.url + "/demo/fail", {"mode": mode, "count": 1000})
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: chat(fleet), range(12)))
        assert [a[0] for a in answers] == [200] * 12, mode
        assert {a[1]["x-weir-node"] for a in answers} == {"good"}
    fleet.idle()


def test_an_engine_that_fails_alone_is_a_typed_502(fleet):
    bad = fleet.demo_engine("bad", "--model", "demo")
    fleet.start_coordinator()
    fleet.start_agent("bad", "L1", [demo(bad.url, 4)])
    fleet.wait_nodes("bad")
    post(bad.url + "/demo/fail", {"mode": "http500", "count": 1000})
    status, _, text = chat(fleet)
    assert (status, json.loads(text)["error"]["code"]) == (502, "upstream_failed")
    fleet.idle()


def test_a_stalled_engine_costs_the_deadline_and_no_more(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "2")
    fleet.start_coordinator()
    fleet.start_agent("ws", "L0", [demo(engine.url, 2)])
    fleet.wait_nodes("ws")
    post(engine.url + "/demo/fail", {"mode": "stall", "count": 1})
    began = time.monotonic()
    status, _, text = chat(fleet, **{"X-Weir-Deadline-Ms": "700"})
    assert status in (502, 504), text
    assert 0.5 < time.monotonic() - began < 5
    fleet.idle()
    assert chat(fleet)[0] == 200


def test_nothing_connected_is_503_and_a_full_queue_is_429(fleet):
    fleet.start_coordinator("queue: {waiting_max: 2, deadline_ms: 1500}\n")
    status, headers, text = chat(fleet)
    assert (status, json.loads(text)["error"]["code"]) == (503, "no_capacity")
    assert int(headers["retry-after"]) >= 1 and int(headers["retry-after-ms"]) > 0
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "1", "--decode-tps", "5")
    fleet.start_agent("ws", "L0", [demo(engine.url, 1)])
    fleet.wait_nodes("ws")
    busy = Stream(fleet, 500)
    wait_for("a busy slot", lambda: fleet.queues()["running"] == 1)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: chat(fleet), range(4)))
    codes = sorted(json.loads(a[2])["error"]["code"] for a in answers)
    assert codes == ["deadline_exceeded"] * 2 + ["queue_full"] * 2
    assert all(a[1]["retry-after"] for a in answers if a[0] == 429)
    assert busy.ended is None


def test_sigterm_finishes_what_runs_and_takes_no_more(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "20")
    fleet.start_coordinator()
    agent = fleet.start_agent("ws", "L0", [demo(engine.url, 4)])
    fleet.wait_nodes("ws")
    stream = Stream(fleet, 40)
    wait_for("tokens", lambda: stream.text > 2)
    fleet.coordinator.signal(signal.SIGTERM)
    wait_for("readyz 503", lambda: get(fleet.url + "/readyz")[0] in (503, 0))
    stream.join(20)
    assert (stream.ended, stream.error) == ("done", None)
    assert fleet.coordinator.process.wait(10) == 0
    assert agent.stop() == 0


def test_a_drained_node_gets_no_work_until_undrained(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    fleet.start_coordinator()
    fleet.start_agent("a", "L0", [demo(engine.url, 2)])
    fleet.start_agent("b", "L0", [demo(engine.url, 2)])
    fleet.wait_nodes("a", "b")
    fleet.weir("drain", "a")
    wait_for("draining", lambda: fleet.nodes()["a"]["state"] == "draining")
    assert {chat(fleet)[1]["x-weir-node"] for _ in range(6)} == {"b"}
    fleet.weir("undrain", "a")
    fleet.wait_nodes("a", "b")


def test_a_bad_configuration_is_refused_with_file_line_and_column(fleet):
    config = fleet.folder / "bad.yaml"
    config.write_text("cluster: e2e\nlisten: {http: nowhere}\nqueue: {waiting_max: -1}\nfoo: 1\n")
    for command in (["weir", "config", "check", config], ["weir-coordinator", "--check", "--config",
                                                          config]):
        done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True)
        assert done.returncode == 2
        for line in ("bad.yaml:2:", "bad.yaml:3:", "bad.yaml:4:"):
            assert line in done.stdout + done.stderr


def test_an_engines_own_429_passes_through_with_a_time_to_wait(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo")
    fleet.start_coordinator()
    fleet.start_agent("ws", "L1", [demo(engine.url, 4)])
    fleet.wait_nodes("ws")
    for stream in (False, True):
        post(engine.url + "/demo/fail", {"mode": "http429", "count": 1})
        status, headers, text = chat(fleet, stream=stream)
        assert status == 429 and "error" in json.loads(text)
        assert int(headers["retry-after"]) >= 1 and int(headers["retry-after-ms"]) > 0
        assert headers["x-weir-attempts"] == "1"
    fleet.idle()


def engine_stats(engine):
    return json.loads(get(engine.url + "/demo/stats")[1])


def test_client_gone_cancels_the_engine_at_once_and_is_not_counted_against_it(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "4", "--decode-tps", "20")
    fleet.start_coordinator()
    fleet.start_agent("ws", "L1", [demo(engine.url, 4)])
    fleet.wait_nodes("ws")
    took = []
    for _ in range(6):  # twice as many as an engine may fail in a row
        body = json.dumps({"model": "demo", "stream": True, "max_tokens": 2000,
                           "messages": [{"role": "user", "content": "hi"}]}).encode()
        with socket.create_connection(("127.0.0.1", fleet.http)) as s:
            s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"
                      b"authorization: Bearer sk-e2e\r\ncontent-type: application/json\r\n"
                      b"content-length: %d\r\n\r\n" % len(body) + body)
            while b"content" not in s.recv(65536):
                pass
        left = time.monotonic()
        wait_for("a free engine", lambda: engine_stats(engine)["running"] == 0)
        took.append(time.monotonic() - left)
    assert sorted(took)[len(took) // 2] < 0.2, took  # 0.1 s, and the time to look
    assert chat(fleet)[0] == 200
    fleet.idle()


def test_an_engine_that_accepts_and_never_answers_is_left(fleet):
    # Stopped, its kernel still takes connections. Its agent sees that it answers no look.
    stopped = fleet.demo_engine("stopped", "--model", "demo", "--slots", "8", "--prefill-tps", "1")
    good = fleet.demo_engine("good", "--model", "demo", "--slots", "64", "--decode-tps", "200")
    fleet.start_coordinator()
    fleet.start_agent("bad", "L1", [demo(stopped.url, 8)])
    fleet.wait_nodes("bad")
    streams = [Stream(fleet, 20) for _ in range(8)]
    wait_for("8 running", lambda: fleet.queues()["running"] == 8)
    fleet.start_agent("good", "L1", [demo(good.url, 64)])
    fleet.wait_nodes("good")
    stopped.signal(signal.SIGSTOP)
    for s in streams:
        s.join(40)
    assert [(s.ended, s.error, s.node) for s in streams] == [("done", None, "good")] * 8
    assert chat(fleet)[1]["x-weir-node"] == "good"
    fleet.idle()
    stopped.signal(signal.SIGCONT)


def test_an_engine_that_fails_again_and_again_is_ejected_and_comes_back(fleet):
    bad = fleet.demo_engine("bad", "--model", "demo", "--slots", "4", "--decode-tps", "200")
    fleet.start_coordinator()
    fleet.start_agent("bad", "L1", [demo(bad.url, 4)])
    fleet.wait_nodes("bad")
    post(bad.url + "/demo/fail", {"mode": "http500", "count": 3})
    for _ in range(3):
        assert chat(fleet)[0] == 502
    began = time.monotonic()
    status, headers, _ = chat(fleet)
    assert status == 503
    told = fleet.explain(headers["x-request-id"])
    assert "failed too often just now" in json.dumps(told)
    wait_for("the probe", lambda: chat(fleet)[0] == 200)
    assert time.monotonic() - began > 2
    fleet.idle()


def test_a_restarted_coordinator_ends_what_ran_for_its_former_life(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "8", "--decode-tps", "20")
    fleet.start_coordinator()
    fleet.start_agent("ws", "L1", [demo(engine.url, 8)])
    fleet.wait_nodes("ws")
    streams = [Stream(fleet, 2000) for _ in range(8)]
    wait_for("tokens", lambda: all(s.text > 3 for s in streams))
    fleet.coordinator.kill()
    fleet.start_coordinator()
    wait_for("a free engine", lambda: engine_stats(engine)["running"] == 0)
    for s in streams:
        s.join(10)
    assert all(s.ended == "broken" for s in streams)
    fleet.wait_nodes("ws")
    assert chat(fleet)[0] == 200
    fleet.idle()
