#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The members of a layer as its tar-split.json.gz has them, one a line: type, permissions, owner, size, devices, name, link,
# pax records. For dockerd's layers as well as tared's: both write that file. What dockerd before 23 adds (names of
# owners, file types in the mode) is left out.
#
#	members.py LAYERDB-FOLDER…
import base64
import gzip
import io
import json
import os
import sys
import tarfile


def tar_of(path):
    out = io.BytesIO()
    with gzip.open(path) as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["type"] == 2:
                out.write(base64.b64decode(entry["payload"] or ""))
            else:
                out.write(bytes(entry.get("size", 0)))
    out.seek(0)
    return out


for folder in sys.argv[1:]:
    for m in tarfile.open(fileobj=tar_of(os.path.join(folder, "tar-split.json.gz"))):
        pax = {k: v for k, v in m.pax_headers.items() if k.startswith("SCHILY")}
        link = m.linkname if m.type in (tarfile.LNKTYPE, tarfile.SYMTYPE) else ""
        print(m.type.decode(), "%o" % (m.mode & 0o7777), "%d:%d" % (m.uid, m.gid), m.size,
              "%d,%d" % (m.devmajor, m.devminor), ascii(m.name), ascii(link), ascii(pax) if pax else "")
