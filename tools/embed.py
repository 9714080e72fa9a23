#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py JSON NAME: prints C source that defines NAME() to return the JSON file's text, without blanks."""
import json
import sys

path, name = sys.argv[1:]
text = json.dumps(json.load(open(path)), separators=(',', ':'))
lines = [text[i:i + 96] for i in range(0, len(text), 96)]

print('/* SPDX-License-Identifier: Apache-2.0 */')
print('/* Made from %s at build time. */' % path.split('/')[-1])
print('const char *%s(void);' % name)
print('const char *%s(void)\n{\n\treturn' % name)
for line in lines:
    print('\t\t"%s"' % line.replace('\\', '\\\\').replace('"', '\\"'))
print('\t\t;\n}')
