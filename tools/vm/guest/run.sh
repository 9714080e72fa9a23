#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In the machine: runs what /tare/vm.command says; what it writes goes to the second serial line.
export PATH=/tare/tools/vm/guest/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb TARE_BUILD=/tare/build TMPDIR=/tmp
# docker's client is not here: what is tested is the daemon.
export TARE_CLIENTS=tare
ln -sf /tare/build/bin/tare /usr/bin/docker
stty -F /dev/ttyS1 raw -echo
cd /tare || exit
bash /tare/vm.command </dev/null >/dev/ttyS1 2>&1
echo "tare-vm: exit $?" >/dev/ttyS1
