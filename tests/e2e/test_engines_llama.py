"""Real llama-servers: of one model each, and a router of several."""

import json

import pytest

from fleet import CACHE, adapter_test, get, post


@pytest.fixture
def models(fleet):
    if not (CACHE / "tiny-rerank.gguf").exists():
        pytest.skip("llama-server could not be installed here (examples/engines/setup says why)")
    folder = fleet.folder / "models"
    folder.mkdir()
    for name in ("tiny-chain", "tiny-embed", "tiny-rerank"):
        (folder / f"{name}.gguf").symlink_to(CACHE / f"{name}.gguf")
    return folder


def test_servers_of_one_model_are_told_apart_by_what_they_can_do(fleet, models):
    chat = fleet.llama_server("chat", "-m", models / "tiny-chain.gguf", "-c", "8192", "-np", "2")
    embed = fleet.llama_server("embed", "-m", models / "tiny-embed.gguf", "--embeddings",
                               "-c", "2048", "-np", "1")
    rerank = fleet.llama_server("rerank", "-m", models / "tiny-rerank.gguf", "--rerank",
                                "-c", "2048", "-np", "1")
    adapter_test("real llama-server*", WEIR_REAL_LLAMA=chat.url,
                 WEIR_REAL_LLAMA_EMBED=embed.url, WEIR_REAL_LLAMA_RERANK=rerank.url)


def start_router(fleet, models):
    router = fleet.llama_server("router", "--models-dir", models, "--models-max", "1", "-c", "4096",
                                "-np", "2")
    router.gently = True
    if '"role":"router"' not in get(router.url + "/props")[1]:
        pytest.skip("this llama-server has no router mode")
    return router


def test_a_router_is_not_made_to_load_by_looking(fleet, models):
    router = start_router(fleet, models)
    adapter_test("real router*", WEIR_REAL_LLAMA_ROUTER=router.url)


def test_a_chat_through_the_fleet_makes_a_router_load_its_model(fleet, models):
    router = start_router(fleet, models)
    fleet.start_coordinator()
    fleet.start_agent("gpu", "L1", [f"{{url: '{router.url}'}}"])
    fleet.wait_nodes("gpu")
    status, _, answer = post(fleet.url + "/v1/chat/completions", {
        "model": "tiny-chain", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 3})
    assert status == 200, answer
    listed = json.loads(get(router.url + "/v1/models")[1])["data"]
    states = {m["id"]: m["status"]["value"] for m in listed}
    assert states == {"tiny-chain": "loaded", "tiny-embed": "unloaded", "tiny-rerank": "unloaded"}
