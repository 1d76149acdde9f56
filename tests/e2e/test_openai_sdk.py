"""The official OpenAI SDK against a real llama-server through coordinator and agent."""

import concurrent.futures
import json
import socket
import time

import httpx
import openai
import pytest

from fleet import get, wait_for

EXPECT = "世界é😀"


@pytest.fixture
def client(llama_fleet):
    return sdk(llama_fleet)


def sdk(fleet, key="sk-e2e", **more):
    return openai.OpenAI(base_url=fleet.url + "/v1", api_key=key, max_retries=0, timeout=60, **more)


def ask(client, text="Say hello", **more):
    options = {"model": "tiny-chain", "temperature": 0, "max_tokens": 64} | more
    return client.chat.completions.create(messages=[{"role": "user", "content": text}], **options)


def streamed(client, **more):
    return "".join(
        c.choices[0].delta.content or "" for c in ask(client, stream=True, **more) if c.choices
    )


def test_a_unary_answer_has_text_usage_and_says_where_it_ran(client, llama_fleet):
    raw = client.chat.completions.with_raw_response.create(
        model="tiny-chain",
        temperature=0,
        max_tokens=64,
        messages=[{"role": "user", "content": "Say hello"}],
    )
    answer = raw.parse()
    assert EXPECT in answer.choices[0].message.content
    assert answer.model == "tiny-chain"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    head = raw.headers
    assert head["x-weir-node"] == "gpu-1" and head["x-weir-tier"] == "L1"
    assert head["x-weir-grade"] == "P2" and head["x-weir-model"] == "tiny-chain"
    assert head["x-weir-attempts"] == "1" and int(head["x-weir-queue-ms"]) >= 0
    assert head["server"] == "weir" and int(head["openai-processing-ms"]) >= 0
    said = llama_fleet.weir("explain", head["x-request-id"]).stdout
    assert "gpu-1" in said and "P2" in said
    explained = llama_fleet.explain(head["x-request-id"])
    assert explained["state"] == "done" and explained["grade_why"] == "key default"
    attempt = explained["attempts"][0]
    assert attempt["node"] == "gpu-1" and attempt["outcome"] == "done"
    assert attempt["usage"]["completion_tokens"] == answer.usage.completion_tokens
    assert any(c["node"] == "gpu-1" and c["score"]["total"] > 0 for c in attempt["candidates"])


def test_a_stream_says_the_same_text_in_whole_characters(client):
    whole = ask(client).choices[0].message.content
    pieces = [
        c.choices[0].delta.content or "" for c in ask(client, stream=True) if c.choices
    ]
    assert "".join(pieces) == whole and EXPECT in whole
    assert not any("\ufffd" in p for p in pieces)


def test_usage_comes_in_the_last_chunk_when_asked_and_never_otherwise(client):
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    assert all(c.usage is None for c in chunks[:-1])
    chunks = list(ask(client, stream=True))
    assert all(c.usage is None and c.choices for c in chunks)


def test_completions_work_unary_and_streamed(client):
    more = {"model": "tiny-chain", "prompt": "Hello", "max_tokens": 5, "temperature": 0}
    whole = client.completions.create(**more)
    text = "".join(
        c.choices[0].text for c in client.completions.create(stream=True, **more) if c.choices
    )
    assert whole.usage.completion_tokens == 5 and text == whole.choices[0].text


def test_models_are_listed_and_found_by_id(client):
    assert "tiny-chain" in [m.id for m in client.models.list().data]
    assert client.models.retrieve("tiny-chain").id == "tiny-chain"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")


def test_an_unknown_model_is_404(client):
    with pytest.raises(openai.NotFoundError) as e:
        ask(client, model="no-such-model")
    assert e.value.code == "model_not_found"


def test_a_wrong_or_missing_key_is_401(llama_fleet):
    with pytest.raises(openai.AuthenticationError):
        ask(sdk(llama_fleet, key="sk-wrong"))
    r = httpx.post(llama_fleet.url + "/v1/chat/completions", json={})
    assert r.status_code == 401 and r.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "body",
    [
        b'{"model": "tiny-chain", "messages": [',
        b"[]",
        b'{"model":"tiny-chain"}',
        b'{"model":"tiny-chain","messages":"hello"}',
        b'{"model":"tiny-chain","model":"x","messages":[{"role":"user","content":"a"}]}',
        b'{"model":"tiny-chain","messages":' + b"[" * 100000 + b"]" * 100000 + b"}",
        b'{"model":"tiny-chain","base_url":"http://evil",'
        b'"messages":[{"role":"user","content":""}]}',
        b'{"model":"tiny-chain","messages":[{"role":"user","content":"\xff"}]}',
    ],
)
def test_a_malformed_body_is_400_in_the_apis_shape(llama_fleet, body):
    r = httpx.post(
        llama_fleet.url + "/v1/chat/completions",
        content=body,
        headers={"authorization": "Bearer sk-e2e", "content-type": "application/json"},
    )
    assert r.status_code == 400, r.text
    error = r.json()["error"]
    assert error["message"] and error["type"] and error["code"] == "invalid_request"


