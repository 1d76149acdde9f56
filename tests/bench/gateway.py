#!/usr/bin/env python3
"""What Weir costs on the way to an engine, beside nginx as a plain reverse proxy, in one run.

  tests/bench/gateway.py [--rounds 3] [--seconds 3] [--bin build/bin]

Engine (weir-demo-engine at full speed, or 50 tokens/s for the paced part) and load share core 0;
the gateway (coordinator and agent together, or nginx) has core 1. CPU is the gateway's own, from
/proc. Rounds alternate between the two; medians are printed with the ratio to nginx.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=3)
    p.add_argument("--bin", default=str(ROOT / "build" / "bin"))
    return p.parse_args()


ARGS = arguments()
os.environ["WEIR_BIN"] = ARGS.bin
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from fleet import Fleet, free_port, get, wait_for  # noqa: E402


def pin(process, core):
    for task in os.listdir(f"/proc/{process.pid}/task"):
        os.sched_setaffinity(int(task), {core})


def cpu_seconds(processes):
    total = 0
    for p in processes:
        fields = pathlib.Path(f"/proc/{p.pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def load(url, **options):
    command = ["taskset", "-c", "0", ARGS.bin + "/weir-load", "--url", url]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measured(processes, url, **options):
    before = cpu_seconds(processes)
    result = load(url, **options)
    result["cpu"] = cpu_seconds(processes) - before
    return result


def measure(processes, url, paced_url):
    """The figures of one gateway: `url` leads to the fast engine, `paced_url` to the paced one."""
    load(url, connections=16, seconds=0.5)
    s = ARGS.seconds
    one = load(url, connections=1, seconds=s)
    many = measured(processes, url, connections=64, seconds=s)
    paced = measured(processes, paced_url, connections=200, seconds=s, ramp_seconds=1.3,
                     stream=True, tokens=64, model="paced")
    errors = one["errors"] + many["errors"] + paced["errors"]
    return {
        "p50 at 1 connection, µs": one["p50_us"],
        "CPU µs per request (64 connections)": many["cpu"] / max(1, many["ok"]) * 1e6,
        "requests/s (64 connections)": many["ok"] / many["seconds"],
        "CPU µs per chunk (20 ms/token)": paced["cpu"] / max(1, paced["events"]) * 1e6,
        "first token p50 (200 streams), ms": paced["first_p50_us"] / 1e3,
        "first token p99 (200 streams), ms": paced["first_p99_us"] / 1e3,
        "errors": errors,
    }


def nginx(fleet, fast, paced):
    port, second = free_port(), free_port()
    config = fleet.folder / "nginx.conf"
    servers = ""
    for n, (p, engine) in enumerate(((port, fast), (second, paced))):
        servers += (
            f"upstream u{n} {{ server {engine.url[7:]}; keepalive 512;"
            " keepalive_requests 10000000; }"
            f" server {{ listen 127.0.0.1:{p}; location / {{ proxy_pass http://u{n};"
            " proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; } }\n"
        )
    config.write_text(
        "worker_processes 1; daemon off; master_process off; error_log stderr;\n"
        f"pid {fleet.folder}/nginx.pid; events {{ worker_connections 4096; }}\n"
        "http { access_log off; keepalive_requests 10000000; tcp_nodelay on;\n"
        + "".join(f"{k}_temp_path {fleet.folder}/{k};\n" for k in
                  ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + servers + "}\n"
    )
    p = fleet.start("nginx", ["nginx", "-c", config])
    wait_for("nginx", lambda: get(f"http://127.0.0.1:{port}/health")[0] == 200)
    pin(p, 1)
    return [p], f"http://127.0.0.1:{port}", f"http://127.0.0.1:{second}"


def weir(fleet, fast, paced):
    coordinator = fleet.start_coordinator(keys=False)
    agent = fleet.start_agent(
        "node", "L1",
        [f"{{kind: openai, url: '{fast.url}', slots: 1024}}",
         f"{{kind: openai, url: '{paced.url}', slots: 1024}}"])
    fleet.wait_nodes("node")
    wait_for("both models", lambda: len(fleet.nodes()["node"]["models"]) == 2)
    for p in (coordinator, agent):
        pin(p, 1)
    return [coordinator, agent], fleet.url, fleet.url


def main():
    if not shutil.which("nginx"):
        sys.exit("gateway.py: needs nginx (apt-get install nginx-light)")
    rows = {"nginx": [], "weir": []}
    direct = []
    for _ in range(ARGS.rounds):
        for name, start in (("nginx", nginx), ("weir", weir)):
            with Fleet() as fleet:
                fast = fleet.demo_engine("fast", "--model", "demo", "--slots", "4096",
                                         "--prefill-tps", "0", "--decode-tps", "0")
                paced = fleet.demo_engine("paced", "--model", "paced", "--slots", "4096",
                                          "--prefill-tps", "0", "--decode-tps", "50")
                for p in (fast, paced):
                    pin(p, 0)
                direct.append(load(fast.url, connections=1, seconds=1)["p50_us"])
                rows[name].append(measure(*start(fleet, fast, paced)))
                time.sleep(0.2)
    report(rows, statistics.median(direct))


def report(rows, direct):
    print(f"{ARGS.rounds} rounds, medians; engine alone at 1 connection: p50 {direct:.0f} µs")
    print(f"{'':40}{'nginx':>10}{'weir':>10}{'ratio':>8}")
    for key in rows["nginx"][0]:
        a, b = (statistics.median(r[key] for r in rows[n]) for n in ("nginx", "weir"))
        print(f"{key:40}{a:10.1f}{b:10.1f}" + (f"{b / a:8.2f}" if a else ""))
    key = "p50 at 1 connection, µs"
    added = [statistics.median(r[key] for r in rows[n]) - direct for n in ("nginx", "weir")]
    print(f"{'added p50 at 1 connection, µs':40}{added[0]:10.1f}{added[1]:10.1f}"
          f"{added[1] / added[0]:8.2f}")


if __name__ == "__main__":
    main()
