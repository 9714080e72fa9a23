/* SPDX-License-Identifier: Apache-2.0 */
/* The archive's members by name. What tare-layer says is checked here again: it has read hostile bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/slice.h"
#include "load_int.h"

#define LINKS_MOST   8
#define STREAM_LEAST (1024 * 1024)
#define PIPE_BYTES   (1024 * 1024)

/*
 * Whether a layer is unpacked while it comes in, without being stored: costs least. It must be a plain tar (inflating
 * is one processor's work, so compressed layers are stored, being small, and unpacked side by side) and state its
 * digest: when the store has it already nothing shall be unpacked at all.
 */
static bool is_to_stream(struct load *l, const struct load_member *m)
{
	const char *digest = load_stated_digest(l->arena, m->name);

	return m->looks == LAYER_LOOKS_TAR && m->size >= STREAM_LEAST && digest &&
	       !map_get(l->diff_ids, digest);
}

/* A pipe into a job of its own. */
static int start_stream(struct load *l, struct load_member *m, int *to, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "pipe");
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	m->is_streamed = true;
	m->first = m->early = load_add_job(l, m);
	m->early->stream = ends[0];
	load_name_job(m->early, load_stated_digest(l->arena, m->name));
	*to = ends[1];
	return 0;
}

int load_add_member(struct load *l, struct layer_member *m, int *pipe, struct err *e)
{
	*pipe = -1;
	if (!*m->name || m->type > LAYER_MEMBER_DIR || m->number >= LAYER_MEMBERS_MAX ||
		m->size < 0)
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	l->last = NULL;
	if (m->type == LAYER_MEMBER_DIR)
		return 0;
	struct load_member *member = ARENA_NEW(l->arena, struct load_member);
	*member = (struct load_member){
		.number = m->number,
		.type = m->type,
		.size = m->size,
		.looks = m->looks,
		.name = arena_strdup(l->arena, m->name),
		.target = arena_strdup(l->arena, m->target),
	};
	/* The last one of a name counts, as when the archive was unpacked. */
	map_set(l->members, member->name, member);
	if (m->type != LAYER_MEMBER_FILE)
		return 0;
	l->last = member;
	return is_to_stream(l, member) ? start_stream(l, member, pipe, e) : 0;
}

int load_member_stored(struct load *l, struct layer_stored *stored, struct err *e)
{
	struct load_member *m = l->last;

	l->last = NULL;
	if (!m || (!m->is_streamed && !oci_digest_is_sha256(stored->digest)))
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	if (m->is_streamed)
		return 0;
	snprintf(m->digest, sizeof(m->digest), "%s", stored->digest);
	/* Worth unpacking before anyone knows what it is: looks like a layer, and is none the store has. */
	if (m->looks == LAYER_LOOKS_OTHER || map_get(l->diff_ids, m->digest))
		return 0;
	m->early = load_add_job(l, m);
	/* A plain tar's digest is its diff id, under which progress is told. */
	if (m->looks == LAYER_LOOKS_TAR)
		load_name_job(m->early, m->digest);
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

	if (!m || m->is_streamed)
		return err_set(e, ERR_NOT_FOUND, "open /%s: no such file or directory", name);
	snprintf(file, sizeof(file), "m%u", m->number);
	return fs_read(l->in.folder.fd, file, most, out, e) ? err_in(e, "%s", name) : 0;
}
