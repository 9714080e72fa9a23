#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""agent.py SOCKET: a seccomp agent that refuses the first call it is asked about and prints the state it got."""
import array
import fcntl
import os
import socket
import struct
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(1)
server.settimeout(20)
connection, _ = server.accept()
state, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(4))
listener = array.array("i", ancillary[0][2])[0]
print(state.decode(), flush=True)
connection.close()
RECV, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, _SEND
notification = bytearray(80)
fcntl.ioctl(listener, RECV, notification)
cookie = struct.unpack_from("Q", notification)[0]
fcntl.ioctl(listener, SEND, bytearray(struct.pack("QqiI", cookie, 0, -1, 0)))
os.unlink(sys.argv[1])
