#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves: faulty.py PORT DIR. The first part of a repository's name says how, the rest does not
matter: 127.0.0.1:PORT/drop/x:1. Every repository has one OCI image, tag 1, of one plain tar layer; DIR/layer, DIR/config and
DIR/manifest are what it serves, made when they are not there. Requests are logged to DIR/log, one a line:
METHOD PATH range=… authorization=…  A second server, PORT+1, is where `redirect` leads; it logs as "other".

  good       nothing is wrong                   drop      half of what is left, then the connection breaks
  dropall    breaks before the first byte       norange   as drop, and Range is not known (200, all of it)
  badrange   as drop, and 206 from elsewhere    no416     416 to every Range
  digest     a byte is wrong                    short     fewer bytes than the manifest says
  long       more                               chunked   no length
  endless    never ends                         slow      a little at a time
  stall      half, then silence                 late429   429 with Retry-After: 1, twice
  busy429    429 without Retry-After, twice     rate429   429 with Hub's error and an hour to wait
  fail500    500, twice                         dead500   500 always
  redirect   307 to the other server            loop      307 to itself
  plain      307 to nowhere's http              json      a manifest that is no JSON
  huge       a manifest without end             garbage   no HTTP at all
  heads      header lines without end           swap      the manifest of another digest
  noauth     401 with challenges nobody can read            weird     error texts with control characters
  pages      tags on three pages                evilpage  the next page is at another host
  looppage   the next page is this one          noheads   HEAD is 405
