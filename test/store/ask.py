# SPDX-License-Identifier: Apache-2.0
"""Asks an engine a list of questions about its images and changes them: ask.py SOCKET API-VERSION.

Prints every answer as one line of JSON with sorted keys, so that two engines with copies of one data root can be compared.
The root holds what interop.bats makes: a:1 with three layers (labelled), built:1 on top of it in steps, com:1
committed from c1; containers c1 (of a:1) and c2 (of built:1), both down.
"""

import http.client
import json
import re
import socket
import sys
import time
import urllib.parse

path, version = sys.argv[1], sys.argv[2]


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(path)


def ask(method, target, body=None):
    c = Connection("d")
    headers = {"Content-Type": "application/json"} if body is not None else {}
    c.request(method, "/v" + version + target, json.dumps(body) if body is not None else None, headers)
    answer = c.getresponse()
    text = answer.read().decode()
    c.close()
    try:
        return answer.status, json.loads(text) if text else None
    except ValueError:
        return answer.status, text


def reword(message):
    """20.10's words where later versions have others."""
    message = re.sub(r"^no such image: \S+: invalid", "invalid", message).replace("Invalid filter", "invalid filter").replace(" (library/UPPER)", "")
    message = message.replace("invalid character 'x' looking for beginning of value", "invalid filter")
    return message.split(": No such image:")[1] if ": No such image:" in message else message.replace("No such image:", "")


def shape(value, key=""):
    """Without what two engines cannot have in common: paths, times of running and which engine it is."""
    if isinstance(value, dict):
        # Old clients' Config is whole, but what was never an image's business has had no values since 28.
        drop = ("LowerDir", "MergedDir", "UpperDir", "WorkDir")
        drop += ("Hostname", "Image", "AttachStdout", "AttachStderr") if key == "Config" else ()
        return {k: shape(v, k) for k, v in value.items() if k not in drop and not (k == "Container" and not v)}
    if isinstance(value, list):
        return [shape(v, key) for v in value]
    if key == "message":
        return reword(value).strip()
    if key == "LastTagTime":
        return "tagged" if not value.startswith("0001") else "never"
    return value


def show(method, target, body=None, quiet=False):
    status, answer = ask(method, target, body)
    answer = shape(answer)
    if method != "DELETE" and status >= 400:
        status = "refused"  # 20.10 says 500 where others say 400
    if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "Created" in answer[0] and "RepoTags" in answer[0]:
        answer.sort(key=lambda i: i["Id"])
    if not quiet:
        print(json.dumps([method, target, status, answer], sort_keys=True))
    return answer


def filters(**f):
    return "filters=" + urllib.parse.quote(json.dumps({k.replace("_not", "!"): v for k, v in f.items()}))


def lists():
    for query in ("", "all=1", filters(dangling=["true"]), filters(dangling=["false"]), "all=1&" + filters(dangling=["true"]),
                  filters(label=["purpose"]), filters(label=["purpose=test"]), filters(label=["purpose=other"]),
                  filters(label=["x=y", "purpose"]),
                  filters(reference=["a"]), filters(reference=["a:*"]), filters(reference=["*:1"]),
                  filters(reference=["localhost:5000/*"]), filters(reference=["nosuch", "com"]),
                  filters(before=["built:1"]), filters(since=["a:1"]), filters(since=["a:1"], before=["built:1"]),
                  "all=1&" + filters(since=["a:1"]), filters(nosuch=["1"]), filters(dangling=["x"]),
                  filters(before=["nosuch"]), filters(since=["nosuch:2"]), "filters=x"):
        show("GET", "/images/json?" + query)


def looks(name):
    show("GET", "/images/%s/json" % name)
    show("GET", "/images/%s/history" % name)


def usage():
    answer = ask("GET", "/system/df")[1]
    keys = ["Id", "Containers", "Size", "RepoTags", "Labels", "ParentId"]
    keys += ["SharedSize"] if version != "1.41" else []  # 20.10 counts otherwise
    rows = [{k: i[k] for k in keys}
            for i in answer["Images"]]
    print(json.dumps(["df", answer["LayersSize"], sorted(rows, key=lambda i: i["Id"]),
                      sorted((c["Names"], c["SizeRootFs"], c.get("SizeRw", 0), c["ImageID"]) for c in answer["Containers"]),
                      answer["Volumes"]], sort_keys=True))


def remove(name, query=""):
    show("DELETE", "/images/%s%s" % (name, "?" + query if query else ""))


def main():
    begun = int(time.time())
    ids = {i["RepoTags"][0]: i["Id"] for i in ask("GET", "/images/json")[1] if i["RepoTags"]}
    a, built, com = (ids[name][7:] for name in ("a:1", "built:1", "com:1"))
    lists()
    for name in ("a:1", "a", built[:12], "sha256:" + com, com[:7], "nosuch", "nosuch:2", "0" * 64, "UPPER", "a@sha256:" + a):
        looks(name)
    usage()

    # tags
    for query in ("repo=b&tag=2", "repo=localhost:5000/x/y&tag=v1", "repo=b&tag=latest", "repo=UPPER", "repo=b&tag=no/tag", "repo=sha256&tag=1",
                  "repo=" + "x" * 300):
        show("POST", "/images/a:1/tag?" + query)
    show("POST", "/images/nosuch/tag?repo=b")

    # rmi: names, several names, users, children
    for name in ("nosuch", "a:9", "a:1:1", "0" * 64, "%20"):
        remove(name)
    remove(a[:12])
    remove(a[:12], "force=1")
    remove("b:latest")
    remove("localhost:5000/x/y:v1")
    remove("b:2")
    remove("a:1")
    remove(a)
    remove("built:1")
    remove(built[:12])
    remove(built[:12], "force=1&noprune=1")
    remove(com)
    # The image of c2 is gone; its steps went as far as nothing else stood on them. a:1 has c1.
    show("GET", "/images/json?all=1")
    remove("a:1", "force=1")
    show("GET", "/images/json?all=1")
    show("POST", "/images/%s/tag?repo=back&tag=1" % a)
    ask("POST", "/containers/c1/start")
    remove(a, "force=1")
    remove("back:1")
    remove("back:1", "force=1")
    remove(a, "force=1")
    ask("DELETE", "/containers/c1?force=1")
    show("POST", "/images/prune?" + filters(nosuch=["1"]))
    show("POST", "/images/prune?" + filters(until=["1h", "2h"]))
    show("POST", "/images/prune?" + filters(until=["x"]))
    show("POST", "/images/prune?" + filters(until=["2000-01-01"]))
    show("POST", "/images/prune?" + filters(label=["nosuch"]))
    show("POST", "/images/prune?" + filters(label_not=["purpose"]))
    show("POST", "/images/prune?" + filters(dangling=["x"]))
    show("POST", "/images/prune")
    show("POST", "/images/prune")
    show("POST", "/images/prune?" + filters(dangling=["false"]))
    show("GET", "/images/json?all=1")

    # what was told meanwhile
    text = ask("GET", "/events?since=%d&until=%d&%s" % (begun, time.time() + 1, filters(type=["image"])))[1]
    for line in (text if isinstance(text, str) else json.dumps(text)).splitlines():
        event = json.loads(line)
        print(json.dumps(["event", event["Action"], event["Actor"]], sort_keys=True))


main()
