/* SPDX-License-Identifier: Apache-2.0 */
/* The small parsers: sizes, durations, times, globs, options. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/glob.h"
#include "base/opt.h"
#include "base/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct flags {
	bool on;
	int64_t size, duration, number;
	struct str_list list;
};

static const struct opt rows[] = {
	OPT(BOOL, 'a', "all", NULL, struct flags, on, ""),
	OPT(BYTES, 'm', "memory", "bytes", struct flags, size, ""),
	OPT(DURATION, 0, "time", "duration", struct flags, duration, ""),
	OPT(INT, 'n', "last", "int", struct flags, number, ""),
	OPT(CSV, 'l', "list", "list", struct flags, list, ""),
	OPT_END,
};

/* The input's lines are the arguments. */
static void parse_options(char *text)
{
	const struct opt *const tables[] = { rows, NULL };
	char *argv[64];
	int argc = 0;
	struct flags f = { 0 };
	struct str_list rest = { 0 };
	struct err e;
	own_arena a = arena_new();

	for (char *line = text, *next; line && argc < 64; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		argv[argc++] = line;
	}
	opt_parse(a, tables, OPT_INTERSPERSED, argc, argv, &f, &rest, &e);
	opt_parse(a, tables, OPT_GO_INTERSPERSED, argc, argv, &f, &rest, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct err e;
	int64_t v, again;
	char out[CLOCK_TEXT];

	unit_parse_bytes(text, &v, &e);
	unit_parse_duration(text, &v, &e);
	if (clock_parse_rfc3339(slice_str(text), &v)) {
		clock_rfc3339(out, v);
		if (!clock_parse_rfc3339(slice_str(out), &again) || again != v)
			abort();
	}
	glob_match(text, "some/name.txt");
	if (!glob_valid(text) && glob_match(text, ""))
		abort();
	parse_options(text);
	free(text);
	return 0;
}
