"""Seeded chaos around the gate to the cloud; nothing of grade P0 or P1 may pass it.

  chaos.py --minutes 10 --seed 1

Local agents die and come back, engines answer 500, stall and break, streams break off, the cloud
fails in every way it can, clients retry and leave. Everything that the cloud received is searched
for canaries of P0, of P1, and of P2 that holds what the detector knows; a word of plain P2 must be
found, or the search is worth nothing.
"""

import argparse
import http.client
import json
import pathlib
import random
import tempfile
import threading
import time

import cloud as clouds
from fleet import Fleet, get, post, wait_for

CANARIES = {
    "P0": "quarterly-loss-7f3a91",
    "P1": "payroll-of-Ada-Byron-55c0",
    "P2 with a card": "4000056655665556",
    "P2 with a key": "AKIAQ7WEIRCANARY42XZ",
}
PLAIN = "a-harmless-marzipan"


def text_of(chooser, kind):
    words = ["lorem", "ipsum", "dolor"]
    filler = " ".join(chooser.choice(words) for _ in range(chooser.randint(1, 300)))
    return f"{filler} {CANARIES.get(kind, PLAIN)} {filler}"


class Client(threading.Thread):
    """Asks one thing after another; whatever fails is asked again, as SDKs do."""

    def __init__(self, fleet, seed, end):
        super().__init__(daemon=True)
        self.fleet, self.random, self.end = fleet, random.Random(seed), end
        self.counts = dict.fromkeys(("ok", "left", "error", "broken", "wrong tier"), 0)
        self.start()

    def run(self):
        while time.monotonic() < self.end:
            kind = self.random.choice([*CANARIES, "P2", "P2", "P2"])
            headers = {"authorization": "Bearer sk-e2e", "content-type": "application/json",
                       "x-data-grade": kind[:2], "x-weir-deadline-ms": "4000"}
            if self.random.random() < 0.3:
                headers["x-weir-session"] = f"s{self.random.randint(0, 20)}"
            if self.random.random() < 0.3:
                headers["idempotency-key"] = f"k{self.random.getrandbits(60)}"
            said = {"role": "user", "content": text_of(self.random, kind)}
            body = json.dumps({"model": "demo", "stream": self.random.random() < 0.6,
                               "max_tokens": self.random.randint(1, 60), "messages": [said]})
            for _ in range(self.random.randint(1, 3)):
                if self.one(kind, headers, body):
                    break

    def one(self, kind, headers, body):
        """One try. returns  whether to leave it at that."""
        connection = http.client.HTTPConnection("127.0.0.1", self.fleet.http, timeout=60)
        try:
            connection.request("POST", "/v1/chat/completions", body, headers)
            if self.random.random() < 0.1:
                time.sleep(self.random.random())
                self.counts["left"] += 1
                return False
            answer = connection.getresponse()
            # Of P1 what makes it so is replaced: it may leave, and its canary does not.
            if answer.getheader("x-weir-tier") == "L2" and kind in ("P0", "P2 with a key"):
                self.counts["wrong tier"] += 1
            if self.random.random() < 0.1:
                answer.read(50)
                self.counts["left"] += 1
                return False
            text = answer.read()
            good = answer.status == 200 and b'"error"' not in text
            self.counts["ok" if good else "error"] += 1
            return good
        except (OSError, http.client.HTTPException):
            self.counts["broken"] += 1
            return False
        finally:
            connection.close()


def cloud_step(chooser):
    return chooser.choice([
        clouds.Fail(500), clouds.Fail(429, {"retry-after": "1"}), clouds.Fail(400), clouds.Break(0),
        clouds.Break(2), clouds.Answer(), clouds.Answer(gap=0.05), clouds.Answer(gap=0.05)])


def torment(fleet, engines, sink, start_agent, agents, seconds, chooser):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(chooser.uniform(0.2, 1.5), max(0, end - time.monotonic())))
        at = chooser.randrange(len(engines))
        what = chooser.choice(["kill", "fail", "fail", "cloud", "cloud"])
        if what == "kill":
            agents[at].kill()
            agents[at] = start_agent(at)
        elif what == "fail":
            mode = chooser.choice(
                ["http500", "close_before", "close_mid_stream", "stall", "no_done"])
            post(engines[at].url + "/demo/fail", {"mode": mode, "count": chooser.randint(1, 3)})
        else:
            sink.script.extend(cloud_step(chooser) for _ in range(chooser.randint(1, 4)))


def run(seconds, seed, programs=None, clients=16):
    """returns  what was found where, and what became of the requests."""
    chooser = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="weir-chaos-") as folder, Fleet(programs) as fleet:
        with clouds.Cloud(clouds.identity(pathlib.Path(folder)), clouds.Answer(gap=0.01)) as sink:
            engines = [fleet.demo_engine(f"engine{i}", "--model", "demo", "--slots", "2",
                                         "--decode-tps", "60") for i in range(3)]
            fleet.start_coordinator()

            def start_agent(i):
                return fleet.start_agent(
                    f"n{i}", "L1", [f"{{kind: openai, url: '{engines[i].url}', slots: 2}}"])

            agents = [start_agent(i) for i in range(3)]
            proxy = fleet.start_agent("proxy", "L2", [sink.engine(models=("demo",))],
                                      "admin: '127.0.0.1:0'\n")
            admin = proxy.line(r"admin listening on 127\.0\.0\.1:(\d+)").group(1)
            fleet.wait_nodes("n0", "n1", "n2", "proxy")
            end = time.monotonic() + seconds
            crowd = [Client(fleet, seed * 1000 + i, end) for i in range(clients)]
            torment(fleet, engines, sink, start_agent, agents, seconds, chooser)
            for c in crowd:
                c.join(120)
            sink.script.clear()
            for e in engines:
                post(e.url + "/demo/fail", {"mode": "none", "count": 1})
            fleet.idle(60)
            counts = {k: sum(c.counts[k] for c in crowd) for k in crowd[0].counts}
            counts["requests at the cloud"] = len(sink.requests)
            metrics = get(f"http://127.0.0.1:{admin}/metrics")[1]
            counts["sensitive bytes, as the proxy counts"] = sum(
                float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
                if line.startswith("weir_sensitive_to_cloud_total"))
            found = {kind: sorted(sink.find(c)) for kind, c in CANARIES.items() if sink.find(c)}
            return found, bool(sink.find(PLAIN)), counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found, searched, counts = run(asked.minutes * 60, asked.seed)
    print(f"seed {asked.seed}: {counts}")
    print(f"canaries at the cloud: {found or 'none'}; plain P2 there: {searched}")
    bad = found or not searched or counts["wrong tier"] or counts["broken"] or counts["ok"] < 10
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
