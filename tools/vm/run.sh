#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs suites, or a command, in a virtual machine with Debian's cloud kernel and cgroup v2 alone:
#
#	tools/vm/run.sh [--systemd|--legacy] BUILD FILE.bats…
#	tools/vm/run.sh [--systemd|--legacy] BUILD -c 'COMMAND'
#
# In there the tree is /tare, the build /tare/build. As a rule pid 1 is a script and no controller is enabled; with
# --systemd pid 1 is systemd, and AppArmor is on; with --legacy it has a cgroup v1 hierarchy for each controller. The console is
# kept as BUILD/vm-*.console. TARE_VM_TIMEOUT: seconds (600); TARE_VM_CPUS: 1; TARE_RETRY: as in test/run.sh.
set -eu
usage='usage: run.sh [--systemd|--legacy] BUILD FILE.bats… | -c COMMAND'
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kind=v2 append='init=/tare/tools/vm/guest/init.sh'
if [ "${1:-}" = --systemd ] || [ "${1:-}" = --legacy ]; then
	kind=${1#--} append='init=/lib/systemd/systemd systemd.unit=tare.target apparmor=1 security=apparmor
		systemd.show_status=0 systemd.mask=systemd-timesyncd.service systemd.mask=proc-sys-fs-binfmt_misc.automount systemd.default_timeout_start_sec=1h'
	[ "$kind" = systemd ] || append="$append systemd.unified_cgroup_hierarchy=0"
	shift
fi
build=$(realpath "${1:?$usage}")
shift
[ $# -gt 0 ] || { echo "$usage" >&2; exit 2; }
if [ "$1" = -c ]; then command=${2:?$usage}; else command="TARE_RETRY=${TARE_RETRY:-} test/run.sh /tare/build $*"; fi

machine=$(tools/vm/root.sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/tare-vm-XXXXXX")
qemu=
finish() {
	[ -z "$qemu" ] || { kill "$qemu" 2>/dev/null && wait "$qemu"; } || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

echo "$command" >"$work/vm.command"
mapfile -t built < <(cd "$build" && find bin test -maxdepth 2 -type f -perm /100 ! -path 'test/unit/*' ! -path 'test/fuzz/*')
tar -c -f "$work/pack" -C "$work" vm.command -C "$PWD" test tools conf src
tar -r -f "$work/pack" --transform 's,^,build/,' -C "$build" "${built[@]}"

: >"$work/out"
# Time is the chipset's: on a busy machine the processor's counter may be measured wrong, and run four times as fast.
# Never kvm: where it is there it may hang. What is written to the disks is dropped. A plain processor and programs that
# are always loaded at the same address let the emulator keep what it has translated; a second processor is
# emulated at the expense of the first. Together half the time.
timeout -k 5 "${TARE_VM_TIMEOUT:-600}" qemu-system-x86_64 -accel tcg,thread=multi -cpu qemu64,+rdrand -smp "${TARE_VM_CPUS:-1}" -m 2G \
	-nodefaults -no-user-config -no-reboot -display none -nic none \
	-kernel "$machine/vmlinuz" -initrd "$machine/initrd" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on tsc=unstable clocksource=acpi_pm norandmaps $append" \
	-drive "file=$machine/root.img,if=virtio,format=raw,snapshot=on,cache=unsafe" \
	-drive "file=$work/pack,if=virtio,format=raw,readonly=on" \
	-serial "file:$build/vm-$kind.console" -serial "file:$work/out" </dev/null 2>"$work/qemu.err" &
qemu=$!
tail -f -n +1 --pid $qemu "$work/out" 2>/dev/null | grep --line-buffered -v "^tare-vm: exit" &
reader=$!
rc=0
wait $qemu || rc=$? # a signal to us ends the wait, not the machine: finish does
qemu=
wait $reader || true
code=$(sed -n 's/^tare-vm: exit //p' "$work/out")
[ -n "$code" ] && exit "$code"
echo "the machine did not finish (qemu: $rc):"
cat "$work/qemu.err"
tail -20 "$build/vm-$kind.console"
exit 1
