"""A real Ollama: by its adapter, and as an engine of an agent that was not told what it is."""

import json

from fleet import adapter_test, wait_for


def test_the_adapter_speaks_its_own_api(lone_ollama):
    adapter_test("real ollama*", WEIR_REAL_OLLAMA=lone_ollama.url)


def test_an_agent_finds_out_what_it_is_and_tells_its_models(fleet, lone_ollama):
    fleet.start_coordinator()
    agent = fleet.start_agent("ws", "L1", [f"{{url: '{lone_ollama.url}'}}"])
    fleet.wait_nodes("ws")
    agent.line(r"is of kind ollama")
    models = json.dumps(fleet.nodes()["ws"]["models"])
    assert "tiny-chain:latest" in models and "tiny-embed:latest" in models

    lone_ollama.stop()
    wait_for("its end", lambda: fleet.nodes()["ws"]["slots"]["total"] == 0
             or "is down" in agent.text(), 15)
