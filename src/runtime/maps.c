/* SPDX-License-Identifier: Apache-2.0 */
/* user_namespaces(7) tells who may write what. */
#include "maps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/slice.h"
#include "sys/ns.h"

#define MAP_MOST  65536
#define TOLD_MOST 512 /* of what a tool has to say */

static bool maps_only(const struct oci_id_map_list *maps, uint32_t id)
{
	return maps->n == 1 && maps->v[0].host_id == id && maps->v[0].size == 1;
}

/* newuidmap PID CONTAINER HOST SIZE … */
static const char *const *tool_line(
	struct arena *a, const char *tool, pid_t pid, const struct oci_id_map_list *maps)
{
	const char **argv = arena_array(a, 3 * maps->n + 3, sizeof(*argv));
	size_t n = 0;

	argv[n++] = tool;
	argv[n++] = arena_printf(a, "%d", pid);
	for (size_t i = 0; i < maps->n; i++) {
		argv[n++] = arena_printf(a, "%u", maps->v[i].container_id);
		argv[n++] = arena_printf(a, "%u", maps->v[i].host_id);
		argv[n++] = arena_printf(a, "%u", maps->v[i].size);
	}
	return argv;
}

static int run_tool(struct arena *a, const char *tool, pid_t pid,
	const struct oci_id_map_list *maps, struct err *e)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	own_buf told = { 0 };
	int status;

	buf_init(&told, TOLD_MOST);
	if (!maps->n)
		return 0;
	spec.path = tool;
	spec.argv = tool_line(a, tool, pid, maps);
	if (proc_run(&spec, &told, &status, e))
		return err_in(e, "rootless containers with such id mappings need %s", tool);
	if (status == 0)
		return 0;
	struct slice text = slice_trim((struct slice){ told.data, told.len });
	return err_set(e, ERR_FORBIDDEN, "failed to use %s on %d: %.*s", tool, pid, (int)text.n,
		text.n ? text.p : "");
}

int maps_write(struct arena *a, pid_t pid, const struct oci_linux *l, struct err *e)
{
	static const struct oci_id_map_list none;
	const struct oci_id_map_list *uids = &l->uid_mappings, *gids = &l->gid_mappings;
	bool is_root = geteuid() == 0;
	bool own_uid = is_root || maps_only(uids, geteuid());
	bool own_gid = is_root || maps_only(gids, getegid());

	/* Without privilege a gid map is only allowed once setgroups is given up; newgidmap has the privilege. */
	if (ns_write_maps(pid, own_uid ? uids : &none, own_gid ? gids : &none, !is_root && own_gid,
		    e) == 0)
		return (own_uid ? 0 : run_tool(a, "newuidmap", pid, uids, e)) ||
				       (own_gid ? 0 : run_tool(a, "newgidmap", pid, gids, e))
			       ? -1
			       : 0;
	return -1;
}

/* The map file as the spec would have it. */
static int read_map(
	struct arena *a, pid_t pid, const char *name, struct oci_id_map_list *out, struct err *e)
{
	const char *path = arena_printf(a, "/proc/%d/%s", pid, name);
	struct slice rest, line;
	const char *text = fs_read_str(a, AT_FDCWD, path, MAP_MOST, e);

	if (!text)
		return -1;
	*out = (struct oci_id_map_list){ 0 };
	for (rest = slice_str(text); rest.n;) {
		uint32_t v[3];
		slice_cut(rest, '\n', &line, &rest);
		for (int i = 0; i < 3; i++) {
			struct slice number;
			line = slice_trim(line);
			slice_cut(line, ' ', &number, &line);
			if (!parse_u32(number, &v[i]))
				return err_set(e, ERR_INTERNAL, "%s is not understood", path);
		}
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = (struct oci_id_map){ v[0], v[1], v[2] };
	}
	return 0;
}

static bool same_maps(const struct oci_id_map_list *x, const struct oci_id_map_list *y)
{
	bool same = x->n == y->n;

	for (size_t i = 0; same && i < x->n; i++)
		same = x->v[i].container_id == y->v[i].container_id &&
		       x->v[i].host_id == y->v[i].host_id && x->v[i].size == y->v[i].size;
	return same;
}

int maps_compare(struct arena *a, pid_t pid, const struct oci_linux *l, struct err *e)
{
	struct oci_id_map_list uids, gids;

	if (!l->uid_mappings.n && !l->gid_mappings.n)
		return 0;
	if (read_map(a, pid, "uid_map", &uids, e) || read_map(a, pid, "gid_map", &gids, e))
		return -1;
	if (same_maps(&uids, &l->uid_mappings) && same_maps(&gids, &l->gid_mappings)) {
		log_warn(
			"config.json has both a userns path to join and a matching userns mapping specified -- you may only provide one");
		return 0;
	}
	return err_set(e, ERR_INVALID,
		"user namespaces enabled, but both namespace path and non-matching mapping specified -- you may only provide one");
}
