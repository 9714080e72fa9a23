/* SPDX-License-Identifier: Apache-2.0 */
#include "assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "layerdb.h"
#include "worker.h"

int layer_open_split(struct image_store *s, const char *chain_id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "layerdb/sha256/%s/tar-split.json.gz",
		oci_digest_hex(chain_id));
	int fd = openat(s->image_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

static int open_diff(struct image_store *s, const char *cache_id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/diff", cache_id);
	int fd = openat(s->overlay_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open overlay2/%s", path) : fd;
}

static int await(
	struct worker *w, const struct assemble *spec, struct layer_assembled *done, struct err *e)
{
	struct layer_msg msg;

	for (;;) {
		if (worker_receive(w, &msg, e))
			return -1;
		if (msg.type == LAYER_MSG_ASSEMBLED)
			break;
		if (msg.type != LAYER_MSG_PROGRESS)
			return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
		if (spec->progress && spec->progress(spec->arg, msg.progress, e))
			return -1;
	}
	worker_finish(w);
	*done = msg.assembled;
	done->digest[sizeof(done->digest) - 1] = done->diff_id[sizeof(done->diff_id) - 1] = 0;
	bool has_digest = spec->verify || strcmp(spec->form, "plain") != 0;
	if (done->size < 0 || done->tar_size < 0 ||
		(has_digest && !oci_digest_is_sha256(done->digest)))
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	return 0;
}

int layer_assemble(struct image_store *s, const struct assemble *spec, struct layer_assembled *done,
	struct err *e)
{
	const char *args[] = { "assemble", spec->form, spec->verify ? "verify" : NULL, NULL };
	struct worker w = WORKER_NONE;
	struct layer_record record;
	own_arena a = arena_new();

	if (fault_point("image.assemble", e) || layerdb_read(s, a, spec->chain_id, &record, e))
		return -1;
	own_fd split = layer_open_split(s, spec->chain_id, e);
	own_fd diff = split < 0 ? -1 : open_diff(s, record.cache_id, e);
	if (diff < 0)
		return -1;
	struct worker_fds fds = { .stream = split, .dir = diff, .split = spec->out };
	if (worker_spawn(spec->program, args, &fds, &w, e))
		return -1;
	int rc = await(&w, spec, done, e);
	worker_stop(&w);
	if (rc == 0 && spec->verify && strcmp(done->diff_id, record.diff_id) != 0)
		return err_set(e, ERR_INVALID, "layer %s is damaged: its digest is %s now",
			record.diff_id, done->diff_id);
	return rc;
}
