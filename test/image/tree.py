#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Describes trees, a line a file: everything a tar archive can say of it. tree.py OUT SINCE reads lines "NAME SIZE DIR:DIR…" and writes
OUT/NAME: the trees of the DIRs from the last to the first, and SIZE. Times from SINCE (seconds) on are "now"."""
import hashlib
import os
import stat
import sys

KINDS = {stat.S_IFREG: 'file', stat.S_IFDIR: 'dir', stat.S_IFLNK: 'link', stat.S_IFCHR: 'char', stat.S_IFBLK: 'block', stat.S_IFIFO: 'fifo', stat.S_IFSOCK: 'socket'}


def digest(path):
    sha = hashlib.sha256()
    with open(path, 'rb') as f:
        while piece := f.read(1 << 20):
            sha.update(piece)
    return sha.hexdigest()[:16]


def describe(path, name, since, inodes):
    st = os.lstat(path)
    kind = KINDS[stat.S_IFMT(st.st_mode)]
    words = [repr(name)[1:], kind, '%04o' % stat.S_IMODE(st.st_mode), '%d:%d' % (st.st_uid, st.st_gid),
             'now' if st.st_mtime >= since else '%d.%09d' % divmod(st.st_mtime_ns, 10 ** 9)]
    if kind == 'file':
        words += [str(st.st_size), digest(path) if st.st_size else '-']
    elif kind == 'link':
        words += ['->', repr(os.readlink(path))[1:]]
    elif kind in ('char', 'block'):
        words += ['%d:%d' % (os.major(st.st_rdev), os.minor(st.st_rdev))]
    if kind != 'dir' and st.st_nlink > 1:
        words += ['same as', repr(inodes.setdefault(st.st_ino, name))[1:]]
    for key in sorted(os.listxattr(path, follow_symlinks=False)):
        words += [key + '=' + os.getxattr(path, key, follow_symlinks=False).hex()]
    return ' '.join(words).replace('\n', '?')


def walk(name, since, inodes, out):
    """What is below the working directory, which is called name: a path may be longer than the kernel takes."""
    for child in sorted(os.listdir(b'.')):
        whole = name + child
        print(describe(child, whole, since, inodes), file=out)
        if stat.S_ISDIR(os.lstat(child).st_mode):
            here = os.open('.', os.O_RDONLY)
            os.chdir(child)
            walk(whole + b'/', since, inodes, out)
            os.fchdir(here)
            os.close(here)


def main(top, since):
    os.makedirs(top, exist_ok=True)
    sys.setrecursionlimit(10000)
    for line in sys.stdin:
        name, size, dirs = line.split()
        with open(os.path.join(top, name), 'w') as out:
            for path in reversed([d for d in dirs.replace('<no', '').split(':') if d.startswith('/')]):
                os.chdir(path)
                # The directory's own time changes with what is made in it.
                print('-- layer', describe(b'.', b'.', 0, {}), file=out)
                walk(b'', since, {}, out)
            print('size', size, file=out)


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]), float(sys.argv[2]))
