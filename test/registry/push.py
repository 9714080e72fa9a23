#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# push.py LAYOUT.tar URL REPOSITORY TAG: puts an OCI layout (tools/mkimage.sh --form oci) into a registry as any
# client would, so that a test of pulling does not lean on our own pushing. --type docker makes it schema 2.
# Prints the manifest's digest.
import argparse, hashlib, json, ssl, sys, tarfile, urllib.request, base64, urllib.parse

p = argparse.ArgumentParser()
p.add_argument('layout')
p.add_argument('url')
p.add_argument('repository')
p.add_argument('tag')
p.add_argument('--type', default='oci', choices=['oci', 'docker'])
p.add_argument('--auth', help='user:password')
o = p.parse_args()

context = ssl._create_unverified_context()


def call(method, url, body=None, headers={}):
    rq = urllib.request.Request(urllib.parse.urljoin(o.url, url), data=body, method=method, headers=dict(headers))
    if o.auth:
        rq.add_header('Authorization', 'Basic ' + base64.b64encode(o.auth.encode()).decode())
    handler = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    return handler.open(rq, timeout=60)


def put_blob(data):
    digest = 'sha256:' + hashlib.sha256(data).hexdigest()
    at = call('POST', f'/v2/{o.repository}/blobs/uploads/', b'').headers['Location']
    at += ('&' if '?' in at else '?') + 'digest=' + digest
    call('PUT', at, data, {'Content-Type': 'application/octet-stream'})
    return digest


tar = tarfile.open(o.layout)
blobs = {m.name.split('/')[-1]: tar.extractfile(m).read() for m in tar.getmembers() if m.isfile()}
top = json.loads(blobs['index.json'])['manifests'][0]
text = blobs[top['digest'].split(':')[1]]
manifest = json.loads(text)
for d in [manifest['config']] + manifest['layers']:
    put_blob(blobs[d['digest'].split(':')[1]])
kind = 'application/vnd.oci.image.manifest.v1+json'
if o.type == 'docker':
    kind = 'application/vnd.docker.distribution.manifest.v2+json'
    manifest['mediaType'] = kind
    manifest['config']['mediaType'] = 'application/vnd.docker.container.image.v1+json'
    for d in manifest['layers']:
        d['mediaType'] = 'application/vnd.docker.image.rootfs.diff.tar' + ('.gzip' if 'gzip' in d['mediaType'] else '')
    text = json.dumps(manifest, indent=3).encode()
call('PUT', f'/v2/{o.repository}/manifests/{o.tag}', text, {'Content-Type': kind})
print('sha256:' + hashlib.sha256(text).hexdigest())
