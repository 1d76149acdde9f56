"""A recording cloud: ends TLS, keeps every byte it gets, and can be searched for what must never
have left.

It answers as OpenAI or Anthropic would, by the path it is asked at; fails by a script; or hands
everything to a real server behind it.
"""

import base64
import collections
import dataclasses
import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
import zlib


# ---- certificates ------------------------------------------------------------------------------


@dataclasses.dataclass
class Identity:
    """A throw-away CA and one server certificate of it; files."""

    ca: str
    cert: str
    key: str


def identity(folder, name="cloud", hosts=("IP:127.0.0.1", "DNS:localhost")):
    def openssl(*args):
        subprocess.run(["openssl", *[str(a) for a in args]], check=True, capture_output=True)

    def path(suffix):
        return folder / f"{name}-{suffix}"

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new_key, "-days", 2, "-subj", f"/CN={name} test CA",
            "-keyout", path("ca-key.pem"), "-out", path("ca.pem"))
    openssl("req", "-new", *new_key, "-subj", f"/CN={name}",
            "-keyout", path("key.pem"), "-out", path("request.pem"))
    path("extensions").write_text(
        f"subjectAltName={','.join(hosts)}\nextendedKeyUsage=serverAuth\n"
        "basicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", path("request.pem"), "-CA", path("ca.pem"),
            "-CAkey", path("ca-key.pem"), "-CAcreateserial", "-days", 2,
            "-extfile", path("extensions"), "-out", path("cert.pem"))
    return Identity(str(path("ca.pem")), str(path("cert.pem")), str(path("key.pem")))


# ---- searching ---------------------------------------------------------------------------------


def base64_patterns(canary):
    """What every base64 text that holds `canary` holds, whatever stands around it: one text for
    each of the three places that it may have in a group of three bytes, in both alphabets."""
    for phase in range(3):
        text = base64.b64encode(b"\0" * phase + canary)
        whole = text[-(-phase * 8 // 6):(phase + len(canary)) * 8 // 6]
        yield f"base64/{phase}", whole
        yield f"base64url/{phase}", whole.translate(bytes.maketrans(b"+/", b"-_"))


SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


def json_unescaped(data):
    def plain(found):
        units = found.group(1)
        if units is None:
            return SHORT.get(found.group(2), found.group(2))
        numbers = [int(u, 16) for u in re.findall(rb"[0-9a-fA-F]{4}", units.replace(b"\\u", b""))]
        utf16 = b"".join(n.to_bytes(2, "big") for n in numbers)
        return utf16.decode("utf-16-be", errors="replace").encode()

    return re.sub(rb"((?:\\u[0-9a-fA-F]{4})+)|\\(.)", plain, data, flags=re.S)


def gunzipped(data):
    """What every gzip member in `data` holds, whole or cut."""
    at = data.find(b"\x1f\x8b\x08")
    while at >= 0:
        member = zlib.decompressobj(wbits=31)
        out = b""
        try:
            out = member.decompress(data[at:], 64 << 20)
        except zlib.error:
            pass  # what came before the damage is not told; a cut member is no error
        if out:
            yield out
        at = data.find(b"\x1f\x8b\x08", at + 1)


def views(data, depth=2):
    """`data` in every form in which a text may stand in it, by name."""
    yield "raw", data
    once = json_unescaped(data)
    yield "json", once
    yield "json in json", json_unescaped(once)
    yield "percent", urllib.parse.unquote_to_bytes(data)
    yield "form", urllib.parse.unquote_to_bytes(data.replace(b"+", b" "))
    if depth > 0:
        for member in gunzipped(data):
            for name, view in views(member, depth - 1):
                yield f"gzip, {name}", view


def find(data, canary):
    """The forms in which `canary` (bytes) stands in `data`; empty: in none."""
    found = set()
    patterns = [("plain", canary), *base64_patterns(canary)]
    hexed = canary.hex().encode()
    for name, view in views(data):
        found |= {f"{name}: {kind}" for kind, pattern in patterns if pattern in view}
        if hexed in view.lower():
            found.add(f"{name}: hex")
    return found


# ---- what it answers ---------------------------------------------------------------------------


@dataclasses.dataclass
class Answer:
    """A good answer: `words`, then a call of `tool` (name, arguments) where there is one."""

    words: tuple = ("one ", "two ", "three")
    tool: tuple = None
    gap: float = 0.0  # seconds between the pieces of a stream
    usage: tuple = (11, 7)


@dataclasses.dataclass
class Fail:
    status: int
    headers: dict = dataclasses.field(default_factory=dict)
    body: str = '{"error": {"type": "overloaded_error", "message": "no"}}'


@dataclasses.dataclass
class Stall:
    """Takes the request, and says nothing until the other side leaves."""


@dataclasses.dataclass
class Break:
    """Ends the connection after so many pieces of a stream; at 0 before any answer."""

    pieces: int = 2


@dataclasses.dataclass
class Forward:
    """Hands the request to a real server (http://host:port), and its answer back."""

    url: str
    key: str = ""


def openai_chunk(delta, finish=None, **more):
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def openai_events(a):
    yield openai_chunk({"role": "assistant", "content": ""})
    for word in a.words:
        yield openai_chunk({"content": word})
    if a.tool:
        call = {"index": 0, "id": "call_1", "type": "function",
                "function": {"name": a.tool[0], "arguments": a.tool[1]}}
        yield openai_chunk({"tool_calls": [call]})
    yield openai_chunk({}, "tool_calls" if a.tool else "stop")
    yield {**openai_chunk({}), "choices": [],
           "usage": {"prompt_tokens": a.usage[0], "completion_tokens": a.usage[1],
                     "total_tokens": sum(a.usage)}}


def openai_whole(a):
    message = {"role": "assistant", "content": "".join(a.words)}
    if a.tool:
        message["tool_calls"] = [{"id": "call_1", "type": "function",
                                  "function": {"name": a.tool[0], "arguments": a.tool[1]}}]
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": message,
                         "finish_reason": "tool_calls" if a.tool else "stop"}],
            "usage": {"prompt_tokens": a.usage[0], "completion_tokens": a.usage[1],
                      "total_tokens": sum(a.usage)}}


