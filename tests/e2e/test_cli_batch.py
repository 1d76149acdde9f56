"""`weir batch` against a fleet: ten thousand lines through two kills, a fleet that goes away and
comes back, two writers at once."""

import json
import os
import signal
import subprocess

import fleet as fleets

LINES = 10_000


def request(name, model="demo", tokens=4):
    body = {"model": model, "max_tokens": tokens,
            "messages": [{"role": "user", "content": f"Say {name}."}]}
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def start(fleet, file, *options):
    """`weir batch`, as a process whose end is not waited for."""
    return subprocess.Popen(
        [fleets.BIN / "weir", "batch", file, "--url", fleet.url, "--api-key", "sk-e2e", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def one_agent(fleet, *options):
    engine = fleet.demo_engine("engine", "--model", "demo", "--slots", "32", *options)
    fleet.start_coordinator()
    fleet.start_agent("gpu-1", "L1", [f"{{kind: openai, url: '{engine.url}', slots: 32}}"])
    fleet.wait_nodes("gpu-1")


def answers(out):
    return [json.loads(line) for line in out.read_text().splitlines()]


def count(out):
    return out.read_bytes().count(b"\n") if out.exists() else 0


def test_ten_thousand_lines_killed_twice_have_each_line_once(fleet, tmp_path):
    one_agent(fleet)
    file, out = tmp_path / "big.jsonl", tmp_path / "big.out.jsonl"
    write(file, (request(f"line-{n}") for n in range(LINES)))
    said = set()
    for enough in (LINES // 5, LINES // 2):
        batch = start(fleet, file, "--concurrency", "32")
        fleets.wait_for(f"{enough} answers", lambda: count(out) >= enough, 120)
        batch.send_signal(signal.SIGKILL)
        batch.communicate()
        whole = out.read_bytes()[: out.read_bytes().rfind(b"\n") + 1]
        now = {json.loads(line)["custom_id"] for line in whole.splitlines()}
        assert said <= now, "an answer that stood in the output is gone"
        said = now
    with out.open("ab") as torn:  # a kill in the middle of a write
        torn.write(b'{"id":"batch_req_00","custom_id":"line-')
    batch = start(fleet, file, "--concurrency", "32")
    stdout, stderr = batch.communicate(timeout=240)
    assert batch.returncode == 0, (stdout, stderr)
    assert "cut a torn last line" in stderr
    assert f"{LINES:,} of {LINES:,} answered" in stdout
    lines = answers(out)
    assert len(lines) == LINES
    assert {a["custom_id"] for a in lines} == {f"line-{n}" for n in range(LINES)}
    assert all(a["response"]["status_code"] == 200 and a["error"] is None for a in lines)
    assert all(a["response"]["body"]["choices"][0]["message"]["content"] for a in lines)
    # What the killed runs had finished was not worked on twice.
    done = fleet.metric("weir_request_seconds_count")
    assert done < LINES + 400, f"{done} requests for {LINES} lines"


def test_a_fleet_that_goes_away_is_waited_for(fleet, tmp_path):
    one_agent(fleet, "--decode-tps", "400")
    file, out = tmp_path / "b.jsonl", tmp_path / "b.out.jsonl"
    write(file, (request(f"line-{n}", tokens=20) for n in range(600)))
    batch = start(fleet, file, "--concurrency", "8", "--json")
    fleets.wait_for("answers", lambda: count(out) >= 50, 60)
    fleet.coordinator.kill()
    fleet.start_coordinator()
    stdout, stderr = batch.communicate(timeout=120)
    assert batch.returncode == 0, (stdout[-2000:], stderr)
    summary = json.loads(stdout.splitlines()[-1])
    assert summary["complete"] and summary["ok"] == 600 and summary["given_up"] == 0
    assert sorted(a["custom_id"] for a in answers(out)) == sorted(f"line-{n}" for n in range(600))


def test_only_one_batch_writes_to_an_output(fleet, tmp_path):
    one_agent(fleet, "--decode-tps", "50")
    file, out = tmp_path / "b.jsonl", tmp_path / "b.out.jsonl"
    write(file, (request(f"line-{n}", tokens=50) for n in range(200)))
    first = start(fleet, file)
    fleets.wait_for("answers", lambda: count(out) >= 1, 60)
    second = fleet.weir("batch", str(file), check=False)
    assert second.returncode == 2
    assert "another weir batch writes to it" in second.stderr
    first.send_signal(signal.SIGINT)
    stdout, stderr = first.communicate(timeout=60)
    assert first.returncode == 1
    assert "the same command goes on from here" in stdout
    ids = [a["custom_id"] for a in answers(out)]
    assert len(ids) == len(set(ids)) < 200


def test_refused_lines_are_kept_and_those_whose_model_is_missing_are_not(fleet, tmp_path):
    """A model may be missing for a moment, while its machine comes back."""
    one_agent(fleet)
    file, out = tmp_path / "b.jsonl", tmp_path / "answers"
    wrong = request("wrong") | {"body": {"model": "demo-chat", "messages": "none"}}
    write(file, [request("good"), request("missing", model="no-such-model"), wrong])
    done = fleet.weir("batch", str(file), "--out", str(out), "--patience", "2", check=False)
    assert done.returncode == 1 and "1 were refused (4xx)" in done.stdout, done.stdout
    assert "model_not_found" in done.stdout + done.stderr
    by_id = {a["custom_id"]: a["response"]["status_code"] for a in answers(out)}
    assert by_id == {"good": 200, "wrong": 400}
    assert os.stat(out).st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
