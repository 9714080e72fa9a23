/* SPDX-License-Identifier: Apache-2.0 */
/* A class of service is a directory; the kernel says in info/last_cmd_status what it disliked. */
#include "sys/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"

#define USUAL_PLACE   "/sys/fs/resctrl"
#define MOUNTS_MOST   (4u << 20)
#define SCHEMATA_MOST (64u << 10)

#ifndef RDTGROUP_SUPER_MAGIC
#define RDTGROUP_SUPER_MAGIC 0x7655821
#endif

/* Lines of mountinfo(5): the fifth field is the mount point, the type comes behind " - ". */
static const char *find_mounted(struct arena *a)
{
	struct slice rest, line, point;
	struct err e;
	own_buf text = { 0 };

	buf_init(&text, MOUNTS_MOST);
	if (fs_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTS_MOST, &text, &e))
		return NULL;
	rest = (struct slice){ text.data, text.len };
	while (rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		const char *type = memmem(line.p, line.n, " - resctrl ", 11);
		for (int i = 0; type && i < 5; i++)
			slice_cut(line, ' ', &point, &line);
		if (type)
			return arena_strndup(a, point.p, point.n);
	}
	return NULL;
}

const char *resctrl_find(struct arena *a, struct err *e)
{
	struct statfs fs;
	const char *found = NULL;

	/* Without it kernel or processor cannot do it; mounted it may be anywhere. */
	if (statfs(USUAL_PLACE, &fs) == 0)
		found = fs.f_type == RDTGROUP_SUPER_MAGIC ? USUAL_PLACE : find_mounted(a);
	if (!found)
		err_set(e, ERR_INVALID,
			"intelRdt is specified in config, but Intel RDT is not enabled");
	return found;
}

static bool has_info(const char *root, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/info/%s", root, name);
	return access(path, F_OK) == 0;
}

int resctrl_check(const char *root, const struct oci_intel_rdt *r, struct err *e)
{
	if (!str_empty(r->l3_cache_schema) && !has_info(root, "L3"))
		return err_set(e, ERR_INVALID,
			"intelRdt.l3CacheSchema is specified in config, but Intel RDT/CAT is not enabled");
	if (!str_empty(r->mem_bw_schema) && !has_info(root, "MB"))
		return err_set(e, ERR_INVALID,
			"intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled");
	return 0;
}

/* Puts what the kernel has to say behind the error. */
static int explain(struct arena *a, const char *root, struct err *e)
{
	struct err unread;
	struct err why = *e;
	const char *file = arena_printf(a, "%s/info/last_cmd_status", root);
	const char *status = fs_read_str(a, AT_FDCWD, file, 4096, &unread);

	if (status) {
		*e = why;
		err_set(e, why.kind, "%s, last_cmd_status: %s", why.msg, status);
		e->sys = why.sys;
	}
	return -1;
}

static int add_task(const char *dir, pid_t pid, struct err *e)
{
	char path[4096], text[16];

	snprintf(path, sizeof(path), "%s/tasks", dir);
	snprintf(text, sizeof(text), "%d", pid);
	return fs_write_kernel(AT_FDCWD, path, text, e)
		       ? err_in(e, "intelrdt: unable to add pid %d", pid)
		       : 0;
}

static int write_schemata(const char *clos, const struct oci_intel_rdt *r, struct err *e)
{
	own_buf text = { 0 };
	char path[4096];

	buf_init(&text, SCHEMATA_MOST);
	if (!str_empty(r->l3_cache_schema))
		buf_fmt(&text, "%s\n", r->l3_cache_schema);
	if (!str_empty(r->mem_bw_schema))
		buf_fmt(&text, "%s\n", r->mem_bw_schema);
	for (size_t i = 0; i < r->schemata.n; i++)
		buf_fmt(&text, "%s\n", r->schemata.v[i]);
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "intelrdt: schemata are too long");
	if (!text.len)
		return 0;
	snprintf(path, sizeof(path), "%s/schemata", clos);
	return fs_write_kernel(AT_FDCWD, path, text.data, e)
		       ? err_in(e, "intelrdt: unable to write schemata")
		       : 0;
}

static bool has_schema(const struct oci_intel_rdt *r)
{
	return !str_empty(r->l3_cache_schema) || !str_empty(r->mem_bw_schema) || r->schemata.n;
}

static int make_groups(const struct oci_intel_rdt *r, pid_t pid, struct resctrl *c, struct err *e)
{
	if (!str_empty(r->clos_id) && !has_schema(r) && access(c->clos, F_OK))
		return err_sys(e,
			"clos dir not accessible (must be pre-created when schemata, l3CacheSchema and memBwSchema are empty): stat %s",
			c->clos);
	bool made = mkdir(c->clos, 0755) == 0;
	if (!made && errno != EEXIST)
		return err_sys(e, "mkdir %s", c->clos);
	c->made_clos = made && str_empty(r->clos_id);
	if (fault_point("resctrl.apply", e) || write_schemata(c->clos, r, e) ||
		add_task(c->clos, pid, e))
		return -1;
	if (!c->monitoring)
		return 0;
	if (mkdir(c->monitoring, 0755) && errno != EEXIST)
		return err_sys(e, "mkdir %s", c->monitoring);
	return add_task(c->monitoring, pid, e);
}

int resctrl_apply(struct arena *a, const char *root, const struct oci_intel_rdt *r, const char *id,
	pid_t pid, struct resctrl *out, struct err *e)
{
	struct err ignored;
	bool is_root = str_eq(r->clos_id, "/");
	const char *clos =
		is_root ? root
			: arena_printf(a, "%s/%s", root, str_empty(r->clos_id) ? id : r->clos_id);

	*out = (struct resctrl){ .clos = clos };
	if (r->enable_monitoring)
		out->monitoring = arena_printf(a, "%s/mon_groups/%s", clos, id);
	if (make_groups(r, pid, out, e) == 0)
		return 0;
	explain(a, root, e);
	(void)resctrl_remove(out, &ignored);
	*out = (struct resctrl){ 0 };
	return -1;
}

int resctrl_join(const struct resctrl *c, pid_t pid, struct err *e)
{
	/* A class that is gone takes nobody in: its processes went to the root class. */
	if (!c->clos || access(c->clos, F_OK))
		return 0;
	if (add_task(c->clos, pid, e))
		return -1;
	return c->monitoring ? add_task(c->monitoring, pid, e) : 0;
}

int resctrl_remove(const struct resctrl *c, struct err *e)
{
	/* With its class a monitoring group goes too. */
	const char *dir = c->made_clos ? c->clos : c->monitoring;

	if (dir && rmdir(dir) && errno != ENOENT)
		return err_sys(e, "remove %s", dir);
	return 0;
}
