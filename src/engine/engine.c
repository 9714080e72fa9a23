/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's life, and what is asked about all containers at once. */
#include "engine/engine.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/slice.h"
#include "engine_int.h"
#include "exec_int.h"
#include "group.h"
#include "seccomp_texts.h"
#include "sys/caps.h"
#include "sys/scope.h"
#include "volume/volume.h"
#include "watch.h"

/* A program of ours: where the daemon says, else beside it, else in ../libexec/tare. */
static const char *program(struct arena *a, const char *path, const char *name)
{
	if (path)
		return arena_strdup(a, path);
	path = arena_printf(a, "%s/%s", proc_self_dir(), name);
	if (access(path, X_OK) == 0)
		return path;
	return arena_printf(a, "%s/../libexec/tare/%s", proc_self_dir(), name);
}

static void set_texts(struct engine *eng, const struct engine_config *c)
{
	struct arena *a = eng->arena;

	eng->data_root = arena_strdup(a, c->data_root);
	eng->exec_root = arena_strdup(a, c->exec_root);
	eng->runtime_root = arena_printf(a, "%s/runtime", c->exec_root);
	eng->monitor = program(a, c->monitor, "tare-monitor");
	eng->runtime = program(a, c->runtime, "tare-runtime");
	eng->init = program(a, c->init, "tare-init");
	eng->systemd_cgroup = c->systemd_cgroup;
	eng->cgroup_parent = !str_empty(c->cgroup_parent) ? arena_strdup(a, c->cgroup_parent)
			     : c->systemd_cgroup	  ? "system.slice"
							  : "/docker";
}

static int make_folders(const struct engine *eng, struct err *e)
{
	own_arena a = arena_new();
	const struct {
		const char *path;
		mode_t mode;
	} folders[] = {
		{ arena_printf(a, "%s/containers", eng->data_root), 0710 },
		{ eng->exec_root, 0711 },
		{ arena_printf(a, "%s/c", eng->exec_root), 0700 },
		{ eng->runtime_root, 0700 },
		{ arena_printf(a, "%s/seccomp", eng->exec_root), 0700 },
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (fs_mkdir_p(AT_FDCWD, folders[i].path, folders[i].mode, e))
			return -1;
	return 0;
}

static int read_caps(struct engine *eng, struct err *e)
{
	struct caps own;

	if (caps_get(&own, e))
		return -1;
	eng->caps_available = own.permitted;
	return 0;
}

static int check_driver(const struct engine *eng, struct err *e)
{
	if (eng->systemd_cgroup && !scope_is_available())
		return err_set(e, ERR_UNAVAILABLE,
			"native.cgroupdriver=systemd: systemd does not run this machine");
	return group_check_parent(eng, eng->cgroup_parent, e);
}

struct engine *engine_open(const struct engine_config *c, struct err *e)
{
	struct arena *a = arena_new();
	struct engine *eng = ARENA_NEW(a, struct engine);

	eng->arena = a;
	eng->images = c->images;
	eng->net = c->net;
	set_texts(eng, c);
	eng->registry = registry_new();
	eng->bus = event_bus_new();
	eng->execs = exec_table_new();
	eng->seccomp = seccomp_texts_new();
	eng->volumes = volume_store_open(eng->data_root, e);
	if (eng->volumes && check_driver(eng, e) == 0)
		eng->cgroups = cgroup_host_new(e);
	if (eng->cgroups)
		limits_host_read(a, eng->cgroups, &eng->limits);
	if (eng->cgroups && read_caps(eng, e) == 0 && make_folders(eng, e) == 0)
		eng->watcher = watcher_new(eng, e);
	if (eng->watcher)
		return eng;
	engine_close(eng);
	return NULL;
}

void engine_close(struct engine *eng)
{
	if (!eng)
		return;
	watcher_free(eng->watcher);
	exec_table_free(eng->execs);
	registry_free(eng->registry);
	event_bus_free(eng->bus);
	seccomp_texts_free(eng->seccomp);
	volume_store_close(eng->volumes);
	cgroup_host_free(eng->cgroups);
	arena_free(eng->arena);
}

void engine_get_counts(struct engine *eng, struct engine_counts *out)
{
	own_arena a = arena_new();
	struct ctr_list all;

	registry_all(eng->registry, a, &all);
	*out = (struct engine_counts){ .total = (uint32_t)all.n,
		.event_listeners = event_bus_listeners(eng->bus) };
	for (size_t i = 0; i < all.n; i++) {
		enum ctr_state s = ctr_life(all.v[i]).state;

		if (s == CTR_PAUSED)
			out->paused++;
		else if (ctr_state_runs(s))
			out->running++;
		else
			out->stopped++;
	}
	ctr_list_unref(&all);
}

bool engine_image_in_use(void *arg, const char *image_id, char out_id[ID_HEX + 1], bool *is_running)
{
	struct engine *eng = arg;
	own_arena a = arena_new();
	struct ctr_list all;
	bool found = false;

	registry_all(eng->registry, a, &all);
	for (size_t i = 0; i < all.n; i++) {
		bool runs = ctr_state_runs(ctr_life(all.v[i]).state);

		if (!str_eq(all.v[i]->image_id, image_id) || (found && !runs))
			continue;
		found = true;
		*is_running = runs;
		if (out_id)
			memcpy(out_id, all.v[i]->id, ID_HEX + 1);
		if (runs)
			break;
	}
	ctr_list_unref(&all);
	return found;
}

void engine_image_users(struct engine *eng, struct arena *a, struct image_users *out)
{
	struct ctr_list all;

	watch_settle(eng->watcher);
	registry_all(eng->registry, a, &all);
	struct image_user *v = arena_array(a, all.n ? all.n : 1, sizeof(*v));
	for (size_t i = 0; i < all.n; i++)
		v[i] = (struct image_user){
			.container_id = arena_strdup(a, all.v[i]->id),
			.image_id = arena_strdup(a, all.v[i]->image_id),
			.is_running = ctr_state_runs(ctr_life(all.v[i]).state),
		};
	*out = (struct image_users){ v, all.n };
	ctr_list_unref(&all);
}
