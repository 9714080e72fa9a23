/* SPDX-License-Identifier: Apache-2.0 */
/* sys/cgroup.h as a command, for cgroup.bats: cgroupctl VERB PATH [ARG…]. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/cgroup.h"
#include "sys/cgroup_stats.h"

struct call {
	struct cgroup *cg;
	char **args; /* behind the path, NULL-terminated */
	struct arena *a;
};

static int do_apply(struct call *c, struct err *e)
{
	struct oci_resources r;

	if (oci_resources_parse(c->a, c->args[0], strlen(c->args[0]), &r, e) ||
		cgroup_apply(c->cg, &r, e))
		return -1;
	return cgroup_set_devices(c->cg, &r.devices, e);
}

static int do_update(struct call *c, struct err *e)
{
	struct oci_resources r;

	if (oci_resources_parse(c->a, c->args[0], strlen(c->args[0]), &r, e))
		return -1;
	return cgroup_update(c->cg, &r, e);
}

/* Moves itself in and becomes the command. */
static int do_run(struct call *c, struct err *e)
{
	if (cgroup_join(c->cg, false, e))
		return -1;
	execvp(c->args[0], c->args);
	return err_sys(e, "exec %s", c->args[0]);
}

static int do_freeze(struct call *c, struct err *e)
{
	return cgroup_freeze(c->cg, true, e);
}

static int do_thaw(struct call *c, struct err *e)
{
	return cgroup_freeze(c->cg, false, e);
}

static int do_state(struct call *c, struct err *e)
{
	struct pid_list pids;

	if (cgroup_pids(c->cg, c->a, &pids, e))
		return -1;
	printf("%s %zu\n", cgroup_is_frozen(c->cg) ? "frozen" : "thawed", pids.n);
	return 0;
}

static int do_pids(struct call *c, struct err *e)
{
	struct pid_list pids;

	if (cgroup_pids(c->cg, c->a, &pids, e))
		return -1;
	for (size_t i = 0; i < pids.n; i++)
		printf("%d\n", (int)pids.v[i]);
	return 0;
}

static int do_kill(struct call *c, struct err *e)
{
	return cgroup_kill(c->cg, c->args[0] ? (int)strtol(c->args[0], NULL, 10) : SIGKILL, e);
}

static int do_remove(struct call *c, struct err *e)
{
	return cgroup_remove(c->cg, c->args[0] ? (int)strtol(c->args[0], NULL, 10) : 2000, e);
}

static int do_stats(struct call *c, struct err *e)
{
	struct cgroup_stats s;

	if (cgroup_read_stats(c->cg, c->a, &s, e))
		return -1;
	printf("version %d\ncpu %llu\nmemory %llu\nmemory_limit %llu\npids %llu\npids_limit %llu\noom %llu\n",
		s.version == CGROUP_V2 ? 2 : 1, (unsigned long long)s.cpu.total_ns,
		(unsigned long long)s.memory.usage.usage, (unsigned long long)s.memory.usage.limit,
		(unsigned long long)s.pids.current, (unsigned long long)s.pids.limit,
		(unsigned long long)cgroup_oom_kills(c->cg));
	return 0;
}

/* The directory in which something may be started beside process PID. */
static int do_beside(struct call *c, struct err *e)
{
	char link[32], path[4096];
	int fd = cgroup_clone_fd_beside(c->cg, (pid_t)strtol(c->args[0], NULL, 10), e);

	if (fd < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path));
	printf("%.*s\n", n > 0 ? (int)n : 0, path);
	return close(fd);
}

static int do_save(struct call *c, struct err *e)
{
	own_buf b;

	buf_init(&b, 1 << 16);
	cgroup_save(c->cg, &b);
	fputs(b.data, stdout);
	return 0;
}

static const struct verb {
	const char *name;
	int min_args;
	int (*run)(struct call *c, struct err *e);
} verbs[] = {
	{ "apply", 1, do_apply },
	{ "update", 1, do_update },
	{ "run", 1, do_run },
	{ "freeze", 0, do_freeze },
	{ "thaw", 0, do_thaw },
	{ "state", 0, do_state },
	{ "pids", 0, do_pids },
	{ "kill", 0, do_kill },
	{ "remove", 0, do_remove },
	{ "stats", 0, do_stats },
	{ "save", 0, do_save },
	{ "beside", 1, do_beside },
};

/* "-" as path reads what save printed from stdin. */
static struct cgroup *open_group(
	const struct cgroup_host *h, const char *verb, const char *path, struct err *e)
{
	char saved[65536];

	if (strcmp(verb, "create") == 0)
		return cgroup_create(h, path, e);
	if (strcmp(path, "-") != 0)
		return cgroup_open(h, path, e);
	size_t n = fread(saved, 1, sizeof(saved) - 1, stdin);
	saved[n] = 0;
	return cgroup_restore(saved, e);
}

static int run(int argc, char **argv, struct err *e)
{
	own_arena a = arena_new();

	if (argc < 3)
		return err_set(e, ERR_INVALID, "usage: cgroupctl VERB PATH [ARG…]");
	struct cgroup_host *h = cgroup_host_new(e);
	own_cgroup cg = h ? open_group(h, argv[1], argv[2], e) : NULL;
	struct call c = { cg, argv + 3, a };
	int rc = cg ? 0 : -1;
	cgroup_host_free(h);
	for (size_t i = 0; rc == 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0)
			rc = argc - 3 < verbs[i].min_args
				     ? err_set(e, ERR_INVALID, "missing argument")
				     : verbs[i].run(&c, e);
	return rc;
}

int main(int argc, char **argv)
{
	struct err e;

	if (run(argc, argv, &e) == 0)
		return 0;
	fprintf(stderr, "cgroupctl: %s\n", e.msg);
	return 1;
}
