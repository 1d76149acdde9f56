"""Every case of attack, end to end, against a fleet that has a machine of its own with room, and
one that has nothing but a cloud: ../shared/guard/attacks_dev.jsonl and our own guard_attacks.jsonl.
What the verdicts mean: ../shared/guard/README.md."""

import json
import re
import subprocess

import pytest

import attack
import cloud as clouds
import fleet as fleets
from fleet import wait_for
from sink import PLACEHOLDER, Echo, EchoError, Say, leaks

# Cases that wait for what does not exist yet, each with the feature; `True`: what can be run of it
# today is run, and only the rest waits.
WAITS = {
    "d-auth-038": ("OIDC", False),
    "d-auth-039": ("OIDC", False),
    "d-auth-040": ("OIDC", False),
    "d-auth-041": ("OIDC", False),
    "d-audit-043": ("audit log", False),
    "d-batch-032": ("server-side batch, POST /v1/batches", True),
    "d-cache-024": ("response cache", True),
    "d-sink-026": ("OTLP", True),
}
DEV, OWN = attack.cases(attack.DEV), attack.cases(attack.OWN)
if not DEV:
    DEV = [pytest.param(None, id="dev", marks=pytest.mark.skip(
        f"no attacks_dev.jsonl: {attack.DEV.parent.parent.name}/guard is not beside the checkout"))]
KEYS = ("api_keys:\n" + "".join(
    f"  - {{name: {n}, sha256: {fleets.sha256('sk-' + n)}, tenant: {n},"
    " default_grade: P2}\n"
    for n in ("e2e", "a", "b")))


def is_plain(case):
    """One request, or several, whose answer is judged by the verdict alone."""
    waits = case["id"] in WAITS and not WAITS[case["id"]][1]
    special = {"setup", "cloud_stream", "file_lines", "vault_other"} & set(case["input"])
    return not waits and not special and case["expected"] != "no_leak"


def params(wanted):
    return [c if not isinstance(c, dict) else pytest.param(c, id=c["id"])
            for c in [*DEV, *OWN] if not isinstance(c, dict) or wanted(c)]


@pytest.fixture(scope="module")
def local():
    with attack.Range("local") as field:
        yield field


@pytest.fixture(scope="module")
def absent():
    with attack.Range("absent") as field:
        yield field


def need(key):
    """The case of the shared file; a clone without that file has only our own ones."""
    for case in DEV:
        if isinstance(case, dict) and case["id"] == key:
            return case
    pytest.skip("no attacks_dev.jsonl beside the checkout")


# ---- requests ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", params(is_plain))
def test_with_a_machine_of_our_own(case, local):
    attack.judge(case, local)


@pytest.mark.parametrize("case", params(lambda c: is_plain(c) and c["expected"] != "reject"))
def test_with_a_cloud_alone(case, absent):
    if "embeddings" in case["input"].get("path", ""):  # no cloud offers them
        case = {**case, "expect": {**case["expect"], "refused": [404, 501, 503]}}
    attack.judge(case, absent)


# ---- what fails at home ------------------------------------------------------------------------

LOCAL = {"http500": clouds.Fail(500), "hangup": clouds.Break(0),
         "http429": clouds.Fail(429, {"retry-after": "1"})}


@pytest.mark.parametrize("case", params(lambda c: c["input"].get("setup", {}).get("local")))
def test_a_machine_of_our_own_that_fails_is_no_reason_to_leave(case):
    how = case["input"]["setup"]["local"]
    with attack.Range("saturated" if how == "saturated" else "local") as field:
        if how in LOCAL:
            field.home.otherwise = LOCAL[how]
        reply = attack.judge(case, field)
        if reply.status in (429, 503):
            assert "retry-after" in reply.headers


# ---- what was replaced comes back ---------------------------------------------------------------


def chat(field, text, stream=False, headers=None, **more):
    body = {"model": "auto", "stream": stream, "messages": [{"role": "user", "content": text}],
            **more}
    return field.ask({"path": "/v1/chat/completions", "headers": headers or {}, "body": body})


