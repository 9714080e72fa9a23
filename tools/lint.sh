#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The house rules a program can check. Prints every breach and fails if there is one.
set -u
cd "$(dirname "$0")/.." || exit 1

breaches=0
breach() {
	printf '%s\n' "$1" | sed 's/^/  /'
	printf '^ %s\n' "$2"
	breaches=$((breaches + 1))
}
# report RULE TEXT: a breach of RULE if TEXT is not empty
report() { [ -z "$2" ] || breach "$2" "$1"; }

mapfile -t sources < <(git ls-files 'src/*.c' 'src/*.h')
mapfile -t c_files < <(git ls-files '*.c' '*.h')
mapfile -t all < <(git ls-files | grep -vE '^(LICENSE|tools/vm/guest/(passwd|group)|.*\.corpus/.*|.*\.(md|tsv|golden|json|txt|png))$')

report 'no SPDX line in the first three lines' \
	"$(for f in "${all[@]}"; do case $f in .*) continue ;; esac
		head -3 "$f" | grep -q SPDX-License-Identifier || echo "$f"; done)"

report 'files have at most 600 lines' "$(wc -l "${sources[@]}" | awk '$1 > 600 && $2 != "total"')"

# A function begins at the "{" in column 0 and ends at the "}" there.
report 'functions have at most 80 lines' "$(awk '
	/^\{/ { start = FNR; name = last }
	/^\}/ && start { if (FNR - start > 80) print FILENAME ":" start ": " FNR - start " lines: " name; start = 0 }
	/^[a-zA-Z_].*\(/ { last = $0 }' "${sources[@]}")"

# Who may make processes: base/proc.c, and the programs that are single-threaded by design.
report 'only base/proc.c (and the single-threaded runtime, monitor, init) make processes' \
	"$(grep -nE '\b(fork|vfork|posix_spawnp?|clone|clone3|popen|system)\(|SYS_clone' "${sources[@]}" |
		grep -vE '^src/(base/proc\.c|runtime/|monitor/|init/)|^[^:]+:[0-9]+:\s*/?\*')"

report 'banned functions' \
	"$(grep -nE '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|localtime|strncpy)\(' \
		"${c_files[@]}" | grep -v '^src/base/banned\.h')"

report 'own_* objects have a value from the start: an early return frees them' \
	"$(grep -nE '^\s+own_[a-z_]+ [a-z_0-9, ]+;' "${sources[@]}")"

report 'includes go by room, never by ../' "$(grep -nE '#include "\.\.' "${c_files[@]}")"

# The build refuses a forbidden room by its include path; this names the line before the compiler does.
room_breaches=$(python3 - "${sources[@]}" <<'PY'
import re, sys
table = open('src/meson.build').read().split('room_uses = {')[1].split('}')[0]
uses = {m[0]: set(re.findall(r"'(\w+)'", m[1])) | {m[0]} for m in re.findall(r"'(\w+)':\s*\[([^]]*)\]", table)}
for path in sys.argv[1:]:
    room = path.split('/')[1]
    for n, line in enumerate(open(path), 1):
        m = re.match(r'\s*#include "(\w+)/', line)
        if m and m[1] in uses and m[1] not in uses.get(room, set()):
            print(f'{path}:{n}: {room} may not use {m[1]}')
PY
)
report 'rooms use only the rooms below them' "$room_breaches"

report 'unfinished work' "$(grep -nE '\b(TODO|FIXME|XXX)\b' "${all[@]}" | grep -v '^tools/lint\.sh')"
report 'trailing blanks' "$(grep -nE '[[:blank:]]+$' "${all[@]}" | grep -v '^[^:]*\.patch:')"
report 'the formatter disagrees (clang-format -i)' \
	"$(clang-format --dry-run "${c_files[@]}" 2>&1 | grep -E 'warning' | cut -d: -f1 | sort | uniq -c)"
command -v shellcheck >/dev/null && report 'shellcheck' \
	"$(git ls-files '*.sh' .ci/run 'tools/vm/guest/bin/*' | xargs -r shellcheck -S warning -f gcc 2>&1)"

[ $breaches -eq 0 ] && echo "lint: clean (${#sources[@]} source files)"
exit $((breaches > 0))
