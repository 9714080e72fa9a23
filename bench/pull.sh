#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What `docker pull` and `docker push` of a large image cost: 8 layers of gzip from, and to, docker-registry on loopback,
# with tared and, when given, dockerd and podman, in turns within one run. Per engine: a pull into an empty store, a push into
# an empty registry, the same push again. CPU seconds are the daemon's, its children's and the client's (podman: the
# command's), the registry's are not counted; memory is the peak of the sum of PSS of all these processes but the client.
#
#	bench/pull.sh [-n ROUNDS] [-d DIR] [-s FILES] [-k] tared [dockerd] [podman]
#	  -d DIR	where image, registries and data roots go (default: a new folder below /var/tmp, removed at the end
#			unless -k; never inside the repository)
#	  -s FILES	files a directory of the image (default 7: 75,000 files and 1.3 GB in all)
#	  -k		keep the image in DIR (it is made once and used again)
#
# Environment: TARED (default build/bin/tared), DOCKER (the client, default docker), DOCKERD and PODMAN (commands that
# start them with the options behind). The bare cost (inflate, SHA-256 and untar of the same layers by igzip or gzip,
# openssl and tar) is measured in the same run.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
rounds=1 dir='' keep=no files=7
args=("$@")
while getopts n:d:s:k opt; do
	case $opt in
	n) rounds=$OPTARG ;;
	d) dir=$OPTARG ;;
	s) files=$OPTARG ;;
	k) keep=yes ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- tared
export TARED=${TARED:-$here/build/bin/tared} DOCKER=${DOCKER:-docker} DOCKERD=${DOCKERD:-dockerd} PODMAN=${PODMAN:-podman}

# Nothing leaves this machine: a network of its own with loopback alone.
if [ -z "${TARE_BENCH_INSIDE:-}" ]; then
	TARE_BENCH_INSIDE=1 exec unshare -n -m --propagation private "$0" "${args[@]}"
fi
ip link set lo up

if [ -z "$dir" ]; then
	dir=$(mktemp -d /var/tmp/tare-bench-pull.XXXXXX)
fi
mkdir -p "$dir"
image=$dir/pull-$files.tar
pids=()
finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
	umount "$dir"/run-podman-*/data/overlay 2>/dev/null || true
	rm -rf "$dir"/registry-* "$dir"/run-*
	[ $keep = yes ] || rm -rf "$dir"
}
trap finish EXIT

# One layer: 1,300 directories of FILES files of 100 bytes to 60 kB; the text compresses to a third.
make_layer() { # DIR NUMBER
	perl -e '
		my ($root, $seed, $n) = @ARGV;
		srand($seed);
		my $pool = join("", map { sprintf("%02x ", int(rand(256))) } 1 .. 400000);
		for my $d (0 .. 49) {
			mkdir "$root/d$seed-$d" or die;
			for my $s (0 .. 25) {
				my $dir = "$root/d$seed-$d/s$s";
				mkdir $dir or die;
				for my $f (1 .. $n) {
					my $size = 100 + int(rand(2) * rand(33400));
					open(my $out, ">", "$dir/file-$f.txt") or die;
					print $out substr($pool, int(rand(1100000)), $size);
					close($out);
				}
			}
		}' "$1" "$2" "$files"
}

make_image() {
	[ -s "$image" ] && return
	for n in 1 2 3 4 5 6 7 8; do
		mkdir -p "$dir/tree/$n"
		make_layer "$dir/tree/$n" "$n"
	done
	TMPDIR=$dir "$here/tools/mkimage.sh" --from "$dir/tree" --layers 8 --form oci --pack gzip --name big:latest "$image"
	rm -rf "$dir/tree"
}

start_registry() { # PORT FOLDER
	mkdir -p "$2/data"
	cat >"$2/config.yml" <<-END
		version: 0.1
		log: { level: error, accesslog: { disabled: true } }
		storage: { filesystem: { rootdirectory: $2/data } }
		http: { addr: "127.0.0.1:$1", secret: x }
	END
	docker-registry serve "$2/config.yml" >"$2/log" 2>&1 &
	pids+=($!)
	until curl -sf -o /dev/null "http://127.0.0.1:$1/v2/"; do sleep 0.05; done
}

start_tared() { # ROOT SOCKET
	exec "$TARED" --data-root "$1/data" --exec-root "$1/run" --pidfile "$1/pid" -H "unix://$2"
}

start_dockerd() {
	exec $DOCKERD --data-root "$1/data" --exec-root "$1/run" --pidfile "$1/pid" -H "unix://$2" \
		--storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none
}
export -f start_tared start_dockerd

