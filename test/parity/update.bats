#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# update beside dockerd's: limits that the kernel then has, conflicts, the restart policy.
load helpers

setup_file() { parity_start; }
teardown_file() { parity_stop; }

# The kernel's own files for the container's limits.
limits() { # CONTAINER
	docker exec "$1" sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.shares \
		cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max cpuset/cpuset.cpus'
}

seen() { docker inspect "$1" | jq -c '.[0].HostConfig | [.Memory, .MemorySwap, .MemoryReservation, .CpuShares, .NanoCpus, .CpuPeriod, .CpuQuota, .CpusetCpus, .PidsLimit, .RestartPolicy]'; }

changed() {
	docker run -d --name u1 --net none --memory 64m --memory-swap 128m busybox sleep 1000 >/dev/null
	docker update --memory 96m --memory-reservation 32m --cpu-shares 512 --pids-limit 30 --cpuset-cpus 0 u1
	limits u1
	seen u1
	docker update --cpu-quota 20000 --cpu-period 100000 --pids-limit -1 u1
	limits u1
	docker update --restart on-failure:3 u1
	seen u1
	docker rm -f u1
}

@test "limits change at once" { both changed; }

refused() {
	docker create --name u2 --net none --memory 64m --memory-swap 64m --cpus 0.5 busybox true >/dev/null
	docker update --memory 1m u2
	docker update --memory 128m u2
	docker update --cpu-quota 1000 u2
	docker update --cpu-period 1000 u2
	docker update --memory 64m nobody
	call POST /containers/u2/update -d '{"Memory":"x"}' >"$T/answer"
	call POST /containers/u2/update -d '{}'
	docker create --rm --name u3 --net none busybox true >/dev/null
	docker update --restart always u3
	docker update --restart no u3
	seen u2
	docker rm u2 u3
}

@test "what is refused, and in which words" { both refused; }

stopped() {
	docker create --name u4 --net none busybox sleep 1000 >/dev/null
	docker update --memory 64m --memory-swap 64m u4
	docker start u4
	limits u4 | head -1
	docker rm -f u4
}

@test "a stopped container starts with what it was given" { both stopped; }

@test "a refused limit leaves all as it was; so does a file that cannot be written" {
	tare run -d --name u5 --network none --memory 64m busybox sleep 1000
	local before
	before=$(tare exec u5 cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.shares)
	run docker update --memory 96m --memory-swap 200m --cpu-shares 300 --cpuset-cpus 0-4095 u5
	expect "$status" 1
	tared_term
	TARE_FAULT=update.write:1 tared_start
	run docker update --memory 96m --memory-swap 200m --cpu-shares 300 u5
	expect "$status" 1
	expect "$(tare exec u5 cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.shares)" "$before"
	expect "$(docker inspect -f '{{.HostConfig.Memory}}' u5)" 67108864
	docker update --memory 96m --memory-swap 200m u5
	tared_term
	tared_start
	expect "$(docker inspect -f '{{.HostConfig.Memory}}' u5)" 100663296
	tare rm -f u5
}
