"""Mixed load for some minutes; memory and descriptors must not grow.

  soak.py --minutes 30

Unary and streamed requests, clients that leave, wrong requests, engines that fail now and then.
After a warm-up of a tenth of the time, memory and descriptors of coordinator and agents are
taken; at the end, with the fleet idle, they must be back within 10 % + 8 MiB and 8 descriptors.
"""

import argparse
import http.client
import json
import random
import threading
import time

from fleet import Fleet, post


def body(tokens, stream, model="demo"):
    return json.dumps({"model": model, "stream": stream, "max_tokens": tokens,
                       "messages": [{"role": "user", "content": "x" * random.randint(1, 5000)}]})


class Client(threading.Thread):
    """One client that keeps its connection and does one thing after another."""

    def __init__(self, fleet, seed, end):
        super().__init__(daemon=True)
        self.fleet, self.random, self.end = fleet, random.Random(seed), end
        self.counts = {"ok": 0, "left": 0, "error": 0, "broken": 0}
        self.start()

    def run(self):
        connection = None
        while time.monotonic() < self.end:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.fleet.http, timeout=60)
            try:
                if not self.one(connection):
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException):
                self.counts["broken"] += 1
                connection.close()
                connection = None

    def one(self, connection):
        """One request; false when the connection must not be used again."""
        kind = self.random.choice(["unary"] * 5 + ["stream"] * 4 + ["leave", "wrong"])
        headers = {"authorization": "Bearer sk-e2e", "content-type": "application/json",
                   "x-data-grade": self.random.choice(["P0", "P1", "P2"])}
        data = "{" if kind == "wrong" else body(self.random.randint(1, 60), kind != "unary")
        connection.request("POST", "/v1/chat/completions", data, headers)
        answer = connection.getresponse()
        if kind == "leave":
            answer.read(100)
            self.counts["left"] += 1
            return False
        text = answer.read()
        good = answer.status == 200 and b'"error"' not in text
        self.counts["ok" if good else "error"] += 1
        return True


def measure(fleet):
    fleet.idle(60)
    time.sleep(2)
    return {p.name: (p.memory_kb(), p.descriptors()) for p in fleet.weirs}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    seconds = parser.parse_args().minutes * 60
    with Fleet() as fleet:
        engines = [fleet.demo_engine(f"engine{i}", "--model", "demo", "--slots", "8",
                                     "--decode-tps", "400") for i in range(3)]
        coordinator = fleet.start_coordinator()
        agents = [fleet.start_agent(f"n{i}", "L1", [f"{{kind: openai, url: '{e.url}', slots: 8}}"])
                  for i, e in enumerate(engines)]
        fleet.weirs = [coordinator, *agents]
        fleet.wait_nodes("n0", "n1", "n2")
        load(fleet, engines, seconds / 10, 1)
        before = measure(fleet)
        counts = load(fleet, engines, seconds * 9 / 10, 1000)
        after = measure(fleet)
    failed = False
    for name, (memory, descriptors) in before.items():
        grown = after[name][0] > memory * 1.1 + 8192 or after[name][1] > descriptors + 8
        failed |= grown
        print(f"{name}: memory {memory} -> {after[name][0]} KiB, descriptors {descriptors} -> "
              f"{after[name][1]}{'  GREW' if grown else ''}")
    print(f"requests: {counts}")
    failed |= counts["ok"] < 100 or counts["broken"] > 0
    raise SystemExit(1 if failed else 0)


def load(fleet, engines, seconds, seed):
    end = time.monotonic() + seconds
    clients = [Client(fleet, seed + i, end) for i in range(24)]
    chooser = random.Random(seed)
    while time.monotonic() < end:
        time.sleep(min(5, max(0, end - time.monotonic())))
        mode = chooser.choice(["http500", "close_before", "close_mid_stream"])
        post(chooser.choice(engines).url + "/demo/fail", {"mode": mode, "count": 2})
    for c in clients:
        c.join(90)
    return {k: sum(c.counts[k] for c in clients) for k in clients[0].counts}


if __name__ == "__main__":
    main()
