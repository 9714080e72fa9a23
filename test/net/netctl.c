/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives the net room from the shell, for the tests beside it and bench/net.sh. Every call is a
 * daemon's life: open, restore what earlier calls saved, one command, close.
 *
 *	netctl DIR [--OPTION…] setup | networks | sweep
 *	netctl DIR [--OPTION…] create CTR [--ip=A --mac=M] NETWORK…
 *		prints "CTR ADDRESS MAC KEY HOSTIF" for each
 *	netctl DIR [--OPTION…] delete CTR
 *	netctl DIR [--OPTION…] bench N THREADS
 *		prints times in µs: means, and of the first and last tenth
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/slice.h"
#include "base/thread.h"
#include "net/net.h"

#define ENDPOINTS_MOST 8

struct saved {
	struct net_sandbox sb;
	size_t n_eps;
	struct net_endpoint eps[ENDPOINTS_MOST];
};

struct ctl {
	struct net *net;
	const char *dir;
	struct arena *a;
	int argc;
	char **argv;
};

static int save(struct ctl *c, const char *ctr, const struct saved *s, struct err *e)
{
	const char *path = arena_printf(c->a, "%s/saved/%s", c->dir, ctr);

	return fs_replace(AT_FDCWD, path, s, sizeof(*s), 0600, FS_NO_SYNC, e);
}

static int load(struct ctl *c, const char *ctr, struct saved *s, struct err *e)
{
	const char *path = arena_printf(c->a, "%s/saved/%s", c->dir, ctr);
	own_buf b;

	buf_init(&b, 2 * sizeof(*s));
	if (fs_read(AT_FDCWD, path, 2 * sizeof(*s), &b, e) < 0)
		return -1;
	if (b.len != sizeof(*s))
		return err_set(e, ERR_INVALID, "%s: wrong size", path);
	memcpy(s, b.data, sizeof(*s));
	return 0;
}

