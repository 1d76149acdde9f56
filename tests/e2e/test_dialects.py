"""One question through every client's dialect to every engine's: the same text, whole and
streamed. Real engines; the cloud's dialects stand in for theirs behind TLS (cloud.py)."""

import json

import anthropic
import httpx
import ollama
import openai
import pytest

import fleet as fleets

EXPECT = "世界é😀"
QUESTION = "Say hello"


def openai_text(url, stream, model):
    client = openai.OpenAI(base_url=url + "/v1", api_key="sk-e2e", max_retries=0, timeout=60)
    answer = client.chat.completions.create(
        model=model, temperature=0, max_tokens=60, stream=stream,
        messages=[{"role": "system", "content": "be kind"}, {"role": "user", "content": QUESTION}])
    if not stream:
        return answer.choices[0].message.content
    return "".join(c.choices[0].delta.content or "" for c in answer if c.choices)


def responses_text(url, stream, model):
    client = openai.OpenAI(base_url=url + "/v1", api_key="sk-e2e", max_retries=0, timeout=60)
    answer = client.responses.create(model=model, temperature=0, max_output_tokens=60,
                                     instructions="be kind", input=QUESTION, stream=stream)
    if not stream:
        return answer.output_text
    return "".join(e.delta for e in answer if e.type == "response.output_text.delta")


def anthropic_text(url, stream, model):
    client = anthropic.Anthropic(base_url=url, api_key="sk-e2e", max_retries=0, timeout=60)
    answer = client.messages.create(model=model, max_tokens=60, system="be kind", stream=stream,
                                    messages=[{"role": "user", "content": QUESTION}],
                                    extra_body={"temperature": 0})
    if not stream:
        return answer.content[0].text
    return "".join(e.delta.text for e in answer if e.type == "content_block_delta")


def ollama_client(url):
    return ollama.Client(host=url, headers={"authorization": "Bearer sk-e2e"}, timeout=60)


def ollama_chat_text(url, stream, model):
    answer = ollama_client(url).chat(
        model, [{"role": "system", "content": "be kind"}, {"role": "user", "content": QUESTION}],
        stream=stream, options={"temperature": 0, "num_predict": 60})
    if not stream:
        return answer.message.content
    return "".join(part.message.content for part in answer)


def ollama_generate_text(url, stream, model):
    answer = ollama_client(url).generate(model, QUESTION, system="be kind", stream=stream,
                                         options={"temperature": 0, "num_predict": 60})
    if not stream:
        return answer.response
    return "".join(part.response for part in answer)


FRONTS = [openai_text, responses_text, anthropic_text, ollama_chat_text, ollama_generate_text]


def same_texts(url, model="tiny-chain"):
    texts = {f"{front.__name__} stream={stream}": front(url, stream, model)
             for front in FRONTS for stream in (False, True)}
    assert len(set(texts.values())) == 1, texts
    text = next(iter(texts.values()))
    assert EXPECT in text
    return text


def test_every_client_over_llama_cpp(engines_fleet):
    same_texts(engines_fleet.url)


def test_every_client_over_ollama(ollama_fleet, engines_fleet):
    assert same_texts(ollama_fleet.url) == same_texts(engines_fleet.url)


def test_every_client_over_ollamas_openai_api(ollama_fleet):
    """The same server taken for any OpenAI-compatible one."""
    with fleets.Fleet() as f:
        f.start_coordinator()
        f.start_agent("any", "L1", [f"{{kind: openai, url: '{ollama_fleet.engine.url}'}}"])
        f.wait_nodes("any")
        same_texts(f.url, "tiny-chain:latest")


def test_embeddings_of_both_apis_are_one(engines_fleet):
    client = openai.OpenAI(base_url=engines_fleet.url + "/v1", api_key="sk-e2e", max_retries=0)
    first = client.embeddings.create(model="tiny-embed", input=["hello", "other"]).data
    second = ollama_client(engines_fleet.url).embed("tiny-embed", ["hello", "other"]).embeddings
    assert len(first) == len(second) == 2
    for a, b in zip(first, second):
        assert max(abs(x - y) for x, y in zip(a.embedding, b)) < 1e-6


