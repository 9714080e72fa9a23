#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Image archives whose layers are odd or hostile, header by header. layers.py DIR writes DIR/NAME.tar for each case below that
somebody refuses, an image NAME:latest in docker save's form, DIR/all.tar with the images of all others, and the names by who
takes them: DIR/{both,none,tare,dockerd}."""
import hashlib
import io
import json
import os
import sys
import tarfile

NOW = 1600000000


def octal(value, size):
    text = b'%0*o' % (size - 1, value)
    return text + b'\0' if len(text) < size else text


def number(value, size):
    """Octal where it fits, else base 256, as GNU tar writes it."""
    if 0 <= value < 8 ** (size - 1):
        return octal(value, size)
    return bytes([0x80 if value >= 0 else 0xff]) + (value % 256 ** (size - 1)).to_bytes(size - 1, 'big')


def head(name, kind=b'0', size=0, mode=0o644, uid=0, gid=0, mtime=NOW, link=b'', major=0, minor=0, prefix=b'', magic=b'ustar\00000'):
    h = (name[:100].ljust(100, b'\0') + number(mode, 8) + number(uid, 8) + number(gid, 8) + number(size, 12) + number(mtime, 12)
         + b' ' * 8 + kind + link[:100].ljust(100, b'\0') + magic.ljust(8, b'\0') + b'\0' * 64
         + number(major, 8) + number(minor, 8) + prefix.ljust(155, b'\0')).ljust(512, b'\0')
    return h[:148] + b'%06o\0 ' % sum(h) + h[156:]


def padded(data):
    return data + b'\0' * (-len(data) % 512)


def record(key, value):
    line = b' ' + key + b'=' + value + b'\n'
    n = len(line)
    while len(str(n)) + len(line) != n:
        n = len(str(n)) + len(line)
    return str(n).encode() + line


def b(text):
    return text if isinstance(text, bytes) else text.encode()


class Layer:
    def __init__(self):
        self.out = io.BytesIO()

    def raw(self, data):
        self.out.write(data)
        return self

    def add(self, name, kind='0', data=b'', pax=None, **more):
        """One member. pax: a dictionary of extended header records."""
        if pax:
            text = b''.join(record(b(k), b(v)) for k, v in pax.items())
            self.raw(head(b'PaxHeaders/x', b'x', len(text)) + padded(text))
        size = more.pop('size', len(data))
        if 'link' in more:
            more['link'] = b(more['link'])
        return self.raw(head(b(name), b(kind), size, **more) + padded(data))

    def file(self, name, data=b'', **more):
        return self.add(name, '0', data, **more)

    def dir(self, name, **more):
        more.setdefault('mode', 0o755)
        return self.add(name, '5', **more)

    def link(self, name, to, **more):
        return self.add(name, '2', link=to, mode=more.pop('mode', 0o777), **more)

    def hard(self, name, to, **more):
        return self.add(name, '1', link=to, **more)

    def gnu(self, kind, text):
        """A GNU long name (L) or long link (K) for the member that follows."""
        text = b(text) + b'\0'
        return self.raw(head(b'././@LongLink', b(kind), len(text), magic=b'ustar  \0') + padded(text))

    def bytes(self, end=True):
        return self.out.getvalue() + (b'\0' * 1024 if end else b'')


def L():
    return Layer()


def xattr(**values):
    return {'SCHILY.xattr.' + k.replace('__', '.'): v for k, v in values.items()}


# cap_net_raw=ep, revision 2 and 3 (with a root id)
CAP2 = bytes.fromhex('0100000200200000000000000000000000000000')
CAP3 = bytes.fromhex('0100000300200000000000000000000000000000e8030000')
ACL = bytes.fromhex('0200000001000600ffffffff02000700e8030000040004 00ffffffff10000700ffffffff20000400ffffffff'.replace(' ', ''))

cases = {}


def case(name, *layers, **kind):
    cases[name] = (layers, kind)


case('plain', L().dir('d/').file('d/f', b'hello\n').link('d/l', 'f').hard('d/h', 'd/f'))
case('no-end', L().file('f', b'x'), end=False)

# --- modes, owners, times
case('modes', *[L().file('f%o' % m, b'x', mode=m).dir('d%o/' % m, mode=m).add('p%o' % m, '6', mode=m)
               for m in (0, 0o111, 0o4755, 0o2755, 0o6777, 0o1777, 0o7777, 0o100644, 0o40755)])
case('owners', *[L().file('f', b'x', uid=i, gid=i + 1).dir('d/', uid=i, gid=i).link('l', 'f', uid=i, gid=i).add('c', '3', uid=i, gid=i, major=1, minor=3)
                .file('s', b'x', mode=0o6755, uid=i, gid=i) for i in (1, 1000, 65535, 65536, 2097151, 2097152, 2147483647)])
case('owner-too-large', L().file('f', uid=4294967295))
case('owner-above', L().file('f', uid=4294967296 + 5))
case('owner-negative', L().file('f', uid=-1))
case('owner-by-pax', L().file('f', pax={'uid': '3000000000', 'gid': '70000'}))
case('set-group-id-dir', L().dir('d/', mode=0o2775, gid=50).dir('d/e/', gid=7).file('d/f', gid=8).file('d/g', gid=0).link('d/l', 'x').dir('d/e/n/').file('d/m/f'))
case('times', *[L().file('f', b'x', mtime=t).dir('d/', mtime=t).link('l', 'f', mtime=t).add('p', '6', mtime=t)
               for t in (0, 1, 2147483647, 2147483648, 4294967296, 9223372036, 9223372037, 15032385535)])
case('times-negative', L().file('f', mtime=-1).dir('d/', mtime=-5).link('l', 'f', mtime=-1).add('p', '6', mtime=-1000000000))
case('times-huge', L().file('f', mtime=2 ** 60).dir('d/', mtime=2 ** 60).link('l', 'f', mtime=2 ** 40))
case('times-by-pax', *[L().file('f', pax={'mtime': t}).dir('d/', pax={'mtime': t, 'atime': '5'}).link('l', 'f', pax={'mtime': t})
                      for t in ('1.5', '1234567890.123456789', '1234567890.1234567899', '-1.25', '7.000000001', '99999999999.5', '3.')])
case('time-no-number', L().file('f', pax={'mtime': 'never'}))
case('time-of-directory', L().dir('d/', mtime=5).file('d/f').dir('d/e/', mtime=6).file('d/e/g'))

# --- names
case('dots', L().file('./a').file('././b').file('c/./d').file('c//e').file('/abs').file('//abs2').dir('./').file('x/../y'))
case('dotdot-inside', L().dir('d/').file('d/../f', b'x').file('d/e/../../g', b'x'))
case('dotdot-out', L().file('../f', b'x'))
case('dotdot-out-later', L().file('d/../../f', b'x'))
case('dotdot-absolute', L().file('/../f', b'x'))
case('dotdot-only', L().dir('..'))
case('dotdot-link-out', L().link('l', '../../../../etc').file('l/f', b'x'))
case('names-bytes', L().file(b'\xff\xfe').file(b'latin-\xe9').file('utf-\u00e9').file(b'new\nline').file(b'bell\x07').file(b'back\\slash').file(b' ').file(b'*').file(b'a:b').file(b'-rf')
     .link(b'l\xff', b'to\xfe').hard(b'h\xff', b'\xff\xfe').dir(b'd\x80/').file(b'd\x80/f\x80'))
case('names-by-pax', L().file('x', pax={'path': 'utf-\u00e9-\U0001f600'}).file('x', pax={'path': b'latin-\xe9', 'hdrcharset': 'BINARY'}).file('x', pax={'path': b'none-\xe9'})
     .add('x', '2', link='to-', pax={'path': 'link-\u00e9', 'linkpath': 'to-\u00e9'}).add('x', '1', link='utf-', pax={'path': 'hard-\u00e9', 'linkpath': 'utf-\u00e9-\U0001f600'})
     .add('x', '2', link='x', pax={'path': 'link-bytes', 'linkpath': b'to-\xe9', 'hdrcharset': 'BINARY'}))
case('link-by-pax-alone', L().add('l', '2', pax={'linkpath': 'to'}).file('f').add('h', '1', pax={'linkpath': 'f'}))
case('name-long', L().file('n' * 100, b'x').gnu('L', 'g' * 255).file('x', b'x').file('x', pax={'path': 'p' * 255}).raw(head(b'f' * 99, prefix=b'd' * 150))
     .gnu('L', '/'.join(['e' * 200] * 15)).file('x', b'deep').gnu('K', 't' * 1000).link('l', 'x').gnu('K', 'g' * 255).hard('h', 'x'))
case('name-256', L().gnu('L', 'g' * 256).file('x', b'x'))
case('name-4095', L().gnu('L', '/'.join(['e' * 200] * 20) + '/' + 'f' * 74).file('x', b'x'))
case('name-5000', L().gnu('L', '/'.join(['e' * 200] * 25)).file('x', b'x'))
case('link-4095', L().gnu('K', 't' * 4095).link('l', 'x'))
case('link-4096', L().gnu('K', 't' * 4096).link('l', 'x'))
case('name-empty', L().file(''))
case('link-empty', L().link('l', ''))
case('name-slash', L().file('f/', b'x'))
case('name-slash-old', L().add('f/', '\0').add('g', '\0', b'x', magic=b''))
case('name-with-nul', L().file('x', pax={'path': b'a\0b'}))
case('deep', L().gnu('L', 'd/' * 1000 + 'f').file('x', b'x'))

# --- kinds
case('nodes', L().add('null', '3', major=1, minor=3, mode=0o666).add('sda', '4', major=8, minor=0, mode=0o660, gid=6).add('big', '3', major=4095, minor=1048575)
     .add('fifo', '6', mode=0o600, major=5, minor=5).add('zero', '3', major=0, minor=0, mode=0o600))
case('node-huge', L().add('huge', '3', major=2097151, minor=2097151))
case('kind-contiguous', L().add('f', '7', b'x'))
case('kind-unknown', L().add('f', 'Q', b'x'))
case('kind-volume', L().add('f', 'V'))
case('kind-gnu-dir', L().add('d/', 'D', b'Yf\0\0'))
case('global-header', L().raw(head(b'pax_global_header', b'g', 510) + padded(record(b'comment', b'x' * 497))).file('f', b'x'))
case('global-time', L().raw(head(b'pax_global_header', b'g', 11) + padded(record(b'mtime', b'5'))).file('f', b'x'))
case('sparse-pax', L().add('GNUSparseFile.0/s', '0', b'2\n100000\n3\n200000\n3\n'.ljust(512, b'\0') + b'abcdef',
                           pax={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 's', 'GNU.sparse.realsize': '300000'}))
case('sparse-pax-0.1', L().add('s', '0', b'abcdef', pax={'GNU.sparse.numblocks': '2', 'GNU.sparse.map': '1000,3,2000,3', 'GNU.sparse.size': '5000', 'GNU.sparse.name': 's'}))

# --- things listed twice
case('twice', L().file('f', b'one').file('f', b'two', mode=0o600, uid=5))
case('file-then-dir', L().file('f', b'one').dir('f/').file('f/g', b'x'))
case('dir-then-file', L().dir('f/').file('f/g', b'x').file('f', b'one'))
case('dir-then-link', L().dir('f/', mtime=5).dir('e/').file('f/g', b'x').link('f', 'e').file('f/h', b'y'))
case('link-then-dir', L().dir('e/').link('f', 'e').dir('f/', mtime=5).file('f/h', b'y'))
case('dir-twice', L().dir('d/', mode=0o700, uid=1, mtime=5).file('d/f').dir('d/', mode=0o1777, uid=2, gid=3, mtime=6))
case('parents', L().file('a/b/c/f', b'x').dir('a/b/', mode=0o700, uid=9, mtime=9).file('a/b/g'))
case('through-file', L().file('f', b'x').file('f/g', b'y'))
case('root-itself', L().dir('./', mode=0o700, uid=5, mtime=5).file('f'))
case('root-by-slash', L().dir('/', mode=0o777, uid=5).file('f'))
case('root-as-file', L().file('./', b'x'))
case('root-as-link', L().link('.', '/tmp'))

# --- links
case('link-then-through', L().dir('real/').link('l', 'real').file('l/f', b'x').link('abs', '/real').file('abs/g', b'y').link('up', '../../real').file('up/h', b'z'))
case('link-out-then-through', L().link('l', '/no/such').file('l/f', b'x'))
case('link-loop', L().link('a', 'b').link('b', 'a').file('a/f', b'x'))
case('link-replaced', L().link('l', '/etc/passwd').file('l', b'x'))
case('hard', L().file('f', b'x', mode=0o4755, uid=5).hard('h', 'f').hard('i', './f', mode=0o600, uid=7, gid=8, mtime=9).hard('j', '/f', mode=0o4755, uid=5))
case('hard-to-link', L().file('f', b'x').link('l', 'f', mtime=5).hard('h', 'l', mtime=6, mode=0o600))
case('hard-to-dir', L().dir('d/').hard('h', 'd'))
case('hard-to-none', L().hard('h', 'none'))
case('hard-before', L().hard('h', 'f').file('f', b'x'))
case('hard-to-itself', L().file('f', b'x').hard('f', 'f'))
case('hard-over', L().file('f', b'x').file('h', b'old').hard('h', 'f'))
case('hard-out', L().hard('h', '../../etc/passwd'))
case('hard-through-link', L().link('l', '/etc').hard('h', 'l/passwd'))
case('hard-through-link-inside', L().dir('e/').file('e/p', b'x').link('l', '/e').hard('h', 'l/p'))
case('hard-with-data', L().file('f', b'x').add('h', '1', b'', link='f', size=0).file('g', b'y'))
case('hard-across', L().file('f', b'x'), L().hard('h', 'f'))
case('hard-to-node', L().add('c', '3', major=1, minor=3).hard('h', 'c'))

# --- whiteouts
case('whiteouts', L().dir('d/').file('d/f').file('g').dir('e/').file('e/x'), L().file('d/.wh.f').file('.wh.g').file('e/.wh..wh..opq').file('e/y'))
case('whiteout-owner', L().file('.wh.f', uid=5, gid=6, mode=0o777))
case('whiteout-kinds', L().dir('.wh.d/').link('.wh.l', 'x').file('.wh.f', b'content').add('.wh.p', '6').file('g', b'y').hard('.wh.h', 'g'))
case('whiteout-own', L().file('f', b'x').file('.wh.f'))
case('whiteout-own-after', L().file('.wh.f').file('f', b'x'))
case('whiteout-twice', L().file('.wh.f').file('.wh.f'))
case('whiteout-parents', L().file('a/b/.wh.c'))
case('whiteout-through-link', L().dir('real/').link('l', 'real').file('l/.wh.f').file('l/.wh..wh..opq'))
case('whiteout-dot', L().dir('d/').file('d/.wh..'))
case('whiteout-dots', L().dir('d/').file('d/.wh...'))
case('whiteout-empty', L().file('.wh.'))
case('whiteout-aufs', L().dir('.wh..wh.plnk/').file('.wh..wh.plnk/1.2', b'x').file('.wh..wh.aufs', b'y'))
case('whiteout-inside', L().dir('.wh.d/').file('.wh.d/f', b'x'))
case('opaque-root', L().file('f'), L().file('.wh..wh..opq').file('g'))
case('opaque-late', L().dir('d/').file('d/f'), L().dir('d/', mode=0o700, mtime=5).file('d/g').file('d/.wh..wh..opq'))
case('opaque-missing', L().file('d/.wh..wh..opq'))
case('opaque-in-file', L().file('d', b'x').file('d/.wh..wh..opq'))
case('device-zero', L().file('f'), L().add('f', '3', major=0, minor=0))

# --- extended attributes
case('xattrs', L().file('f', b'x', pax=xattr(user__a='1', user__empty='', user__nul=b'a\0b')).dir('d/', pax=xattr(user__d='2', trusted__t='3')).file('d/g', mode=0o755, pax=xattr(security__capability=CAP2)))
case('capability-and-owner', L().file('f', b'x', mode=0o6755, uid=5, gid=6, pax=xattr(security__capability=CAP2)))
case('capability-3', L().file('f', b'x', pax=xattr(security__capability=CAP3)))
case('capability-none', L().file('f', b'x', pax=xattr(security__capability='nonsense')))
case('xattr-on-link', L().link('l', 'f', pax=xattr(trusted__t='1')))
case('xattr-user-on-link', L().link('l', 'f', pax=xattr(user__u='1')))
case('xattr-user-on-node', L().add('c', '3', major=1, minor=3, pax=xattr(user__u='1')))
case('xattr-unknown', L().file('f', b'x', pax=xattr(nonsense__a='1')))
case('xattr-no-name', L().file('f', b'x', pax={'SCHILY.xattr.': '1'}))
case('xattr-acl', L().file('f', b'x', pax=xattr(system__posix_acl_access=ACL)).dir('d/', pax=xattr(system__posix_acl_default=ACL, system__posix_acl_access=ACL)).file('d/g', b'y'))
case('xattr-other-spellings', L().file('f', b'x', pax={'LIBARCHIVE.xattr.user.a': 'MQ==', 'RHT.security.selinux': 'x:y:z', 'SCHILY.acl.access': 'user::rw-,group::r--,other::r--', 'SCHILY.fflags': 'nodump'}))
case('xattr-large', L().file('f', b'x', pax=xattr(user__a='v' * 3000)))
case('xattr-too-large', L().file('f', b'x', pax=xattr(user__a='v' * 70000)))
case('xattr-on-hard', L().file('f', b'x').hard('h', 'f', pax=xattr(user__a='1')))
case('xattr-redirect', L().dir('d/', pax=xattr(trusted__overlay__redirect='/etc')))

# --- pax headers
case('pax-size', L().add('f', '0', b'hello', pax={'size': '5'}, size=5))
case('pax-size-wins', L().raw(head(b'PaxHeaders/x', b'x', len(record(b'size', b'5'))) + padded(record(b'size', b'5')) + head(b'f', size=0) + padded(b'hello')))
case('pax-size-negative', L().file('f', pax={'size': '-1'}))
case('pax-bad-length', L().raw(head(b'PaxHeaders/x', b'x', 10) + padded(b'99 path=x\n')).file('f'))
case('pax-no-equals', L().raw(head(b'PaxHeaders/x', b'x', 8) + padded(b'8 path\n\n')).file('f'))
case('pax-large', L().file('f', b'x', pax={'comment': 'c' * 900000}))
case('pax-too-large', L().file('f', b'x', pax={'comment': 'c' * 2000000}))
case('pax-owner-names', L().file('f', b'x', pax={'uname': 'nobody', 'gname': 'nogroup'}))

# --- broken
case('checksum', L().raw(head(b'f').replace(b'0000644', b'0000755', 1)))
case('zero-block-inside', L().file('f', b'x').raw(b'\0' * 512).file('g', b'y'))
case('two-zero-blocks-inside', L().file('f', b'x').raw(b'\0' * 1024).file('g', b'y'))
case('garbage-behind', L().file('f', b'x').raw(b'\0' * 1024 + b'g' * 1000))
case('cut-in-data', L().raw(head(b'f', size=5000) + b'x' * 100), end=False)
case('cut-in-header', L().raw(head(b'f')[:300]), end=False)
case('size-negative', L().raw(head(b'f', size=-5)))
case('size-huge', L().raw(head(b'f', size=2 ** 62) + b'x' * 512))
case('size-of-dir', L().add('d/', '5', b'content', mode=0o755).file('f', b'x'))
case('size-of-link', L().add('l', '2', b'content', link='f').file('f', b'x'))
case('size-of-node', L().add('p', '6', b'content').file('f', b'x'))
case('v7', L().add('f', '\0', b'x', magic=b'').add('l', '2', link='f', magic=b''))
case('empty')
case('empty-layer', L())

# --- much
case('files-100000', lambda: many_files(100000))
case('dirs-3000', lambda: many_dirs(3000))


def many_files(n):
    layer = L().dir('d/', mtime=5)
    for i in range(n):
        layer.raw(head(b'd/file-with-a-name-of-some-length-%06d' % i, mtime=i, uid=i))
    return layer


def many_dirs(n):
    layer = L()
    for i in range(n):
        if i < 50:
            layer.dir('d%d/' % i, mtime=i)
        layer.dir('d%d/e%d/' % (i % 50, i), mode=0o700 + i % 64, mtime=i).file('d%d/e%d/f' % (i % 50, i), b'x')
    return layer


# Refused by dockerd 20.10 and by tare.
NONE = """capability-none checksum cut-in-data cut-in-header dir-then-file dir-then-link dotdot-link-out file-then-dir hard-across hard-before
    hard-out hard-over hard-through-link hard-to-dir hard-to-itself hard-to-none link-4096 link-empty link-loop link-out-then-through
    link-replaced link-then-dir name-256 name-5000 pax-bad-length pax-no-equals pax-size-negative pax-too-large size-huge size-negative
    size-of-dir size-of-link size-of-node through-file twice whiteout-dot whiteout-dots whiteout-empty xattr-too-large""".split()

# Refused by tare alone: names that lead out (dockerd takes them for the root's own), names and numbers that cannot be what was
# meant (dockerd cuts them to 32 bits), what only the storage driver may set, and a link without a target but in its extended
# header, which libarchive does not read.
DOCKERD = """dotdot-absolute dotdot-only dotdot-out dotdot-out-later name-empty name-slash root-as-file node-huge owner-above
    owner-negative owner-too-large opaque-in-file xattr-redirect link-by-pax-alone""".split()

# Refused by dockerd alone: a directory listed twice and a whiteout of what the layer has do no harm; the rest libarchive passes
# over.
TARE = """dir-twice whiteout-own whiteout-twice kind-contiguous kind-gnu-dir kind-unknown kind-volume name-4095 name-with-nul
    time-no-number xattr-no-name zero-block-inside""".split()

BOTH = [name for name in cases if name not in NONE + DOCKERD + TARE]


def write(names, path):
    files, manifest = {}, []
    for name in names:
        layers, kind = cases[name]
        datas = [(x() if callable(x) else x).bytes(kind.get('end', True)) for x in layers]
        ids = ['sha256:' + hashlib.sha256(d).hexdigest() for d in datas]
        config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'Labels': {'case': name}}, 'created': '2020-01-01T00:00:00Z',
                             'rootfs': {'type': 'layers', 'diff_ids': ids}, 'history': [{'created': '2020-01-01T00:00:00Z'} for _ in ids]}).encode()
        files |= {'%s/%d.tar' % (name, i): d for i, d in enumerate(datas)}
        files[name + '.json'] = config
        manifest.append({'Config': name + '.json', 'RepoTags': [name + ':latest'], 'Layers': ['%s/%d.tar' % (name, i) for i in range(len(datas))]})
    files['manifest.json'] = json.dumps(manifest).encode()
    with tarfile.open(path, 'w') as tar:
        for member, data in files.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def main(top):
    os.makedirs(top, exist_ok=True)
    write(BOTH, os.path.join(top, 'all.tar'))
    for kind, names in {'both': BOTH, 'none': NONE, 'tare': TARE, 'dockerd': DOCKERD}.items():
        with open(os.path.join(top, kind), 'w') as f:
            f.write(''.join(name + '\n' for name in names))
        for name in names:
            if kind != 'both':
                write([name], os.path.join(top, name + '.tar'))


if __name__ == '__main__':
    main(sys.argv[1])
