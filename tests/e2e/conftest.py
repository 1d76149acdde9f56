"""Fleets: an empty one for each test, and one for the tests of the official SDKs (llama-server
behind an L1 agent, a coordinator). A recording cloud."""

import pathlib
import tempfile

import pytest

import cloud
import fleet as fleets


@pytest.fixture(scope="session")
def llama_fleet():
    if not (fleets.CACHE / "llama" / "llama-server").exists():
        pytest.skip("llama-server could not be installed here (examples/engines/setup says why)")
    with fleets.Fleet() as f:
        engine = f.llama()
        f.engine = engine
        f.start_coordinator()
        f.start_agent(
            "gpu-1", "L1", [f"{{kind: llama_cpp, url: '{engine.url}', api_key: {engine.key}}}"]
        )
        f.wait_nodes("gpu-1")
        yield f


@pytest.fixture(scope="session")
def engines_fleet():
    """Chat, embeddings and reranking on llama.cpp, an agent each."""
    if not (fleets.CACHE / "tiny-rerank.gguf").exists():
        pytest.skip("llama-server could not be installed here (examples/engines/setup says why)")
    with fleets.Fleet() as f:
        f.start_coordinator()
        for engine in (f.llama(), f.llama_embed(), f.llama_rerank()):
            line = f"{{kind: llama_cpp, url: '{engine.url}', api_key: {engine.key}}}"
            f.start_agent(f"gpu-{engine.name}", "L1", [line])
        f.wait_nodes("gpu-llama", "gpu-embed", "gpu-rerank")
        yield f


def need_ollama():
    if not fleets.OLLAMA.exists():
        pytest.skip("no Ollama here: tests/run --all builds it (10 minutes)")


@pytest.fixture
def lone_ollama(fleet):
    """A fleet with nothing but a real Ollama of one model at a time."""
    need_ollama()
    return fleet.ollama(parallel=1, loaded_max=1)


@pytest.fixture(scope="session")
def ollama_fleet():
    """A real Ollama behind an agent."""
    need_ollama()
    with fleets.Fleet() as f:
        f.engine = f.ollama()
        f.start_coordinator()
        f.start_agent("laptop", "L0", [f"{{kind: ollama, url: '{f.engine.url}', slots: 4}}"],
                      accepts="{grades: [P0, P1, P2], tenants: ['*']}")
        f.wait_nodes("laptop")
        yield f


@pytest.fixture
def fleet():
    with fleets.Fleet() as f:
        yield f


@pytest.fixture(scope="module")
def tls():
    with tempfile.TemporaryDirectory(prefix="weir-cloud-") as folder:
        yield cloud.identity(pathlib.Path(folder))


@pytest.fixture
def sink(tls):
    with cloud.Cloud(tls) as c:
        yield c