def test_rerank_orders_documents(engines_fleet):
    body = {"model": "tiny-rerank", "query": "abc", "documents": ["abc", "xyz", "abd"], "top_n": 2}
    status, headers, text = fleets.post(engines_fleet.url + "/v1/rerank", body)
    results = json.loads(text)["results"]
    assert status == 200 and len(results) == 2 and headers["x-weir-node"] == "gpu-rerank"
    assert results[0]["relevance_score"] >= results[1]["relevance_score"]


def test_an_endpoint_that_no_model_offers_is_refused_in_its_own_shape(engines_fleet):
    url = engines_fleet.url
    status, _, text = fleets.post(url + "/v1/embeddings", {"model": "tiny-chain", "input": "x"})
    assert status == 501 and json.loads(text)["error"]["code"] == "not_supported"
    status, _, text = fleets.post(url + "/api/embed", {"model": "tiny-chain", "input": "x"})
    assert status == 501 and isinstance(json.loads(text)["error"], str)
    status, _, text = fleets.post(url + "/v1/rerank",
                                  {"model": "nobody", "query": "x", "documents": ["y"]})
    assert status == 404 and json.loads(text)["error"]["code"] == "model_not_found"


def test_what_cannot_be_translated_names_its_field(engines_fleet, ollama_fleet):
    chat = {"model": "tiny-chain", "messages": [{"role": "user", "content": "hi"}]}
    cases = [
        (ollama_fleet.url, "/v1/chat/completions", chat | {"logprobs": True}, "logprobs"),
        (ollama_fleet.url, "/v1/chat/completions", chat | {"n": 2}, "n"),
        (engines_fleet.url, "/v1/responses",
         {"model": "tiny-chain", "input": "hi", "previous_response_id": "resp_1"},
         "previous_response_id"),
    ]
    for url, path, body, param in cases:
        status, _, text = fleets.post(url + path, body)
        error = json.loads(text)["error"]
        assert (status, error["param"]) == (400, param), text
    body = chat | {"options": {"mirostat": 2}}
    status, _, text = fleets.post(engines_fleet.url + "/api/chat", body)
    assert status == 400 and "mirostat" in json.loads(text)["error"], text


def test_the_same_request_goes_where_its_dialect_can_be_said(ollama_fleet):
    """logprobs are nothing that Ollama's API knows: llama.cpp answers, whoever is asked first."""
    with fleets.Fleet() as f:
        llama = f.llama()
        f.start_coordinator("models:\n  - {alias: any, members: [tiny-chain, 'tiny-chain:latest'],"
                            " capability: 1}\n")
        f.start_agent("a", "L1", [f"{{kind: ollama, url: '{ollama_fleet.engine.url}'}}"])
        f.start_agent("b", "L1", [f"{{kind: llama_cpp, url: '{llama.url}', api_key: {llama.key}}}"])
        f.wait_nodes("a", "b")
        body = {"model": "any", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4,
                "logprobs": True, "top_logprobs": 1}
        for _ in range(6):
            status, headers, text = fleets.post(f.url + "/v1/chat/completions", body)
            assert (status, headers["x-weir-node"]) == (200, "b"), text
            assert json.loads(text)["choices"][0]["logprobs"]["content"]


def test_model_lists_have_each_apis_shape(engines_fleet):
    url, key = engines_fleet.url, {"authorization": "Bearer sk-e2e"}
    listed = anthropic.Anthropic(base_url=url, api_key="sk-e2e").models.list().data
    assert {"tiny-chain", "tiny-embed", "tiny-rerank"} <= {m.id for m in listed}
    assert listed[0].created_at and listed[0].type == "model"
    tags = {m.model: m for m in ollama_client(url).list().models}
    assert tags["tiny-chain"].size > 0 and tags["tiny-chain"].details.family
    assert httpx.get(url + "/api/version", headers=key).json()["version"]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat", "/v1/messages",
                                  "/v1/responses"])
def test_a_prompt_beyond_the_context_has_one_code(engines_fleet, path):
    text = "word " * 60_000
    body = {"model": "tiny-chain", "max_tokens": 2, "stream": False}
    if path == "/v1/responses":
        body = {"model": "tiny-chain", "input": text}
    else:
        if path == "/api/chat":
            body = {"model": "tiny-chain", "stream": False}
        body["messages"] = [{"role": "user", "content": text}]
    status, _, said = fleets.post(engines_fleet.url + path, body)
    assert status == 400, said
    if path.startswith("/v1/") and path != "/v1/messages":
        assert json.loads(said)["error"]["code"] == "context_length_exceeded"
