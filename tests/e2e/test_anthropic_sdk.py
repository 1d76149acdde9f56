"""The official Anthropic SDK through coordinator and agent, served by engines of OpenAI's dialect:
the demo engine, and a real llama-server where there is one."""

import concurrent.futures
import json

import anthropic
import httpx
import pytest

import fleet as fleets

EXPECT = "世界é😀"
TOOL = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture(scope="module")
def demo_fleet():
    with fleets.Fleet() as f:
        f.engine = f.demo_engine("demo", "--decode-tps", "0", "--prefill-tps", "0")
        f.start_coordinator()
        f.start_agent("gpu-1", "L1", [f"{{kind: openai, url: '{f.engine.url}'}}"])
        f.wait_nodes("gpu-1")
        f.model = "demo"
        yield f


@pytest.fixture(params=["demo", "llama"])
def fleet(request):
    f = request.getfixturevalue(f"{request.param}_fleet")
    f.model = "demo" if request.param == "demo" else "tiny-chain"
    return f


def sdk(fleet, key="sk-e2e", **more):
    return anthropic.Anthropic(
        base_url=fleet.url, **({"api_key": key} | more), max_retries=0, timeout=60
    )


def ask(fleet, client=None, text="Say hello", **more):
    options = {
        "model": fleet.model,
        "max_tokens": 64,
        "messages": [{"role": "user", "content": text}],
        "extra_body": {"temperature": 0},
    } | more
    return (client or sdk(fleet)).messages.create(**options)


def raw(fleet, body, **headers):
    return httpx.post(
        fleet.url + "/v1/messages",
        content=body if isinstance(body, (str, bytes)) else json.dumps(body),
        headers={"x-api-key": "sk-e2e", "content-type": "application/json"} | headers,
        timeout=60,
    )


def refused(error, kind):
    body = error.response.json()
    assert body["type"] == "error" and body["error"]["type"] == kind and body["error"]["message"]
    assert error.response.headers["request-id"] == error.response.headers["x-request-id"]
    return body["error"]["message"]


def test_a_unary_answer_has_text_usage_and_says_where_it_ran(fleet):
    options = {"model": fleet.model, "max_tokens": 64}
    answer = sdk(fleet).messages.with_raw_response.create(
        messages=[{"role": "user", "content": "Say hello"}], **options
    )
    message, head = answer.parse(), answer.headers
    assert (message.type, message.role, message.model) == ("message", "assistant", fleet.model)
    assert message.content[0].type == "text" and message.content[0].text
    assert message.stop_reason in ("end_turn", "max_tokens")
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert message._request_id == head["x-request-id"]
    assert head["x-weir-node"] == "gpu-1" and head["x-weir-grade"] == "P2"
    explained = fleet.explain(head["x-request-id"])
    assert explained["state"] == "done"
    used = explained["attempts"][0]["usage"]
    assert used["completion_tokens"] == message.usage.output_tokens


def test_a_stream_has_the_events_of_the_api_and_the_same_text(fleet):
    events = list(ask(fleet, stream=True))
    kinds = [e.type for e in events if e.type != "ping"]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    text = "".join(e.delta.text for e in events if e.type == "content_block_delta")
    whole = ask(fleet)
    assert text == whole.content[0].text
    start, delta = events[0], next(e for e in events if e.type == "message_delta")
    assert start.message.model == fleet.model and start.message.usage.input_tokens > 0
    assert delta.usage.output_tokens == whole.usage.output_tokens
    assert delta.delta.stop_reason == whole.stop_reason


def test_the_stream_helper_builds_the_final_message(fleet):
    with sdk(fleet).messages.stream(
        model=fleet.model, max_tokens=64, messages=[{"role": "user", "content": "hi"}]
    ) as s:
        text = "".join(s.text_stream)
        final = s.get_final_message()
    assert final.content[0].text == text and text


def test_max_tokens_ends_an_answer(fleet):
    short = ask(fleet, max_tokens=5)
    assert (short.stop_reason, short.usage.output_tokens) == ("max_tokens", 5)


def test_a_system_prompt_and_turns_of_blocks_are_taken(fleet):
    answer = ask(
        fleet,
        system=[{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}],
        messages=[
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": [{"type": "text", "text": "你好 😀"}]},
        ],
    )
    assert answer.content[0].text


def test_an_answer_of_a_tool_is_taken(fleet):
    answer = ask(
        fleet,
        tools=[TOOL],
        messages=[
            {"role": "user", "content": "weather?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "t1", "name": "get_weather",
                     "input": {"city": "Paris"}}
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sunny"}],
            },
        ],
    )
    assert answer.content


def test_a_bearer_token_is_a_key_too(fleet):
    assert ask(fleet, sdk(fleet, api_key=None, auth_token="sk-e2e"), max_tokens=2).content


def test_a_wrong_key_is_an_authentication_error(fleet):
    with pytest.raises(anthropic.AuthenticationError) as e:
        ask(fleet, sdk(fleet, key="sk-wrong"))
    refused(e.value, "authentication_error")


