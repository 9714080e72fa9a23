#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times commands in turns, A B C A B C …, so that what else the machine does hits all alike.

turns.py RUNS < LINES: each line is NAME, PREPARE, COMMAND and CONCLUDE with tabs between. PREPARE and CONCLUDE are shell
and not timed; COMMAND is split into words, " ; " parts programs that run one after the other. Prints for each line NAME,
the least and the median of the milliseconds, and the median of the CPU milliseconds."""
import os
import shlex
import statistics
import subprocess
import sys
import time


def run(command):
    cpu, begin = 0.0, time.perf_counter()
    for words in command:
        pid = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1)])
        _, status, usage = os.wait4(pid, 0)
        cpu += usage.ru_utime + usage.ru_stime
        if status:
            sys.exit("%s: exit status %d" % (" ".join(words), status))
    return (time.perf_counter() - begin) * 1000, cpu * 1000


def shell(text):
    if text:
        subprocess.run(["sh", "-c", text], stdin=null, stdout=null, stderr=null, check=False)


null = os.open("/dev/null", os.O_RDWR)
rows = [line.rstrip("\n").split("\t") for line in sys.stdin]
commands = [[shlex.split(part) for part in row[2].split(" ; ")] for row in rows]
taken = [[] for _ in rows]
for turn in range(int(sys.argv[1]) + 1):
    for i, row in enumerate(rows):
        shell(row[1])
        result = run(commands[i])
        shell(row[3] if len(row) > 3 else "")
        if turn:  # the first warms up
            taken[i].append(result)
for row, results in zip(rows, taken):
    wall = [w for w, _ in results]
    print("%s\t%.2f\t%.2f\t%.2f" % (row[0], min(wall), statistics.median(wall), statistics.median(c for _, c in results)))
