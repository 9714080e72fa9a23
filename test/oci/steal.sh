# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Runs in a container beside pid 1, which is still the runtime: keeps its file open and, once told that pid 1 is
# something else, tries to open it for writing.
exec 5</proc/1/exe || exit 1
echo caught
while [ ! -e /tmp/go ]; do sleep 0.05; done
if (exec 6>>/proc/$$/fd/5); then echo wrote; else echo refused; fi
