/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes, and the handlers it names (each in the file of its resource). In this room only. */
#ifndef TARE_API_ROUTES_H
#define TARE_API_ROUTES_H

#include "call.h"

struct route {
	const char *method;
	const char *pattern; /* at most one {…}, which stands for anything, slashes included */
	call_handler handler;
	const char *what; /* absent_feature: what is not available … */
	const char *hint; /* … and what to do instead, or NULL */
};

extern const struct route
	api_routes[]; /* ends with a row without method; the first that fits is taken */

/*
 * Finds the row for method and path (without version); *id is what {…} stands for, in a. NULL when
 * there is none.
 */
const struct route *route_find(
	struct arena *a, const char *method, const char *path, const char **id);
/*
 * Cuts "/v1.50" from the front of path: returns the rest and the number as text, or path itself and
 * NULL.
 */
const char *route_cut_version(struct arena *a, const char *path, const char **version);

/* system.c, info.c, events.c */
int system_ping(struct call *c, struct err *e);
int system_options(struct call *c, struct err *e);
int system_version(struct call *c, struct err *e);
int system_info(struct call *c, struct err *e);
int system_events(struct call *c, struct err *e);

/* containers.c, container_create.c */
int container_list(struct call *c, struct err *e);
int container_inspect(struct call *c, struct err *e);
int container_create(struct call *c, struct err *e);
/* lifecycle.c */
int container_start(struct call *c, struct err *e);
int container_stop(struct call *c, struct err *e);
int container_restart(struct call *c, struct err *e);
int container_kill(struct call *c, struct err *e);
int container_pause(struct call *c, struct err *e);
int container_unpause(struct call *c, struct err *e);
int container_update(struct call *c, struct err *e);
int container_rename(struct call *c, struct err *e);
int container_remove(struct call *c, struct err *e);
int container_prune(struct call *c, struct err *e);
int container_wait(struct call *c, struct err *e);
int container_resize(struct call *c, struct err *e);
/* attach.c, logs.c, stats.c, top.c */
int container_attach(struct call *c, struct err *e);
int container_logs(struct call *c, struct err *e);
int container_stats(struct call *c, struct err *e);
int container_top(struct call *c, struct err *e);
/* changes.c, commit.c */
int container_changes(struct call *c, struct err *e);
int container_commit(struct call *c, struct err *e);
/* exec.c */
int exec_create(struct call *c, struct err *e);
int exec_start(struct call *c, struct err *e);
int exec_resize(struct call *c, struct err *e);
int exec_inspect(struct call *c, struct err *e);

/* images.c, image_prune.c, disk_usage.c, image_load.c, image_pull.c */
int image_get_list(struct call *c, struct err *e);
int image_get(struct call *c, struct err *e);
int image_get_history(struct call *c, struct err *e);
int image_post_tag(struct call *c, struct err *e);
int image_delete(struct call *c, struct err *e);
int image_post_prune(struct call *c, struct err *e);
int system_df(struct call *c, struct err *e);
/* fsck.c */
int system_fsck(struct call *c, struct err *e);
int image_post_load(struct call *c, struct err *e);
int image_post_create(struct call *c, struct err *e);
int image_post_push(struct call *c, struct err *e);
/* image_import.c: image_post_create without fromImage */
int image_import_create(struct call *c, struct err *e);

/* auth.c, search.c, distribution.c */
int registry_login(struct call *c, struct err *e);
int registry_get_search(struct call *c, struct err *e);
int registry_inspect(struct call *c, struct err *e);
/* container_export.c */
int container_get_export(struct call *c, struct err *e);
/* image_save.c */
int image_get_archive(struct call *c, struct err *e);

/* networks.c */
int network_list(struct call *c, struct err *e);
int network_inspect(struct call *c, struct err *e);
int network_delete(struct call *c, struct err *e);
int network_prune(struct call *c, struct err *e);

/* volumes.c */
int volume_post_create(struct call *c, struct err *e);
int volume_get_list(struct call *c, struct err *e);
int volume_get_one(struct call *c, struct err *e);
int volume_delete(struct call *c, struct err *e);
int volume_post_prune(struct call *c, struct err *e);

/* absent.c: what this daemon is not, said as Docker says it or in a sentence of ours */
int absent_swarm(struct call *c, struct err *e);
int absent_swarm_leave(struct call *c, struct err *e);
int absent_swarm_join(struct call *c, struct err *e);
int absent_build_cache(struct call *c, struct err *e);
int absent_plugins(struct call *c, struct err *e);
int absent_plugin(struct call *c, struct err *e);
int absent_plugin_change(struct call *c, struct err *e);
int absent_feature(struct call *c, struct err *e);

#endif
