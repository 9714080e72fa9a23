/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler answers what. Rows are in moby's order, since the first that fits is taken. */
#include "routes.h"

#include <string.h>

#include "base/slice.h"

#define GET    "GET"
#define HEAD   "HEAD"
#define POST   "POST"
#define PUT    "PUT"
#define DELETE "DELETE"

const struct route api_routes[] = {
	{ "OPTIONS", "/{path}", system_options },
	{ GET, "/_ping", system_ping },
	{ HEAD, "/_ping", system_ping },
	{ GET, "/events", system_events },
	{ GET, "/info", system_info },
	{ GET, "/version", system_version },
	{ GET, "/system/df", system_df },
	{ POST, "/auth", registry_login },
	{ GET, "/tare/fsck", system_fsck },
	{ POST, "/tare/fsck", system_fsck },

	{ HEAD, "/containers/{name}/archive", absent_feature,
		"copying files into and out of containers" },
	{ GET, "/containers/json", container_list },
	{ GET, "/containers/{name}/export", container_get_export },
	{ GET, "/containers/{name}/changes", container_changes },
	{ GET, "/containers/{name}/json", container_inspect },
	{ GET, "/containers/{name}/top", container_top },
	{ GET, "/containers/{name}/logs", container_logs },
	{ GET, "/containers/{name}/stats", container_stats },
	{ GET, "/containers/{name}/attach/ws", absent_feature, "attaching by WebSocket",
		"attach by POST instead" },
	{ GET, "/exec/{id}/json", exec_inspect },
	{ GET, "/containers/{name}/archive", absent_feature,
		"copying files into and out of containers" },
	{ POST, "/containers/create", container_create },
	{ POST, "/containers/prune", container_prune },
	{ POST, "/containers/{name}/kill", container_kill },
	{ POST, "/containers/{name}/pause", container_pause },
	{ POST, "/containers/{name}/unpause", container_unpause },
	{ POST, "/containers/{name}/restart", container_restart },
	{ POST, "/containers/{name}/start", container_start },
	{ POST, "/containers/{name}/stop", container_stop },
	{ POST, "/containers/{name}/wait", container_wait },
	{ POST, "/containers/{name}/resize", container_resize },
	{ POST, "/containers/{name}/attach", container_attach },
	{ POST, "/containers/{name}/exec", exec_create },
	{ POST, "/exec/{id}/start", exec_start },
	{ POST, "/exec/{id}/resize", exec_resize },
	{ POST, "/containers/{name}/rename", container_rename },
	{ POST, "/containers/{name}/update", container_update },
	{ POST, "/commit", container_commit },
	{ PUT, "/containers/{name}/archive", absent_feature,
		"copying files into and out of containers" },
	{ DELETE, "/containers/{name}", container_remove },

	{ GET, "/images/json", image_get_list },
	{ GET, "/images/search", registry_get_search },
	{ GET, "/images/get", image_get_archive },
	{ GET, "/images/{name}/get", image_get_archive },
	{ GET, "/images/{name}/history", image_get_history },
	{ GET, "/images/{name}/json", image_get },
	{ POST, "/images/load", image_post_load },
	{ POST, "/images/create", image_post_create },
	{ POST, "/images/{name}/push", image_post_push },
	{ POST, "/images/{name}/tag", image_post_tag },
	{ POST, "/images/prune", image_post_prune },
	{ DELETE, "/images/{name}", image_delete },
	{ POST, "/build", absent_feature, "building images" },
	{ POST, "/build/prune", absent_build_cache },
	{ POST, "/build/cancel", absent_feature, "building images" },
	{ POST, "/session", absent_feature, "building images" },
	{ POST, "/grpc", absent_feature, "building images" },
	{ GET, "/distribution/{name}/json", registry_inspect },

	{ GET, "/networks", network_list },
	{ GET, "/networks/", network_list },
	{ GET, "/networks/{id}", network_inspect },
	{ POST, "/networks/create", absent_feature, "making networks", "use bridge, host or none" },
	{ POST, "/networks/prune", network_prune },
	{ POST, "/networks/{id}/connect", absent_feature,
		"connecting containers to further networks" },
	{ POST, "/networks/{id}/disconnect", absent_feature,
		"disconnecting containers from networks" },
	{ DELETE, "/networks/{id}", network_delete },

	{ GET, "/volumes", volume_get_list },
	{ GET, "/volumes/{name}", volume_get_one },
	{ POST, "/volumes/create", volume_post_create },
	{ POST, "/volumes/prune", volume_post_prune },
	{ PUT, "/volumes/{name}", absent_swarm },
	{ DELETE, "/volumes/{name}", volume_delete },

	{ GET, "/plugins", absent_plugins },
	{ GET, "/plugins/privileges", absent_plugin_change },
	{ GET, "/plugins/{name}/json", absent_plugin },
	{ POST, "/plugins/pull", absent_plugin_change },
	{ POST, "/plugins/create", absent_plugin_change },
	{ POST, "/plugins/{name}/enable", absent_plugin },
	{ POST, "/plugins/{name}/disable", absent_plugin },
	{ POST, "/plugins/{name}/upgrade", absent_plugin },
	{ POST, "/plugins/{name}/push", absent_plugin },
	{ POST, "/plugins/{name}/set", absent_plugin },
	{ DELETE, "/plugins/{name}", absent_plugin },

	{ POST, "/swarm/init", absent_swarm_join },
	{ POST, "/swarm/join", absent_swarm_join },
	{ POST, "/swarm/unlock", absent_swarm_join },
	{ POST, "/swarm/leave", absent_swarm_leave },
	{ GET, "/swarm", absent_swarm },
	{ GET, "/swarm/unlockkey", absent_swarm },
	{ POST, "/swarm/update", absent_swarm },
	{ GET, "/nodes", absent_swarm },
	{ GET, "/nodes/{id}", absent_swarm },
	{ DELETE, "/nodes/{id}", absent_swarm },
	{ POST, "/nodes/{id}/update", absent_swarm },
	{ GET, "/services", absent_swarm },
	{ POST, "/services/create", absent_swarm },
	{ GET, "/services/{id}/logs", absent_swarm },
	{ GET, "/services/{id}", absent_swarm },
	{ POST, "/services/{id}/update", absent_swarm },
	{ DELETE, "/services/{id}", absent_swarm },
	{ GET, "/tasks", absent_swarm },
	{ GET, "/tasks/{id}/logs", absent_swarm },
	{ GET, "/tasks/{id}", absent_swarm },
	{ GET, "/secrets", absent_swarm },
	{ POST, "/secrets/create", absent_swarm },
	{ GET, "/secrets/{id}", absent_swarm },
	{ POST, "/secrets/{id}/update", absent_swarm },
	{ DELETE, "/secrets/{id}", absent_swarm },
	{ GET, "/configs", absent_swarm },
	{ POST, "/configs/create", absent_swarm },
	{ GET, "/configs/{id}", absent_swarm },
	{ POST, "/configs/{id}/update", absent_swarm },
	{ DELETE, "/configs/{id}", absent_swarm },
	{ 0 },
};

