"""The official clients of one dialect, served by a cloud of the other: a real llama-server, which
speaks both, stands behind a TLS terminator as the cloud."""

import pathlib
import tempfile

import anthropic
import openai
import pytest

import cloud as clouds
from fleet import CACHE, Fleet

WEATHER = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
SYSTEM = "You are terse."


@pytest.fixture(scope="module")
def far():
    if not (CACHE / "llama" / "llama-server").exists():
        pytest.skip("llama-server could not be installed here (examples/engines/setup says why)")
    with tempfile.TemporaryDirectory(prefix="weir-cloud-") as folder, Fleet() as fleet:
        llama = fleet.llama()
        with clouds.Cloud(clouds.identity(pathlib.Path(folder)),
                          clouds.Forward(llama.url, llama.key)) as sink:
            fleet.sink = sink
            fleet.start_coordinator()
            fleet.start_agent("proxy", "L2", [
                sink.engine("openai", models=("far-openai",)),
                sink.engine("anthropic", models=("far-anthropic",))])
            fleet.wait_nodes("proxy")
            yield fleet


@pytest.fixture
def openai_client(far):
    return openai.OpenAI(base_url=far.url + "/v1", api_key="sk-e2e", max_retries=0)


@pytest.fixture
def anthropic_client(far):
    return anthropic.Anthropic(base_url=far.url, api_key="sk-e2e", max_retries=0)


def openai_asks(more=None):
    return {"model": "far-anthropic", "max_tokens": 12,
            "messages": [{"role": "system", "content": SYSTEM},
                         {"role": "user", "content": "Say something."}], **(more or {})}


OPENAI_TOOLS = {"tools": [{"type": "function", "function": {
    "name": "weather", "description": "The weather of a place", "parameters": WEATHER}}]}
ANTHROPIC_TOOLS = {"tools": [{"name": "weather", "description": "The weather of a place",
                              "input_schema": WEATHER}]}


@pytest.mark.parametrize("more", [{}, OPENAI_TOOLS], ids=["plain", "tools"])
def test_the_openai_client_and_an_anthropic_cloud(far, openai_client, more):
    raw = openai_client.chat.completions.with_raw_response.create(**openai_asks(more))
    answer = raw.parse()
    assert raw.headers["x-weir-tier"] == "L2"
    assert answer.model == "far-anthropic"
    assert answer.choices[0].finish_reason in ("stop", "length", "tool_calls")
    assert answer.choices[0].message.content or answer.choices[0].message.tool_calls
    assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
    sent = far.sink.requests[-1]
    assert sent.path == "/v1/messages" and sent.json()["system"]
    assert ("tools" in sent.json()) == bool(more)


@pytest.mark.parametrize("more", [{}, OPENAI_TOOLS], ids=["plain", "tools"])
def test_the_openai_client_streams_from_an_anthropic_cloud(far, openai_client, more):
    text, calls, finish, usage = "", 0, None, None
    for chunk in openai_client.chat.completions.create(
            stream=True, stream_options={"include_usage": True}, **openai_asks(more)):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            calls += len(choice.delta.tool_calls or ())
            finish = choice.finish_reason or finish
    assert text or calls
    assert finish in ("stop", "length", "tool_calls")
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0
    assert far.sink.requests[-1].path == "/v1/messages"


def anthropic_asks(more=None):
    return {"model": "far-openai", "max_tokens": 12, "system": SYSTEM,
            "messages": [{"role": "user", "content": "Say something."}], **(more or {})}


@pytest.mark.parametrize("more", [{}, ANTHROPIC_TOOLS], ids=["plain", "tools"])
def test_the_anthropic_client_and_an_openai_cloud(far, anthropic_client, more):
    raw = anthropic_client.messages.with_raw_response.create(**anthropic_asks(more))
    answer = raw.parse()
    assert raw.headers["x-weir-tier"] == "L2"
    assert answer.type == "message" and answer.role == "assistant" and answer.content
    assert answer.model == "far-openai"
    assert answer.stop_reason in ("end_turn", "max_tokens", "tool_use")
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    sent = far.sink.requests[-1]
    assert sent.path == "/v1/chat/completions"
    assert sent.json()["messages"][0] == {"role": "system", "content": SYSTEM}
    assert ("tools" in sent.json()) == bool(more)


@pytest.mark.parametrize("more", [{}, ANTHROPIC_TOOLS], ids=["plain", "tools"])
def test_the_anthropic_client_streams_from_an_openai_cloud(far, anthropic_client, more):
    with anthropic_client.messages.stream(**anthropic_asks(more)) as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_message()
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop"
    assert answer.content and answer.stop_reason in ("end_turn", "max_tokens", "tool_use")
    assert answer.usage.output_tokens > 0
    assert far.sink.requests[-1].path == "/v1/chat/completions"
