/* SPDX-License-Identifier: Apache-2.0 */
/* update: new limits for a container, all of them or none. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/slice.h"
#include "command.h"
#include "container.h"
#include "sys/cgroup.h"
#include "sys/resctrl.h"
#include "update.h"

#define DOCUMENT_MAX (4 * 1024 * 1024)

#define O struct update_opts
static const struct opt options[] = {
	COMMAND_HELP(O),
	OPT(STR, 'r', "resources", "file", O, resources,
		"file holding the resources in the form of linux.resources of the\n"
		"runtime spec, or '-' for standard input; all other options are\n"
		"ignored then, and so are rules for devices"),
	OPT(INT, 0, "blkio-weight", "n", O, blkio_weight, "I/O weight, from 10 to 1000"),
	OPT(STR, 0, "cpu-period", "us", O, cpu_period, "CPU CFS period, in microseconds"),
	OPT(STR, 0, "cpu-quota", "us", O, cpu_quota, "CPU CFS limit in a period, in microseconds"),
	OPT(STR, 0, "cpu-burst", "us", O, cpu_burst,
		"CPU CFS burst limit in a period, in microseconds"),
	OPT(STR, 0, "cpu-share", "n", O, cpu_share, "CPU shares (weight beside other containers)"),
	OPT(STR, 0, "cpu-rt-period", "us", O, cpu_rt_period,
		"CPU realtime period, in microseconds"),
	OPT(STR, 0, "cpu-rt-runtime", "us", O, cpu_rt_runtime,
		"CPU realtime limit in a period, in microseconds"),
	OPT(STR, 0, "cpu-idle", "0|1", O, cpu_idle, "run only when nothing else wants the CPU"),
	OPT(STR, 0, "cpuset-cpus", "list", O, cpuset_cpus, "CPUs to use"),
	OPT(STR, 0, "cpuset-mems", "list", O, cpuset_mems, "memory nodes to use"),
	OPT(STR, 0, "memory", "bytes", O, memory, "memory limit"),
	OPT(STR, 0, "memory-reservation", "bytes", O, memory_reservation,
		"memory reservation (soft limit)"),
	OPT(STR, 0, "memory-swap", "bytes", O, memory_swap,
		"limit of memory and swap together; '-1': unlimited swap"),
	OPT_HIDDEN(STR, 0, "kernel-memory", "bytes", O, kernel_memory, "ignored"),
	OPT_HIDDEN(STR, 0, "kernel-memory-tcp", "bytes", O, kernel_memory_tcp, "ignored"),
	OPT(INT, 0, "pids-limit", "n", O, pids_limit,
		"most processes in the container; -1: no limit"),
	OPT(STR, 0, "l3-cache-schema", "schema", O, l3_cache_schema,
		"Intel RDT/CAT L3 cache schema"),
	OPT(STR, 0, "mem-bw-schema", "schema", O, mem_bw_schema,
		"Intel RDT/MBA memory bandwidth schema"),
	OPT_END,
};
#undef O

static int read_document(
	struct arena *a, const char *file, struct oci_resources *out, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, DOCUMENT_MAX + 1);
	own_fd fd = str_eq(file, "-") ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, "open %s: %s", file, runtime_errno_text(errno));
	char *room = buf_reserve(&text, DOCUMENT_MAX + 1);
	ssize_t n = room ? io_read(fd, room, DOCUMENT_MAX + 1, e) : 0;
	if (n < 0)
		return -1;
	if (n > DOCUMENT_MAX)
		return err_set(e, ERR_INVALID, "resources in %s are too large", file);
	if (n == 0)
		return err_set(e, ERR_INVALID, "EOF");
	return oci_resources_parse(a, room, (size_t)n, out, e);
}

static int read_wanted(
	struct arena *a, const struct update_opts *o, struct oci_resources *out, struct err *e)
{
	if (str_empty(o->resources) ? update_from_flags(a, o, out, e)
				    : read_document(a, o->resources, out, e))
		return -1;
	struct oci_memory *m = out->memory;
	if (m && ((m->kernel && *m->kernel) || (m->kernel_tcp && *m->kernel_tcp))) {
		log_warn("Kernel memory settings are ignored and will be removed");
		m->kernel = m->kernel_tcp = NULL;
	}
	return 0;
}

/* Cache and memory bandwidth are not the cgroup's: a container without a class of its own gets one now. */
static int update_class(
	struct runtime *rt, struct container *c, const struct update_opts *o, struct err *e)
{
	struct oci_intel_rdt cache = { .l3_cache_schema = o->l3_cache_schema };
	struct oci_intel_rdt rdt = { .mem_bw_schema = o->mem_bw_schema };
	const char *clos = c->record.clos;
	struct resctrl made;
	struct err why;

	if (str_empty(o->l3_cache_schema) && str_empty(o->mem_bw_schema))
		return 0;
	const char *root = resctrl_find(rt->arena, &why);
	if (!str_empty(o->l3_cache_schema) && (!root || resctrl_check(root, &cache, &why)))
		return err_set(e, ERR_INVALID, "Intel RDT/CAT: l3 cache schema is not enabled");
	if (!str_empty(o->mem_bw_schema) && (!root || resctrl_check(root, &rdt, &why)))
		return err_set(
			e, ERR_INVALID, "Intel RDT/MBA: memory bandwidth schema is not enabled");
	rdt.l3_cache_schema = o->l3_cache_schema;
	rdt.clos_id = clos && strrchr(clos, '/') ? strrchr(clos, '/') + 1 : NULL;
	if (resctrl_apply(rt->arena, root, &rdt, c->record.id, c->record.pid, &made, e))
		return -1;
	if (clos)
		return 0;
	c->record.clos = made.clos;
	c->record.made_clos = made.made_clos;
	return container_save(c->dir, &c->record, e);
}

static int update_one(
	struct runtime *rt, const char *id, const struct update_opts *o, struct err *e)
{
	struct oci_resources wanted = { 0 };
	own_container c = { 0 };

	if (container_open(rt, id, CONTAINER_LOCK, &c, e) || read_wanted(rt->arena, o, &wanted, e))
		return -1;
	if (container_status(&c) == CONTAINER_STOPPED)
		return err_set(e, ERR_CONFLICT, "container not running");
	own_cgroup cg = container_cgroup(&c, e);
	return !cg || update_class(rt, &c, o, e) ? -1 : cgroup_update(cg, &wanted, e);
}

static int run_update(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct update_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return update_one(rt, line.rest.v[0], &o, e);
}

const struct command command_update = {
	.name = "update",
	.summary = "update container resource constraints",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct update_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_update,
};
