#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token server for docker-registry (auth: token): tokens.py PORT DIR [SECONDS]. DIR holds token.key and token.crt, which the registry
trusts. alice/secret may do everything, anybody may pull what begins with public/. Refresh tokens are
"refresh-<user>". Requests are logged to DIR/tokens.log: METHOD account=… scope=… … ; the file DIR/no-get makes GET 405."""
import base64, http.server, json, os, subprocess, sys, time, urllib.parse

port, top, life = int(sys.argv[1]), sys.argv[2], int((sys.argv[3] if len(sys.argv) > 3 else '').lstrip('=') or 300)
b64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b'=')
cert = ''.join(open(top + '/token.crt').read().split('-----')[2].split())


def sign(claims):
    head = {'typ': 'JWT', 'alg': 'RS256', 'x5c': [cert]}
    text = b64(json.dumps(head).encode()) + b'.' + b64(json.dumps(claims).encode())
    sig = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', top + '/token.key'], input=text,
                         capture_output=True, check=True).stdout
    return (text + b'.' + b64(sig)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, what):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def grant(self, q, user):
        access = []
        for scope in ' '.join(q.get('scope', [])).split():
            kind, name, actions = scope.split(':')[0], ':'.join(scope.split(':')[1:-1]), scope.split(':')[-1]
            allowed = ['pull', 'push', '*'] if user == 'alice' else ['pull'] if name.startswith('public/') else []
            access.append({'type': kind, 'name': name, 'actions': [a for a in actions.split(',') if a in allowed]})
        now = int(time.time())
        token = sign({'iss': 'tare-test', 'sub': user, 'aud': q.get('service', ['registry'])[0], 'exp': now + life,
                      'nbf': now - 10, 'iat': now, 'jti': str(time.time()), 'access': access})
        out = {'token': token, 'access_token': token, 'expires_in': life}
        if q.get('offline_token') == ['true'] or q.get('access_type') == ['offline']:
            out['refresh_token'] = 'refresh-' + user
        self.answer(200, out)

    def log(self, q):
        with open(top + '/tokens.log', 'a') as f:
            f.write(' '.join([self.command] + [f'{k}={" ".join(v)}' for k, v in sorted(q.items()) if k != 'password']) + '\n')

    def bad(self):
        self.answer(401, {'errors': [{'code': 'UNAUTHORIZED', 'message': 'incorrect username or password'}]})

    def do_GET(self):
        q = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        self.log(q)
        if os.path.exists(top + '/no-get'):
            return self.answer(405, {})
        user, auth = '', self.headers.get('Authorization', '')
        if auth.startswith('Basic '):
            user, password = base64.b64decode(auth[6:]).decode().split(':', 1)
            if (user, password) != ('alice', 'secret'):
                return self.bad()
        self.grant(q, user)

    def do_POST(self):
        q = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get('Content-Length', 0))).decode())
        user, password = q.get('username', [''])[0], q.get('password', [''])[0]
        self.log(q)
        if q.get('grant_type') == ['refresh_token'] and q['refresh_token'][0] == 'refresh-alice':
            return self.grant(q, 'alice')
        if q.get('grant_type') == ['password'] and (user, password) == ('alice', 'secret'):
            return self.grant(q, user)
        self.bad()


http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler).serve_forever()
