/* SPDX-License-Identifier: Apache-2.0 */
/* A data root in /tmp with images written by hand, as dockerd would have left them. */
#ifndef TARE_TEST_STORE_MAKE_H
#define TARE_TEST_STORE_MAKE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/sha.h"
#include "image/image.h"
#include "oci/digest.h"

struct made {
	struct arena *a;
	char dir[32];
	int root;
	struct image_store *store;
	int layers; /* number of made ones, for their ids */
	struct err e;
};

static inline void made_put(struct made *m, const char *path, const char *text)
{
	char parent[512];

	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = 0;
	if (fs_mkdir_p(m->root, parent, 0755, &m->e) ||
		fs_replace(m->root, path, text, strlen(text), 0600, FS_NO_SYNC, &m->e)) {
		fprintf(stderr, "%s\n", m->e.msg);
		abort();
	}
}

/* One layer on top of chain parent ("": none) of size bytes; its chain id. diff id: sha256 of the number. */
static inline const char *made_layer(
	struct made *m, const char *parent, const char *diff_id, int size)
{
	char chain[OCI_DIGEST_SIZE], cache[65];
	const char *dir, *overlay;

	oci_chain_id(parent, diff_id, chain);
	snprintf(cache, sizeof(cache), "%064d", ++m->layers);
	dir = arena_printf(m->a, "image/overlay2/layerdb/sha256/%s", oci_digest_hex(chain));
	overlay = arena_printf(m->a, "overlay2/%s", cache);
	made_put(m, arena_printf(m->a, "%s/diff", dir), diff_id);
	made_put(m, arena_printf(m->a, "%s/cache-id", dir), cache);
	made_put(m, arena_printf(m->a, "%s/size", dir), arena_printf(m->a, "%d", size));
	if (*parent)
		made_put(m, arena_printf(m->a, "%s/parent", dir), parent);
	made_put(m, arena_printf(m->a, "%s/link", overlay),
		arena_printf(m->a, "LINK%022d", m->layers));
	made_put(m, arena_printf(m->a, "%s/diff/file", overlay), "x");
	return arena_strdup(m->a, chain);
}

static inline const char *made_diff_id(struct made *m, int number)
{
	char digest[SHA_DIGEST_TEXT + 1];

	sha_digest(&number, sizeof(number), digest);
	return arena_strdup(m->a, digest);
}

/* An image of layers with these numbers (0 ends), created at second `created` of 2024; its id. */
static inline const char *made_image(
	struct made *m, int created, const char *labels, const int *numbers)
{
	const char *chain = "", *ids = "";
	char id[SHA_DIGEST_TEXT + 1];

	for (; *numbers; numbers++) {
		const char *diff_id = made_diff_id(m, *numbers);
		char next[OCI_DIGEST_SIZE];
		oci_chain_id(chain, diff_id, next);
		const char *path = arena_printf(
			m->a, "image/overlay2/layerdb/sha256/%s/diff", oci_digest_hex(next));
		chain = fs_exists(m->root, path) ? arena_strdup(m->a, next)
						 : made_layer(m, chain, diff_id, 100 * *numbers);
		ids = arena_printf(m->a, "%s%s\"%s\"", ids, *ids ? "," : "", diff_id);
	}
	const char *config = arena_printf(m->a,
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2024-01-01T00:00:%02dZ\","
		"\"config\":{\"Labels\":%s},\"docker_version\":\"1.2\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]},"
		"\"history\":[{\"created_by\":\"a\"},{\"created_by\":\"b\",\"comment\":\"last\",\"empty_layer\":true}]}",
		created, labels, ids);
	sha_digest(config, strlen(config), id);
	made_put(m,
		arena_printf(m->a, "image/overlay2/imagedb/content/sha256/%s", oci_digest_hex(id)),
		config);
	return arena_strdup(m->a, id);
}

static inline void made_parent(struct made *m, const char *id, const char *parent)
{
	made_put(m,
		arena_printf(m->a, "image/overlay2/imagedb/metadata/sha256/%s/parent",
			oci_digest_hex(id)),
		parent);
}

/* text: the inside of Repositories. */
static inline void made_refs(struct made *m, const char *text)
{
	made_put(m, "image/overlay2/repositories.json",
		arena_printf(m->a, "{\"Repositories\":{%s}}", text));
}

static inline int made_begin(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	m->a = arena_new();
	snprintf(m->dir, sizeof(m->dir), "/tmp/tare-unit-XXXXXX");
	m->root = open(mkdtemp(m->dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = m;
	return 0;
}

static inline struct image_store *made_open(struct made *m)
{
	m->store = image_store_open(m->dir, &m->e);
	if (!m->store)
		fprintf(stderr, "%s\n", m->e.msg);
	return m->store;
}

static inline int made_end(void **state)
{
	struct made *m = *state;

	image_store_close(m->store);
	fs_remove_tree(AT_FDCWD, m->dir, &m->e);
	close(m->root);
	arena_free(m->a);
	free(m);
	return 0;
}

#endif
