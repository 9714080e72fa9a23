/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an archive's metadata: the input is cut at NUL bytes into manifest.json, index.json and
 * blobs, which stand under their true digests and under the names the documents use most.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "image/load_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct load *l, const char *name, const uint8_t *data, size_t n, uint32_t number)
{
	struct layer_member m = { .number = number, .type = LAYER_MEMBER_FILE, .size = (int64_t)n };
	struct layer_stored stored;
	char file[16];
	struct err e;
	int pipe;

	snprintf(file, sizeof(file), "m%u", number);
	if (fs_replace(l->in.folder.fd, file, data, n, 0600, FS_NO_SYNC, &e))
		abort();
	sha_digest(data, n, stored.digest);
	if (name)
		snprintf(m.name, sizeof(m.name), "%s", name);
	else
		snprintf(m.name, sizeof(m.name), "blobs/sha256/%s", oci_digest_hex(stored.digest));
	if (load_add_member(l, &m, &pipe, &e) || load_member_stored(l, &stored, &e))
		abort();
}

static void fill(struct load *l, const uint8_t *data, size_t size)
{
	static const char *const names[] = { "manifest.json", "index.json", "c", "oci-layout" };
	uint32_t number = 0;

	for (size_t part = 0; size && number < 60; part++) {
		const uint8_t *end = memchr(data, 0, size);
		size_t n = end ? (size_t)(end - data) : size;
		if (n && part < sizeof(names) / sizeof(names[0]))
			add(l, names[part], data, n, number++);
		if (n)
			add(l, NULL, data, n, number++);
		data += n + (end != NULL);
		size -= n + (end != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/tare-fuzz-XXXXXX";
	struct image_load_opts opts = { 0 };
	struct err e;

	if (!mkdtemp(dir))
		abort();
	struct image_store *s = image_store_open(dir, &e);
	if (!s)
		abort();
	struct load l = { .store = s,
		.opts = &opts,
		.arena = arena_new(),
		.members = map_new(),
		.diff_ids = map_new() };
	l.in = (struct intake){ .store = s, .arena = l.arena, .action = "load" };
	if (intake_open(&l.in, &e))
		abort();
	fill(&l, data, size);
	load_plan(&l, &e);
	intake_close(&l.in);
	map_free(l.members);
	map_free(l.diff_ids);
	arena_free(l.arena);
	image_store_close(s);
	fs_remove_tree(AT_FDCWD, dir, &e);
	return 0;
}
