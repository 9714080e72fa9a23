/* SPDX-License-Identifier: Apache-2.0 */
/* Options of run and create that are checked while they are read. */
#include <ctype.h>
#include <string.h>

#include "base/unit.h"
#include "run_opts.h"

/* --- lists with a check --- */

RUN_SETTER(env)
{
	struct run_opts *o = ctx->into;
	const char *out;

	if (spec_env(ctx->arena, value, &out, e))
		return -1;
	str_list_add(ctx->arena, &o->env, out);
	return 0;
}

RUN_SETTER(label)
{
	struct run_opts *o = ctx->into;

	if (spec_label(value, e))
		return -1;
	str_list_add(ctx->arena, &o->labels, value);
	return 0;
}

RUN_SETTER(link)
{
	struct run_opts *o = ctx->into;

	if (spec_link(value, e))
		return -1;
	str_list_add(ctx->arena, &o->links, value);
	return 0;
}

RUN_SETTER(dns)
{
	struct run_opts *o = ctx->into;
	const char *out;

	if (spec_ip(ctx->arena, value, &out, e))
		return -1;
	str_list_add(ctx->arena, &o->host.dns, out);
	return 0;
}

RUN_SETTER(dns_search)
{
	struct run_opts *o = ctx->into;
	const char *out;

	if (spec_dns_search(ctx->arena, value, &out, e))
		return -1;
	str_list_add(ctx->arena, &o->host.dns_search, out);
	return 0;
}

RUN_SETTER(add_host)
{
	struct run_opts *o = ctx->into;
	const char *out;

	if (spec_extra_host(ctx->arena, value, &out, e))
		return -1;
	str_list_add(ctx->arena, &o->host.extra_hosts, out);
	return 0;
}

RUN_SETTER(device_cgroup_rule)
{
	struct run_opts *o = ctx->into;

	if (spec_device_cgroup_rule(value, e))
		return -1;
	str_list_add(ctx->arena, &o->host.device_cgroup_rules, value);
	return 0;
}

RUN_SETTER(attach)
{
	static const char *const streams[] = { "stdin", "stdout", "stderr" };
	struct run_opts *o = ctx->into;

	for (size_t i = 0; i < 3; i++) {
		if (strcasecmp(value, streams[i]) == 0) {
			str_list_add(ctx->arena, &o->attach, streams[i]);
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "valid streams are STDIN, STDOUT and STDERR");
}

/* --- maps --- */

static void set_pair(struct arena *a, struct str_map *map, const char *pair)
{
	struct slice k, v;

	slice_cut(slice_str(pair), '=', &k, &v);
	str_map_set(a, map, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p ? v.p : "", v.n));
}

RUN_SETTER(annotation)
{
	struct run_opts *o = ctx->into;

	set_pair(ctx->arena, &o->host.annotations, value);
	return 0;
}

RUN_SETTER(sysctl)
{
	struct run_opts *o = ctx->into;

	if (spec_sysctl(value, e))
		return -1;
	set_pair(ctx->arena, &o->host.sysctls, value);
	return 0;
}

/* --- sizes and numbers --- */

static int size(const char *value, int64_t *out, struct err *e)
{
	if (*value == '-')
		return err_set(e, ERR_INVALID, "invalid size: '%s'", value);
	return unit_parse_bytes(value, out, e);
}

RUN_SETTER(memory)
{
	return size(value, &((struct run_opts *)ctx->into)->host.memory, e);
}

RUN_SETTER(memory_reservation)
{
	return size(value, &((struct run_opts *)ctx->into)->host.memory_reservation, e);
}

RUN_SETTER(kernel_memory)
{
	return size(value, &((struct run_opts *)ctx->into)->host.kernel_memory, e);
}

RUN_SETTER(shm_size)
{
	return size(value, &((struct run_opts *)ctx->into)->host.shm_size, e);
}

