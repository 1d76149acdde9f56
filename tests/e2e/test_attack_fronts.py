"""Every front, whole and streamed, over a cloud of each dialect: what is personal leaves as
placeholders and comes back as it was; what is secret does not leave; what is harmless does."""

import json

import pytest

import attack
from fleet import wait_for
from sink import PLACEHOLDER, leaks

NUMBER, MAIL = "13827405916", "li.wei88@huaxin-demo.cn"
PERSONAL = f"客户手机号 {NUMBER},邮箱 {MAIL},请确认 {NUMBER}。"
SECRET = "合同编号CG-2026-00427,合同总价人民币3,260,000元"
FRONTS = {
    "chat": ("/v1/chat/completions", lambda t: {"messages": [{"role": "user", "content": t}]}),
    "parts": ("/v1/chat/completions", lambda t: {"messages": [
        {"role": "system", "content": "Be terse."},
        {"role": "user", "content": [{"type": "text", "text": t}]}]}),
    "completion": ("/v1/completions", lambda t: {"prompt": t}),
    "messages": ("/v1/messages", lambda t: {
        "max_tokens": 500, "system": [{"type": "text", "text": "Be terse."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": t}]}]}),
    "responses": ("/v1/responses", lambda t: {"instructions": "Be terse.", "input": t}),
    "ollama chat": ("/api/chat", lambda t: {"messages": [{"role": "user", "content": t}]}),
    "ollama generate": ("/api/generate", lambda t: {"prompt": t, "system": "Be terse."}),
}


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def far_alone(request):
    with attack.Range("absent", kinds=(request.param,)) as field:
        yield field


def ask(field, front, text, stream, headers=None):
    path, shape = FRONTS[front]
    return field.ask({"path": path, "headers": headers or {},
                      "body": {"model": "auto", "stream": stream, **shape(text)}})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("front", FRONTS)
def test_a_front_over_a_cloud(far_alone, front, stream):
    far, _ = far_alone.mark()
    personal = ask(far_alone, front, PERSONAL, stream)
    if front == "completion" and personal.status in (501, 503):  # clouds offer chats alone
        assert not far.requests()
        return
    assert (personal.status, personal.tier, personal.headers["x-weir-grade"]) == (200, "L2", "P1")
    assert PERSONAL in personal.text()
    (sent,) = far.requests()
    assert len(set(PLACEHOLDER.findall(json.loads(json.dumps(sent.body.decode()))))) == 2
    secret = ask(far_alone, front, SECRET, stream)
    assert (secret.status, secret.headers["x-weir-grade"]) == (503, "P0")
    assert len(far.requests()) == 1
    plain = ask(far_alone, front, attack.HARMLESS, stream)
    assert (plain.status, plain.tier) == (200, "L2") and attack.HARMLESS in plain.text()
    assert far.leaks([NUMBER, MAIL, SECRET, "3,260,000"]) == {}
    assert leaks([r.text() for r in far_alone.fleet.processes], [NUMBER, MAIL, SECRET]) == {}
    assert far_alone.sensitive() == 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_arguments_of_the_clouds_own_calls_are_restored(far_alone, stream):
    """The cloud calls a tool with the placeholder that it was given."""
    import cloud as clouds

    tool = {"type": "function", "function": {
        "name": "dial", "parameters": {"type": "object", "properties": {"n": {"type": "string"}}}}}
    far, _ = far_alone.mark()
    kept = []

    class Calls(clouds.Answer):
        @property
        def tool(self):
            sent = far.requests()[-1].body.decode()
            kept.append(PLACEHOLDER.search(sent).group())
            return ("dial", json.dumps({"n": kept[-1]}, ensure_ascii=False))

        @tool.setter
        def tool(self, _):
            pass

    far_alone.cloud.script.append(Calls(words=("calling ",)))
    body = {"model": "auto", "stream": stream, "tools": [tool],
            "messages": [{"role": "user", "content": f"拨打手机号 {NUMBER}"}]}
    reply = far_alone.ask({"path": "/v1/chat/completions", "body": body})
    assert reply.status == 200 and kept
    assert arguments(reply) == {"n": NUMBER}
    assert far.leaks([NUMBER]) == {}


def arguments(reply):
    """Of the call of a tool in a chat's answer, whole or in pieces."""
    lines = [line[6:] for line in reply.body.splitlines() if line.startswith("data: {")]
    said = ""
    for answer in map(json.loads, lines or [reply.body]):
        for choice in answer["choices"]:
            message = choice.get("message") or choice.get("delta")
            for call in message.get("tool_calls") or ():
                said += call["function"].get("arguments") or ""
    return json.loads(said)


def test_a_session_that_held_a_secret_stays_whatever_front_asks(far_alone):
    headers = {"X-Weir-Session": "fronts"}
    assert ask(far_alone, "messages", SECRET, False, headers).status == 503
    far, _ = far_alone.mark()
    for front in FRONTS:
        assert ask(far_alone, front, attack.HARMLESS, True, headers).status == 503
    assert not far.requests()
    wait_for("nothing that runs", lambda: far_alone.fleet.queues()["running"] == 0)
