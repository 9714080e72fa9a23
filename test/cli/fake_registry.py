#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that holds what it was given and takes what it gets: fake_registry.py PORT_FILE CONTENT LOG

CONTENT: {"REPOSITORY": {"TAG or name": {"type": media type, "text": manifest} | "blob:NAME": text}}; a digest finds any
text of its repository. LOG gets one JSON line for each request that changes something. It speaks TLS, with a certificate of
its own making, to who does, else plain HTTP, and knows no users but the one of "auth": "user:password".
"""
import base64, hashlib, json, os, re, socket, ssl, subprocess, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port_file, content_path, log_path = sys.argv[1:4]
content = json.load(open(content_path))
auth = content.pop("auth", None)


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        if self.request.recv(1, socket.MSG_PEEK) == b"\x16":
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, *a):
        pass

    def say(self, status, text="", headers=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        for k, v in (headers or {}).items():
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        self.say(status, json.dumps({"errors": [{"code": code, "message": message, "detail": {"name": self.path}}]}),
                 {"Content-Type": "application/json",
                  **({"Www-Authenticate": 'Basic realm="x"'} if status == 401 else {})})

    def answer(self):
        path, _, query = self.path.partition("?")
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n).decode()
        want = auth and "Basic " + base64.b64encode(auth.encode()).decode()
        if want and self.headers.get("Authorization") != want:
            return self.refuse(401, "UNAUTHORIZED", "authentication required")
        if path == "/v2/":
            return self.say(200, "{}")
        m = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/(.+)", path)
        if not m:
            return self.refuse(404, "NAME_UNKNOWN", "repository name not known to registry")
        repository, kind, name = m.groups()
        if self.command in ("PUT", "POST", "PATCH", "DELETE"):
            with open(log_path, "a") as f:
                asked = path + "?" + "&".join(sorted(query.split("&")))
                f.write(json.dumps([self.command, asked, self.headers.get("Content-Type"), body]) + "\n")
        if self.command == "PUT" and kind == "manifests":
            return self.say(201, "", {"Docker-Content-Digest": digest(body), "Location": path})
        if self.command == "POST":
            if "mount=" in query and "refused" not in query:
                found = re.search(r"mount=([^&]+)", query).group(1).replace("%3A", ":")
                content.setdefault(repository, {})["mounted " + found] = ""
                return self.say(201, "", {"Location": f"/v2/{repository}/blobs/{found}", "Docker-Content-Digest": found})
            return self.say(202, "", {"Location": f"/v2/{repository}/blobs/uploads/1", "Docker-Upload-UUID": "1", "Range": "0-0"})
        if self.command == "DELETE":
            return self.say(204)
        texts = content.get(repository, {})
        for key, value in texts.items():
            text = value if isinstance(value, str) else value["text"]
            if key == "mounted " + name:
                return self.say(200, text)
            if (kind == "manifests") == isinstance(value, dict) and name in (key, digest(text)):
                media = "application/octet-stream" if isinstance(value, str) else value["type"]
                return self.say(200, text, {"Content-Type": media, "Docker-Content-Digest": digest(text)})
        code = "MANIFEST_UNKNOWN" if kind == "manifests" else "BLOB_UNKNOWN"
        self.refuse(404, code, "manifest unknown" if kind == "manifests" else "blob unknown to registry")

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = answer


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
key, cert = port_file + ".key", port_file + ".crt"
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1"], check=True, capture_output=True)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
with open(port_file + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
