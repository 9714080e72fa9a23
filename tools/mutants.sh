#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whether the tests of attacks notice a missing defence: tools/mutants.sh [NAME…]. Each test/attack/mutants/NAME.patch takes
# one defence out of the code and names, in lines "Fails: FILE.bats REGEX", the tests that stand for it. It is applied to
# a copy of the tree and built; each of those tests must then fail. Ends with "N noticed, N not".
set -u
export CCACHE_NOHASHDIR=1
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
top=$PWD work=$(mktemp -d "${TMPDIR:-/tmp}/tare-mutants-XXXXXX")
export CCACHE_BASEDIR=$work
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
noticed=0 not=0

# What the tests use; a mutant may have warnings.
programs=(bin/{tare,tared,tare-runtime,tare-monitor,tare-init,tare-layer} test/attack/{attacker,labelctl})
build() { ninja -C "$work/build" "${programs[@]}" >"$work/log" 2>&1 || { grep -E 'error|FAILED' "$work/log" | head -5; return 1; }; }

# What a mutant does not end, ends with its pid namespace.
bounded() {
	TARE_BUILD=$work/build unshare -p -f --mount-proc timeout -k 10 300 bats --tap -f "$1" "$2" >"$work/tap" 2>&1 </dev/null
}

# fails FILE REGEX: whether all tests of that name do, and there are some
fails() {
	bounded "$2" "$work/tree/test/attack/$1"
	! grep -E '^ok ' "$work/tap" && grep -q '^not ok ' "$work/tap"
}

# What breaks every container would be noticed by any test.
still_runs() {
	bounded 'stdin, stdout and stderr' "$work/tree/test/oci/lifecycle.bats" || { echo "no container runs any more"; return 1; }
}

# mutant NAME: prints what is wrong with it
mutant() {
	local patch=$top/test/attack/mutants/$1.patch file regex rc=0
	patch -d "$work/tree" -p1 -s <"$patch" || return 1
	if build && still_runs; then
		while read -r file regex; do
			fails "$file" "$regex" && continue
			echo "$file \"$regex\" does not notice"
			rc=1
		done < <(sed -n 's/^Fails: //p' "$patch")
	else
		rc=1
	fi
	patch -d "$work/tree" -p1 -s -R <"$patch"
	return $rc
}

mkdir "$work/tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/tree"
meson setup -Dc_args=-w "$work/build" "$work/tree" >"$work/log" 2>&1 && build || { tail "$work/log"; exit 1; }
[ $# -gt 0 ] || for patch in test/attack/mutants/*.patch; do set -- "$@" "$(basename "$patch" .patch)"; done
for name; do
	start=$SECONDS
	if mutant "$name"; then
		echo "noticed: $name, $((SECONDS - start)) s"
		noticed=$((noticed + 1))
	else
		echo "NOT NOTICED: $name"
		[ -z "${TARE_MUTANTS_SHOW:-}" ] || cat "$work/tap"
		not=$((not + 1))
	fi
done
echo "$noticed noticed, $not not"
[ $not -eq 0 ]