/* True when path is pattern with something in place of {…}, which *id then is. */
static bool fits(const char *pattern, const char *path, struct slice *id)
{
	const char *open = strchr(pattern, '{');
	const char *close = open ? strchr(open, '}') : NULL;
	size_t n = strlen(path), before, after;

	*id = (struct slice){ NULL, 0 };
	if (!open)
		return strcmp(pattern, path) == 0;
	before = (size_t)(open - pattern);
	after = strlen(close + 1);
	if (n <= before + after || strncmp(pattern, path, before) != 0 ||
		strcmp(close + 1, path + n - after) != 0)
		return false;
	*id = (struct slice){ path + before, n - before - after };
	return true;
}

const struct route *route_find(
	struct arena *a, const char *method, const char *path, const char **id)
{
	struct slice part;

	for (const struct route *r = api_routes; r->method; r++) {
		if (strcmp(r->method, method) != 0 || !fits(r->pattern, path, &part))
			continue;
		*id = part.p ? arena_strndup(a, part.p, part.n) : NULL;
		return r;
	}
	return NULL;
}

const char *route_cut_version(struct arena *a, const char *path, const char **version)
{
	size_t n = strncmp(path, "/v", 2) == 0 ? strspn(path + 2, "0123456789.") : 0;

	*version = NULL;
	if (n == 0 || path[2 + n] != '/')
		return path;
	*version = arena_strndup(a, path + 2, n);
	return path + 2 + n;
}
