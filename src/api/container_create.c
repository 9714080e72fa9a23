/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Create: what older clients mean is put into today's words (feature row B19), the daemon's own defaults are
 * added, the rest is the engine's.
 */
#include <string.h>

#include "base/slice.h"
#include "engine/lifecycle.h"
#include "oci/platform.h"
#include "routes.h"
#include "sys/cgroup.h"

static bool is_v1_host(void)
{
	struct err ignored;
	struct cgroup_host *h = cgroup_host_new(&ignored);
	bool v1 = h && cgroup_host_version(h) == CGROUP_V1;

	cgroup_host_free(h);
	return v1;
}

/* One rule: what a client of a version below `below` cannot have meant. */
struct age_rule {
	uint32_t below;
	void (*apply)(struct create_request *rq);
};

static void before_1_25(struct create_request *rq)
{
	rq->host_config->auto_remove = false;
}

static void before_1_40(struct create_request *rq)
{
	for (size_t i = 0; i < rq->host_config->mounts.n; i++)
		if (rq->host_config->mounts.v[i].bind)
			rq->host_config->mounts.v[i].bind->non_recursive = false;
	rq->host_config->kernel_memory_tcp = 0;
	if (str_empty(rq->host_config->ipc_mode))
		rq->host_config->ipc_mode = "shareable";
}

static void before_1_41(struct create_request *rq)
{
	if (str_empty(rq->host_config->cgroupns_mode) && is_v1_host())
		rq->host_config->cgroupns_mode = "host";
}

static void before_1_42(struct create_request *rq)
{
	for (size_t i = 0; i < rq->host_config->mounts.n; i++) {
		struct mount *m = &rq->host_config->mounts.v[i];

		if (m->bind)
			m->bind->create_mountpoint = false;
		if (!str_eq(m->type, "volume"))
			m->volume = NULL;
		if (!str_eq(m->type, "tmpfs"))
			m->tmpfs = NULL;
	}
	rq->host_config->console_size = NULL;
}

static void before_1_43(struct create_request *rq)
{
	rq->host_config->annotations = (struct str_map){ 0 };
}

/* Read-only binds were not recursive then. */
static void before_1_44(struct create_request *rq)
{
	if (rq->config.healthcheck)
		rq->config.healthcheck->start_interval_ns = 0;
	for (size_t i = 0; i < rq->host_config->mounts.n; i++)
		if (rq->host_config->mounts.v[i].bind)
			rq->host_config->mounts.v[i].bind->read_only_non_recursive = true;
}

static void before_1_48(struct create_request *rq)
{
	struct endpoint_map *eps = &rq->networking_config->endpoints;

	for (size_t i = 0; i < eps->n; i++)
		eps->v[i].gw_priority = 0;
}

static const struct age_rule age_rules[] = {
	{ API_V(1, 25), before_1_25 },
	{ API_V(1, 40), before_1_40 },
	{ API_V(1, 41), before_1_41 },
	{ API_V(1, 42), before_1_42 },
	{ API_V(1, 43), before_1_43 },
	{ API_V(1, 44), before_1_44 },
	{ API_V(1, 48), before_1_48 },
};

