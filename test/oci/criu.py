#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands in for CRIU where the kernel is not one it knows: `criu.py swrk FD` speaks its RPC. What is asked for goes to
$CRIU_LOG, a JSON line a request. A dump kills the process; a restore starts `sleep` in its place, as a child of the
caller, as CRIU does. CRIU_SAY: "fail" refuses dump and restore, "die" ends without a word, "junk" answers nonsense,
"tty" sends a terminal's master."""
import array
import ctypes
import json
import os
import signal
import socket
import sys

NAMES = {
    1: "images_dir_fd", 2: "pid", 3: "leave_running", 4: "ext_unix_sk", 5: "tcp_established", 6: "evasive_devices",
    7: "shell_job", 8: "file_locks", 9: "log_level", 10: "log_file", 11: "ps", 12: "notify_scripts", 13: "root",
    14: "parent_img", 15: "track_mem", 16: "auto_dedup", 17: "work_dir_fd", 18: "link_remap", 23: "ext_mnt",
    24: "manage_cgroups", 25: "cg_root", 26: "rst_sibling", 27: "inherit_fd", 34: "manage_cgroups_mode",
    37: "external", 38: "empty_ns", 39: "join_ns", 44: "freeze_cgroup", 46: "tcp_skip_in_flight", 48: "lazy_pages",
    49: "status_fd", 50: "orphan_pts_master", 51: "config_file", 53: "lsm_profile", 63: "lsm_mount_context",
}
PAIRS = {11, 23, 25, 27, 39}
CLONE_PARENT = 0x8000


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        else:
            n, at = varint(data, at)
            value, at = data[at:at + n], at + n
        yield tag >> 3, value


def number(field, value):
    out = b""
    for v in (field << 3, value):
        while v >= 0x80:
            out += bytes([v & 0x7F | 0x80])
            v >>= 7
        out += bytes([v])
    return out


def part(field, data):
    return bytes([field << 3 | 2, len(data)]) + data


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def options(data):
    out = {}
    for field, value in fields(data):
        if field in PAIRS:
            value = [text(v) for _, v in fields(value)]
        out.setdefault(NAMES.get(field, str(field)), []).append(text(value))
    return {k: v if k in ("ext_mnt", "cg_root", "inherit_fd", "external", "join_ns") else v[0] for k, v in out.items()}


def fork_for_parent():
    libc = ctypes.CDLL(None, use_errno=True)
    pid = libc.syscall(56, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os.setsid()
        os.execvp("sleep", ["sleep", "1000"])
    return pid


def main():
    line = socket.socket(fileno=int(sys.argv[2]))
    say = os.environ.get("CRIU_SAY", "")
    made = []

    def notify(script, pid=None, fd=None):
        body = part(1, script.encode()) + (number(2, pid) if pid else b"")
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))] if fd is not None else []
        line.sendmsg([number(1, 6) + number(2, 1) + part(5, body)], rights)
        answer = dict(fields(line.recv(65536)))
        if answer.get(3) != 1:
            for restored in made:
                os.kill(restored, signal.SIGKILL)
            sys.exit(1)

    request = dict(fields(line.recv(65536)))
    kind, opts = request[1], options(request.get(2, b""))
    with open(os.environ["CRIU_LOG"], "a", encoding="utf-8") as log:
        groups = open("/proc/self/cgroup", encoding="utf-8").read()
        json.dump({"type": kind, "opts": opts, "args": sys.argv[1:], "groups": groups}, log)
        log.write("\n")
    if kind == 10:
        line.send(number(1, kind) + number(2, 1) + part(10, number(1, 3) + number(2, 17) + number(4, 1)))
        return
    if kind == 9:
        line.send(number(1, kind) + number(2, 1) + part(8, number(1, 1) + number(2, int(say != "old"))))
        return
    if say == "die":
        sys.exit(3)
    if say == "junk":
        line.send(b"\xff\xff\xff")
        return
    if say == "fail":
        where = opts.get("work_dir_fd", opts.get("images_dir_fd"))
        with open(f"/proc/{os.getppid()}/fd/{where}/{opts['log_file']}", "w", encoding="utf-8") as log:
            log.write("one\ntwo\n(00.1) Error (criu/x.c:1): no luck\n")
        line.send(number(1, kind) + number(2, 0) + number(7, 22))
        return
    if kind == 1:
        notify("pre-dump")
        if not opts["leave_running"]:
            os.kill(opts["pid"], signal.SIGKILL)
        notify("post-dump")
        line.send(number(1, kind) + number(2, 1) + part(3, number(1, 1)))
    elif kind == 4:
        line.send(number(1, kind) + number(2, 1))
        line.recv(1)
    else:
        assert os.path.isdir(opts["root"] + "/bin")
        pid = fork_for_parent()
        made.append(pid)
        notify("setup-namespaces", pid)
        if say == "tty":
            notify("orphan-pts-master", None, os.openpty()[0])
        notify("post-restore", pid)
        line.send(number(1, kind) + number(2, 1) + part(4, number(1, pid)))


main()