static int restore_all(struct ctl *c, struct err *e)
{
	const char *path = arena_printf(c->a, "%s/saved", c->dir);
	own_dir d = NULL;

	if (fs_mkdir_p(AT_FDCWD, path, 0700, e) < 0)
		return -1;
	d = opendir(path);
	for (const struct dirent *ent; d && (ent = readdir(d));) {
		struct saved s;

		if (ent->d_name[0] == '.')
			continue;
		if (load(c, ent->d_name, &s, e) < 0)
			return -1;
		for (size_t i = 0; i < s.n_eps; i++)
			s.eps[i].host_ifname[0] = '\0';
		if (net_restore(c->net, &s.sb, s.eps, s.n_eps, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- commands ---- */

static int run_setup(struct ctl *c, struct err *e)
{
	return net_setup(c->net, e);
}

static int run_sweep(struct ctl *c, struct err *e)
{
	net_restore_done(c->net);
	return 0;
}

static int run_networks(struct ctl *c, struct err *e)
{
	struct net_networks all;

	net_list_networks(c->net, c->a, &all);
	for (size_t i = 0; i < all.n; i++) {
		struct net_endpoints eps;

		printf("%s %s %s", all.v[i].name, all.v[i].driver, all.v[i].id);
		if (all.v[i].ipam.n)
			printf(" %s %s", all.v[i].ipam.v[0].subnet, all.v[i].ipam.v[0].gateway);
		net_list_endpoints(c->net, c->a, all.v[i].id, &eps);
		for (size_t k = 0; k < eps.n; k++)
			printf(" %s=%s", eps.v[k].ctr_id, eps.v[k].ipv4);
		printf("\n");
	}
	return 0;
}

static int run_create(struct ctl *c, struct err *e)
{
	struct net_request reqs[ENDPOINTS_MOST] = { 0 };
	struct saved s = { 0 };
	const char *ip = NULL, *mac = NULL;

	for (int i = 1; i < c->argc && s.n_eps < ENDPOINTS_MOST; i++) {
		if (str_starts(c->argv[i], "--ip="))
			ip = c->argv[i] + 5;
		else if (str_starts(c->argv[i], "--mac="))
			mac = c->argv[i] + 6;
		else
			reqs[s.n_eps++].network = c->argv[i];
	}
	reqs[0].ipv4 = ip;
	reqs[0].mac = mac;
	if (net_sandbox_create(c->net, c->argv[0], reqs, s.n_eps, &s.sb, s.eps, e) < 0)
		return -1;
	for (size_t i = 0; i < s.n_eps; i++)
		printf("%s %s/%u %s %s %s\n", c->argv[0], s.eps[i].ipv4, s.eps[i].ipv4_prefix_len,
			s.eps[i].mac, s.sb.key, s.eps[i].host_ifname);
	return save(c, c->argv[0], &s, e);
}

static int run_delete(struct ctl *c, struct err *e)
{
	struct saved s;

	if (load(c, c->argv[0], &s, e) < 0)
		return -1;
	net_sandbox_delete(c->net, &s.sb, s.eps, s.n_eps);
	unlink(arena_printf(c->a, "%s/saved/%s", c->dir, c->argv[0]));
	return 0;
}

/* ---- benchmark ---- */

struct bench {
	struct ctl *c;
	struct saved *v;
	int from, to;
	int64_t create_ns, delete_ns, worst_ns;
	int64_t first_ns, last_ns; /* of the first and last tenth */
	int failed;
};

static void bench_create(void *arg)
{
	struct bench *b = arg;
	struct net_request r = { .network = "bridge" };
	struct err e;
	char ctr[32];

	for (int i = b->from; i < b->to; i++) {
		int64_t t = clock_monotonic_ns(), took;

		snprintf(ctr, sizeof(ctr), "bench%d", i);
		if (net_sandbox_create(b->c->net, ctr, &r, 1, &b->v[i].sb, b->v[i].eps, &e) < 0) {
			fprintf(stderr, "netctl: %s\n", e.msg);
			b->failed++;
			continue;
		}
		b->v[i].n_eps = 1;
		took = clock_monotonic_ns() - t;
		b->create_ns += took;
		if (i - b->from < (b->to - b->from) / 10)
			b->first_ns += took;
		if (b->to - i <= (b->to - b->from) / 10)
			b->last_ns += took;
		if (took > b->worst_ns)
			b->worst_ns = took;
	}
}

static void bench_delete(void *arg)
{
	struct bench *b = arg;
	int64_t t = clock_monotonic_ns();

	for (int i = b->from; i < b->to; i++)
		if (b->v[i].n_eps)
			net_sandbox_delete(b->c->net, &b->v[i].sb, b->v[i].eps, 1);
	b->delete_ns = clock_monotonic_ns() - t;
}

static int run_bench(struct ctl *c, struct err *e)
{
	int n = (int)strtol(c->argv[0], NULL, 10), threads = 1, failed = 0;
	struct bench b[16];
	pthread_t t[16];
	int64_t start, wall, create = 0, delete = 0, worst = 0, first = 0, last = 0;
	struct saved *v = arena_array(c->a, (size_t)n, sizeof(*v));

	if (c->argc > 1)
		threads = (int)strtol(c->argv[1], NULL, 10);
	if (threads < 1 || threads > 16)
		return err_set(e, ERR_INVALID, "1 to 16 threads");
	if (net_setup(c->net, e) < 0)
		return -1;
	start = clock_monotonic_ns();
	for (int i = 0; i < threads; i++) {
		b[i] = (struct bench){ c, v, n * i / threads, n * (i + 1) / threads, 0 };
		if (thread_start(&t[i], bench_create, &b[i], e) < 0)
			return -1;
	}
	for (int i = 0; i < threads; i++)
		thread_join(t[i]);
	wall = clock_monotonic_ns() - start;
	for (int i = 0; i < threads; i++) {
		bench_delete(&b[i]);
		create += b[i].create_ns;
		delete += b[i].delete_ns;
		failed += b[i].failed;
		first += b[i].first_ns;
		last += b[i].last_ns;
		if (b[i].worst_ns > worst)
			worst = b[i].worst_ns;
	}
	printf("n %d threads %d create_us %.0f worst_us %.0f wall_each_us %.0f delete_us %.0f "
	       "first_us %.0f last_us %.0f\n",
		n, threads, create / 1e3 / n, worst / 1e3, wall / 1e3 / n, delete / 1e3 / n,
		first / 1e2 / n, last / 1e2 / n);
	return failed ? err_set(e, ERR_INTERNAL, "%d of %d failed", failed, n) : 0;
}

/* ---- the command line ---- */

static const struct command {
	const char *name;
	int args;
	int (*run)(struct ctl *c, struct err *e);
} commands[] = {
	{ "setup", 0, run_setup },
	{ "sweep", 0, run_sweep },
	{ "networks", 0, run_networks },
	{ "create", 2, run_create },
	{ "delete", 1, run_delete },
	{ "bench", 1, run_bench },
};

static bool take_option(struct net_config *o, const char *arg)
{
	if (str_starts(arg, "--bip="))
		o->bip = arg + 6;
	else if (str_starts(arg, "--fixed-cidr="))
		o->fixed_cidr = arg + 13;
	else if (str_starts(arg, "--default-gateway="))
		o->default_gateway = arg + 18;
	else if (str_eq(arg, "--iptables=false"))
		o->no_iptables = true;
	else if (str_eq(arg, "--ip-masq=false"))
		o->no_ip_masq = true;
	else if (str_eq(arg, "--icc=false"))
		o->no_icc = true;
	else
		return false;
	return true;
}

static int run(struct ctl *c, const char *name, struct err *e)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (str_eq(commands[i].name, name) && c->argc >= commands[i].args)
			return commands[i].run(c, e);
	return err_set(e, ERR_INVALID, "no such command, or arguments missing: %s", name);
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct ctl c = { .a = a };
	struct net_config o = { 0 };
	struct err e;
	int i = 2, result;

	if (argc < 3)
		return 2;
	c.dir = argv[1];
	o.data_root = c.dir;
	o.run_root = arena_printf(a, "%s/run", c.dir);
	while (i < argc && take_option(&o, argv[i]))
		i++;
	if (i == argc)
		return 2;
	c.argc = argc - i - 1;
	c.argv = argv + i + 1;
	if (net_open(&o, &c.net, &e) < 0) {
		fprintf(stderr, "netctl: %s\n", e.msg);
		return 1;
	}
	result = restore_all(&c, &e) == 0 ? run(&c, argv[i], &e) : -1;
	if (result < 0)
		fprintf(stderr, "netctl: %s\n", e.msg);
	net_close(c.net);
	return result < 0;
}
