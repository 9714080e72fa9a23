#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""console.py SOCKET [INPUT]: takes one terminal from --console-socket, sends INPUT, prints what comes."""
import array
import os
import socket
import sys

path = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(1)
server.settimeout(20)
connection, _ = server.accept()
name, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
fd = array.array("i", ancillary[0][2])[0]
print("name", name.decode(), flush=True)
if len(sys.argv) > 2:
    os.write(fd, sys.argv[2].encode())
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:  # EIO: the last one who had it open closed it
        break
    if not data:
        break
    sys.stdout.write(data.decode().replace("\r\n", "\n"))
    sys.stdout.flush()
os.unlink(path)
