#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks Debian packages into a folder without installing them: tools/peers.sh [-s SUITE] DIR PACKAGE…
# What is there already is not fetched again. For the engines tare is tested under and measured beside.
# With -s they are of another Debian release, e.g. trixie, whose lists lie in DIR/apt.
set -eu
suite=
if [ "$1" = -s ]; then
	suite=$2
	shift 2
fi
dir=$1
shift
mkdir -p "$dir/deb"
# apt gives the fetching up to a user of its own.
chmod 755 "$dir" "$dir/deb"
dir=$(cd "$dir" && pwd)

want=()
for package in "$@"; do
	[ -e "$dir/deb/$package.unpacked" ] || want+=("$package")
done
[ ${#want[@]} -gt 0 ] || exit 0

apt=(apt-get -qq)
if [ -n "$suite" ]; then
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
	# From where this machine has its own packages.
	# shellcheck disable=SC2016 # apt fills it in
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -1)
	[ -n "$mirror" ] || { echo "apt knows no mirror: run apt-get update"; exit 1; }
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$dir/apt/sources.list"
	apt+=(-o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/nonexistent
		-o "Dir::State::Lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" -o Acquire::Languages=none
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/nonexistent -o APT::Sandbox::User=root)
fi

cd "$dir/deb"
fetch() { "${apt[@]}" download "${want[@]}" >fetch.log 2>&1; }
fetch || { "${apt[@]}" update >/dev/null && fetch; } || { cat fetch.log; exit 1; }
for package in "${want[@]}"; do
	for deb in "$package"_*.deb; do dpkg -x "$deb" "$dir"; done
	touch "$package.unpacked"
done
