#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a terminal of 33 x 99 and types at it: terminal.py COMMAND... -- [WAIT-FOR TYPE]...
Each TYPE (Python escapes) is typed once WAIT-FOR was seen in what came since the last. Prints what the
terminal showed; ends with the command's exit code, 124 after 15 s."""
import fcntl, os, pty, select, struct, sys, termios, time

at = sys.argv.index("--")
command, steps = sys.argv[1:at], sys.argv[at + 1:]
steps = [(steps[i].encode(), steps[i + 1].encode().decode("unicode_escape").encode("latin1"))
         for i in range(0, len(steps), 2)]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
    os.execvp(command[0], command)
seen, end = b"", time.time() + 15
while time.time() < end:
    if steps and steps[0][0] in seen:
        seen = b""
        os.write(fd, steps.pop(0)[1])
    if not select.select([fd], [], [], 0.1)[0]:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        data = b""
    if not data:
        break
    seen += data
    sys.stdout.buffer.write(data)
else:
    os.kill(pid, 9)
    sys.exit(124)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
