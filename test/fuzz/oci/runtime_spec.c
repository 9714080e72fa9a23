/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json: what parses is checked, written, and must parse again to the same text. (The first writing may still
 * replace invalid UTF-8 that json-c let pass.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/runtime_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A path below /proc/sys stays there and comes from one name only. */
static void read_sysctl(const char *name)
{
	char path[256], dotted[256];
	struct err e;

	if (oci_sysctl_path(name, path, sizeof(path), &e) ||
		oci_sysctl_dotted(name, dotted, sizeof(dotted), &e))
		return;
	if (path[0] == '/' || strstr(path, "//") || strncmp(path, "../", 3) == 0 ||
		strstr(path, "/../") || strlen(path) != strlen(dotted))
		abort();
}

static int rewrite(struct arena *a, const char *text, size_t n, struct buf *out)
{
	struct oci_spec s;
	struct err e;

	if (oci_spec_parse(a, text, n, &s, &e))
		return -1;
	oci_spec_check(&s, &e);
	s.linux.seccomp = NULL; /* kept unread, so it need not be JSON yet */
	oci_spec_write(&s, out);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct oci_process p;
	struct oci_resources r;
	struct err e;
	own_buf first, second, third;

	buf_init(&first, 16u << 20);
	buf_init(&second, 16u << 20);
	buf_init(&third, 16u << 20);
	oci_spec_parse_process(a, (const char *)data, size, &p, &e);
	oci_process_parse(a, (const char *)data, size, &p, &e);
	oci_resources_parse(a, (const char *)data, size, &r, &e);
	read_sysctl(arena_strndup(a, (const char *)data, size));
	if (rewrite(a, (const char *)data, size, &first))
		return 0;
	if (rewrite(a, first.data, first.len, &second) ||
		rewrite(a, second.data, second.len, &third) || strcmp(second.data, third.data) != 0)
		abort();
	return 0;
}
