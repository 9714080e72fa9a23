/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's config.v2.json and hostconfig.json, written and read by table. */
#include "persist.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/slice.h"
#include "endpoints.h"
#include "image/image.h"
#include "stored.h"

#define FILE_MAX (4 * 1024 * 1024)

static const char *time_text(struct arena *a, int64_t ns)
{
	char text[CLOCK_TEXT];

	return arena_strdup(a, clock_rfc3339(text, ns));
}

static int64_t time_read(const char *text)
{
	int64_t ns;

	if (!text || !clock_parse_rfc3339(slice_str(text), &ns) || ns < 0)
		return CLOCK_NEVER;
	return ns;
}

static void state_out(struct arena *a, const struct container *c, struct stored_state *s)
{
	const struct ctr_life *l = &c->life;

	*s = (struct stored_state){
		.running = ctr_state_runs(l->state),
		.paused = l->state == CTR_PAUSED,
		.restarting = l->state == CTR_RESTARTING,
		.oom_killed = l->oom_killed,
		.removal_in_progress = l->state == CTR_REMOVING,
		.dead = l->state == CTR_DEAD,
		.pid = l->pid,
		.exit_code = l->exit_code,
		.error = c->error,
		.started_at = time_text(a, l->started_ns),
		.finished_at = time_text(a, l->finished_ns),
		.health = health_show(a, &c->health, &c->config),
	};
}

static void mounts_out(struct arena *a, const struct container *c, struct stored_mounts *m)
{
	size_t n = c->mounts.n ? c->mounts.n : 1;

	m->n = c->mounts.n;
	m->keys = arena_array(a, n, sizeof(*m->keys));
	m->v = arena_array(a, n, sizeof(*m->v));
	for (size_t i = 0; i < m->n; i++) {
		const struct ctr_mount *from = &c->mounts.v[i];

		m->keys[i] = from->destination;
		m->v[i] = (struct stored_mount){
			.source = from->source,
			.destination = from->destination,
			.rw = from->rw,
			.name = from->name,
			.driver = from->driver,
			.type = from->type,
			.mode = from->mode,
			.propagation = from->propagation,
			.spec = from->spec,
		};
	}
}

void persist_write_config(const struct container *c, struct buf *out)
{
	own_arena a = arena_new();
	struct stored s = {
		.stream_config = "{}",
		.id = c->id,
		.created = time_text(a, c->created_ns),
		.path = c->path,
		.args = c->args,
		.config = c->config,
		.image = c->image_id,
		.log_path = c->log_path,
		.name = arena_printf(a, "/%s", c->name ? c->name : ""),
		.driver = IMAGE_DRIVER,
		.os = c->os,
		.restart_count = c->life.restart_count,
		.was_started = c->life.was_started,
		.was_stopped_by_hand = c->life.was_stopped_by_hand,
		.cgroup_path = c->cgroup_path,
		.hostname_path = arena_printf(a, "%s/hostname", c->dir),
		.hosts_path = arena_printf(a, "%s/hosts", c->dir),
		.resolv_conf_path = arena_printf(a, "%s/resolv.conf", c->dir),
		.log_cache = "{\"HaveNotifyEnabled\":false}",
		.rest = c->rest,
	};
	struct jsonw w;

	state_out(a, c, &s.state);
	mounts_out(a, c, &s.mounts);
	endpoints_settings(a, c, &s.network.settings);
	s.network.rest = c->net_rest;
	jsonw_init(&w, out, NULL);
	bind_encode(&w, stored_fields, &s);
}

/* hostconfig.json is HostConfig's table with a row for unknown members. */
struct stored_host {
	struct host_config host;
	const char *rest;
};

static const struct bind_field *stored_host_fields(struct arena *a)
{
	static const struct bind_field rest[] = {
		BIND(REST, struct stored_host, rest, NULL, 0),
		BIND_END,
	};
	size_t n = 0;

	while (host_config_fields[n].type)
		n++;
	struct bind_field *all = arena_array(a, n + 2, sizeof(*all));
	memcpy(all, host_config_fields, n * sizeof(*all));
	memcpy(all + n, rest, sizeof(rest));
	return all;
}

static void write_host(const struct container *c, struct buf *out)
{
	own_arena a = arena_new();
	struct stored_host s = { c->host, c->host_rest };
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, stored_host_fields(a), &s);
}

static int open_dir(const struct container *c, struct err *e)
{
	int dir = open(c->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? err_sys(e, "open %s", c->dir) : dir;
}

static int replace(
	int dir, const char *name, const struct buf *text, enum fs_sync sync, struct err *e)
{
	if (!buf_ok(text))
		return err_set(e, ERR_INTERNAL, "%s would be larger than %d bytes", name, FILE_MAX);
	return fs_replace(dir, name, text->data, text->len, 0600, sync, e);
}

static int write_state(struct container *c, enum fs_sync sync, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, FILE_MAX);
	own_lock writer = lock_take(&c->disk);
	pthread_mutex_lock(&c->lock);
	persist_write_config(c, &text);
	pthread_mutex_unlock(&c->lock);
	own_fd dir = open_dir(c, e);
	return dir < 0 ? -1 : replace(dir, "config.v2.json", &text, sync, e);
}

int persist_create(struct container *c, enum fs_sync sync, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, FILE_MAX);
	write_host(c, &text);
	own_fd dir = open_dir(c, e);
	if (dir < 0 || replace(dir, "hostconfig.json", &text, sync, e))
		return -1;
	return write_state(c, sync, e);
}

