# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What load.sh and save.sh share: the large image, and the engines. Sourced; needs $here, $dir, $pack and $image.

# One layer: 1,300 directories with 9,390 files of 100 bytes to 60 kB; the text compresses to a third.
make_layer() { # DIR NUMBER
	perl -e '
		my ($root, $seed) = @ARGV;
		srand($seed);
		my $pool = join("", map { sprintf("%02x ", int(rand(256))) } 1 .. 400000);
		for my $d (0 .. 49) {
			mkdir "$root/d$seed-$d" or die;
			for my $s (0 .. 25) {
				my $dir = "$root/d$seed-$d/s$s";
				mkdir $dir or die;
				my $files = 7 + ($s % 9 == 0);
				for my $f (1 .. $files) {
					my $size = 100 + int(rand(2) * rand(33400));
					open(my $out, ">", "$dir/file-$f.txt") or die;
					print $out substr($pool, int(rand(1100000)), $size);
					close($out);
				}
			}
		}' "$1" "$2"
}

make_image() {
	[ -s "$image" ] && return
	for n in 1 2 3 4 5 6 7 8; do
		mkdir -p "$dir/tree/$n"
		make_layer "$dir/tree/$n" "$n"
	done
	TMPDIR=$dir "$here/tools/mkimage.sh" --from "$dir/tree" --layers 8 --pack "$pack" --name big:latest "$image"
	rm -rf "$dir/tree"
}

# cgroup v1's or v2's CPU seconds of a daemon's children too need a group of its own; here the kernel's count of
# waited-for children is taken when the daemon has ended.
cpu_seconds() { # file written by bash's times: user+sys of all children
	awk '{ split($1, u, /[ms]/); split($2, s, /[ms]/); t = u[1] * 60 + u[2] + s[1] * 60 + s[2] } END { printf "%.2f", t }' "$1"
}

wait_socket() { # SOCKET
	for _ in $(seq 200); do
		curl -sf --unix-socket "$1" http://d/_ping >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "no answer on $1" >&2
	return 1
}

start_tared() { # ROOT SOCKET
	exec "$TARED" --data-root "$1/data" --exec-root "$1/run" --pidfile "$1/pid" -H "unix://$2"
}

start_dockerd() {
	exec $DOCKERD --data-root "$1/data" --exec-root "$1/run" --pidfile "$1/pid" -H "unix://$2" \
		--storage-driver overlay2 --iptables=false --bridge=none
}
