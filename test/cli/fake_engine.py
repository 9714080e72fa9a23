#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An engine that only replays: fake_engine.py SOCKET ROUTES LOG

Both the stock docker client and tare are run against it; what they print and what they send must be the same.

ROUTES is a JSON object: "METHOD /path" (without version; '*' in a path stands for one segment) to a route or a
list of routes taken in turn (the last one stays). A route: {"status": 200, "json": X | "text": S | "raw": base64,
"headers": {...}, "hold": "start"|"exit"}; "hold" delays the body (not the head) until that happened.
"attach" routes: {"attach": [[stream, text], ...], "echo": bool, "exit_code": N} answer with 101, wait for a start
(unless "running"), send the frames (echo: stdin as stdout until its end), and make the container end.
LOG gets one JSON line a request: {"call": "POST /containers/create?name=x", "body": ..., "headers": {...}}.
"""
import base64, json, os, socket, socketserver, struct, sys, threading
from http.server import BaseHTTPRequestHandler

SOCKET, ROUTES, LOG = sys.argv[1:4]
lock = threading.Lock()
state = {"mtime": None, "routes": {}, "turn": {}, "life": None}


class Life:
    """What happened since the routes were written; late handlers of an earlier case keep theirs."""

    def __init__(self):
        self.events = {"start": threading.Event(), "exit": threading.Event()}
        self.exit_code = 0



def routes():
    mtime = os.stat(ROUTES).st_mtime_ns
    if mtime != state["mtime"]:
        state["routes"] = json.load(open(ROUTES))
        state["mtime"] = mtime
        state["turn"] = {}
        state["life"] = Life()
    return state["routes"]


def matches(pattern, call):
    p, c = pattern.split("/"), call.split("/")
    return len(p) == len(c) and all(a == "*" or a == b for a, b in zip(p, c))


def find(method, path):
    with lock:
        for key, route in routes().items():
            if matches(key, f"{method} {path}"):
                if not isinstance(route, list):
                    return route
                turn = state["turn"].get(key, 0)
                state["turn"][key] = turn + 1
                return route[min(turn, len(route) - 1)]
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *a):
        pass

    def address_string(self):
        return "local"

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            out = b""
            while True:
                n = int(self.rfile.readline().split(b";")[0], 16)
                if n == 0:
                    self.rfile.readline()
                    return out
                out += self.rfile.read(n)
                self.rfile.readline()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def note(self, call, body):
        try:
            shown = json.loads(body) if body else None
        except ValueError:
            shown = {"bytes": len(body)}
        with lock, open(LOG, "a") as f:
            headers = {k: v for k, v in self.headers.items()}
            f.write(json.dumps({"call": call, "body": shown, "headers": headers}) + "\n")

    def answer(self):
        path = self.path
        version = None
        if path.startswith("/v1."):
            version, path = path[1:].split("/", 1)
            path = "/" + path
        body = self.read_body()
        self.note(f"{self.command} {path}", body)
        bare = path.split("?")[0]
        route = find(self.command, bare)
        self.life = state["life"]
        if route is None and bare == "/_ping":
            route = {"text": "OK"}
        if route is None:
            route = {"status": 404, "json": {"message": f"page not found: {self.command} {bare}"}}
        if "attach" in route:
            return self.attach(route)
        if bare.endswith("/start"):
            if route.get("status", 204) < 300 or route.get("status") == 304:
                self.life.events["start"].set()
        if bare.endswith("/kill"):
            self.life.exit_code = route.get("exit_code", 143)
            self.life.events["exit"].set()
        self.reply(route)

    def reply(self, route):
        status = route.get("status", 200)
        if "json" in route:
            body = (json.dumps(route["json"], ensure_ascii=False) + "\n").encode()
        elif "raw" in route:
            body = base64.b64decode(route["raw"])
        else:
            body = route.get("text", "").encode()
        self.send_response(status)
        headers = {"Api-Version": "1.50", "Ostype": "linux", "Server": "Docker/28.2.2 (linux)",
                   "Docker-Experimental": "false", "Builder-Version": "2", "Swarm": "inactive",
                   "Content-Type": "application/json"}
        headers.update(route.get("headers", {}))
        for k, v in headers.items():
            self.send_header(k, v)
        hold = route.get("hold")
        if status in (204, 304):
            self.end_headers()
            return
        if self.command == "HEAD":
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if hold is None:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        self.life.events[hold].wait(20)
        if hold == "exit" and "json" in route and "StatusCode" in route["json"]:
            body = json.dumps({**route["json"], "StatusCode": self.life.exit_code}).encode()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    def frame(self, route, stream, data):
        if not route.get("tty"):
            data = struct.pack(">BxxxI", stream, len(data)) + data
        self.connection.sendall(data)

    def attach(self, route):
        kind = "raw" if route.get("tty") else "multiplexed"
        self.connection.sendall((
            "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.%s-stream\r\nConnection: Upgrade\r\n"
            "Upgrade: tcp\r\nApi-Version: 1.50\r\n\r\n" % kind).encode())
        if not route.get("running"):
            self.life.events["start"].wait(20)
        try:
            for stream, text in route["attach"]:
                self.frame(route, stream, text.encode())
            if route.get("echo"):
                while data := self.rfile.read1(65536):
                    self.frame(route, 1, data)
            if route.get("until_killed"):
                self.life.events["exit"].wait(20)
        except OSError:
            pass
        self.life.exit_code = route.get("exit_code", self.life.exit_code)
        # what the client still sends is read, so that closing does not reset the connection
        self.connection.shutdown(socket.SHUT_WR)
        self.life.events["exit"].set()
        try:
            self.connection.settimeout(5)
            while self.connection.recv(65536):
                pass
        except OSError:
            pass
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


if os.path.exists(SOCKET):
    os.unlink(SOCKET)
Server(SOCKET, Handler).serve_forever()
