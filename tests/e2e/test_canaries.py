"""One long run with many canaries, each in a request of another fate; then everything that could
hold one is searched: the cloud's bytes, logs at their most talkative, metrics, views, explanations,
the store and every other file, and what other tenants can get."""

import contextlib
import glob
import http.client
import json
import pathlib
import resource
import socket
import tempfile

import pytest

import attack
import cloud as clouds
import fleet as fleets
from fleet import get, wait_for
from sink import Echo, EchoError, leaks

KEYS = ("api_keys:\n" + "".join(
    f"  - {{name: {n}, sha256: {fleets.sha256('sk-' + n)}, tenant: {n},"
    " default_grade: P2}\n" for n in ("e2e", "owner", "other")))
CONTRACT = "合同编号CG-2026-00427,合同总价人民币3,260,000元"
NUMBER, MAIL = "13827405916", "li.wei88@huaxin-demo.cn"
OVERSIZE = 40 << 20


class Run:
    """Asks, and keeps what was asked with which canary, and what was answered."""

    def __init__(self, field):
        self.field, self.canaries, self.requests, self.replies = field, {}, [], {}

    def canary(self, name):
        word = f"ZXRUN-{len(self.canaries):02d}-{len(name) * 7919 + ord(name[0]):06d}"
        self.canaries[name] = word
        return word

    def ask(self, name, text=None, path="/v1/chat/completions", headers=None, raw=None, **more):
        """`{}` of the text is the canary's place."""
        text = (text or CONTRACT + " {}").replace("{}", self.canary(name))
        body = {"model": "auto", "messages": [{"role": "user", "content": text}], **more}
        asked = {"path": path, "body": body,
                 "headers": {"Authorization": "Bearer sk-owner", **(headers or {})}}
        if raw:
            asked["raw_body"] = raw(json.dumps(body, ensure_ascii=False))
        reply = self.field.ask(asked)
        if "x-request-id" in reply.headers:
            self.requests.append(reply.headers["x-request-id"])
        self.replies[name] = reply
        return reply


