/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a container: everything that can be refused is refused first, then what is made is made as a list of
 * steps. The object is registered before its root is, so that its image cannot be removed in between; its
 * verb lock is held meanwhile, so that nothing can be done to it yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/steps.h"
#include "checks.h"
#include "ctr_volumes.h"
#include "defaults.h"
#include "engine/lifecycle.h"
#include "engine_int.h"
#include "group.h"
#include "image/root.h"
#include "limits.h"
#include "log_options.h"
#include "model/copy.h"
#include "mount_table.h"
#include "network.h"
#include "oci/platform.h"
#include "persist.h"

struct create {
	struct engine *eng;
	struct arena *a; /* of the answer */
	const struct engine_create *request;
	struct container *c;
	struct str_list warnings;
	struct image_info image;
};

/* ---- what is wanted ---- */

static int check_platform(struct create *k, struct err *e)
{
	struct oci_platform want, have = {
		.architecture = k->image.config.architecture,
		.os = k->image.config.os,
		.variant = k->image.config.variant,
	};

	if (str_empty(k->request->platform))
		return 0;
	if (oci_platform_parse(k->a, k->request->platform, &want, e))
		return -1;
	oci_platform_normalize(&have);
	if (oci_platform_score(&want, &have) > 0)
		return 0;
	return err_set(e, ERR_NOT_FOUND,
		"image with reference %s was found but its platform (%s) does not match the specified "
		"platform (%s)",
		k->request->rq->config.image, oci_platform_text(k->a, &have),
		oci_platform_text(k->a, &want));
}

static int find_image(struct create *k, struct err *e)
{
	const char *id, *name = k->request->rq->config.image;

	if (image_resolve(k->eng->images, k->a, name ? name : "", &id, e) ||
		image_inspect(k->eng->images, k->a, id, &k->image, e) || check_platform(k, e))
		return -1;
	k->c->image_id = arena_strdup(k->c->arena, id);
	return 0;
}

/* The client's own part is checked before the image's is put below it. */
static int merge(struct create *k, struct err *e)
{
	struct container *c = k->c;
	const struct create_request *rq = k->request->rq;

	model_copy(c->arena, container_config_fields, &rq->config, &c->config, sizeof(c->config));
	if (rq->host_config)
		model_copy(
			c->arena, host_config_fields, rq->host_config, &c->host, sizeof(c->host));
	if (checks_config(&c->config, e))
		return -1;
	defaults_from_image(c->arena, &c->config, &k->image.config.config);
	return defaults_command(c->arena, &c->config, &c->path, &c->args, e);
}

static const char *host_name(struct arena *a)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1))
		return NULL;
	return arena_strdup(a, name);
}

static void name_host(struct container *c)
{
	bool is_host = str_eq(c->host.network_mode, "host") || str_eq(c->host.uts_mode, "host");

	if (str_empty(c->config.hostname) && is_host)
		c->config.hostname = host_name(c->arena);
	if (str_empty(c->config.hostname))
		c->config.hostname = arena_strndup(c->arena, c->id, ID_SHORT);
}

static int prepare(struct create *k, struct err *e)
{
	struct container *c = k->c;
	struct engine *eng = k->eng;

	if (find_image(k, e) || merge(k, e) ||
		limits_check(c->arena, &c->host, &eng->limits, &k->warnings, e))
		return -1;
	defaults_host(c->arena, &c->host, cgroup_host_version(eng->cgroups) == CGROUP_V2);
	if (checks_host(c->arena, &c->config, &c->host, &k->warnings, e) ||
		group_check_parent(eng, c->host.cgroup_parent, e) ||
		ctr_volumes_from(eng, c->arena, &c->host.volumes_from, &c->mounts, e) ||
		mount_table_gather(c->arena, &c->config, &c->host, &c->mounts, e) ||
		network_want(eng, c, k->request->rq->networking_config, e))
		return -1;
	name_host(c);
	group_name(eng, c);
	if (str_eq(c->host.log_config.type, "json-file"))
		c->log_path = arena_printf(c->arena, "%s/%s-json.log", c->dir, c->id);
	c->created_ns = clock_now_ns();
	return 0;
}

/* ---- what is made ---- */

static int step_root(void *ctx, struct err *e)
{
	struct create *k = ctx;

	return image_root_create(k->eng->images, k->c->id, k->c->image_id, e);
}

static void undo_root(void *ctx)
{
	struct create *k = ctx;
	struct err e;

	if (image_root_remove(k->eng->images, k->c->id, &e))
		log_warn("ctr %s: %s, ignoring", k->c->id, e.msg);
}

static int step_dir(void *ctx, struct err *e)
{
	struct create *k = ctx;

	return fs_mkdir_p(AT_FDCWD, k->c->dir, 0710, e);
}

static void undo_dir(void *ctx)
{
	struct create *k = ctx;
	struct err e;

	if (fs_remove_tree(AT_FDCWD, k->c->dir, &e))
		log_warn("ctr %s: %s, ignoring", k->c->id, e.msg);
}

static int step_volumes(void *ctx, struct err *e)
{
	struct create *k = ctx;

	return ctr_volumes_make(k->eng, k->c, e);
}

static void undo_volumes(void *ctx)
{
	struct create *k = ctx;

	ctr_volumes_undo(k->eng, k->c);
}

/* A container made with --rm would not outlive a power loss anyway; any other's image must, too. */
static int step_files(void *ctx, struct err *e)
{
	struct create *k = ctx;

	if (k->c->host.auto_remove)
		return persist_create(k->c, FS_NO_SYNC, e);
	return image_store_settle(k->eng->images, e) ? -1 : persist_create(k->c, FS_SYNC, e);
}

static const struct step create_steps[] = {
	{ "root", step_root, undo_root },
	{ "dir", step_dir, undo_dir },
	{ "volumes", step_volumes, undo_volumes },
	{ "files", step_files, NULL },
	{ 0 },
};

static int reserve_name(struct create *k, struct err *e)
{
	const char *name = k->request->name;

	if (str_empty(name))
		name = NULL;
	else if (*name == '/')
		name++;
	if (name && registry_check_name(name, e))
		return -1;
	name = registry_reserve(k->eng->registry, k->a, name, k->c->id, e);
	if (!name)
		return -1;
	k->c->name = strdup(name);
	return 0;
}

static int make(struct create *k, struct err *e)
{
	struct container *c = k->c;

	if (reserve_name(k, e))
		return -1;
	own_lock verb = lock_take(&c->verb);
	if (!registry_add(k->eng->registry, c))
		return err_set(e, ERR_INTERNAL, "container id %s is taken", c->id);
	if (steps_run("create", create_steps, k, e) == 0)
		return 0;
	registry_remove(k->eng->registry, c);
	registry_release(k->eng->registry, c->name, c->id);
	return -1;
}

int engine_create(struct engine *eng, struct arena *a, const struct engine_create *request,
	struct create_response *out, struct err *e)
{
	char id[ID_HEX + 1];

	id_hex64(id);
	own_ctr c = ctr_new(id, eng->data_root, eng->exec_root);
	struct create k = { .eng = eng, .a = a, .request = request, .c = c };
	if (prepare(&k, e) || make(&k, e))
		return -1;
	out->id = arena_strdup(a, c->id);
	str_list_copy(a, &k.warnings, &out->warnings);
	ctr_event(eng, c, "create", NULL);
	log_info("ctr %s: created from %s", c->id, c->config.image);
	return 0;
}
