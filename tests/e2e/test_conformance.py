"""The conformance checks of the official SDKs, where the folder they lie in stands beside this
checkout (or WEIR_SHARED names it)."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import fleet as fleets

SHARED = pathlib.Path(os.environ.get("WEIR_SHARED", fleets.ROOT.parent / "shared"))
# What a router does not offer: the models' own files, and which of them one machine holds now.
OLLAMA_ELSEWHERE = {"show", "show_unknown_404", "keep_alive_zero_unloads", "empty_generate_loads",
                    "ps_says_expiry", "copy_and_delete"}


def run(script, *args):
    path = SHARED / "real" / script
    if not path.exists():
        pytest.skip(f"no {script} here: set WEIR_SHARED to the folder that holds real/{script}")
    done = subprocess.run([sys.executable, path, *args], capture_output=True, text=True,
                          timeout=400)
    print(done.stdout[-8000:], done.stderr[-2000:])
    return done


def test_openai_and_anthropic_clients(engines_fleet):
    done = run("client_conformance.py", "--base-url", engines_fleet.url, "--api-key", "sk-e2e",
               "--limited-key", "sk-limited", "--expect", "世界é😀", "--model", "tiny-chain")
    assert done.returncode == 0
    assert re.search(r"^77 checks: \{.PASS.: 77, .FAIL.: 0, .SKIP.: 0, .GAP.: 0\}", done.stdout,
                     re.M)


def ollama_checks(url):
    done = run("ollama_conformance.py", "--base-url", url, "--api-key", "sk-e2e", "--read-only")
    results = dict(reversed(line.split()[:2]) for line in done.stdout.splitlines()
                   if line.startswith(("PASS", "FAIL")))
    assert len(results) >= 24
    failed = {name for name, result in results.items() if result == "FAIL"}
    assert not failed - OLLAMA_ELSEWHERE


def test_ollama_client_over_llama_cpp(engines_fleet):
    ollama_checks(engines_fleet.url)


def test_ollama_client_over_ollama(ollama_fleet):
    ollama_checks(ollama_fleet.url)