def test_an_unknown_model_is_not_found(fleet):
    for stream in (False, True):
        with pytest.raises(anthropic.NotFoundError) as e:
            ask(fleet, model="no-such-model", stream=stream)
        refused(e.value, "not_found_error")


def test_a_field_that_cannot_be_translated_is_named(fleet):
    with pytest.raises(anthropic.BadRequestError) as e:
        ask(fleet, extra_body={"surprise": 1})
    assert "surprise" in refused(e.value, "invalid_request_error")
    with pytest.raises(anthropic.BadRequestError) as e:
        ask(fleet, extra_body={"container": "c"})
    assert "container" in refused(e.value, "invalid_request_error")


@pytest.mark.parametrize("body", ["", "{", "[1]", '{"model":"m","max_tokens":5,"messages":"x"}'])
def test_a_malformed_body_is_400_in_the_apis_shape(demo_fleet, body):
    r = raw(demo_fleet, body)
    assert r.status_code == 400
    assert r.json()["type"] == "error" and r.json()["error"]["type"] == "invalid_request_error"


def test_tokens_are_counted_as_the_answer_counts_them(fleet):
    asked = {"model": fleet.model, "system": "be kind",
             "messages": [{"role": "user", "content": "hi"}]}
    counted = sdk(fleet).messages.count_tokens(**asked).input_tokens
    usage = sdk(fleet).messages.create(max_tokens=4, **asked).usage
    assert counted == usage.input_tokens + (usage.cache_read_input_tokens or 0)


def test_grades_are_read_from_header_and_body(demo_fleet):
    def grade(body=None, **headers):
        ask = {"model": "demo", "max_tokens": 2, "messages": [{"role": "user", "content": "x"}]}
        if body:
            ask["metadata"] = {"data_grade": body}
        return raw(demo_fleet, ask, **headers).headers.get("x-weir-grade")

    assert grade() == "P2"
    assert grade(**{"x-data-grade": "P1"}) == "P1"
    assert grade("P0", **{"x-data-grade": "P2"}) == "P0"
    assert raw(demo_fleet, "{}", **{"x-data-grade": "secret"}).status_code == 400


def fail(engine, mode):
    r = httpx.post(engine.url + "/demo/fail", json={"mode": mode, "count": 1})
    assert r.status_code == 200, r.text


def test_a_stream_that_breaks_is_an_error_of_the_sdk(demo_fleet):
    fail(demo_fleet.engine, "close_mid_stream")
    with pytest.raises(anthropic.APIStatusError) as e:
        list(ask(demo_fleet, stream=True))
    assert e.value.body["error"]["type"] == "api_error"
    demo_fleet.idle()


def test_an_idempotency_key_repeats_the_outcome(demo_fleet):
    body = {"model": "demo", "max_tokens": 8, "stream": True,
            "messages": [{"role": "user", "content": "x"}]}
    first, again = (raw(demo_fleet, body, **{"idempotency-key": "k1"}) for _ in range(2))
    assert again.headers["idempotent-replayed"] == "true"
    assert "message_stop" in first.text and again.text == first.text


def test_twenty_streams_at_once_all_say_the_whole_text(fleet):
    whole, client = ask(fleet).content[0].text, sdk(fleet)

    def streamed(_):
        events = ask(fleet, client, stream=True)
        return "".join(e.delta.text for e in events if e.type == "content_block_delta")

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert list(pool.map(streamed, range(20))) == [whole] * 20


# ---- what needs a real engine


@pytest.fixture
def llama(llama_fleet):
    llama_fleet.model = "tiny-chain"
    return llama_fleet


def test_both_dialects_say_the_same(llama):
    chat = fleets.post(
        llama.url + "/v1/chat/completions",
        {"model": "tiny-chain", "temperature": 0, "max_tokens": 64,
         "messages": [{"role": "user", "content": "Say hello"}]},
    )
    text = ask(llama).content[0].text
    assert EXPECT in text and text == json.loads(chat[2])["choices"][0]["message"]["content"]


def test_a_forced_tool_is_used(llama):
    answer = ask(llama, tools=[TOOL], tool_choice={"type": "any"}, max_tokens=300)
    assert answer.stop_reason == "tool_use"
    used = next(c for c in answer.content if c.type == "tool_use")
    assert used.id and used.name == "get_weather" and "city" in used.input


def test_a_forced_tool_is_used_in_a_stream(llama):
    events = list(
        ask(llama, tools=[TOOL], tool_choice={"type": "any"}, max_tokens=300, stream=True)
    )
    pieces = [e.delta.partial_json for e in events
              if e.type == "content_block_delta" and e.delta.type == "input_json_delta"]
    assert "city" in json.loads("".join(pieces))
    starts = [e.index for e in events if e.type == "content_block_start"]
    assert starts == list(range(len(starts)))
    delta = next(e for e in events if e.type == "message_delta")
    assert delta.delta.stop_reason == "tool_use"


def test_an_engines_own_400_comes_in_the_apis_shape(llama):
    with pytest.raises(anthropic.BadRequestError) as e:
        ask(llama, text="word " * 30000)
    refused(e.value, "invalid_request_error")