int persist_host(struct container *c, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, FILE_MAX);
	write_host(c, &text);
	own_fd dir = open_dir(c, e);
	return dir < 0 ? -1 : replace(dir, "hostconfig.json", &text, FS_SYNC, e);
}

int persist_state_checked(struct container *c, struct err *e)
{
	return write_state(c, FS_NO_SYNC, e);
}

void persist_state(struct container *c)
{
	struct err e;

	if (persist_state_checked(c, &e))
		log_warn("ctr %s: state was not written: %s, ignoring", c->id, e.msg);
}

/* ---- reading ---- */

static enum ctr_state state_of(const struct stored_state *s)
{
	return s->dead					 ? CTR_DEAD
	       : s->removal_in_progress			 ? CTR_REMOVING
	       : s->restarting				 ? CTR_RESTARTING
	       : s->paused				 ? CTR_PAUSED
	       : s->running				 ? CTR_RUNNING
	       : time_read(s->started_at) == CLOCK_NEVER ? CTR_CREATED
							 : CTR_EXITED;
}

static void mounts_in(struct container *c, const struct stored_mounts *m)
{
	c->mounts.v = arena_array(c->arena, m->n ? m->n : 1, sizeof(*c->mounts.v));
	for (size_t i = 0; i < m->n; i++) {
		const struct stored_mount *from = &m->v[i];
		struct ctr_mount *to = &c->mounts.v[c->mounts.n++];
		const struct mount_bind_options *o = from->spec.bind;

		*to = (struct ctr_mount){
			.type = str_empty(from->type) ? (str_empty(from->name) ? "bind" : "volume")
						      : from->type,
			.source = from->source ? from->source : "",
			.destination =
				str_empty(from->destination) ? m->keys[i] : from->destination,
			.name = from->name ? from->name : "",
			.driver = from->driver ? from->driver : "",
			.mode = from->mode ? from->mode : "",
			.propagation = from->propagation ? from->propagation : "",
			.rw = from->rw,
			.spec = from->spec,
		};
		to->is_anonymous = str_eq(to->type, "volume") && strlen(to->name) == ID_HEX &&
				   id_is_hex(to->name, ID_HEX);
		to->makes_source = str_eq(to->type, "bind") && str_empty(from->spec.type);
		to->non_recursive = o && o->non_recursive;
		to->ro_top_only = o && o->read_only_non_recursive;
		to->ro_forced = o && o->read_only_force_recursive;
	}
}

static int life_in(struct container *c, const struct stored *s, struct err *e)
{
	struct ctr_life *l = &c->life;

	if (str_empty(s->path))
		return err_set(e, ERR_INVALID, "config.v2.json has no Path");
	l->state = state_of(&s->state);
	l->pid = (pid_t)s->state.pid;
	l->exit_code = s->state.exit_code;
	l->oom_killed = s->state.oom_killed;
	l->started_ns = time_read(s->state.started_at);
	l->finished_ns = time_read(s->state.finished_at);
	l->restart_count = s->restart_count;
	l->was_started = s->was_started;
	l->was_stopped_by_hand = s->was_stopped_by_hand;
	ctr_set_error(c, str_empty(s->state.error) ? NULL : s->state.error);
	health_read(&c->health, s->state.health);
	return 0;
}

int persist_read_config(struct container *c, const char *text, size_t n, struct err *e)
{
	struct stored s = { 0 };
	own_json doc = json_parse(text, n, e);

	if (!doc || bind_decode(c->arena, doc, stored_fields, &s, e) || life_in(c, &s, e))
		return -1;
	if (!str_eq(s.id, c->id))
		return err_set(e, ERR_INVALID, "config.v2.json is of container %s",
			s.id ? s.id : "(none)");
	const char *name = s.name && *s.name == '/' ? s.name + 1 : s.name;
	if (str_empty(name) || !id_is_name(name))
		return err_set(e, ERR_INVALID, "config.v2.json has no valid Name");
	c->name = strdup(name);
	c->created_ns = time_read(s.created);
	c->path = s.path;
	c->args = s.args;
	c->config = s.config;
	c->image_id = s.image ? s.image : "";
	c->log_path = s.log_path ? s.log_path : "";
	c->os = str_empty(s.os) ? "linux" : s.os;
	c->cgroup_path = s.cgroup_path;
	c->rest = s.rest;
	c->net_rest = s.network.rest;
	mounts_in(c, &s.mounts);
	return endpoints_restore(c, &s.network.settings, e);
}

static int read_host(struct container *c, int dir, struct err *e)
{
	own_json doc = json_read(dir, "hostconfig.json", FILE_MAX, e);
	struct stored_host s = { 0 };

	if (!doc || bind_decode(c->arena, doc, stored_host_fields(c->arena), &s, e))
		return err_in(e, "hostconfig.json");
	c->host = s.host;
	c->host_rest = s.rest;
	return 0;
}

struct container *persist_load(
	const char *data_root, const char *exec_root, const char *id, struct err *e)
{
	struct container *c = ctr_new(id, data_root, exec_root);
	own_buf text = { 0 };

	buf_init(&text, FILE_MAX);
	own_fd dir = open_dir(c, e);
	if (dir >= 0 && fs_read(dir, "config.v2.json", FILE_MAX, &text, e) == 0 &&
		persist_read_config(c, text.data, text.len, e) == 0 && read_host(c, dir, e) == 0)
		return c;
	ctr_unref(c);
	return NULL;
}