def anthropic_whole(a):
    content = [{"type": "text", "text": "".join(a.words)}] if a.words else []
    if a.tool:
        content.append({"type": "tool_use", "id": "toolu_1", "name": a.tool[0],
                        "input": json.loads(a.tool[1])})
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": content, "stop_reason": "tool_use" if a.tool else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": a.usage[0], "output_tokens": a.usage[1]}}


def anthropic_events(a):
    start = {**anthropic_whole(a), "content": [], "stop_reason": None,
             "usage": {"input_tokens": a.usage[0], "output_tokens": 1}}
    yield {"type": "message_start", "message": start}
    index = 0
    if a.words:
        yield {"type": "content_block_start", "index": 0,
               "content_block": {"type": "text", "text": ""}}
        for word in a.words:
            yield {"type": "content_block_delta", "index": 0,
                   "delta": {"type": "text_delta", "text": word}}
        yield {"type": "content_block_stop", "index": 0}
        index = 1
    if a.tool:
        yield {"type": "content_block_start", "index": index,
               "content_block": {"type": "tool_use", "id": "toolu_1", "name": a.tool[0],
                                 "input": {}}}
        for part in (a.tool[1][:3], a.tool[1][3:]):
            yield {"type": "content_block_delta", "index": index,
                   "delta": {"type": "input_json_delta", "partial_json": part}}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta",
           "delta": {"stop_reason": "tool_use" if a.tool else "end_turn", "stop_sequence": None},
           "usage": {"output_tokens": a.usage[1]}}
    yield {"type": "message_stop"}


# ---- the server --------------------------------------------------------------------------------


@dataclasses.dataclass
class Request:
    path: str
    headers: dict
    body: bytes
    at: float  # time.monotonic()

    def json(self):
        return json.loads(self.body)


class Gone(Exception):
    """The other side ended the connection."""