# Peak of the sum of PSS of a process and all below it, in KB, until it ends.
watch_memory() { # PID FILE
	python3 - "$1" >"$2" <<-'END'
		import os, sys, time
		root, peak = int(sys.argv[1]), 0
		def tree():
		    kids = {}
		    for p in filter(str.isdigit, os.listdir('/proc')):
		        try:
		            kids.setdefault(int(open(f'/proc/{p}/stat').read().rsplit(')', 1)[1].split()[1]), []).append(int(p))
		        except OSError:
		            pass
		    todo, out = [root], []
		    while todo:
		        p = todo.pop()
		        out.append(p)
		        todo += kids.get(p, [])
		    return out
		def pss(p):
		    try:
		        return int(open(f'/proc/{p}/smaps_rollup').read().split('Pss:')[1].split()[0])
		    except (OSError, IndexError):
		        return 0
		while os.path.exists(f'/proc/{root}') and pss(root):
		    peak = max(peak, sum(map(pss, tree())))
		    time.sleep(0.1)
		print(peak)
	END
}

say() { # ENGINE WHAT START END FOLDER
	awk -v e="$1" -v w="$2" -v a="$3" -v b="$4" -v m="$(cat "$5/memory" 2>/dev/null || echo 0)" \
		'/m/ { split($1, u, /[ms]/); split($2, s, /[ms]/); c = u[1] * 60 + u[2] + s[1] * 60 + s[2] }
		END { printf "%-8s %-12s wall %7.2f s   CPU %7.2f s   peak %4d MB\n", e, w, b - a, c, m / 1024 }' "$5/times"
}

# A daemon for one command, so that its CPU seconds are those of the command and of a start.
with_daemon() { # ENGINE WHAT ROOT COMMAND…
	local engine=$1 what=$2 root=$3 sock=$3/sock start end
	shift 3
	mkdir -p "$root"
	sync
	(
		bash -c "start_$engine '$root' '$sock'" >>"$root/log" 2>&1 &
		daemon=$!
		until curl -sf --unix-socket "$sock" http://d/_ping >/dev/null 2>&1; do sleep 0.05; done
		watch_memory $daemon "$root/memory" &
		disown $!
		start=$(date +%s.%N)
		"$DOCKER" -H "unix://$sock" "$@" >/dev/null
		end=$(date +%s.%N)
		kill $daemon
		wait $daemon || true
		times >"$root/times"
		sleep 0.3
		say "$engine" "$what" "$start" "$end" "$root"
	)
}

with_podman() { # WHAT ROOT COMMAND…
	local what=$1 root=$2 start end
	shift 2
	mkdir -p "$root"
	sync
	(
		start=$(date +%s.%N)
		$PODMAN --root "$root/data" --runroot "$root/run" --storage-driver overlay "$@" >>"$root/log" 2>&1 &
		podman=$!
		watch_memory $podman "$root/memory" &
		disown $!
		wait $podman
		end=$(date +%s.%N)
		times >"$root/times"
		sleep 0.3
		say podman "$what" "$start" "$end" "$root"
	)
}

one_round() { # ENGINE NUMBER
	local root=$dir/run-$1-$2 port=$((5100 + ${#pids[@]}))
	start_registry $port "$dir/registry-$1-$2"
	local from=127.0.0.1:5000/big:latest to=127.0.0.1:$port/big:latest
	if [ "$1" = podman ]; then
		with_podman pull "$root" pull -q --tls-verify=false $from
		with_podman push "$root" push -q --tls-verify=false $from "$to"
		with_podman "push again" "$root" push -q --tls-verify=false $from "$to"
		return
	fi
	with_daemon "$1" pull "$root" pull -q $from
	with_daemon "$1" tag "$root" tag $from "$to" >/dev/null
	with_daemon "$1" push "$root" push -q "$to"
	with_daemon "$1" "push again" "$root" push -q "$to"
}

# inflate | sha256, and tar x, of every layer; and SHA-256 of the blobs as they are.
bare_cost() {
	local blob inflate='gzip -dc' root=$dir/run-bare start end
	! command -v igzip >/dev/null || inflate='igzip -dc'
	mkdir -p "$root/tree" "$root/blobs"
	tar -C "$root/blobs" -xf "$image"
	sync
	(
		start=$(date +%s.%N)
		for blob in "$root"/blobs/blobs/sha256/*; do
			[ "$(head -c 2 "$blob" | od -An -tx1)" = ' 1f 8b' ] || continue
			mkdir "$root/tree/${blob##*/}"
			openssl dgst -sha256 "$blob" >/dev/null
			$inflate "$blob" | tee >(openssl dgst -sha256 >/dev/null) | tar -C "$root/tree/${blob##*/}" -xf -
		done
		end=$(date +%s.%N)
		times >"$root/times"
		say "(bare)" "${inflate%% *}" "$start" "$end" "$root"
	)
}

rm -rf "$dir"/registry-* "$dir"/run-*
make_image
ls -l "$image" | awk '{ printf "image: %d MB of gzip\n", $5 / 1e6 }'
start_registry 5000 "$dir/registry-from"
python3 "$here/test/registry/push.py" "$image" http://127.0.0.1:5000 big latest >/dev/null
bare_cost
for round in $(seq "$rounds"); do
	for engine in "$@"; do
		one_round "$engine" "$round"
	done
done
