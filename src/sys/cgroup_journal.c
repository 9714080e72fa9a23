/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking back what was written to the files of a group. Most hold one value; some a line a device, of which one write
 * changes one; a few are written in another form than they are read.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sys/cgroup_int.h"

/* What makes a device's line go away again, where there was none before. */
static const struct reset {
	const char *prefix; /* of the file's name */
	const char *value;
} resets[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "io.bfq.weight", "default" },
	{ "blkio.throttle.", "0" },
	{ "blkio.", "0" },
};

static struct slice first_word(struct slice line)
{
	struct slice head, rest;

	slice_cut(line, ' ', &head, &rest);
	return head;
}

static bool same(struct slice a, struct slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* The line of text that begins with the word key; empty when there is none. */
static struct slice line_of(struct slice text, struct slice key)
{
	struct slice line;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (line.n && same(first_word(line), key))
			return line;
	}
	return (struct slice){ 0 };
}

static const char *reset_of(const char *file)
{
	for (size_t i = 0; i < sizeof(resets) / sizeof(resets[0]); i++)
		if (str_starts(file, resets[i].prefix))
			return resets[i].value;
	return NULL;
}

/* "8:0 rbps=1" concerns the line of 8:0, "500" in a file of "default 100", "8:0 200" … the first of them. */
static const char *old_value(
	struct arena *a, const char *file, struct slice text, struct slice value)
{
	struct slice key = first_word(value), line;
	const char *reset = reset_of(file);

	/* memory.oom_control says "oom_kill_disable 0" and more, and takes "0" or "1". */
	if (strcmp(file, "memory.oom_control") == 0)
		return arena_printf(a, "%d", cgroup_text_get(text, "oom_kill_disable", 0) ? 1 : 0);
	if (key.n == value.n) {
		line = line_of(text, slice_str("default"));
		if (!line.n)
			line = slice_trim(text);
		/* An empty cpuset is set by an empty line; writing nothing at all changes nothing. */
		return line.n ? arena_strndup(a, line.p, line.n) : "\n";
	}
	line = line_of(text, key);
	if (!line.n && reset && memchr(key.p, ':', key.n))
		return arena_printf(a, "%.*s %s", (int)key.n, key.p, reset);
	if (!line.n)
		line = slice_trim(text);
	return arena_strndup(a, line.p, line.n);
}

void cgroup_journal_note(
	struct cgroup_journal *j, struct cgroup_member *m, const char *file, const char *value)
{
	struct err ignored;
	own_buf text = { 0 };

	buf_init(&text, CGROUP_FILE_MOST + 1);
	if (cgroup_read(m, file, &text, &ignored))
		return;
	j->v = arena_grow(j->arena, j->v, &j->n, sizeof(*j->v));
	j->v[j->n - 1] = (struct cgroup_change){
		.member = m,
		.file = arena_strdup(j->arena, file),
		.old = old_value(j->arena, file, (struct slice){ text.data, text.len },
			slice_trim(slice_str(value))),
	};
}

void cgroup_journal_undo(struct cgroup_journal *j)
{
	struct err e;

	while (j->n) {
		struct cgroup_change *c = &j->v[--j->n];
		c->member->journal = NULL;
		if (cgroup_write(c->member, c->file, c->old, &e))
			log_warn("setting back: %s, ignoring", e.msg);
	}
}