class Cloud:
    """Use as a context manager. `script` holds what the next requests get, in order; then each
    gets `otherwise`. `tls` None: plain HTTP."""

    def __init__(self, tls=None, otherwise=None, host="127.0.0.1"):
        self.otherwise = otherwise or Answer()
        self.script = collections.deque()
        self.requests = []
        self.handshakes_failed = 0
        self.connections = 0
        self.peers = []  # addresses that connected
        self._received = []  # of each connection, all that was decrypted
        self._lock = threading.Lock()
        self._open = set()
        self._over = threading.Event()
        self._tls = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(tls.cert, tls.key)
        self.ca = tls.ca if tls else None
        self._listener = socket.create_server((host, 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        # A thread that waits in accept() holds the socket: wake it before closing.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in list(self._open):
                one.close()

    # ---- looking at it

    def engine(self, kind="openai", models=("cloud-1",), more="", ca=None, key="sk-cloud"):
        """A line of an agent's list of engines."""
        listed = ", ".join(f"{{id: {m}, capability: 3, usd_in_per_mtok: 1, usd_out_per_mtok: 2}}"
                           for m in models)
        ca = ca or self.ca
        trust = f"ca: '{ca}', " if ca else ""
        return (f"{{kind: {kind}, cloud: true, url: '{self.url}', {trust}api_key: {key}, "
                f"models: [{listed}]{', ' if more else ''}{more}}}")

    def received(self):
        """All bytes, one item for each connection."""
        with self._lock:
            return [bytes(r) for r in self._received]

    def bytes_in(self):
        return sum(len(r) for r in self.received())

    def find(self, canary):
        """The forms in which a text reached this cloud; empty: it did not."""
        canary = canary.encode() if isinstance(canary, str) else canary
        return set().union(*[find(r, canary) for r in self.received()])

    # ---- serving

    def _accept(self):
        while not self._over.is_set():
            try:
                raw, (peer, *_) = self._listener.accept()
                self.peers.append(peer)
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = raw
        try:
            if self._tls:
                raw.settimeout(10)
                connection = self._tls.wrap_socket(raw, server_side=True)
            connection.settimeout(None)
        except OSError:
            with self._lock:
                self.handshakes_failed += 1
            raw.close()
            return
        with self._lock:
            self.connections += 1
            self._open.add(connection)
            kept = bytearray()
            self._received.append(kept)
        try:
            self._converse(connection, kept)
        except (OSError, Gone, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _converse(self, connection, kept):
        done = 0  # of `kept`

        def more():
            got = connection.recv(65536)
            if not got:
                raise Gone
            with self._lock:
                kept.extend(got)

        while True:
            while (head_end := kept.find(b"\r\n\r\n", done)) < 0:
                more()
            lines = bytes(kept[done:head_end]).decode("latin-1").split("\r\n")
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
            length = int(headers.get("content-length", "0"))
            begin = head_end + 4
            while len(kept) < begin + length:
                more()
            done = begin + length
            request = Request(lines[0].split(" ")[1], headers, bytes(kept[begin:done]),
                              time.monotonic())
            with self._lock:
                self.requests.append(request)
                step = self.script.popleft() if self.script else self.otherwise
            self._answer(connection, request, step, more)

    def _answer(self, connection, request, step, more):
        if isinstance(step, Stall):
            while True:
                more()
        if isinstance(step, Fail):
            return respond(connection, step.status, step.body.encode(),
                           {"content-type": "application/json", **step.headers})
        if isinstance(step, Forward):
            return forward(connection, request, step)
        if isinstance(step, Break):
            if step.pieces == 0:
                raise Gone
            return stream(connection, request, Answer(words=("x ",) * 1000), step.pieces)
        asked = request.json()
        if asked.get("stream"):
            return stream(connection, request, step, None)
        whole = anthropic_whole if is_anthropic(request) else openai_whole
        respond(connection, 200, json.dumps(whole(step)).encode(),
                {"content-type": "application/json"})


def is_anthropic(request):
    return request.path.endswith("/messages")


def respond(connection, status, body, headers):
    head = f"HTTP/1.1 {status} {http.client.responses.get(status, 'Status')}\r\n"
    for name, value in {**headers, "content-length": len(body)}.items():
        head += f"{name}: {value}\r\n"
    connection.sendall(head.encode("latin-1") + b"\r\n" + body)


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def stream(connection, request, answer, break_after):
    """Server-sent events, chunked; ends the connection after `break_after` of them."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                       b"transfer-encoding: chunked\r\n\r\n")
    anthropic = is_anthropic(request)
    events = anthropic_events(answer) if anthropic else openai_events(answer)
    for number, event in enumerate(events):
        if number == break_after:
            raise Gone
        name = f"event: {event['type']}\n" if anthropic else ""
        connection.sendall(chunk(f"{name}data: {json.dumps(event)}\n\n".encode()))
        time.sleep(answer.gap)
    if not anthropic:
        connection.sendall(chunk(b"data: [DONE]\n\n"))
    connection.sendall(b"0\r\n\r\n")


def forward(connection, request, to):
    server = http.client.HTTPConnection(urllib.parse.urlsplit(to.url).netloc, timeout=60)
    headers = {"content-type": "application/json"}
    if to.key:
        headers["authorization"] = f"Bearer {to.key}"
    server.request("POST", request.path, request.body, headers)
    answer = server.getresponse()
    kind = answer.getheader("content-type", "application/json")
    connection.sendall(f"HTTP/1.1 {answer.status} OK\r\ncontent-type: {kind}\r\n"
                       "transfer-encoding: chunked\r\n\r\n".encode("latin-1"))
    while piece := answer.read1(65536):
        connection.sendall(chunk(piece))
    connection.sendall(b"0\r\n\r\n")
    server.close()