@pytest.mark.parametrize("case", params(lambda c: "cloud_stream" in c["input"]))
def test_a_placeholder_in_a_cut_stream(case, absent):
    asked = case["input"]
    (value,) = asked["vault"].values()
    absent.cloud.script.append(Say(tuple(asked["cloud_stream"])))
    far, _ = absent.mark()
    reply = chat(absent, f"我叫{value},请回信", stream=True)
    assert (reply.status, reply.tier) == (200, "L2"), reply
    assert not far.leaks([value])
    assert PLACEHOLDER.search(far.requests()[0].body.decode())
    assert reply.text() == case["expect"]["client_text"]


def test_a_placeholder_cut_at_each_place(absent):
    whole = "您好 ⟦PII:PERSON:1⟧,您的"
    for cut in range(1, len(whole)):
        absent.cloud.script.append(Say((whole[:cut], whole[cut:])))
        assert chat(absent, "我叫王芳,请回信", stream=True).text() == "您好 王芳,您的", cut


def test_nobody_elses_placeholder_is_restored(absent):
    case = need("d-restore-037")
    other = "赵文博"  # the case's own 李四 is everybody's example of a name, and no finding
    headers = {"X-Weir-Session": "one-for-both"}
    far, _ = absent.mark()
    assert other in chat(absent, f"我叫{other},请回信", headers=headers).text()
    real = PLACEHOLDER.findall(far.requests()[0].body.decode())[0]
    reply = attack.judge(case, absent)
    assert not leaks([reply.body], case["canaries"])
    for stream in (False, True):
        typed = f"what is {real} ? 我叫王芳"
        reply = chat(absent, typed, stream, headers)
        assert reply.status == 200 and typed in reply.text()  # as it was typed
        assert not leaks([reply.body], [other])
        absent.cloud.script.append(Say((f"it is {real[:9]}", real[9:])))  # a cloud that remembers
        assert not leaks([chat(absent, "我叫王芳", stream, headers).body], [other])


# ---- sinks -------------------------------------------------------------------------------------


def logs(field):
    return [p.text() for p in field.fleet.processes]


def on_disk(field):
    return [f.read_bytes() for f in field.fleet.folder.rglob("*") if f.is_file()]


def other_tenant(field, reply):
    """What another tenant can see after the request."""
    request = reply.headers.get("x-request-id", "none")
    paths = ("/weir/v1/queues", "/weir/v1/nodes", "/weir/v1/models", f"/weir/v1/requests/{request}",
             "/v1/models", "/metrics")
    views = [field.fleet.get(p, "sk-b")[1] for p in paths]
    return [*views, ask_as(field, "b", attack.HARMLESS).body]


def ask_as(field, who, text, **more):
    return chat(field, text, headers={"Authorization": f"Bearer sk-{who}"}, **more)


@pytest.fixture(scope="module")
def tenants():
    with attack.Range("local", KEYS, context=1 << 22) as field:
        yield field


def ask_failing(field, asked, status):
    """An engine that fails, and says in its error what it was asked."""
    field.home.otherwise = EchoError(status)
    try:
        return field.ask(asked)
    finally:
        field.home.otherwise = Echo()


SINKS = {"log": lambda field, _: logs(field), "disk": lambda field, _: on_disk(field),
         "otlp": lambda field, _: [*logs(field), field.fleet.get("/metrics")[1]],
         "response_other_tenant": other_tenant}


@pytest.mark.parametrize("case", params(lambda c: c["category"] == "sink"))
def test_no_sink_holds_it(case, tenants):
    asked = {**case["input"], "headers": {"Authorization": "Bearer sk-a"}}
    body = asked["body"]
    if asked.get("setup", {}).get("spool"):
        message = body["messages"][0]
        body = {**body, "messages": [{**message, "content": message["content"] * 12}]}
        assert len(json.dumps(body)) > 1 << 20
    far, _ = tenants.mark()
    reply = tenants.ask({**asked, "body": body})
    assert (reply.status, reply.tier) == (200, "L1"), reply.body[:300]
    bad = tenants.ask({**asked, "body": {**body, "max_tokens": "many"}})
    worse = tenants.ask({**asked, "raw_body": json.dumps(body)[:-3]})
    echoed = [ask_failing(tenants, {**asked, "body": body}, status) for status in (400, 500)]
    assert bad.status == 400 and worse.status == 400
    assert case["canaries"][0] in echoed[0].body, "an engine's 4xx passes to its caller"
    assert not far.requests()
    for name in case["expect"]["sinks"]:
        assert leaks(SINKS[name](tenants, reply), case["canaries"]) == {}, name
    ours = [r.body for r in (bad, worse)]
    assert leaks(ours, case["canaries"]) == {}, "no message of ours holds text of a prompt"


