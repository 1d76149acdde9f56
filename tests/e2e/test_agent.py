"""What an agent owes its coordinators and its owner: answers kept, errors named."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fleet import BIN, free_port, wait_for
from test_failures import Stream, demo


class FastEngine(BaseHTTPRequestHandler):
    """An engine that streams `chunks` of 1 kB as fast as it is read."""

    protocol_version = "HTTP/1.1"
    chunks, done = 800, threading.Event()

    def do_GET(self):
        found = self.path == "/v1/models"
        body = b'{"data":[{"id":"demo"}]}' if found else b""
        self.send_response(200 if found else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "demo",
                 "choices": [{"index": 0, "delta": {"content": "y" * 900}, "finish_reason": None}]}
        for _ in range(self.chunks):
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        event["choices"][0] |= {"delta": {}, "finish_reason": "stop"}
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n")
        self.close_connection = True
        self.done.set()

    def log_message(self, *_):
        pass


def test_a_second_coordinator_leaves_the_first_ones_streams_alone(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "20")
    fleet.start_coordinator()
    second = free_port()
    fleet.issue("agent", "ws", "--tier", "L1")
    config = fleet.folder / "ws.yaml"
    config.write_text(
        f"name: ws\ntier: L1\ncoordinators: ['127.0.0.1:{fleet.agents_port}',"
        f" '127.0.0.1:{second}']\ntls: {{ca: ca.pem, cert: ws.pem, key: ws-key.pem}}\n"
        f"engines:\n  - {demo(engine.url, 4)}\n")
    agent = fleet.start("ws", [BIN / "weir-node-agent", "--config", config])
    fleet.wait_nodes("ws")
    stream = Stream(fleet, 120)
    wait_for("tokens", lambda: stream.text > 2)
    other = fleet.folder / "second.yaml"
    other.write_text(
        f"cluster: e2e\ndata_dir: {fleet.folder}/second\n"
        f"listen: {{http: '127.0.0.1:0', agents: '127.0.0.1:{second}'}}\n"
        "tls: {ca: ca.pem, cert: coordinator.pem, key: coordinator-key.pem}\n")
    fleet.start("second", [BIN / "weir-coordinator", "--config", other])
    wait_for("both links", lambda: agent.text().count("link up") == 2)
    stream.join(30)
    assert (stream.ended, stream.error) == ("done", None)


def test_sigterm_of_an_agent_waits_for_what_its_reader_has_not_taken_yet(fleet):
    FastEngine.done.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), FastEngine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fleet.start_coordinator()
    agent = fleet.start_agent("ws", "L1", [demo(f"http://127.0.0.1:{server.server_port}", 2)])
    fleet.wait_nodes("ws")
    body = json.dumps({"model": "demo", "stream": True,
                       "messages": [{"role": "user", "content": "hi"}]})
    with socket.socket() as reader:
        # A small window and 100 kB/s: the answer stands in buffers all the way to the agent.
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        reader.connect(("127.0.0.1", fleet.http))
        reader.sendall(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-e2e\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
        assert FastEngine.done.wait(10)
        agent.signal(signal.SIGTERM)
        agent.line("stopping")
        text = b""
        while not text.endswith(b"0\r\n\r\n") and (piece := reader.recv(20_000)):
            text += piece
            time.sleep(len(piece) / 100_000)
    assert b"data: [DONE]\n\n" in text[-300:], text[-300:]
    assert agent.process.wait(10) == 0
    server.shutdown()


def test_a_check_opens_every_file_the_configuration_names(fleet):
    fleet.issue("agent", "ws", "--tier", "L1")

    def check(tls="{ca: ca.pem, cert: ws.pem, key: ws-key.pem}", engine="", name="ws"):
        config = fleet.folder / "checked.yaml"
        config.write_text(
            f"name: {name}\ntier: L1\ncoordinators: ['127.0.0.1:1']\ntls: {tls}\n"
            "engines:\n  - kind: openai\n    url: https://localhost:1\n" + engine)
        done = subprocess.run([BIN / "weir-node-agent", "--check", "--config", config],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    assert check()[0] == 0
    (fleet.folder / "nonsense.pem").write_text("nonsense")
    for options, place, words in (
        ({"tls": "{ca: gone.pem, cert: ws.pem, key: ws-key.pem}"}, ":4:11: tls.ca: ",
         "No such file or directory"),
        ({"tls": "{ca: nonsense.pem, cert: ws.pem, key: ws-key.pem}"}, ":4:11: tls.ca: ", "pem"),
        ({"tls": "{ca: ca.pem, cert: ws.pem, key: ca-key.pem}"}, ":4:38: tls.key: ", "key"),
        ({"tls": "{ca: ca.pem, cert: ., key: ws-key.pem}"}, ":4:25: tls.cert: ",
         "Is a directory"),
        ({"name": "other"}, ":4:25: tls.cert: ", "is not the certificate of agent other"),
        ({"engine": "    ca: gone.pem\n"}, ":8:9: engines[0].ca: ", "No such file or directory"),
        ({"engine": "    ca: nonsense.pem\n"}, ":8:9: engines[0].ca: ", "nonsense.pem"),
    ):
        code, text = check(**options)
        assert code == 2, options
        assert "checked.yaml" + place in text and words in text, (options, text)
        assert "system lib" not in text


def test_a_reload_with_a_broken_file_is_refused_and_names_it(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo")
    fleet.start_coordinator()
    agent = fleet.start_agent("ws", "L1", [demo(engine.url, 4)])
    fleet.wait_nodes("ws")
    key = fleet.folder / "ws-key.pem"
    good = key.read_bytes()
    key.write_text("nonsense")
    agent.signal(signal.SIGHUP)
    agent.line("reload refused")
    assert "ws.yaml:5:" in agent.text() and "tls.key" in agent.text()
    key.write_bytes(good)
    os.chmod(key, 0o600)
    agent.signal(signal.SIGHUP)
    agent.line("certificates reloaded")
    fleet.wait_nodes("ws")
