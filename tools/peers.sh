#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks Debian packages into a folder without installing them: tools/peers.sh DIR PACKAGE…
# What is there already is not fetched again. For the engines tare is tested under and measured beside.
set -eu
dir=$1
shift
mkdir -p "$dir/deb"
# apt gives the fetching up to a user of its own.
chmod 755 "$dir" "$dir/deb"
cd "$dir/deb"

want=()
for package in "$@"; do
	[ -e "$package.unpacked" ] || want+=("$package")
done
[ ${#want[@]} -gt 0 ] || exit 0

fetch() { apt-get download -qq "${want[@]}" >fetch.log 2>&1; }
fetch || { apt-get update -qq >/dev/null && fetch; } || { cat fetch.log; exit 1; }
for package in "${want[@]}"; do
	for deb in "$package"_*.deb; do dpkg -x "$deb" "$dir"; done
	touch "$package.unpacked"
done
