/* SPDX-License-Identifier: Apache-2.0 */
/* The archive's members by name. What tare-layer says is checked here again: it has read hostile bytes. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/slice.h"
#include "load_int.h"

#define LINKS_MOST 8

/* Worth unpacking before anyone knows what it is: looks like a layer, and is none the store has. */
static bool is_early(struct load *l, const struct layer_member *m)
{
	return m->type == LAYER_MEMBER_FILE && m->looks != LAYER_LOOKS_OTHER &&
	       !map_get(l->diff_ids, m->digest);
}

int load_add_member(struct load *l, struct layer_member *m, struct err *e)
{
	m->name[sizeof(m->name) - 1] = m->target[sizeof(m->target) - 1] = 0;
	m->digest[sizeof(m->digest) - 1] = 0;
	if (!*m->name || m->type > LAYER_MEMBER_DIR || m->number >= LAYER_MEMBERS_MAX ||
		(m->type == LAYER_MEMBER_FILE && !oci_digest_is_sha256(m->digest)))
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	if (m->type == LAYER_MEMBER_DIR)
		return 0;
	struct load_member *member = ARENA_NEW(l->arena, struct load_member);
	*member = (struct load_member){
		.number = m->number,
		.type = m->type,
		.size = m->size,
		.name = arena_strdup(l->arena, m->name),
		.target = arena_strdup(l->arena, m->target),
	};
	snprintf(member->digest, sizeof(member->digest), "%s", m->digest);
	if (is_early(l, m)) {
		member->early = load_add_job(l, member);
		/* A plain tar's digest is its diff id, under which progress is told. */
		if (m->looks == LAYER_LOOKS_TAR)
			load_name_job(member->early, m->digest);
	}
	/* The last one of a name counts, as when the archive was unpacked. */
	map_set(l->members, member->name, member);
	return 0;
}

struct load_member *load_find_member(struct load *l, const char *name)
{
	struct load_member *m = map_get(l->members, name);

	for (int i = 0; m && m->type == LAYER_MEMBER_LINK; i++)
		m = i < LINKS_MOST ? map_get(l->members, m->target) : NULL;
	return m;
}

int load_read_member(struct load *l, const char *name, size_t most, struct buf *out, struct err *e)
{
	struct load_member *m = load_find_member(l, name);
	char file[16];

	if (!m)
		return err_set(e, ERR_NOT_FOUND, "open /%s: no such file or directory", name);
	snprintf(file, sizeof(file), "m%u", m->number);
	return fs_read(l->dir_fd, file, most, out, e) ? err_in(e, "%s", name) : 0;
}
