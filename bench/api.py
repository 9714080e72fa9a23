#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the API itself costs: bench/api.py BUILD (root). One tared in a network namespace of its own, nothing in it.
Prints: start to first _ping, _ping on a kept and on a new connection, PSS idle, with 1,000 connections waiting
for events, with 1,000 at rest, and after both are gone."""
import socket
import statistics
import subprocess
import sys
import tempfile
import time

build = sys.argv[1]
t = tempfile.mkdtemp(prefix="tare-bench-")
sock = t + "/s"
PING = b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sock)
    return s


def ask(s, request=PING):
    s.sendall(request)
    return s.recv(65536)


def start():
    begun = time.perf_counter()
    p = subprocess.Popen(["unshare", "-n", build + "/bin/tared", "--data-root", t + "/d", "--exec-root", t + "/r",
                          "-H", "unix://" + sock, "-p", t + "/p", "--config-file", "/dev/null"],
                         stderr=subprocess.DEVNULL)
    while True:
        try:
            ask(connect())
            return p, (time.perf_counter() - begun) * 1000
        except OSError:
            time.sleep(0.0005)


def stop(p):
    p.terminate()
    p.wait()


def pss(p):
    with open(f"/proc/{p.pid}/smaps_rollup") as f:
        return next(int(l.split()[1]) for l in f if l.startswith("Pss:"))


def each(n, what):
    begun = time.perf_counter()
    for _ in range(n):
        what()
    return (time.perf_counter() - begun) / n * 1e6


starts = []
for _ in range(9):
    daemon, ms = start()
    starts.append(ms)
    stop(daemon)
daemon, ms = start()
print(f"start to _ping, the unshare included: median {statistics.median(starts + [ms]):.1f} ms")
time.sleep(1)
print(f"idle: {pss(daemon)} KiB PSS")
kept = connect()
print(f"_ping, connection kept: {each(3000, lambda: ask(kept)):.0f} us")
print(f"_ping, new connection: {each(500, lambda: ask(connect())):.0f} us")
waiting = [connect() for _ in range(1000)]
for s in waiting:
    ask(s, b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
print(f"1000 waiting for events: {pss(daemon)} KiB PSS")
for s in waiting:
    s.close()
time.sleep(4)
print(f"4 s after they left: {pss(daemon)} KiB PSS")
resting = [connect() for _ in range(1000)]
for s in resting:
    ask(s)
time.sleep(1)
print(f"1000 at rest: {pss(daemon)} KiB PSS")
stop(daemon)
subprocess.run(["rm", "-rf", t], check=True)