def ordinary(run):
    field = run.field
    assert run.ask("label", "hello {}", headers={"X-Data-Grade": "P0"}).tier == "L1"
    assert run.ask("content").tier == "L1"
    assert run.ask("stream", stream=True).tier == "L1"
    reply = run.ask("P1 at home", f"手机号 {NUMBER} {{}}", headers={"X-Data-Grade": "P1"})
    assert reply.tier == "L1"
    call = {"id": "c1", "type": "function", "function": {"name": "rows", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "c1",
              "content": f"月薪 41,500元 {run.canary('tool')}"}
    assert run.ask("tools", messages=[{"role": "user", "content": "?"}, {
        "role": "assistant", "content": None, "tool_calls": [call]}, result]).tier == "L1"
    assert run.ask("Anthropic", path="/v1/messages", max_tokens=30).status == 200
    assert run.ask("Ollama", path="/api/chat").status == 200
    assert run.ask("responses", path="/v1/responses", messages=None,
                   input=f"{CONTRACT} {run.canary('input')}").status in (200, 400)
    reply = run.ask("embeddings", path="/v1/embeddings", model="text-embedding-3-large",
                    input=[f"{CONTRACT} {run.canary('embedded')}"], messages=None)
    assert reply.status in (200, 400)
    reply = run.ask("cloud's model", model="gpt-4o")
    assert (reply.status, reply.code()) == (503, "grade_forbids_cloud")
    far, _ = field.mark()
    reply = run.ask("P1 abroad", f"手机号 {NUMBER},邮箱 {MAIL}", model="gpt-4o")
    assert reply.tier == "L2" and NUMBER in reply.text() and far.requests()
    run.ask("dry run", headers={"X-Weir-Dry-Run": "1"})
    run.ask("scan", path="/weir/v1/guard/scan",
            raw=lambda _: json.dumps({"text": CONTRACT + run.canary("scanned")}))
    run.ask("idempotent", headers={"Idempotency-Key": "canaries"})
    run.ask("idempotent", headers={"Idempotency-Key": "canaries"})


def refused(run):
    """Requests that are wrong, each in another way. returns  their answers."""
    wrong = [
        run.ask("invalid parameter", max_tokens="many"),
        run.ask("invalid message", messages=[{"role": "user", "content": 7}, run.canary("role")]),
        run.ask("broken JSON", raw=lambda body: body[:-4]),
        run.ask("duplicate key", raw=lambda body: body[:-1] + ',"model":"x"}'),
        run.ask("unknown grade", headers={"X-Data-Grade": "P7"}),
        run.ask("redirected", api_base="http://127.0.0.1:9/"),
        run.ask("unknown model", model="no-such-model"),
        run.ask("unknown path", path="/v1/nothing"),
        run.ask("wrong type", headers={"content-type": "text/plain"}),
        run.ask("unknown key", headers={"Authorization": "Bearer sk-nobody"}),
    ]
    assert [r.status // 100 for r in wrong] == [4] * len(wrong), [r.status for r in wrong]
    with contextlib.suppress(OSError, http.client.HTTPException):  # it may close as it refuses
        wrong.append(run.ask("oversize", raw=lambda body: body[:-3] + "x" * OVERSIZE + body[-3:]))
        assert wrong[-1].status == 413
    return wrong


def failed(run):
    """Engines that fail, and say in their errors what they were asked."""
    field = run.field
    for name, step in (("engine 400", EchoError(400)), ("engine 500", EchoError(500)),
                       ("broken stream", clouds.Break(3)), ("hang-up", clouds.Break(0))):
        field.home.otherwise = step
        run.ask(name, stream=name == "broken stream", headers={"X-Weir-Deadline-Ms": "2000"})
    assert run.canaries["engine 400"] in run.replies["engine 400"].body
    for status in (400, 500):
        field.home.otherwise = Echo()
        field.cloud.script.append(EchoError(status))
        run.ask(f"cloud {status}", f"手机号 {NUMBER},邮箱 {MAIL}", model="gpt-4o")
    field.home.otherwise = Echo()
    wait_for("a machine that is trusted again",
             lambda: run.ask("again", headers={"X-Weir-Deadline-Ms": "3000"}).status == 200, 40)


def begun(run, name):
    """A stream of which a first piece has come; the socket."""
    body = json.dumps({"model": "local-1", "stream": True, "messages": [
        {"role": "user", "content": f"{CONTRACT} {run.canary(name)} " * 20}]}).encode()
    s = socket.create_connection(("127.0.0.1", run.field.fleet.http), timeout=20)
    s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-owner\r\n"
              b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    while b"data: " not in s.recv(65536):
        pass
    return s


def interrupted(run):
    field = run.field
    field.home.otherwise = Echo(size=2, gap=0.05)
    begun(run, "cancelled").close()
    with begun(run, "killed in the middle"):
        field.fleet.coordinator.kill()
    field.start_coordinator()
    field.fleet.wait_nodes("gpu", "proxy")
    field.home.otherwise = Echo()
    assert run.ask("after the restart").tier == "L1"
    with begun(run, "agent killed"):
        field.gpu.kill()
    field.fleet.idle(20)


def seen_by_others(run):
    """All that another tenant can get, in texts."""
    fleet = run.field.fleet
    headers = {"Authorization": "Bearer sk-other", "Idempotency-Key": "canaries"}
    reply = run.field.ask({"path": "/v1/chat/completions", "headers": headers, "body": {
        "model": "auto", "messages": [{"role": "user", "content": attack.HARMLESS}]}})
    paths = ["/metrics", "/weir/v1/nodes", "/weir/v1/models", "/weir/v1/queues", "/v1/models",
             *[f"/weir/v1/requests/{r}" for r in run.requests]]
    return [reply.body, *[fleet.get(p, "sk-other")[1] for p in paths]]


def seen_by_the_operator(run):
    field = run.field
    paths = ["/metrics", "/weir/v1/nodes", "/weir/v1/models", "/weir/v1/queues",
             *[f"/weir/v1/requests/{r}" for r in run.requests]]
    texts = [field.fleet.get(p, "sk-owner")[1] for p in paths]
    assert any('"attempts"' in t for t in texts), "the explanations were found"
    return [*texts, get(field.admin + "/metrics")[1]]


def files(field):
    """Every file of the programs, logs and the store among them, and what crashed."""
    here = [p for p in field.fleet.folder.rglob("*") if p.is_file()]
    cores = [pathlib.Path(p) for pid in [str(p.pid) for p in field.fleet.processes]
             for p in glob.glob(f"core*{pid}*") + glob.glob(f"{tempfile.gettempdir()}/core*{pid}*")]
    names = " ".join(str(p) for p in here)
    assert "coordinator/" in names and ".log" in names, names
    return {str(p): p.read_bytes() for p in [*here, *cores]}


@pytest.fixture(scope="module")
def run():
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    yield from whole_run()
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def whole_run():
    with attack.Range("local", KEYS, context=1 << 20) as field:
        run = Run(field)
        ordinary(run)
        run.wrong = refused(run)
        failed(run)
        run.agents = [get(attack.admin_of(field.gpu) + "/metrics")[1]]
        interrupted(run)
        run.all = [*run.canaries.values(), NUMBER, MAIL]
        yield run


def test_the_search_would_find_them(run):
    """What the local engine got is what must not be anywhere else."""
    found = leaks(run.field.home.received(), run.all)
    assert {run.canaries[k] for k in ("label", "content", "tool", "killed in the middle")} <= \
        set(found)




def test_the_cloud_got_none(run):
    assert run.field.cloud.posts()
    assert run.field.cloud.leaks(run.all) == {}
    assert run.field.sensitive() == 0


def test_no_log_holds_one(run):
    texts = [p.text() for p in run.field.fleet.processes]
    assert all(texts) and leaks(texts, run.all) == {}


def test_no_metric_and_no_view_holds_one(run):
    assert leaks([*run.agents, *seen_by_the_operator(run)], run.all) == {}


def test_no_file_holds_one(run):
    for name, data in files(run.field).items():
        assert leaks([data], run.all) == {}, name


def test_nothing_is_left_in_the_folder_for_temporary_files(run):
    assert list(run.field.temp.iterdir()) == []


def test_no_other_tenant_gets_one(run):
    assert leaks(seen_by_others(run), run.all) == {}


def test_no_error_of_ours_says_what_was_asked(run):
    assert leaks([r.body + str(r.headers) for r in run.wrong], run.all) == {}


def test_the_store_forgets_none_of_it_because_it_never_had_it(run):
    """The store is written behind the requests: after an orderly end all of it is on disk."""
    run.field.fleet.coordinator.stop(40)
    for name, data in files(run.field).items():
        assert leaks([data], run.all) == {}, name
    run.field.start_coordinator()


def test_a_crash_leaves_no_image_of_the_memory(run):
    """Whatever limit they inherit: the fixture raised it."""
    looked_at = 0
    for p in run.field.fleet.processes:
        if p.process.poll() is None and p.name.startswith(("coordinator", "agent")):
            limits = pathlib.Path(f"/proc/{p.pid}/limits").read_text()
            (line,) = [one for one in limits.splitlines() if one.startswith("Max core file size")]
            assert line.split()[4] == "0", (p.name, line)
            looked_at += 1
    assert looked_at >= 2