RUN_SETTER(io_maxbandwidth)
{
	int64_t bytes;

	if (size(value, &bytes, e))
		return -1;
	((struct run_opts *)ctx->into)->host.io_maximum_bandwidth = (uint64_t)bytes;
	((struct run_opts *)ctx->into)->windows.io_maxbandwidth = true;
	return 0;
}

RUN_SETTER(blkio_weight)
{
	uint64_t weight;

	if (spec_uint(value, 16, &weight, e))
		return -1;
	((struct run_opts *)ctx->into)->host.blkio_weight = (uint16_t)weight;
	return 0;
}

RUN_SETTER(cpus)
{
	return spec_cpus(value, &((struct run_opts *)ctx->into)->host.nano_cpus, e);
}

/* --- lists of structs --- */

RUN_SETTER(blkio_weight_device)
{
	struct run_opts *o = ctx->into;
	struct weight_device_list *l = &o->host.blkio_weight_device;
	struct weight_device one;

	if (spec_weight_device(ctx->arena, value, &one, e))
		return -1;
	l->v = arena_grow(ctx->arena, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = one;
	return 0;
}

static int throttle(struct opt_ctx *ctx, const char *value, bool is_bytes,
	struct throttle_device_list *l, struct err *e)
{
	struct throttle_device one;

	if (spec_throttle_device(ctx->arena, value, is_bytes, &one, e))
		return -1;
	l->v = arena_grow(ctx->arena, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = one;
	return 0;
}

RUN_SETTER(device_read_bps)
{
	return throttle(ctx, value, true, &((struct run_opts *)ctx->into)->host.blkio_read_bps, e);
}

RUN_SETTER(device_read_iops)
{
	return throttle(
		ctx, value, false, &((struct run_opts *)ctx->into)->host.blkio_read_iops, e);
}

RUN_SETTER(device_write_bps)
{
	return throttle(ctx, value, true, &((struct run_opts *)ctx->into)->host.blkio_write_bps, e);
}

RUN_SETTER(device_write_iops)
{
	return throttle(
		ctx, value, false, &((struct run_opts *)ctx->into)->host.blkio_write_iops, e);
}

RUN_SETTER(gpus)
{
	struct run_opts *o = ctx->into;
	struct device_request_list *l = &o->host.device_requests;
	struct device_request one;

	if (spec_gpus(ctx->arena, value, &one, e))
		return -1;
	l->v = arena_grow(ctx->arena, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = one;
	return 0;
}

RUN_SETTER(mount)
{
	struct run_opts *o = ctx->into;
	struct mount_list *l = &o->host.mounts;
	struct mount one;
	const char *warning;

	if (spec_mount(ctx->arena, value, &one, &warning, e))
		return -1;
	if (warning)
		str_list_add(ctx->arena, &o->warnings, warning);
	l->v = arena_grow(ctx->arena, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = one;
	return 0;
}

RUN_SETTER(network)
{
	struct run_opts *o = ctx->into;
	struct spec_network one;

	if (spec_network(ctx->arena, value, &one, e))
		return -1;
	o->networks = arena_grow(ctx->arena, o->networks, &o->n_networks, sizeof(*o->networks));
	o->networks[o->n_networks - 1] = one;
	return 0;
}

/* One of each name, the last wins; sorted by name, as docker sends them. */
RUN_SETTER(ulimit)
{
	struct run_opts *o = ctx->into;
	struct ulimit_list *l = &o->host.ulimits;
	struct ulimit one;
	size_t at = 0;

	if (spec_ulimit(ctx->arena, value, &one, e))
		return -1;
	while (at < l->n && strcmp(l->v[at].name, one.name) < 0)
		at++;
	if (at == l->n || !str_eq(l->v[at].name, one.name)) {
		l->v = arena_grow(ctx->arena, l->v, &l->n, sizeof(*l->v));
		memmove(&l->v[at + 1], &l->v[at], (l->n - 1 - at) * sizeof(*l->v));
	}
	l->v[at] = one;
	return 0;
}
