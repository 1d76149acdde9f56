"""A fleet on this machine for end-to-end tests: certificates, a coordinator, agents, engines.

Everything listens on 127.0.0.1 with a port of the system's choice, lives in one temporary
folder, and is ended by process id.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("WEIR_BIN", ROOT / "build" / "bin"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "weir"

OLLAMA = pathlib.Path(os.environ.get("WEIR_OLLAMA", CACHE / "ollama" / "bin" / "ollama"))
OLLAMA_CHAT = '''TEMPLATE """{{- if .Tools }}<|im_start|>system
# Tools
{{ range .Tools }}{{ . }}
{{ end }}For each function call return <tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{{ end }}{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}{{ range .ToolCalls }}<tool_call>
{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
</tool_call>{{ end }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER stop <|im_end|>
PARAMETER temperature 0
'''


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def wait_for(what, probe, seconds=15.0):
    """The first true value of `probe()`; fails loudly after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """A program whose output goes to a file; `line(pattern)` waits for a line of it."""

    def __init__(self, name, command, folder, env=None):
        self.name, self.log = name, folder / f"{name}.log"
        self.gently = False  # whether it has processes of its own to end
        self.out = open(self.log, "ab")
        self.process = subprocess.Popen(
            [str(c) for c in command],
            stdout=self.out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=os.environ | (env or {}),
        )

    @property
    def pid(self):
        return self.process.pid

    def text(self):
        return self.log.read_text(errors="replace")

    def line(self, pattern, seconds=20):
        def probe():
            found = re.search(pattern, self.text())
            if not found and self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended {self.process.returncode}: {self.text()}")
            return found

        return wait_for(f"{pattern!r} of {self.name}", probe, seconds)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self, seconds=10):
        """SIGTERM; the exit code, or a failure where it does not end in time."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end in {seconds} s: {self.text()[-2000:]}")

    def memory_kb(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Fleet:
    """Use as a context manager. `url` is the coordinator's address once it was started."""

    def __init__(self, programs=None):
        """`programs`: others in the place of Weir's own, by name."""
        self.programs = programs or {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-e2e-"))
        self.processes, self.url, self.http, self.agents_port = [], None, None, None
        self.agents_host = "127.0.0.1"  # where coordinators listen for agents
        self.coordinator = None
        certs = [BIN / "weir", "certs"]
        subprocess.run([*certs, "init", "--dir", self.folder, "--cluster", "e2e"], check=True,
                       stdout=subprocess.DEVNULL)
        self.issue("coordinator", "coordinator")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            for p in self.processes:
                print(f"--- {p.name}\n{p.text()[-3000:]}")
        for p in reversed(self.processes):
            p.stop() if p.gently else p.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def issue(self, role, name, *more):
        subprocess.run(
            [BIN / "weir", "certs", "issue", "--dir", self.folder, "--role", role, "--name", name,
             *more],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self, name, command, env=None):
        p = Process(name, command, self.folder, env)
        self.processes.append(p)
        return p

    def program(self, name):
        return self.programs.get(name, BIN / name)

    # ---- engines

    def demo_engine(self, name, *options, within=()):
        """`within`: a command that runs it elsewhere, in a network namespace for example."""
        p = self.start(name, [*within, BIN / "weir-demo-engine", "--port", "0", *options])
        p.url = "http://127.0.0.1:" + p.line(r"listening on 127\.0\.0\.1:(\d+)").group(1)
        return p

    def llama_server(self, name, *options):
        port = free_port()
        p = self.start(name, [CACHE / "llama" / "llama-server", "--port", port, "--host",
                              "127.0.0.1", "--metrics", "--no-webui", "-t", "1", *options])
        p.url = f"http://127.0.0.1:{port}"
        wait_for("llama-server", lambda: get(p.url + "/health")[0] == 200, 60)
        return p

    def llama(self, name="llama", slots=4, context=65536, key="sk-engine", model="tiny-chain",
              options=()):
        p = self.llama_server(name, "-m", CACHE / f"{model}.gguf", "-a", model, "-np", slots, "-c",
                              context, "--props", "--slots", "--api-key", key, "-tb", "2",
                              *options)
        p.key = key
        return p

    def llama_embed(self):
        return self.llama("embed", slots=2, context=8192, model="tiny-embed",
                          options=["--embeddings", "--pooling", "mean", "-ub", "4096"])

    def llama_rerank(self):
        return self.llama("rerank", slots=1, context=2048, model="tiny-rerank",
                          options=["--rerank"])

    def ollama(self, parallel=2, loaded_max=2):
        """A real Ollama with tiny-chain and tiny-embed; `loaded_max` of them are loaded at once."""
        home = self.folder / "ollama"
        home.mkdir()
        port = free_port()
        env = {"HOME": str(home), "OLLAMA_HOST": f"127.0.0.1:{port}", "OLLAMA_NO_CLOUD": "1",
               "OLLAMA_MODELS": str(home / "models"), "OLLAMA_NUM_PARALLEL": str(parallel),
               "OLLAMA_MAX_LOADED_MODELS": str(loaded_max), "OLLAMA_CONTEXT_LENGTH": "4096",
               "OLLAMA_NOPRUNE": "1"}
        p = self.start("ollama", [OLLAMA, "serve"], env)
        p.gently = True  # its runners are processes of their own
        p.url = f"http://127.0.0.1:{port}"
        wait_for("Ollama", lambda: get(p.url + "/api/version")[0] == 200, 60)
        for model, rest in (("tiny-chain", OLLAMA_CHAT), ("tiny-embed", "")):
            text = home / f"{model}.modelfile"
            text.write_text(f"FROM {CACHE}/{model}.gguf\n{rest}")
            subprocess.run([OLLAMA, "create", model, "-f", text], env=os.environ | env, check=True,
                           capture_output=True)
        return p

    # ---- Weir's own programs

    def start_coordinator(self, extra="", keys=True, env=None):
        """Starts it, or starts it again on the same ports."""
        text = (
            f"cluster: e2e\ndata_dir: {self.folder}/coordinator\n"
            f"listen: {{http: '127.0.0.1:{self.http or 0}',"
            f" agents: '{self.agents_host}:{self.agents_port or 0}'}}\n"
            "tls: {ca: ca.pem, cert: coordinator.pem, key: coordinator-key.pem}\n"
        )
        if keys:
            text += (
                f"api_keys:\n  - {{name: e2e, sha256: {sha256('sk-e2e')}, tenant: eng,"
                " default_grade: P2}\n"
                f"  - {{name: limited, sha256: {sha256('sk-limited')}, tenant: eng,"
                " default_grade: P2, rpm: 20}\n"
            )
        config = self.folder / "coordinator.yaml"
        config.write_text(text + extra)
        p = self.start(f"coordinator{len(self.processes)}",
                       [self.program("weir-coordinator"), "--config", config], env)
        found = p.line(r"weir-coordinator: http 127\.0\.0\.1:(\d+) agents [\d.]+:(\d+)")
        self.http, self.agents_port = int(found.group(1)), int(found.group(2))
        self.url, self.coordinator = f"http://127.0.0.1:{self.http}", p
        return p

    def start_agent(self, name, tier, engines, extra="", env=None, port=None,
                    within=(), accepts=None, presence="{yield: false}"):
        """`engines`: lines of the configuration's list, for example '{kind: openai, …}'. `port`:
        where it finds the coordinator, for example a relay's. `within`: as for engines. Whoever
        sits here while the tests run is no owner that `presence` would notice."""
        accepts = accepts or f"{{grades: [{'' if tier == 'L2' else 'P0, '}P1, P2], tenants: ['*']}}"
        if not (self.folder / f"{name}.pem").exists():
            self.issue("agent", name, "--tier", tier)
        config = self.folder / f"{name}.yaml"
        config.write_text(
            f"name: {name}\ntier: {tier}\ndata_dir: {self.folder}/{name}\n"
            f"coordinators: ['{self.agents_host}:{port or self.agents_port}']\n"
            f"tls: {{ca: ca.pem, cert: {name}.pem, key: {name}-key.pem}}\n"
            f"accepts: {accepts}\npresence: {presence}\n"
            "engines:\n" + "".join(f"  - {e}\n" for e in engines) + extra
        )
        return self.start(f"agent-{name}",
                          [*within, self.program("weir-node-agent"), "--config", config], env)

    # ---- looking at it

    def get(self, path, key="sk-e2e"):
        return get(self.url + path, key)

    def nodes(self):
        status, body = self.get("/weir/v1/nodes")
        return {n["id"]: n for n in json.loads(body)["nodes"]} if status == 200 else {}

    def wait_nodes(self, *names, seconds=15):
        def probe():
            nodes = self.nodes()
            return all(n in nodes and nodes[n]["models"] and nodes[n]["state"] == "up"
                       for n in names)

        wait_for(f"nodes {names} (seen: {self.nodes()})", probe, seconds)

    def queues(self):
        return json.loads(self.get("/weir/v1/queues")[1])

    def idle(self, seconds=10):
        """Waits until nothing runs, nothing waits, and no slot is taken."""

        def probe():
            q = self.queues()
            used = sum(n["slots"]["used"] for n in self.nodes().values())
            return q["waiting"] == 0 and q["running"] == 0 and used == 0

        wait_for(f"an idle fleet ({self.queues()}, {self.nodes()})", probe, seconds)

    def explain(self, request):
        return json.loads(self.get("/weir/v1/requests/" + request)[1])

    def metric(self, name):
        """The sum of a metric over all its labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if re.match(rf"{name}(\{{|\s)", line):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def weir(self, *args, check=True, **kw):
        """Runs the CLI against this fleet."""
        done = subprocess.run(
            [BIN / "weir", *args, "--url", self.url, "--api-key", "sk-e2e"],
            capture_output=True, text=True, timeout=60, **kw,
        )
        if check:
            assert done.returncode == 0, (args, done.returncode, done.stdout, done.stderr)
        return done


def get(url, key=None):
    """(status, body) of a GET; status 0 where nothing answers."""
    request = urllib.request.Request(url)
    if key:
        request.add_header("authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=5) as r:
            return r.status, r.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except OSError:
        return 0, ""


def post(url, body, key="sk-e2e", headers=None):
    """(status, headers, text) of a POST of JSON."""
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    for name, value in {"authorization": f"Bearer {key}", "content-type": "application/json",
                        **(headers or {})}.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as r:
            return r.status, r.headers, r.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read().decode()



def adapter_test(case, **addresses):
    """Runs the cases of test_engines that want real engines."""
    done = subprocess.run([BIN / "test_engines", f"--test-case={case}", "--no-skip"],
                          env=os.environ | addresses, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "0 failed" in done.stdout and "| 0 passed" not in done.stdout, done.stdout
