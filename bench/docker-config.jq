# SPDX-License-Identifier: Apache-2.0
# `tare-runtime spec` | conf/seccomp.json → the config.json dockerd 28 writes for `docker run --network none
# --memory 512m --cpus 1 --pids-limit 100 busybox true`: jq -s -f docker-config.jq config.json seccomp.json
def default_caps: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"];

# What of the profile applies on x86-64 with the default capabilities.
def applies: (.includes.caps // [] | all(. as $c | default_caps | index($c)))
	and (.includes.arches // ["amd64"] | index("amd64"))
	and (.excludes.caps // [] | all(. as $c | default_caps | index($c) | not))
	and (.excludes.arches // [] | index("amd64") | not);

def rule(access): {allow: true, type: .[0], major: .[1], minor: .[2], access: access};

.[1] as $profile | .[0]
| .ociVersion = "1.0.2"
| .process.terminal = false
| .process.args = ["/bin/true"]
| .process.env += ["HOSTNAME=bench"]
| .process.noNewPrivileges = false
| .process.oomScoreAdj = 0
| del(.process.rlimits)
| .process.capabilities = {bounding: default_caps, effective: default_caps, permitted: default_caps}
| .root.readonly = false
| .mounts = [
	{destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]},
	{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
	{destination: "/dev/pts", type: "devpts", source: "devpts",
		options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
	{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
	{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "noexec", "nodev"]},
	{destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]},
	{destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"]},
	({destination: "/etc/resolv.conf"}, {destination: "/etc/hostname"}, {destination: "/etc/hosts"}
		| .type = "bind" | .source = $dir + .destination | .options = ["rbind", "rprivate"])]
| .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647"}
| .linux.resources = {
	devices: ([{allow: false, access: "rwm"}] + ([["c", 1, 5], ["c", 1, 3], ["c", 1, 9], ["c", 1, 8], ["c", 5, 0], ["c", 5, 1]] | map(rule("rwm")))
		+ [{allow: false, type: "c", major: 10, minor: 229, access: "rwm"}]),
	memory: {limit: 536870912, swap: 1073741824}, cpu: {shares: 0, quota: 100000, period: 100000},
	pids: {limit: 100}, blockIO: {weight: 0}}
| .linux.cgroupsPath = $cgroup
| .linux.seccomp = {
	defaultAction: $profile.defaultAction, defaultErrnoRet: $profile.defaultErrnoRet,
	architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
	syscalls: [$profile.syscalls[] | select(applies) | {names, action, errnoRet, args} | with_entries(select(.value != null))]}
| .linux.maskedPaths = ["/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
	"/sys/devices/virtual/powercap"]
| .linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
