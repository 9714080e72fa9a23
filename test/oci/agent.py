#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""agent.py SOCKET [CONNECTIONS [refuse|fake|continue]]: a seccomp agent. Prints the state of each process it is given,
answers the first call it is asked about (by EPERM, by success without doing it, or by letting it go on) and ends
after CONNECTIONS of them (1). Further calls of a process fail with ENOSYS, as the kernel has it when the listener closes."""
import array
import fcntl
import os
import socket
import struct
import sys

RECV, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, _SEND
ANSWERS = {"refuse": (0, -1, 0), "fake": (0, 0, 0), "continue": (0, 0, 1)}  # value, error, flags

path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
answer = ANSWERS[sys.argv[3] if len(sys.argv) > 3 else "refuse"]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(count)
server.settimeout(20)
for _ in range(count):
    connection, _ = server.accept()
    state, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(16))
    fds = array.array("i", ancillary[0][2])
    assert len(ancillary) == 1 and len(fds) == 1
    print(state.decode(), flush=True)
    connection.close()
    notification = bytearray(80)
    fcntl.ioctl(fds[0], RECV, notification)
    cookie = struct.unpack_from("Q", notification)[0]
    fcntl.ioctl(fds[0], SEND, bytearray(struct.pack("QqiI", cookie, *answer)))
    os.close(fds[0])
os.unlink(path)
