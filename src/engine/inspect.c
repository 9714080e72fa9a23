/* SPDX-License-Identifier: Apache-2.0 */
/* Everything about one container, copied out. */
#include "engine/inspect.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "endpoints.h"
#include "engine_int.h"
#include "exec_int.h"
#include "image/root.h"
#include "model/copy.h"
#include "mount_table.h"

static const char *time_text(struct arena *a, int64_t ns)
{
	char text[CLOCK_TEXT];

	return arena_strdup(a, clock_rfc3339(text, ns));
}

static void fill_state(struct arena *a, const struct container *c, struct container_state *out)
{
	const struct ctr_life *l = &c->life;

	*out = (struct container_state){
		.status = ctr_state_name(l->state),
		.running = ctr_state_runs(l->state),
		.paused = l->state == CTR_PAUSED,
		.restarting = l->state == CTR_RESTARTING,
		.oom_killed = l->oom_killed,
		.dead = l->state == CTR_DEAD,
		.pid = l->pid,
		.exit_code = l->exit_code,
		.error = arena_strdup(a, c->error),
		.started_at = time_text(a, l->started_ns),
		.finished_at = time_text(a, l->finished_ns),
		.health = health_show(a, &c->health, &c->config),
	};
}

/* The files are made at the first start; dockerd shows no paths before. */
static void fill_paths(struct arena *a, const struct container *c, struct container_inspect *out)
{
	if (c->life.was_started) {
		out->resolv_conf_path = arena_printf(a, "%s/resolv.conf", c->dir);
		out->hostname_path = arena_printf(a, "%s/hostname", c->dir);
		out->hosts_path = arena_printf(a, "%s/hosts", c->dir);
	}
	out->log_path = arena_strdup(a, c->log_path);
}

/* With c's lock held. */
static void fill(struct arena *a, const struct container *c, struct container_inspect *out)
{
	struct network_settings net;

	*out = (struct container_inspect){
		.id = arena_strdup(a, c->id),
		.created = time_text(a, c->created_ns),
		.path = arena_strdup(a, c->path),
		.image = arena_strdup(a, c->image_id),
		.name = arena_printf(a, "/%s", c->name),
		.restart_count = c->life.restart_count,
		.driver = IMAGE_DRIVER,
		.platform = arena_strdup(a, c->os),
		.graph_driver.name = IMAGE_DRIVER,
	};
	fill_state(a, c, &out->state);
	fill_paths(a, c, out);
	str_list_copy(a, &c->args, &out->args);
	model_copy(a, container_config_fields, &c->config, &out->config, sizeof(c->config));
	model_copy(a, host_config_fields, &c->host, &out->host_config, sizeof(c->host));
	mount_table_points(a, &c->mounts, &out->mounts);
	endpoints_settings(a, c, &net);
	model_copy(a, network_settings_fields, &net, &out->network_settings, sizeof(net));
}

static int fill_sizes(struct engine *eng, struct arena *a, const char *id,
	struct container_inspect *out, struct err *e)
{
	int64_t image = 0;

	out->size_rw = ARENA_NEW(a, int64_t);
	out->size_root_fs = ARENA_NEW(a, int64_t);
	if (image_root_size(eng->images, id, out->size_rw, &image, e))
		return -1;
	*out->size_root_fs = *out->size_rw + image;
	return 0;
}

int engine_inspect(struct engine *eng, struct arena *a, const char *name, bool with_size,
	struct container_inspect *out, struct err *e)
{
	struct err graph;
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	pthread_mutex_lock(&c->lock);
	fill(a, c, out);
	pthread_mutex_unlock(&c->lock);
	exec_table_ids(eng->execs, a, c, &out->exec_ids);
	if (image_root_graph(eng->images, a, c->id, &out->graph_driver.data, &graph))
		log_debug("ctr %s: %s", c->id, graph.msg);
	return with_size ? fill_sizes(eng, a, c->id, out, e) : 0;
}

int engine_get_brief(struct engine *eng, struct arena *a, const char *name,
	struct engine_brief *out, struct err *e)
{
	struct str_map graph = { 0 };
	struct err ignored;
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	pthread_mutex_lock(&c->lock);
	*out = (struct engine_brief){
		.id = arena_strdup(a, c->id),
		.name = arena_strdup(a, c->name),
		.dir = arena_strdup(a, c->dir),
		.run_dir = arena_strdup(a, c->run_dir),
		.log_path = arena_strdup(a, c->log_path),
		.log_driver = arena_strdup(a, c->host.log_config.type),
		.cgroup_path = arena_strdup(a, c->cgroup_path),
		.image_id = arena_strdup(a, c->image_id),
		.tty = c->config.tty,
		.in_host_net = strcmp(c->host.network_mode, "host") == 0,
		.running = ctr_state_runs(c->life.state),
		.paused = c->life.state == CTR_PAUSED,
		.restarting = c->life.state == CTR_RESTARTING,
		.pid = c->life.pid,
	};
	pthread_mutex_unlock(&c->lock);
	if (image_root_graph(eng->images, a, c->id, &graph, &ignored) == 0)
		out->rootfs = str_map_get(&graph, "MergedDir");
	return 0;
}