/* A part of a mount that belongs to another type of mount. */
static int check_mounts(const struct call *c, const struct host_config *h, struct err *e)
{
	for (size_t i = 0; i < h->mounts.n; i++) {
		const struct mount *m = &h->mounts.v[i];
		const struct {
			const void *part;
			const char *name, *type;
		} parts[] = { { m->volume, "VolumeOptions", "volume" },
			{ m->bind, "BindOptions", "bind" }, { m->tmpfs, "TmpfsOptions", "tmpfs" } };

		for (size_t k = 0; k < 3 && c->version >= API_V(1, 42); k++)
			if (parts[k].part && !str_eq(m->type, parts[k].type))
				return err_set(e, ERR_INVALID,
					"%s must not be specified on mount type \"%s\"",
					parts[k].name, m->type ? m->type : "");
		if (c->version < API_V(1, 44) && str_eq(m->type, "bind") && m->bind &&
			m->bind->read_only_force_recursive)
			return err_set(e, ERR_INVALID,
				"BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
		if (c->version < API_V(1, 45) && m->volume && !str_empty(m->volume->subpath))
			return err_set(
				e, ERR_INVALID, "VolumeOptions.Subpath needs API v1.45 or newer");
		if (c->version < API_V(1, 48) && str_eq(m->type, "image"))
			return err_set(
				e, ERR_INVALID, "Mount type \"Image\" needs API v1.48 or newer");
	}
	return 0;
}

static int check_endpoints(const struct call *c, const struct endpoint_map *eps, struct err *e)
{
	own_buf names = { 0 };

	if (c->version >= API_V(1, 44) || eps->n < 2)
		return 0;
	buf_init(&names, 4096);
	for (size_t i = 0; i < eps->n; i++)
		buf_fmt(&names, "%s%s", i ? ", " : "", eps->keys[i]);
	return err_set(e, ERR_INVALID,
		"Container cannot be created with multiple network endpoints: %s", names.data);
}

/* The endpoint of the container's network mode, made when there is none at all; NULL when another is there. */
static struct endpoint_settings *main_endpoint(struct call *c, struct create_request *rq)
{
	struct endpoint_map *eps = &rq->networking_config->endpoints;

	if (eps->n == 0) {
		eps->keys = arena_array(c->arena, 1, sizeof(*eps->keys));
		eps->v = arena_array(c->arena, 1, sizeof(*eps->v));
		eps->keys[0] = rq->host_config->network_mode;
		eps->n = 1;
		return &eps->v[0];
	}
	if (c->version < API_V(1, 44))
		return &eps->v[0];
	for (size_t i = 0; i < eps->n; i++)
		if (strcmp(eps->keys[i], rq->host_config->network_mode) == 0)
			return &eps->v[i];
	return NULL;
}

/*
 * The container-wide MAC address moves to the endpoint of its network. *warning is set when the client is
 * new enough to know better.
 */
static int move_mac(struct call *c, struct create_request *rq, const char **warning, struct err *e)
{
	const char *mode = rq->host_config->network_mode;
	bool takes_one = strcmp(mode, "host") != 0 && strcmp(mode, "none") != 0 &&
			 !str_starts(mode, "container:");
	struct endpoint_map *eps = &rq->networking_config->endpoints;
	struct endpoint_settings *ep;

	if (c->version < API_V(1, 44) && str_empty(rq->config.mac_address)) {
		for (size_t i = 0; i < eps->n; i++)
			eps->v[i].mac_address = NULL;
		return 0;
	}
	if (str_empty(rq->config.mac_address))
		return 0;
	if (c->version < API_V(1, 44) && !takes_one)
		return err_set(
			e, ERR_INVALID, "conflicting options: mac-address and the network mode");
	if (takes_one) {
		ep = main_endpoint(c, rq);
		if (!ep)
			return err_set(e, ERR_INVALID,
				"unable to migrate container-wide MAC address to a specific network: "
				"HostConfig.NetworkMode must match the identity of a network in "
				"NetworkSettings.Networks");
		if (!str_empty(ep->mac_address) && c->version >= API_V(1, 44) &&
			strcmp(ep->mac_address, rq->config.mac_address) != 0)
			return err_set(e, ERR_INVALID,
				"the container-wide MAC address must match the endpoint-specific MAC "
				"address for the main network, or be left empty");
		ep->mac_address = rq->config.mac_address;
	}
	if (c->version < API_V(1, 44))
		return 0;
	rq->config.mac_address = NULL;
	*warning =
		"The container-wide MacAddress field is now deprecated. It should be specified in "
		"EndpointsConfig instead.";
	return 0;
}

static void add_ulimits(struct call *c, const struct ulimit_list *more, struct ulimit_list *list)
{
	for (size_t i = 0; i < more->n; i++) {
		size_t k = 0;

		while (k < list->n && strcmp(list->v[k].name, more->v[i].name) != 0)
			k++;
		if (k < list->n)
			continue;
		list->v = arena_grow(c->arena, list->v, &list->n, sizeof(*list->v));
		list->v[list->n - 1] = more->v[i];
	}
}

static void add_list(struct call *c, const struct str_list *dflt, struct str_list *list)
{
	for (size_t i = 0; i < dflt->n && list->n <= i; i++)
		str_list_add(c->arena, list, dflt->v[i]);
}

/* The daemon's options speak where the client is silent. */
static void add_defaults(struct call *c, struct host_config *h)
{
	struct api_defaults *d = &c->api->config.defaults;

	if (str_empty(h->log_config.type)) {
		struct str_map own = h->log_config.config;

		h->log_config = d->log;
		for (size_t i = 0; i < own.n; i++)
			str_map_set(c->arena, &h->log_config.config, own.keys[i], own.v[i]);
	}
	add_ulimits(c, &d->ulimits, &h->ulimits);
	if (h->dns.n == 0)
		add_list(c, &d->dns, &h->dns);
	if (h->dns_options.n == 0)
		add_list(c, &d->dns_options, &h->dns_options);
	if (h->dns_search.n == 0)
		add_list(c, &d->dns_search, &h->dns_search);
	if (str_empty(h->runtime) && d->runtime)
		h->runtime = d->runtime;
	if (!h->init && d->init) {
		h->init = ARENA_NEW(c->arena, bool);
		*h->init = true;
	}
}

/* Everything that depends on the client's version, and the daemon's defaults. */
static int shape(struct call *c, struct create_request *rq, const char **warning, struct err *e)
{
	if (!rq->host_config)
		rq->host_config = ARENA_NEW(c->arena, struct host_config);
	if (!rq->networking_config)
		rq->networking_config = ARENA_NEW(c->arena, struct networking_config);
	if (str_empty(rq->host_config->network_mode) ||
		str_eq(rq->host_config->network_mode, "default")) {
		struct endpoint_map *eps = &rq->networking_config->endpoints;

		rq->host_config->network_mode = "bridge";
		for (size_t i = 0; i < eps->n; i++)
			if (strcmp(eps->keys[i], "default") == 0)
				eps->keys[i] = "bridge";
	}
	for (size_t i = 0; i < sizeof(age_rules) / sizeof(age_rules[0]); i++)
		if (c->version < age_rules[i].below)
			age_rules[i].apply(rq);
	if (c->version >= API_V(1, 42))
		rq->host_config->kernel_memory = 0;
	/* Zero and anything below have always meant "no limit". */
	if (rq->host_config->pids_limit && *rq->host_config->pids_limit <= 0)
		rq->host_config->pids_limit = NULL;
	if (check_mounts(c, rq->host_config, e) ||
		check_endpoints(c, &rq->networking_config->endpoints, e) ||
		move_mac(c, rq, warning, e))
		return -1;
	add_defaults(c, rq->host_config);
	return 0;
}

int container_create(struct call *c, struct err *e)
{
	struct create_request rq = { 0 };
	struct create_response answer = { 0 };
	struct engine_create create = { .rq = &rq };
	const char *warning = NULL;
	own_json doc = NULL;

	if (call_body_json(c, &doc, e))
		return -1;
	if (json_type(doc) == JSON_NULL)
		return err_set(
			e, ERR_INVALID, "config cannot be empty in order to create a container");
	if (create_request_decode(c->arena, doc, &rq, e))
		return err_in(e, "invalid JSON");
	if (shape(c, &rq, &warning, e))
		return -1;
	create.name = call_param(c, "name");
	if (c->version >= API_V(1, 41) && *call_param(c, "platform"))
		create.platform = call_param(c, "platform");
	if (engine_create(c->api->config.engine, c->arena, &create, &answer, e))
		return -1;
	if (warning)
		str_list_add(c->arena, &answer.warnings, warning);
	return call_reply_bind(c, 201, create_response_fields, &answer);
}