"""
import hashlib, http.server, io, json, os, sys, tarfile, threading, time

port, top = int(sys.argv[1]), sys.argv[2]
lock = threading.Lock()
counts = {}


def make():
    if os.path.exists(top + '/manifest'):
        return
    data = io.BytesIO()
    tar = tarfile.open(fileobj=data, mode='w', format=tarfile.USTAR_FORMAT)
    for i in range(8):
        body = hashlib.shake_256(b'%d' % i).digest(300000)
        info = tarfile.TarInfo(f'file{i}')
        info.size = len(body)
        tar.addfile(info, io.BytesIO(body))
    tar.close()
    layer = data.getvalue()
    digest = lambda b: 'sha256:' + hashlib.sha256(b).hexdigest()
    config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {},
                         'rootfs': {'type': 'layers', 'diff_ids': [digest(layer)]}}).encode()
    kind = 'application/vnd.oci.image.'
    manifest = json.dumps({
        'schemaVersion': 2, 'mediaType': kind + 'manifest.v1+json',
        'config': {'mediaType': kind + 'config.v1+json', 'digest': digest(config), 'size': len(config)},
        'layers': [{'mediaType': kind + 'layer.v1.tar', 'digest': digest(layer), 'size': len(layer)}]}).encode()
    for name, body in (('layer', layer), ('config', config), ('manifest', manifest)):
        with open(f'{top}/{name}', 'wb') as f:
            f.write(body)


make()
read = lambda name: open(f'{top}/{name}', 'rb').read()
layer, config, manifest = read('layer'), read('config'), read('manifest')
name_of = lambda b: 'sha256:' + hashlib.sha256(b).hexdigest()


def log(line):
    with lock, open(top + '/log', 'a') as f:
        f.write(line + '\n')


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    who = ''

    def log_message(self, *args):
        pass

    def answer(self, status, body=b'', kind='application/json', **headers):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for k, v in headers.items():
            self.send_header(k.replace('_', '-'), v)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def error(self, status, code, message, **headers):
        self.answer(status, json.dumps({'errors': [{'code': code, 'message': message}]}).encode(), **headers)

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True
        import socket, struct
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.connection.close()

    def range(self):
        text = self.headers.get('Range')
        return int(text[6:].split('-')[0]) if text else 0

    def blob(self, how, data):
        start, n = self.range(), count((how, self.path))
        if how == 'long':
            data = data + bytes(1000)
        if how == 'short':
            data = data[:-1000]
        if how == 'digest':
            data = data[:-1] + bytes([data[-1] ^ 1])
        if how == 'dropall':
            return self.hang_up()
        if how == 'norange':
            start = 0
        if how == 'no416' and start:
            return self.error(416, 'UNKNOWN', 'range')
        if how == 'badrange' and start:
            start += 7
        total = len(data)
        body = data[start:]
        if how in ('chunked', 'endless'):
            self.send_response(200)
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            while True:
                for at in range(0, len(data), 65536):
                    piece = data[at:at + 65536]
                    self.wfile.write(b'%x\r\n' % len(piece) + piece + b'\r\n')
                if how == 'chunked':
                    return self.wfile.write(b'0\r\n\r\n')
        self.send_response(206 if start else 200)
        self.send_header('Content-Type', 'application/octet-stream')
        self.send_header('Content-Length', str(len(body)))
        if start:
            self.send_header('Content-Range', f'bytes {start}-{total - 1}/{total}')
        self.end_headers()
        if self.command == 'HEAD':
            return
        if how == 'slow':
            for at in range(0, len(body), 65536):
                self.wfile.write(body[at:at + 65536])
                time.sleep(0.02)
        elif (how == 'drop' and n <= 3) or (how in ('norange', 'badrange', 'no416') and n == 1):
            self.wfile.write(body[:len(body) // 2])
            self.hang_up()
        elif how == 'stall' and n == 1:
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            time.sleep(30)
            self.hang_up()
        else:
            self.wfile.write(body)

    def manifest(self, how, what):
        if how == 'json':
            return self.answer(200, b'{"schemaVersion":2,', 'application/vnd.oci.image.manifest.v1+json')
        if how == 'huge':
            self.send_response(200)
            self.send_header('Content-Type', 'application/vnd.oci.image.manifest.v1+json')
            self.end_headers()
            while True:
                self.wfile.write(b' ' * 65536)
        if how == 'swap':
            return self.answer(200, manifest + b' ', 'application/vnd.oci.image.manifest.v1+json',
                               Docker_Content_Digest=name_of(manifest))
        if how == 'noheads' and self.command == 'HEAD':
            return self.error(405, 'UNSUPPORTED', 'no')
        if what not in ('1', name_of(manifest)):
            return self.error(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
        self.answer(200, manifest, 'application/vnd.oci.image.manifest.v1+json',
                    Docker_Content_Digest=name_of(manifest))

    def tags(self, how):
        page = int((self.path.split('last=') + ['0'])[1])
        links = {'pages': f'</v2/{how}/x/tags/list?last={page + 1}>; rel="next"',
                 'evilpage': f'<http://127.0.0.1:{port + 1}/v2/x/tags/list>; rel="next"',
                 'looppage': f'<{self.path}>; rel="next"'}
        headers = {'Link': links[how]} if how in links and page < 2 else {}
        body = json.dumps({'name': 'x', 'tags': [f't{page}', f'u{page}', 'not a tag']}).encode()
        self.answer(200, body, **headers)

    def refuse(self, how):
        """True when the trouble comes before what is asked for."""
        n = count((how, 'all'))
        if how in ('late429', 'busy429') and n <= 2:
            headers = {'Retry_After': '1'} if how == 'late429' else {}
            self.error(429, 'TOOMANYREQUESTS', 'slow down', **headers)
        elif how == 'rate429':
            self.error(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.', Retry_After='3600')
        elif how == 'dead500' or (how == 'fail500' and n <= 2):
            self.error(500, 'UNKNOWN', 'disk on fire')
        elif how == 'garbage':
            self.wfile.write(b'SSH-2.0-OpenSSH_9.2\r\n')
            self.hang_up()
        elif how == 'heads':
            self.send_response(200)
            for i in range(20000):
                self.send_header('X-Filler', 'x' * 1000)
            self.end_headers()
        elif how == 'noauth':
            self.error(401, 'UNAUTHORIZED', 'authentication required', Www_Authenticate='Bearer realm="unfinished')
        elif how == 'weird':
            self.error(403, 'DENIED', 'no\x1b[31m\x07\nline')
        elif how == 'loop':
            self.answer(307, Location=self.path)
        elif how == 'redirect' and '/blobs/' in self.path:
            self.answer(307, Location=f'http://localhost:{port + 1}{self.path}?secret=1')
        elif how == 'plain' and '/blobs/' in self.path:
            self.answer(307, Location='ftp://127.0.0.1/x')
        else:
            return False
        return True

    def do_GET(self):
        log(f'{self.who}{self.command} {self.path} range={self.headers.get("Range")} '
            f'authorization={self.headers.get("Authorization")}')
        parts = self.path.split('?')[0].split('/')
        if self.path.startswith('/v1/search'):
            return self.answer(200, json.dumps({'num_results': 3, 'query': self.path.split('q=')[1], 'results': [
                {'name': f'image{i}', 'description': 'a "<b>" \u00e9', 'star_count': 10 * i, 'is_official': i == 2,
                 'is_automated': True} for i in range(3)]}).encode())
        if self.path in ('/v2/', '/v2'):
            return self.answer(200, b'{}')
        if len(parts) < 5 or parts[1] != 'v2':
            return self.error(404, 'NAME_UNKNOWN', 'unknown')
        how = 'good' if self.who else parts[2]
        try:
            if not self.who and self.refuse(how):
                return
            if parts[-2] == 'manifests':
                return self.manifest(how, parts[-1])
            if parts[-2:] == ['tags', 'list']:
                return self.tags(how)
            for data in (layer, config):
                if parts[-1] == name_of(data):
                    return self.blob(how if data is layer else 'good', data)
            self.error(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_HEAD = do_GET


class Other(Handler):
    who = 'other '


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *args):
        pass


threading.Thread(target=Server(('127.0.0.1', port + 1), Other).serve_forever, daemon=True).start()
Server(('127.0.0.1', port), Handler).serve_forever()
