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
