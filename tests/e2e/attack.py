"""Runs cases of attacks (../shared/guard, guard_attacks.jsonl) against a fleet and judges what came
of them: by the client's answer, and by every byte that the cloud and the local engine got."""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import socket
import tempfile
import threading

import cloud as clouds
from fleet import ROOT, Fleet, get, wait_for
from sink import Echo, Sink, across_texts, leaks

DEV = pathlib.Path(os.environ.get("WEIR_SHARED", ROOT.parent / "shared")) / "guard"
DEV = DEV / "attacks_dev.jsonl"
OWN = pathlib.Path(__file__).parent / "guard_attacks.jsonl"
LOCAL_MODELS = ("local-1", "text-embedding-3-large")
CLOUD_MODELS = {"openai": "gpt-4o", "anthropic": "claude-1"}
HARMLESS = "Which three colours has a traffic light?"


def cases(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


# ---- the client --------------------------------------------------------------------------------


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict
    body: str

    def code(self):
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            error = json.loads(self.body)["error"]
            return error.get("code") or error.get("type")
        return None

    @property
    def tier(self):
        return self.headers.get("x-weir-tier", "")

    def text(self):
        """What was answered, of any dialect, whole or in pieces."""
        if "event-stream" in self.headers.get("content-type", ""):
            events = [line[5:] for line in self.body.splitlines() if line.startswith("data:")]
        elif "ndjson" in self.headers.get("content-type", ""):
            events = self.body.splitlines()
        else:
            events = [self.body]
        said = ""
        for event in events:
            with contextlib.suppress(ValueError):
                said += text_of(json.loads(event))
        return said


def text_of(answer):
    """The text of one JSON answer or event; empty where it holds none."""
    if not isinstance(answer, dict):
        return ""
    kind = answer.get("type")
    if isinstance(answer.get("delta"), str):  # of Responses
        return answer["delta"] if kind == "response.output_text.delta" else ""
    if isinstance(kind, str) and kind.startswith("response."):
        return ""
    parts = [answer.get("response", ""), answer.get("text", "")]
    for choice in answer.get("choices", []):
        parts += [choice.get("text", ""), choice.get("delta", {}).get("content"),
                  choice.get("message", {}).get("content")]
    for key in ("message", "delta"):
        if isinstance(answer.get(key), dict):
            parts += [answer[key].get("content"), answer[key].get("text")]
    for item in [*(answer.get("output") or []), answer]:
        if isinstance(item, dict) and isinstance(item.get("content"), list):
            parts += [c.get("text") for c in item["content"] if isinstance(c, dict)]
    return "".join(p for p in parts if isinstance(p, str))


def send(port, method, path, headers, body, timeout=40):
    """One request over a connection of its own; a header whose value is a list is sent often."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.putrequest(method, path)
        named = {n.lower() for n in headers}
        if body and "content-type" not in named:
            connection.putheader("content-type", "application/json")
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                connection.putheader(name, one.encode())
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)
    finally:
        connection.close()


def send_raw(port, data):
    """Bytes as they are; what came back until the other side closed, or was silent for 3 s."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as s:
        s.sendall(data.encode())
        got = b""
        with contextlib.suppress(OSError):
            while piece := s.recv(65536):
                got += piece
    found = re.match(rb"HTTP/1\.1 (\d+)", got)
    return Reply(int(found.group(1)) if found else 0, {}, got.decode("utf-8", "replace"))


def last_of(case):
    return case["input"].get("sequence", [case["input"]])[-1]


def body_of(asked):
    if "raw_body" in asked:
        repeated = re.fullmatch(r"(.)\*(\d+)", asked["raw_body"])  # "[*100000"
        text = repeated.group(1) * int(repeated.group(2)) if repeated else asked["raw_body"]
        return text.encode()
    if "body" not in asked:
        return b""
    body = asked["body"]
    if "append" in asked:
        body = {**body, "messages": with_result(body["messages"], asked["append"])}
    return json.dumps(body, ensure_ascii=bool(asked.get("escaped"))).encode()


def with_result(messages, result):
    """A tool's result behind the call that it belongs to; without a call it would be no chat."""
    call = {"id": "call_1", "type": "function", "function": {"name": "query", "arguments": "{}"}}
    *before, last = messages
    return [*before, {**last, "tool_calls": [call]}, {**result, "tool_call_id": "call_1"}]


# ---- the fleets --------------------------------------------------------------------------------


class Range:
    """A fleet to shoot at. `shape`: "local" (a machine of our own with room), "absent" (a cloud
    alone) or "saturated" (a machine of our own that never gets done, and a full queue)."""

    def __init__(self, shape, extra="", keys=False, env=None, kinds=("openai", "anthropic"),
                 context=20_000, programs=None):
        self.shape, self.extra, self.keys, self.env, self.kinds = shape, extra, keys, env, kinds
        self.context, self.programs = context, programs
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="weir-range-"))
        self.fleet = fleet = self.stack.enter_context(Fleet(self.programs))
        self.home = self.stack.enter_context(Sink(None, Echo(), LOCAL_MODELS, self.context))
        tls = clouds.identity(pathlib.Path(folder))
        self.cloud = self.stack.enter_context(Sink(tls, Echo()))
        queue = "queue: {waiting_max: 1}\n" if self.shape == "saturated" else ""
        self.temp = fleet.folder / "tmp"
        self.temp.mkdir()
        env = {"WEIR_LOG": "trace", "TMPDIR": str(self.temp), **(self.env or {})}
        extra = ("" if self.keys else "default_grade: P2\n") + queue + self.extra
        self.start_coordinator = lambda: fleet.start_coordinator(extra, self.keys, env)
        self.start_coordinator()
        if self.shape != "absent":
            slots = 1 if self.shape == "saturated" else 8
            self.gpu = fleet.start_agent("gpu", "L1", [self.home.local(slots)],
                                         "admin: '127.0.0.1:0'\n", env)
        self.proxy = fleet.start_agent(
            "proxy", "L2",
            [self.cloud.engine(k, (CLOUD_MODELS[k],), key=f"sk-cloud-{k}") for k in self.kinds],
            "admin: '127.0.0.1:0'\n", env)
        self.admin = admin_of(self.proxy)
        fleet.wait_nodes("proxy", *([] if self.shape == "absent" else ["gpu"]))
        if self.shape == "saturated":
            self.saturate()
        return self

    def __exit__(self, *why):
        return self.stack.__exit__(*why)

    def saturate(self):
        """A slot that never comes free, and the one place of the queue."""
        self.home.otherwise = clouds.Stall()
        body = {"model": "local-1", "messages": [{"role": "user", "content": HARMLESS}]}
        headers = {"X-Data-Grade": "P0", "X-Weir-Deadline-Ms": "600000"}

        def ask():
            with contextlib.suppress(OSError, http.client.HTTPException):
                send(self.fleet.http, "POST", "/v1/chat/completions", headers,
                     json.dumps(body).encode(), 600)

        for wanted in ("running", "waiting"):
            threading.Thread(target=ask, daemon=True).start()
            wait_for(f"a request that is {wanted}", lambda: self.fleet.queues()[wanted] == 1)

    def ask(self, asked):
        return send(self.fleet.http, asked.get("method", "POST"), asked["path"],
                    asked.get("headers", {}), body_of(asked))

    def run(self, case):
        """returns  what the last of the case's requests got."""
        asked = case["input"]
        if "raw" in asked:
            return send_raw(self.fleet.http, asked["raw"])
        return self.ask(last_of(case))

    def mark(self):
        return Since(self.cloud), Since(self.home)

    def sensitive(self):
        """What the proxy says of itself."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in get(self.admin + "/metrics")[1].splitlines()
                   if line.startswith("weir_sensitive_to_cloud_total"))


def admin_of(agent):
    return "http://127.0.0.1:" + agent.line(r"admin listening on 127\.0\.0\.1:(\d+)").group(1)


class Since:
    """What a cloud gets from now on."""

    def __init__(self, sink):
        self.sink = sink
        self.bytes = [len(r) for r in sink.received()]
        self.posts = len(sink.posts())

    def requests(self):
        return self.sink.posts()[self.posts:]

    def received(self):
        begins = self.bytes + [0] * 1_000_000
        return [r[b:] for r, b in zip(self.sink.received(), begins)]

    def leaks(self, canaries):
        return {**across_texts(self.requests(), canaries),
                **leaks([r for r in self.received() if r], canaries)}


# ---- the judge ---------------------------------------------------------------------------------

FORBIDDEN = (503, "grade_forbids_cloud")


def judge(case, field):
    """Runs a case and asserts its verdict, as this shape of fleet lets it be seen."""
    before, _ = field.mark()
    for one in case["input"].get("sequence", [])[:-1]:
        field.ask(one)
    far, near = field.mark()
    reply = field.run(case)
    leaked = before.leaks(case["canaries"])
    assert not leaked, (case["id"], leaked, reply)
    assert field.sensitive() == 0
    if reply.status in case["expect"].get("or_status", ()):
        assert not far.requests()
        return reply
    JUDGES[case["expected"]](case, field, reply, far, near)
    return reply


def judge_local_only(case, field, reply, far, near):
    assert not far.requests(), "a request that may not leave reached the cloud"
    if field.shape == "local":
        assert (reply.status, reply.tier) == (200, "L1"), reply
        assert near.requests()
    else:
        refused(case, reply)


def refused(case, reply):
    """By one of the ways in which the contract refuses what no permitted machine can serve."""
    wanted = case["expect"].get("refused")  # statuses that this case's endpoint may give instead
    if wanted:
        assert reply.status in wanted, reply
    else:
        assert (reply.status, reply.code()) == FORBIDDEN or (
            reply.status == 503 and not reply.body.startswith('{"error":{')), reply
        assert "retry-after" in reply.headers, reply


def judge_fail_closed(case, field, reply, far, _):
    assert not far.requests()
    same = case["expect"]["status"]
    too_long = reply.status == 400 and reply.code() == "context_length_exceeded"
    assert reply.status in same or too_long, reply


def judge_redact_or_local(case, field, reply, far, _):
    if field.shape == "local":
        return judge_served_here(reply, far)
    if reply.status == 200:
        assert reply.tier == "L2" and far.requests(), reply
        restored(case, reply)
    else:
        assert not far.requests()
        refused(case, reply)


def judge_served_here(reply, far):
    assert (reply.status, reply.tier) == (200, "L1"), reply
    assert not far.requests()


def restored(case, reply):
    """The cloud said what it was asked: the client must see its own words, and no placeholder."""
    said, body = reply.text(), json.loads(body_of(last_of(case)))
    assert "\u27e6PII:" not in said or "\u27e6PII:" in json.dumps(body, ensure_ascii=False), said
    last = body.get("prompt") or body.get("input") or body["messages"][-1]["content"]
    if isinstance(last, str):
        assert last in said, (last, said)


def judge_reject(case, _, reply, far, near):
    assert reply.status in case["expect"]["status"], reply
    assert not far.requests() and not near.requests()


def judge_cloud_ok(case, field, reply, far, _):
    assert reply.status == 200, reply
    asked = last_of(case)
    dry = field.ask({**asked, "headers": {**asked.get("headers", {}), "X-Weir-Dry-Run": "1"}})
    said = json.loads(dry.body)
    assert said["grade"] in ("P1", "P2"), said
    if field.shape == "absent":
        assert reply.tier == "L2" and far.requests()
        restored(case, reply)


def judge_no_leak(case, _, reply, *__):
    assert reply.status in (200, *FORBIDDEN[:1]), reply


JUDGES = {"local_only": judge_local_only, "fail_closed": judge_fail_closed,
          "redact_or_local": judge_redact_or_local, "reject": judge_reject,
          "cloud_ok": judge_cloud_ok, "no_leak": judge_no_leak}
