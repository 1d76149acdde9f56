"""A cloud proxy: what leaves it, what never does, and how it behaves when its cloud does not."""

import concurrent.futures
import json
import re
import subprocess
import time

import openai
import pytest

import cloud
from fleet import BIN, get, post, wait_for

CANARY = "a harmless word: marzipan-4711"
TOOL = {"type": "function",
        "function": {"name": "weather", "description": "of a place",
                     "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}}}


def start_proxy(fleet, *engines, name="proxy-1"):
    agent = fleet.start_agent(name, "L2", engines, "admin: '127.0.0.1:0'\n")
    port = agent.line(r"admin listening on 127\.0\.0\.1:(\d+)").group(1)
    agent.admin = f"http://127.0.0.1:{port}"
    return agent


def start(fleet, *engines):
    """A coordinator and one cloud proxy, nothing local."""
    fleet.start_coordinator()
    agent = start_proxy(fleet, *engines)
    fleet.wait_nodes("proxy-1")
    return agent


def metric(agent, name, labels=""):
    """The sum of the proxy's own metric over all label sets that hold `labels`."""
    total = 0.0
    for line in get(agent.admin + "/metrics")[1].splitlines():
        if re.match(rf"{name}[{{ ]", line) and labels in line:
            total += float(line.rsplit(" ", 1)[1])
    return total


def ask(fleet, text="hello", headers=None, **more):
    body = {"model": "cloud-1", "messages": [{"role": "user", "content": text}], **more}
    return post(fleet.url + "/v1/chat/completions", body, headers=headers)


def code(answer):
    return json.loads(answer[2])["error"]["code"]


# ---- configuration -----------------------------------------------------------------------------


def check(fleet, engine):
    """What `weir-node-agent --check` says of an L2 agent with this engine."""
    if not (fleet.folder / "checked.pem").exists():
        fleet.issue("agent", "checked", "--tier", "L2")
    config = fleet.folder / "checked.yaml"
    config.write_text(
        "name: checked\ntier: L2\ncoordinators: ['127.0.0.1:1']\n"
        "tls: {ca: ca.pem, cert: checked.pem, key: checked-key.pem}\n"
        f"engines:\n  - {engine}\n")
    done = subprocess.run([BIN / "weir-node-agent", "--check", "--config", config],
                          capture_output=True, text=True, timeout=30)
    assert "sk-cloud" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_cloud_proxys_configuration_is_checked(fleet, sink):
    for kind in ("openai", "anthropic"):
        returned, said = check(fleet, sink.engine(kind, more="rpm: 60, tpm: 1000"))
        assert returned == 0, said
    for engine, problem in (
            (sink.engine("llama_cpp"), "a cloud engine is openai or anthropic"),
            (sink.engine().replace("cloud: true, ", ""), "an L2 agent runs cloud engines only"),
            (sink.engine().replace("https://127.0.0.1", "http://10.0.0.1"), "needs https"),
            (sink.engine().replace("usd_in_per_mtok: 1, ", ""), "usd_in_per_mtok: is missing"),
            (sink.engine(ca=fleet.folder / "none.pem"), "engines[0].ca")):
        returned, said = check(fleet, engine)
        assert returned == 2 and problem in said, (engine, said)


# ---- what leaves -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_a_general_request_is_answered_by_a_cloud_of_either_dialect(fleet, sink, kind):
    agent = start(fleet, sink.engine(kind))
    sink.otherwise = cloud.Answer(words=("alpha ", "beta"), tool=("weather", '{"at": "Kyiv"}'))
    status, headers, text = ask(fleet, CANARY, tools=[TOOL])
    assert status == 200, text
    assert headers["x-weir-tier"] == "L2" and headers["x-weir-node"] == "proxy-1"
    message = json.loads(text)["choices"][0]["message"]
    assert message["content"] == "alpha beta"
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"at": "Kyiv"}
    assert json.loads(text)["usage"]["completion_tokens"] == 7

    assert len(sink.requests) == 1
    sent = sink.requests[0]
    assert sent.path == ("/v1/messages" if kind == "anthropic" else "/v1/chat/completions")
    key = sent.headers["x-api-key" if kind == "anthropic" else "authorization"]
    assert key.endswith("sk-cloud")
    assert not [h for h in sent.headers if h.startswith("x-weir") or h == "x-request-id"]
    assert sink.find(CANARY), "the search must find what did leave"
    assert metric(agent, "weir_cloud_requests_total", 'code="200"') == 1
    assert metric(agent, "weir_cost_usd_total") == pytest.approx((11 * 1 + 7 * 2) / 1e6)
    assert metric(agent, "weir_sensitive_to_cloud_total") == 0


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_the_official_client_streams_from_a_cloud_of_either_dialect(fleet, sink, kind):
    start(fleet, sink.engine(kind))
    sink.otherwise = cloud.Answer(words=("alpha ", "beta"), tool=("weather", '{"at": "Kyiv"}'))
    client = openai.OpenAI(base_url=fleet.url + "/v1", api_key="sk-e2e", max_retries=0)
    text, arguments, usage = "", "", None
    for chunk in client.chat.completions.create(
            model="cloud-1", messages=[{"role": "user", "content": "hi"}], tools=[TOOL],
            stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for call in choice.delta.tool_calls or ():
                arguments += call.function.arguments or ""
    assert text == "alpha beta" and json.loads(arguments) == {"at": "Kyiv"}
    assert (usage.prompt_tokens, usage.completion_tokens) == (11, 7)


def test_what_is_not_general_never_reaches_a_cloud(fleet, sink):
    start(fleet, sink.engine())
    for grade in ("P0", "P1"):
        refused = ask(fleet, CANARY, {"X-Data-Grade": grade})
        assert refused[0] == 503 and code(refused) == "grade_forbids_cloud"
    assert sink.requests == [] and sink.bytes_in() == 0


def test_the_key_stands_in_no_log_and_no_metric(fleet, sink):
    agent = start(fleet, sink.engine())
    sink.script.append(cloud.Fail(401, body='{"error": {"message": "bad key sk-cloud"}}'))
    ask(fleet)
    ask(fleet)
    assert sink.requests[0].headers["authorization"] == "Bearer sk-cloud"
    for said in (agent.text(), fleet.coordinator.text(), get(agent.admin + "/metrics")[1],
                 fleet.get("/metrics")[1]):
        assert "sk-cloud" not in said


# ---- whom it trusts ----------------------------------------------------------------------------


def test_a_cloud_that_cannot_show_who_it_is_gets_nothing(fleet, sink):
    other = cloud.identity(fleet.folder, "other")
    start(fleet, sink.engine(ca=other.ca))
    answer = ask(fleet, CANARY, {"X-Weir-Deadline-Ms": "4000"})
    assert answer[0] in (502, 503, 504), answer
    assert sink.handshakes_failed > 0
    assert sink.bytes_in() == 0


# ---- when its cloud does not -------------------------------------------------------------------


def test_the_accounts_own_rate_is_kept(fleet, sink):
    start(fleet, sink.engine(more="rpm: 2"))

    def one(_):
        return ask(fleet, headers={"X-Weir-Deadline-Ms": "3000"})[0]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(one, range(6)))
    assert len(sink.requests) == 2
    assert statuses.count(200) == 2, statuses


def test_a_429_is_waited_out(fleet, sink):
    agent = start(fleet, sink.engine())
    sink.script.append(cloud.Fail(429, {"retry-after": "2"}))
    ask(fleet, headers={"X-Weir-Deadline-Ms": "8000"})
    wait_for("an answer", lambda: ask(fleet, headers={"X-Weir-Deadline-Ms": "4000"})[0] == 200)
    first, second = sink.requests[0].at, sink.requests[1].at
    assert second - first >= 1.9
    assert metric(agent, "weir_cloud_requests_total", 'code="429"') == 1


def test_a_cloud_that_fails_is_left_alone_and_found_again(fleet, sink):
    start(fleet, sink.engine())
    sink.otherwise = cloud.Fail(500)

    def down():
        ask(fleet, headers={"X-Weir-Deadline-Ms": "500"})
        return len(sink.requests) >= 5

    wait_for("five failures", down, 30)
    seen = len(sink.requests)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:  # the circuit is open for two seconds
        ask(fleet, headers={"X-Weir-Deadline-Ms": "200"})
    assert len(sink.requests) == seen
    sink.otherwise = cloud.Answer()
    wait_for("an answer", lambda: ask(fleet, headers={"X-Weir-Deadline-Ms": "2000"})[0] == 200, 30)


def test_a_stream_that_breaks_or_stalls_is_a_typed_error(fleet, sink):
    start(fleet, sink.engine())
    sink.script.append(cloud.Break(3))
    status, _, text = ask(fleet, stream=True)
    assert status == 200 and '"code":"upstream_failed"' in text.replace(" ", "")
    assert "[DONE]" not in text
    sink.script.append(cloud.Stall())
    answer = ask(fleet, headers={"X-Weir-Deadline-Ms": "1500"}, max_tokens=5)
    assert answer[0] in (200, 502, 504), answer  # 200 where a second attempt was in time
