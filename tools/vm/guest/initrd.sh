#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# First program of the machine: the disks' modules, the root on the first disk, what is to be tested from the archive
# on the second.
export PATH=/bin
busybox mount -t devtmpfs dev /dev
busybox mount -t proc proc /proc
while read -r module; do busybox insmod "/modules/$module"; done </modules/order
init=/sbin/init
for word in $(busybox cat /proc/cmdline); do
	case $word in init=*) init=${word#init=} ;; esac
done
busybox mount -t ext4 /dev/vda /root
busybox tar -x -f /dev/vdb -C /root/tare
busybox cp /root/tare/tools/vm/guest/tare.service /root/tare/tools/vm/guest/tare.target /root/etc/systemd/system/
busybox umount /proc
busybox mount --move /dev /root/dev
exec busybox switch_root /root "$init"