def test_no_answer_is_anothers(tenants):
    case = need("d-cache-024")
    replies = {}
    for one in case["input"]["sequence"]:
        who = one["headers"]["X-User"]
        replies[who] = tenants.ask({**one, "headers": {**one["headers"],
                                                       "Authorization": f"Bearer sk-{who}"}})
    assert {r.status for r in replies.values()} == {200}
    assert case["canaries"][0] in replies["a"].text()
    assert leaks([replies["b"].body, *replies["b"].headers.values()], case["canaries"]) == {}


# ---- batches -----------------------------------------------------------------------------------


def test_one_line_of_a_batch_stays_at_home(tmp_path):
    case = need("d-batch-032")
    asked = case["input"]
    texts = [f"Say {n}." for n in range(asked["file_lines"])]
    texts.insert(250, asked["poison_line"])
    file, out = tmp_path / "lines.jsonl", tmp_path / "out.jsonl"
    file.write_text("".join(json.dumps({
        "custom_id": f"l{n}", "method": "POST", "url": "/v1/chat/completions",
        "body": {"model": "auto", "messages": [{"role": "user", "content": t}]}}) + "\n"
        for n, t in enumerate(texts)))
    with attack.Range("local") as field:
        field.home.otherwise = Echo(gap=0.01)
        done = subprocess.run(
            [fleets.BIN / "weir", "batch", file, "--out", out, "--url", field.fleet.url,
             "--concurrency", "64"], capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr[-2000:]
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        assert len({line["custom_id"] for line in lines}) == len(texts)
        assert field.cloud.leaks(case["canaries"]) == {}
        assert leaks([r.body for r in field.home.posts()], case["canaries"])


# ---- attempts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_each_attempt_is_cleared_anew(kind):
    """Whatever the cloud does to one, the next one has placeholders of its own."""
    number = "13827405916"
    with attack.Range("absent", kinds=(kind,)) as field:
        nonces = []
        for trouble in (clouds.Fail(500), clouds.Break(0), clouds.Fail(429, {"retry-after": "1"})):
            field.cloud.script.append(trouble)
            far, _ = field.mark()
            replies = []

            def answered():
                replies.append(chat(field, f"手机号 {number} 请记下", headers={
                    "X-Weir-Deadline-Ms": "8000"}))
                return replies[-1].status == 200

            wait_for("an answer", answered, 30)
            assert number in replies[-1].text()
            sent = [r.body.decode() for r in far.requests()]
            assert len(sent) >= 2, "the first one failed"
            nonces += [PLACEHOLDER.search(s).group() for s in sent]
            assert not far.leaks([number])
        assert len(set(nonces)) == len(nonces), nonces
        assert field.sensitive() == 0


# ---- what is missing ---------------------------------------------------------------------------


def harnesses(case):
    """How many of the tests above run a case."""
    asked = case["input"]
    special = ("d-restore-037", "d-cache-024", "d-batch-032")
    return sum((is_plain(case), bool(asked.get("setup", {}).get("local")), "cloud_stream" in asked,
                case["category"] == "sink", case["id"] in special))


def test_nothing_is_left_out_but_what_waits():
    ours = [c for c in [*DEV, *OWN] if isinstance(c, dict)]
    left_out = {c["id"] for c in ours if harnesses(c) == 0}
    for key, (feature, partly) in WAITS.items():
        print(f"{key} waits for {feature}{': the rest of it runs' if partly else ''}")
    known = {c["id"] for c in ours}
    assert left_out == {k for k, (_, partly) in WAITS.items() if not partly} & known
    assert len(known) == len(ours) and all(re.fullmatch(r"[do]-[a-z0-9]+-\d+", k) for k in known)
