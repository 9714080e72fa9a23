# SPDX-License-Identifier: Apache-2.0
"""Writes a data root with many images, in the overlay2 layout, without a daemon: images.py ROOT COUNT.

Every image has three layers: a base of one in a hundred, a middle one of one in ten, and one of its own. Everything is
there that a store needs (records, directories, links, configurations, names), so that fsck finds nothing to say; the
layers hold one small file each.
"""

import base64
import gzip
import hashlib
import json
import os
import sys

root, count = sys.argv[1], int(sys.argv[2])
store = root + "/image/overlay2"


def sha(data):
    return hashlib.sha256(data).hexdigest()


def put(path, text, mode=0o644):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    os.write(fd, text if isinstance(text, bytes) else text.encode())
    os.close(fd)


def folders():
    for path, mode in (
        ("", 0o710), ("/image", 0o700), ("/image/overlay2", 0o700), ("/overlay2", 0o710), ("/overlay2/l", 0o700),
        ("/image/overlay2/imagedb", 0o700), ("/image/overlay2/imagedb/content", 0o700),
        ("/image/overlay2/imagedb/content/sha256", 0o700), ("/image/overlay2/imagedb/metadata", 0o700),
        ("/image/overlay2/imagedb/metadata/sha256", 0o700), ("/image/overlay2/layerdb", 0o700),
        ("/image/overlay2/layerdb/sha256", 0o755), ("/image/overlay2/layerdb/mounts", 0o755),
        ("/image/overlay2/layerdb/tmp", 0o755), ("/image/overlay2/distribution", 0o700),
    ):
        os.makedirs(root + path, exist_ok=True)
        os.chmod(root + path, mode)


SPLIT = gzip.compress(b"", mtime=0)


class Layer:
    def __init__(self, name, below):
        text = name + "\n"
        self.diff = "sha256:" + sha(name.encode())
        self.chain = "sha256:" + sha((below.chain + " " + self.diff).encode()) if below else self.diff
        self.cache = sha(b"cache " + name.encode())
        self.link = base64.b32encode(hashlib.sha256(b"link " + name.encode()).digest()).decode()[:26]
        self.lower = ("l/" + below.link + (":" + below.lower if below.lower else "")) if below else ""
        directory = root + "/overlay2/" + self.cache
        os.mkdir(directory, 0o710)
        os.mkdir(directory + "/diff", 0o755)
        put(directory + "/diff/" + name.replace("/", "-"), text)
        put(directory + "/link", self.link)
        os.symlink("../" + self.cache + "/diff", root + "/overlay2/l/" + self.link)
        if below:
            put(directory + "/lower", self.lower)
            os.mkdir(directory + "/work", 0o700)
            if not os.path.exists(root + "/overlay2/" + below.cache + "/committed"):
                put(root + "/overlay2/" + below.cache + "/committed", "", 0o600)
        record = store + "/layerdb/sha256/" + self.chain[7:]
        os.mkdir(record, 0o700)
        put(record + "/diff", self.diff)
        put(record + "/size", str(len(text)))
        put(record + "/cache-id", self.cache)
        put(record + "/tar-split.json.gz", SPLIT)
        if below:
            put(record + "/parent", below.chain)


def main():
    os.umask(0)
    folders()
    bases = [Layer("base/%d" % i, None) for i in range(max(1, count // 100))]
    middles = [Layer("middle/%d" % i, bases[i % len(bases)]) for i in range(max(1, count // 10))]
    names = {}
    for i in range(count):
        middle = i % len(middles)
        own = Layer("own/%d" % i, middles[middle])
        layers = [bases[middle % len(bases)], middles[middle], own]
        created = "2024-%02d-%02dT%02d:%02d:%02d.123456789Z" % (i // 2419200 % 12 + 1, i // 86400 % 28 + 1,
                                                               i // 3600 % 24, i // 60 % 60, i % 60)
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "created": created,
            "config": {
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] +
                       ["VARIABLE_%d=%s" % (k, "x" * 40) for k in range(12)],
                "Cmd": ["/bin/sh", "-c", "exec /usr/bin/program --flag"], "WorkingDir": "/srv",
                "Labels": {"org.opencontainers.image.title": "image %d" % i,
                           "org.opencontainers.image.source": "https://example.org/repository/%d" % i},
            },
            "rootfs": {"type": "layers", "diff_ids": [l.diff for l in layers]},
            "history": [{"created": created, "created_by": "/bin/sh -c #(nop) step %d of the build " % k + "y" * 60,
                         **({} if k < 3 else {"empty_layer": True})} for k in range(12)],
        }).encode()
        image = sha(config)
        put(store + "/imagedb/content/sha256/" + image, config, 0o600)
        os.mkdir(store + "/imagedb/metadata/sha256/" + image, 0o700)
        put(store + "/imagedb/metadata/sha256/" + image + "/lastUpdated", created, 0o600)
        repo = "example.org/team-%d/app-%d" % (i % 100, i)
        names[repo] = {repo + ":latest": "sha256:" + image}
    put(store + "/repositories.json", json.dumps({"Repositories": names}, separators=(",", ":"), sort_keys=True), 0o600)


main()
