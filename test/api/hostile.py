#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile.py SOCKET ROUTES_C SEED COUNT: requests no client would send, to every route there is.

Each is well-formed HTTP with wrong parameters and wrong bodies. Prints each kind of answer with its count; a request that
is not answered by HTTP at all is printed and makes it fail. It never leaves the daemon's own host: no host path
is bound and no cgroup named.
"""
import json
import random
import re
import socket
import sys
from collections import Counter
from urllib.parse import quote

SOCKET, ROUTES, SEED, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rnd = random.Random(SEED)

JUNK = ['', 'x', '0', '-1', '1', 'true', 'null', '../../x', '/', '//', '%s%n', 'a' * 300, 'ü\u2028\U0001f600', '\x01\x7f', ' ',
        '18446744073709551616', '-9223372036854775808', '1e999', '[]', '{}', '{"a"', 'busybox', 'hostile', 'h', 'hos', 'bridge',
        'none', 'container:hostile', 'container:nosuch', 'sha256:' + '0' * 64, '00:00', '=', '=x', 'A=B=C', ':', '0:0:0', '1.5', '9' * 40]
NUMBERS = [0, 1, -1, 7, 1 << 31, 1 << 32, (1 << 63) - 1, -(1 << 63), 1 << 64, 0.5, -0.0, 1e300]
PARAMETERS = ['all', 'limit', 'size', 'filters', 'since', 'until', 'tail', 'stdout', 'stderr', 'timestamps', 'details', 'signal', 't',
              'h', 'w', 'name', 'force', 'v', 'link', 'condition', 'ps_args', 'tag', 'repo', 'fromImage', 'fromSrc', 'platform',
              'digests', 'noprune', 'quiet', 'stream', 'stdin', 'logs', 'detachKeys', 'verbose', 'scope', 'type', 'manifests']
FILTERS = ['id', 'name', 'label', 'exited', 'status', 'before', 'since', 'volume', 'network', 'ancestor', 'health', 'publish', 'expose',
           'dangling', 'reference', 'until', 'type', 'event', 'container', 'image', 'daemon', 'driver', 'scope', 'is-task', 'nosuch']
HOST_KEYS = ['Memory', 'MemorySwap', 'MemoryReservation', 'NanoCpus', 'CpuShares', 'CpuPeriod', 'CpuQuota', 'CpusetCpus', 'CpusetMems',
             'PidsLimit', 'BlkioWeight', 'BlkioWeightDevice', 'Ulimits', 'OomScoreAdj', 'OomKillDisable', 'PidMode', 'IpcMode', 'UTSMode',
             'UsernsMode', 'NetworkMode', 'PortBindings', 'PublishAllPorts', 'RestartPolicy', 'AutoRemove', 'VolumesFrom', 'Mounts',
             'Tmpfs', 'ShmSize', 'Sysctls', 'Runtime', 'CapAdd', 'CapDrop', 'GroupAdd', 'SecurityOpt', 'ReadonlyRootfs', 'MaskedPaths',
             'ReadonlyPaths', 'Dns', 'DnsSearch', 'DnsOptions', 'ExtraHosts', 'Links', 'LogConfig', 'StorageOpt', 'Init', 'Isolation',
             'CgroupnsMode', 'DeviceCgroupRules', 'DeviceRequests', 'Annotations', 'ContainerIDFile', 'VolumeDriver', 'ConsoleSize']
KEYS = ['Hostname', 'Domainname', 'User', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'ExposedPorts', 'Tty', 'OpenStdin', 'StdinOnce',
        'Env', 'Cmd', 'Healthcheck', 'ArgsEscaped', 'Image', 'Volumes', 'WorkingDir', 'Entrypoint', 'NetworkDisabled', 'MacAddress',
        'OnBuild', 'Labels', 'StopSignal', 'StopTimeout', 'Shell', 'NetworkingConfig', 'Detach', 'DetachKeys', 'Privileged', 'ConsoleSize']


def junk(depth=0):
    kind = rnd.randrange(8 if depth < 3 else 4)
    if kind == 0:
        return rnd.choice(NUMBERS)
    if kind == 1:
        return rnd.choice([True, False, None])
    if kind in (2, 3):
        return rnd.choice(JUNK)
    if kind in (4, 5):
        return [junk(depth + 1) for _ in range(rnd.randrange(4))]
    return {rnd.choice(KEYS + HOST_KEYS + JUNK): junk(depth + 1) for _ in range(rnd.randrange(4))}


def create_body():
    body = {'Image': 'busybox', 'Cmd': ['true'], 'HostConfig': {'NetworkMode': 'none'}}
    for _ in range(rnd.randrange(2)):
        body[rnd.choice(KEYS)] = junk()
    for _ in range(rnd.randrange(2)):
        body['HostConfig'][rnd.choice(HOST_KEYS)] = junk()
    if rnd.randrange(20) == 0:
        body['HostConfig'] = junk()
    return body


def text_of(body):
    text = json.dumps(body)
    kind = rnd.randrange(30)
    if kind == 0:
        return text[:rnd.randrange(len(text) + 1)]
    if kind == 1:
        at = rnd.randrange(len(text))
        return text[:at] + rnd.choice(['\0', '"', '{', '\\', '\\ud800', ',']) + text[at + 1:]
    if kind == 2:
        return '[' * 5000
    return text


def value_of(key):
    if key != 'filters' or rnd.randrange(4) == 0:
        return rnd.choice(JUNK)
    form = rnd.randrange(3)
    keys = [rnd.choice(FILTERS) for _ in range(rnd.randrange(1, 4))]
    if form == 0:
        return json.dumps({k: [rnd.choice(JUNK)] for k in keys})
    if form == 1:
        return json.dumps({k: {rnd.choice(JUNK): rnd.choice([True, False, 3])} for k in keys})
    return json.dumps({k: junk() for k in keys})


def query_of():
    keys = rnd.sample(PARAMETERS, max(0, rnd.randrange(8) - 3))
    pairs = ['%s=%s' % (k, quote(value_of(k), safe='')) for k in keys]
    if rnd.randrange(30) == 0:
        pairs.append(rnd.choice(['%', '%zz', '&&', '=', '%00', ';']))
    return '?' + '&'.join(pairs) if pairs else ''


def path_of(template):
    def part(_):
        return quote(rnd.choice(JUNK + ['busybox'] + ['hostile'] * 30), safe='/' if rnd.randrange(2) else '')
    return rnd.choice(['', '/v1.50', '/v1.50', '/v1.24', '/v1.41']) + re.sub(r'{[^}]*}', part, template)


def ask(method, path, body):
    head = '%s %s HTTP/1.1\r\nHost: d\r\nConnection: close\r\n' % (method, path)
    if body is not None:
        data = body.encode('utf-8', 'surrogatepass')
        head += 'Content-Type: application/json\r\nContent-Length: %d\r\n' % len(data)
    else:
        data = b''
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(0.5)
        s.connect(SOCKET)
        answer = b''
        try:
            s.sendall(head.encode('latin-1') + b'\r\n' + data)
            while len(answer) < 4096:
                more = s.recv(4096)
                if not more:
                    break
                answer += more
        except socket.timeout:
            return answer or b'HTTP/1.1 000 waits\r\n\r\n'  # attach, wait and events may
        except (BrokenPipeError, ConnectionResetError):
            pass
        return answer


routes = re.findall(r'\{ "?(GET|HEAD|POST|PUT|DELETE)"?, "([^"]+)"', open(ROUTES).read())
routes += [r for r in routes if 'containers' in r[1] or 'images' in r[1] or 'exec' in r[1]] * 3
routes += [('POST', '/containers/create'), ('POST', '/containers/{name}/start')] * 40
kinds = Counter()
made = []
bad = 0
for n in range(COUNT):
    method, template = rnd.choice(routes)
    body = None
    if method == 'POST' and rnd.randrange(10):
        body = text_of(create_body() if 'create' in template else junk())
    path = path_of(template) + query_of()
    if made and '{name}' in template and rnd.randrange(2):
        path = template.replace('{name}', rnd.choice(made))
    if rnd.randrange(8) == 0:
        method = rnd.choice(['GET', 'POST', 'DELETE', 'HEAD', 'PUT'])
    if method == 'DELETE' and 'busybox' in path:
        continue  # the image is needed to the end
    answer = ask(method, path, body)
    m = re.match(rb'HTTP/1\.1 (\d\d\d) ', answer)
    if not m:
        print('no answer: %s %s %r: %r' % (method, path, body, answer[:80]))
        bad += 1
        continue
    kinds[m[1].decode()] += 1
    made += re.findall(r'"Id":"([0-9a-f]{64})"', answer.decode('latin-1'))[:1] if m[1] == b'201' else []
    if m[1] == b'500':
        message = re.search(rb'"message":"(.{0,200})', answer)
        print('500: %s %s %.200r: %s' % (method, path[:150], body, message and message[1].decode('utf-8', 'replace')))
print(' '.join('%s:%d' % k for k in sorted(kinds.items())))
sys.exit(bad > 0)