def test_grades_are_read_from_header_and_body_and_refused_when_unknown(client, llama_fleet):
    def grade(body=None, **headers):
        r = client.chat.completions.with_raw_response.create(
            model="tiny-chain",
            max_tokens=2,
            messages=[{"role": "user", "content": "x"}],
            extra_headers=headers,
            extra_body={"metadata": {"data_grade": body}} if body else {},
        )
        return r.headers["x-weir-grade"]

    assert grade() == "P2"
    assert grade(**{"X-Data-Grade": "P1"}) == "P1"
    assert grade("P0", **{"X-Data-Grade": "P2"}) == "P0"
    with pytest.raises(openai.BadRequestError) as e:
        grade(**{"X-Data-Grade": "secret"})
    assert e.value.code == "invalid_grade"


def test_fifty_streams_at_once_all_say_the_whole_text(client):
    whole = ask(client).choices[0].message.content
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        texts = list(pool.map(lambda _: streamed(client), range(50)))
    assert texts == [whole] * 50


def running(engine):
    slots = json.loads(get(engine.url + "/slots", engine.key)[1])
    return sum(s["is_processing"] for s in slots)


def test_a_client_that_leaves_in_the_middle_frees_the_engine_and_blames_nobody(llama_fleet):
    failures = llama_fleet.metric("weir_redispatched_total")
    body = {
        "model": "tiny-chain",
        "stream": True,
        "max_tokens": 60000,
        "ignore_eos": True,
        "messages": [{"role": "user", "content": "go on"}],
    }
    data = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", llama_fleet.http)) as s:
        s.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-e2e\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data
        )
        assert b"data:" in s.recv(65536) + s.recv(65536)
        assert running(llama_fleet.engine) == 1
        left = time.monotonic()
    wait_for("a free engine", lambda: running(llama_fleet.engine) == 0, 5)
    assert time.monotonic() - left < 3
    llama_fleet.idle()
    assert llama_fleet.metric("weir_redispatched_total") == failures
    assert ask(sdk(llama_fleet), max_tokens=4).usage.completion_tokens == 4


def test_a_key_with_a_limit_gets_429_with_retry_after(llama_fleet):
    limited = sdk(llama_fleet, key="sk-limited")
    with pytest.raises(openai.RateLimitError) as e:
        for _ in range(60):
            ask(limited, max_tokens=1)
    assert float(e.value.response.headers["retry-after"]) >= 0
    assert e.value.code == "rate_limited"
    assert ask(sdk(llama_fleet), max_tokens=1)


def test_the_cli_runs_a_prompt_and_shows_the_fleet(llama_fleet):
    ran = llama_fleet.weir("run", "Say hello", "--model", "tiny-chain", "--grade", "P0")
    assert EXPECT in ran.stdout and "gpu-1" in ran.stderr and "P0" in ran.stderr
    assert "gpu-1" in llama_fleet.weir("nodes").stdout
    assert "tiny-chain" in llama_fleet.weir("models").stdout
    nodes = json.loads(llama_fleet.weir("nodes", "--json").stdout)
    assert nodes["nodes"][0]["slots"]["total"] == 4
    assert llama_fleet.weir("run", "x", "--model", "nope", check=False).returncode == 1
    lost = llama_fleet.weir("nodes", "--url", "http://127.0.0.1:1", check=False)
    assert lost.returncode in (2, 3)


def test_metrics_tell_what_ran_and_name_no_text(client, llama_fleet):
    before = llama_fleet.metric("weir_requests_total")
    ask(client, text="canary-4711", max_tokens=4)
    assert llama_fleet.metric("weir_requests_total") == before + 1
    text = llama_fleet.get("/metrics")[1]
    for name in (
        "weir_request_seconds_bucket",
        "weir_time_to_first_token_seconds_bucket",
        "weir_queue_depth",
        "weir_placement_seconds_bucket",
        "weir_tokens_total",
        "weir_nodes",
        "weir_engine_slots",
    ):
        assert name in text, name
    assert "canary-4711" not in text
    for p in llama_fleet.processes:
        if p.name != "llama":
            assert "canary-4711" not in p.text()
