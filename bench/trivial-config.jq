# SPDX-License-Identifier: Apache-2.0
# `tare-runtime spec` → the least a container can be: four namespaces, /proc and /dev, no limits, no filter.
.ociVersion = "1.0.2"
| .process.terminal = false
| .process.args = ["/bin/true"]
| del(.process.rlimits)
| .process.noNewPrivileges = false
| .root.readonly = false
| .mounts = [
	{destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]},
	{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]}]
| .linux = {cgroupsPath: $cgroup, resources: {devices: [{allow: false, access: "rwm"}]},
	namespaces: [{type: "pid"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}]}
