/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's verb lock is held from the look at its state to the finished image, so that it is neither
 * removed nor
 * started meanwhile. A file in its run directory says that it is frozen for this alone: a daemon that finds it thaws.
 */
#include "engine/commit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "commit_config.h"
#include "engine/events.h"
#include "engine_int.h"
#include "image/commit.h"
#include "model/copy.h"
#include "restore_commit.h"
#include "signal_ctr.h"

#define MARK "frozen-for-commit"

struct commit {
	struct engine *eng;
	struct arena *a;
	const struct engine_commit *q;
	struct container *c;
	struct container_config config; /* the image's */
	struct engine_committed *out;
};

static const char *mark_path(struct arena *a, const struct container *c)
{
	return arena_printf(a, "%s/" MARK, c->run_dir);
}

static int set_mark(struct commit *k, struct err *e)
{
	const char *path = mark_path(k->a, k->c);
	own_fd fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? err_sys(e, "create %s", path) : 0;
}

static bool is_running(struct container *c)
{
	return ctr_life(c).state == CTR_RUNNING;
}

/* It may have ended just now: then there is nothing to freeze, and nothing that could change. */
static int freeze(struct commit *k, bool *is_frozen, struct err *e)
{
	*is_frozen = false;
	if (!k->q->pause || !is_running(k->c))
		return 0;
	if (set_mark(k, e))
		return is_running(k->c) ? -1 : 0;
	*is_frozen = fault_point("commit.freeze", e) == 0 && ctr_freeze(k->eng, k->c, e) == 0;
	if (*is_frozen)
		return 0;
	unlink(mark_path(k->a, k->c));
	return is_running(k->c) ? -1 : 0;
}

static void thaw(struct engine *eng, struct container *c, const char *mark)
{
	struct err e;

	if (ctr_life(c).state == CTR_PAUSED && ctr_thaw(eng, c, &e))
		log_error("ctr %s: it stays frozen after its commit: %s", c->id, e.msg);
	unlink(mark);
}

void commit_thaw_left(struct engine *eng, struct container *c)
{
	own_arena a = arena_new();
	const char *mark = mark_path(a, c);
	own_lock verb = lock_take(&c->verb);

	if (fs_exists(AT_FDCWD, mark))
		thaw(eng, c, mark);
}

static const char *created_by(struct arena *a, const struct str_list *cmd)
{
	own_buf text = { 0 };

	buf_init(&text, 4 * 1024 * 1024);
	for (size_t i = 0; i < cmd->n; i++)
		buf_fmt(&text, "%s%s", i ? " " : "", cmd->v[i]);
	return arena_strdup(a, text.data);
}

static int make_config(struct commit *k, struct err *e)
{
	const struct container_config *base = k->q->config ? k->q->config : &k->c->config;

	model_copy(k->a, container_config_fields, base, &k->config, sizeof(k->config));
	if (commit_config_change(k->a, &k->config, &k->q->changes, e))
		return -1;
	commit_config_merge(k->a, &k->config, &k->c->config);
	return 0;
}

static int make_image(struct commit *k, struct err *e)
{
	const struct engine_commit *q = k->q;
	const struct image_commit image = { .ctr_id = k->c->id,
		.parent_id = k->c->image_id,
		.os = str_empty(k->c->os) ? "linux" : k->c->os,
		.config = commit_config_json(k->a, &k->config),
		.container_config = commit_config_json(k->a, &k->c->config),
		.created_by = created_by(k->a, &k->c->config.cmd),
		.author = q->author,
		.comment = q->comment,
		.docker_version = q->docker_version,
		.name = k->out->name,
		.layer_program = q->layer_program };

	return image_commit(k->eng->images, k->a, &image, &k->out->id, e);
}

static int allowed(const struct commit *k, struct err *e)
{
	own_lock guard = lock_take(&k->c->lock);

	return ctr_allow(k->c, CTR_COMMIT, k->q->name, e);
}

/* An image's events carry its labels. */
static void tell_tagged(struct commit *k)
{
	struct str_map attributes = { 0 };

	str_map_copy(k->a, &k->config.labels, &attributes);
	str_map_set(k->a, &attributes, "name", k->out->name);
	engine_publish(k->eng, "image", "tag", k->out->id, &attributes);
}

static void tell(struct commit *k)
{
	struct str_map extra = { 0 };

	if (k->out->name)
		tell_tagged(k);
	str_map_set(k->a, &extra, "comment", k->q->comment ? k->q->comment : "");
	str_map_set(k->a, &extra, "imageID", k->out->id);
	str_map_set(k->a, &extra, "imageRef", k->out->name ? k->out->name : "");
	ctr_event(k->eng, k->c, "commit", &extra);
	log_info("ctr %s: committed as %s", k->c->id, k->out->id);
}

static int run(struct commit *k, struct err *e)
{
	own_lock verb = lock_take(&k->c->verb);
	bool is_frozen;

	if (allowed(k, e) || make_config(k, e) || freeze(k, &is_frozen, e))
		return -1;
	int rc = make_image(k, e);
	if (rc == 0)
		tell(k);
	if (is_frozen)
		thaw(k->eng, k->c, mark_path(k->a, k->c));
	return rc;
}

int engine_commit(struct engine *eng, struct arena *a, const struct engine_commit *q,
	struct engine_committed *out, struct err *e)
{
	own_ctr c = str_empty(q->name) ? NULL : registry_find(eng->registry, q->name, e);
	struct commit k = { .eng = eng, .a = a, .q = q, .c = c, .out = out };

	*out = (struct engine_committed){ 0 };
	if (str_empty(q->name))
		return err_set(e, ERR_INVALID, "invalid name or ID supplied: \"\"");
	if (!c)
		return -1;
	if (!str_empty(q->repo) && !(out->name = image_tag_name(a, q->repo, q->tag, e)))
		return -1;
	return run(&k, e);
}

const char *engine_config_json(struct arena *a, const struct str_list *changes, struct err *e)
{
	struct container_config config = { 0 };

	if (commit_config_change(a, &config, changes, e))
		return NULL;
	return commit_config_json(a, &config);
}
