/* SPDX-License-Identifier: Apache-2.0 */
/* From options to the request of create: what docker's client checks and fills in, in its order. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "run_opts.h"

#define BODY_MAX ((size_t)64 << 20)

static int fail(struct err *e, const char *msg)
{
	return err_set(e, ERR_INVALID, "%s", msg);
}

static void *copy(struct arena *a, const void *from, size_t size)
{
	return memcpy(arena_alloc(a, size), from, size);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* An empty list where Go's client sends [] instead of null. */
static void not_null(struct arena *a, struct str_list *l)
{
	if (l->v == NULL)
		l->v = arena_array(a, 1, sizeof(*l->v));
}

static void not_null_map(struct arena *a, struct str_map *m)
{
	if (m->keys == NULL)
		m->keys = arena_array(a, 1, sizeof(*m->keys));
}

/* --- streams and terminal --- */

static void finish_streams(struct run_opts *o)
{
	bool all = o->attach.n == 0;
	struct container_config *config = &o->config;

	config->attach_stdin = str_list_has(&o->attach, "stdin") || config->open_stdin;
	config->attach_stdout = all || str_list_has(&o->attach, "stdout");
	config->attach_stderr = all || str_list_has(&o->attach, "stderr");
	config->stdin_once = config->open_stdin && config->attach_stdin;
}

/* --- volumes --- */

static int finish_volumes(struct cli *c, struct run_opts *o, struct err *e)
{
	o->config.volumes.v = arena_array(c->arena, 1, sizeof(*o->config.volumes.v));
	for (size_t i = 0; i < o->volumes.n; i++) {
		struct spec_volume v;
		const char *text = o->volumes.v[i];
		struct str_list *to = &o->config.volumes;

		if (spec_volume(c->arena, text, &v, e))
			return -1;
		if (v.source) {
			text = spec_volume_bind(c->arena, text, &v);
			to = &o->host.binds;
		}
		if (!str_list_has(to, text))
			str_list_add(c->arena, to, text);
	}
	for (size_t i = 0; i < o->tmpfs.n; i++) {
		struct slice path, options;

		slice_cut(slice_str(o->tmpfs.v[i]), ':', &path, &options);
		str_map_set(c->arena, &o->host.tmpfs, arena_strndup(c->arena, path.p, path.n),
			arena_strndup(c->arena, options.p ? options.p : "", options.n));
	}
	return 0;
}

/* --- ports and devices --- */

static int finish_ports(struct cli *c, struct run_opts *o, struct err *e)
{
	struct port_map *bindings = &o->host.port_bindings;

	not_null(c->arena, &o->config.exposed_ports);
	bindings->keys = arena_array(c->arena, 1, sizeof(*bindings->keys));
	for (size_t i = 0; i < o->publish.n; i++) {
		if (spec_publish(c->arena, o->publish.v[i], &o->config.exposed_ports, bindings, e))
			return -1;
	}
	for (size_t i = 0; i < o->expose.n; i++) {
		if (spec_expose(c->arena, o->expose.v[i], &o->config.exposed_ports, e))
			return -1;
	}
	return 0;
}

static int finish_devices(struct cli *c, struct run_opts *o, struct err *e)
{
	struct device_mapping_list *devices = &o->host.devices;
	struct device_request_list *requests = &o->host.device_requests;
	struct str_list cdi = { 0 };

	for (size_t i = 0; i < o->devices.n; i++) {
		if (spec_device_is_cdi(o->devices.v[i])) {
			str_list_add(c->arena, &cdi, o->devices.v[i]);
			continue;
		}
		devices->v = arena_grow(c->arena, devices->v, &devices->n, sizeof(*devices->v));
		if (spec_device(c->arena, o->devices.v[i], &devices->v[devices->n - 1], e))
			return -1;
	}
	if (cdi.n == 0)
		return 0;
	requests->v = arena_grow(c->arena, requests->v, &requests->n, sizeof(*requests->v));
	requests->v[requests->n - 1] =
		(struct device_request){ .driver = "cdi", .device_ids = cdi };
	return 0;
}

/* --- environment and labels --- */

static bool has_env(const struct str_list *env, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], name, n) == 0 && (env->v[i][n] == '=' || !env->v[i][n]))
			return true;
	}
	return false;
}

/* config.json's "proxies" become variables, unless the command line names them. */
static void add_proxies(struct cli *c, struct str_list *env)
{
	static const struct {
		const char *key, *upper, *lower;
	} vars[] = { { "httpProxy", "HTTP_PROXY", "http_proxy" },
		{ "httpsProxy", "HTTPS_PROXY", "https_proxy" },
		{ "noProxy", "NO_PROXY", "no_proxy" }, { "ftpProxy", "FTP_PROXY", "ftp_proxy" },
		{ "allProxy", "ALL_PROXY", "all_proxy" } };
	struct json *proxies = json_get_ci(cli_config(c), "proxies");
	struct json *set = NULL;

	if (json_len(proxies) == 0)
		return;
	if (cli_client(c, &(struct err){ 0 }))
		set = json_get(proxies, client_host(c->client));
	if (set == NULL)
		set = json_get(proxies, "default");
	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		const char *v = json_str(json_get_ci(set, vars[i].key), "");

		if (*v && !has_env(env, vars[i].upper))
			str_list_add(
				c->arena, env, arena_printf(c->arena, "%s=%s", vars[i].upper, v));
		if (*v && !has_env(env, vars[i].lower))
			str_list_add(
				c->arena, env, arena_printf(c->arena, "%s=%s", vars[i].lower, v));
	}
}

static int finish_env(struct cli *c, struct run_opts *o, struct err *e)
{
	struct str_list *env = &o->config.env;

	add_proxies(c, &o->env);
	for (size_t i = 0; i < o->env_files.n; i++) {
		if (spec_env_file(c->arena, o->env_files.v[i], true, env, e))
			return -1;
	}
	for (size_t i = 0; i < o->env.n; i++) {
		bool again = false;
		size_t n = strcspn(o->env.v[i], "=");

		/* of a variable given twice the last counts */
		for (size_t k = i + 1; k < o->env.n && !again; k++)
			again = strcspn(o->env.v[k], "=") == n &&
				strncmp(o->env.v[k], o->env.v[i], n) == 0;
		if (!again)
			str_list_add(c->arena, env, o->env.v[i]);
	}
	return 0;
}

static int finish_labels(struct cli *c, struct run_opts *o, struct err *e)
{
	struct str_list all = { 0 };

	for (size_t i = 0; i < o->label_files.n; i++) {
		if (spec_env_file(c->arena, o->label_files.v[i], false, &all, e))
			return -1;
	}
	for (size_t i = 0; i < o->labels.n; i++)
		str_list_add(c->arena, &all, o->labels.v[i]);
	not_null_map(c->arena, &o->config.labels);
	for (size_t i = 0; i < all.n; i++) {
		struct slice k, v;

		slice_cut(slice_str(all.v[i]), '=', &k, &v);
		str_map_set(c->arena, &o->config.labels, arena_strndup(c->arena, k.p, k.n),
			arena_strndup(c->arena, v.p ? v.p : "", v.n));
	}
	return 0;
}

/* --- modes --- */

static bool names_container(const char *mode)
{
	return str_starts(mode, "container:") && mode[strlen("container:")];
}

static int check_modes(const struct run_opts *o, struct err *e)
{
	const char *pid = o->host.pid_mode, *uts = o->host.uts_mode;
	const char *userns = o->host.userns_mode, *cgroupns = o->host.cgroupns_mode;

	if (!str_empty(pid) && !str_eq(pid, "host") && !names_container(pid))
		return fail(e, "--pid: invalid PID mode");
	if (!str_empty(uts) && !str_eq(uts, "host"))
		return fail(e, "--uts: invalid UTS mode");
	if (!str_empty(userns) && !str_eq(userns, "host"))
		return fail(e, "--userns: invalid USER mode");
	if (!str_empty(cgroupns) && !str_eq(cgroupns, "host") && !str_eq(cgroupns, "private"))
		return fail(e, "--cgroupns: invalid CGROUP mode");
	return 0;
}

/* --- logging, security, storage --- */

static void add_pair(struct arena *a, struct str_map *map, const char *pair)
{
	struct slice k, v;

	slice_cut(slice_str(pair), '=', &k, &v);
	str_map_set(a, map, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p ? v.p : "", v.n));
}

static int finish_drivers(struct cli *c, struct run_opts *o, struct err *e)
{
	struct log_config *log = &o->host.log_config;

	not_null_map(c->arena, &log->config);
	if (str_eq(log->type, "none") && o->log_opts.n > 0)
		return err_set(e, ERR_INVALID, "invalid logging opts for driver %s", log->type);
	for (size_t i = 0; i < o->log_opts.n; i++)
		add_pair(c->arena, &log->config, o->log_opts.v[i]);
	for (size_t i = 0; i < o->security_opts.n; i++) {
		const char *out;

		if (spec_security_opt(c->arena, o->security_opts.v[i], &out, e))
			return -1;
		if (!str_eq(out, "systempaths=unconfined")) {
			str_list_add(c->arena, &o->host.security_opt, out);
			continue;
		}
		not_null(c->arena, &o->host.masked_paths);
		not_null(c->arena, &o->host.readonly_paths);
		not_null(c->arena, &o->host.security_opt);
	}
	for (size_t i = 0; i < o->storage_opts.n; i++) {
		if (strchr(o->storage_opts.v[i], '=') == NULL)
			return fail(e, "invalid storage option");
		add_pair(c->arena, &o->host.storage_opt, o->storage_opts.v[i]);
	}
	return 0;
}

/* --- health --- */

static int finish_health(struct cli *c, struct run_opts *o, struct err *e)
{
	static const char *const flags[] = { "interval", "timeout", "retries", "start-period",
		"start-interval" };
	struct health_config *h = &o->health;
	const int64_t values[] = { h->interval_ns, h->timeout_ns, h->retries, h->start_period_ns,
		h->start_interval_ns };
	bool any = !str_empty(o->health_cmd);

	for (size_t i = 0; i < 5; i++)
		any = any || values[i] != 0;
	if (o->no_healthcheck && any)
		return fail(e, "--no-healthcheck conflicts with --health-* options");
	if (o->no_healthcheck)
		str_list_add(c->arena, &h->test, "NONE");
	for (size_t i = 0; i < 5; i++) {
		if (values[i] < 0)
			return err_set(e, ERR_INVALID, "--health-%s cannot be negative", flags[i]);
	}
	if (!str_empty(o->health_cmd)) {
		str_list_add(c->arena, &h->test, "CMD-SHELL");
		str_list_add(c->arena, &h->test, o->health_cmd);
	}
	if (any || o->no_healthcheck)
		o->config.healthcheck = h;
	return 0;
}

/* --- networks --- */

static const char *const conflict =
	"conflicting options: cannot specify both --%s and per-network %s";

/* --ip and its kin belong to the first network. */
static int apply_old_flags(
	struct cli *c, const struct run_opts *o, struct spec_network *n, struct err *e)
{
	if (n->endpoint.aliases.n > 0 && o->aliases.n > 0)
		return err_set(e, ERR_INVALID, conflict, "network-alias", "alias");
	if (!str_empty(n->ipv4) && !str_empty(o->ip))
		return err_set(e, ERR_INVALID, conflict, "ip", "IPv4 address");
	if (!str_empty(n->ipv6) && !str_empty(o->ip6))
		return err_set(e, ERR_INVALID, conflict, "ip6", "IPv6 address");
	if (!str_empty(n->endpoint.mac_address) && !str_empty(o->config.mac_address))
		return err_set(e, ERR_INVALID, conflict, "mac-address", "MAC address");
	if (n->link_local_ips.n > 0 && o->link_local_ips.n > 0)
		return err_set(
			e, ERR_INVALID, conflict, "link-local-ip", "link-local IP addresses");
	if (o->aliases.n > 0)
		n->endpoint.aliases = o->aliases;
	if (spec_network_is_user_defined(n->target) && o->links.n > 0)
		n->endpoint.links = o->links;
	if (!str_empty(o->ip))
		n->ipv4 = o->ip;
	if (!str_empty(o->ip6))
		n->ipv6 = o->ip6;
	if (!str_empty(o->config.mac_address))
		n->endpoint.mac_address = o->config.mac_address;
	if (o->link_local_ips.n > 0)
		n->link_local_ips = o->link_local_ips;
	return 0;
}

/* The endpoint of the API; *is_plain: it says nothing at all. */
static int endpoint_of(struct cli *c, struct spec_network *n, bool *is_plain, struct err *e)
{
	struct endpoint_settings *ep = &n->endpoint;

	if (slice_trim(slice_str(n->target)).n == 0)
		return fail(e, "no name set for network");
	if (!spec_network_is_user_defined(n->target) && ep->aliases.n > 0)
		return fail(
			e, "network-scoped aliases are only supported for user-defined networks");
	if (!str_empty(ep->mac_address) && spec_mac(ep->mac_address, e))
		return -1;
	if (!str_empty(n->ipv4) || !str_empty(n->ipv6) || n->link_local_ips.n > 0) {
		ep->ipam = ARENA_NEW(c->arena, struct endpoint_ipam);
		ep->ipam->ipv4_address = n->ipv4;
		ep->ipam->ipv6_address = n->ipv6;
		ep->ipam->link_local_ips = n->link_local_ips;
	}
	if (ep->aliases.n == 0)
		ep->aliases.v = NULL;
	*is_plain = ep->ipam == NULL && ep->aliases.n == 0 && ep->links.n == 0 &&
		    str_empty(ep->mac_address) && ep->driver_opts.n == 0 && ep->gw_priority == 0;
	return 0;
}

static void add_endpoint(struct cli *c, struct endpoint_map *map, const struct spec_network *n)
{
	size_t n_keys = map->n;

	map->keys = arena_grow(c->arena, map->keys, &n_keys, sizeof(*map->keys));
	map->v = arena_grow(c->arena, map->v, &map->n, sizeof(*map->v));
	map->keys[map->n - 1] = n->target;
	map->v[map->n - 1] = n->endpoint;
}

static int finish_networks(struct cli *c, struct run_opts *o, struct err *e)
{
	struct spec_network dflt = { .target = "default" };
	struct spec_network *all = o->n_networks ? o->networks : &dflt;
	size_t n = o->n_networks ? o->n_networks : 1;
	struct endpoint_map *map = &o->networking.endpoints;
	bool is_plain = false, user_defined = false, other = false;

	map->keys = arena_array(c->arena, 1, sizeof(*map->keys));
	o->host.network_mode = all[0].target;
	for (size_t i = 0; i < n; i++) {
		if (o->n_networks && spec_network_is_user_defined(all[i].target))
			user_defined = true;
		else
			other = true;
		if ((i == 0 && apply_old_flags(c, o, &all[i], e)) ||
			endpoint_of(c, &all[i], &is_plain, e))
			return -1;
		for (size_t k = 0; k < map->n; k++) {
			if (str_eq(map->keys[k], all[i].target))
				return err_set(e, ERR_INVALID,
					"network \"%s\" is specified multiple times",
					all[i].target);
		}
		/* one network without options is named by NetworkMode alone */
		if (o->n_networks != 1 || !is_plain)
			add_endpoint(c, map, &all[i]);
	}
	if (user_defined && other)
		return fail(e, "conflicting options: cannot attach both user-defined and "
			       "non-user-defined network-modes");
	o->config.mac_address = NULL; /* since API 1.44 it is the endpoint's */
	return 0;
}

/* --- all of it --- */

/* "net_admin" is CAP_NET_ADMIN; ALL stays, and swallows nothing. */
static void normalize_caps(struct cli *c, struct str_list *caps)
{
	struct str_list out = { 0 };

	for (size_t i = 0; i < caps->n; i++) {
		bool has_prefix = strncasecmp(caps->v[i], "CAP_", 4) == 0;
		bool is_all = strcasecmp(caps->v[i], "ALL") == 0;
		char *name = arena_printf(
			c->arena, "%s%s", has_prefix || is_all ? "" : "CAP_", caps->v[i]);

		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		if (!str_list_has(&out, name))
			str_list_add(c->arena, &out, name);
	}
	if (out.n > 0)
		qsort(out.v, out.n, sizeof(*out.v), compare_strings);
	*caps = out;
}

int run_config_check_platform(const struct run_opts *o, struct err *e)
{
	const struct {
		const char *name;
		bool given;
	} flags[] = { { "cpu-count", o->windows.cpu_count },
		{ "cpu-percent", o->windows.cpu_percent },
		{ "io-maxbandwidth", o->windows.io_maxbandwidth },
		{ "io-maxiops", o->windows.io_maxiops } };
	own_buf b = { 0 };

	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].given)
			buf_fmt(&b,
				"%s\"--%s\" is only supported on a Docker daemon running on "
				"windows, but the Docker daemon is running on linux",
				b.len ? "\n" : "", flags[i].name);
	}
	return b.len ? err_set(e, ERR_INVALID, "%s", b.data) : 0;
}

static void finish_pointers(struct cli *c, struct run_opts *o)
{
	struct arena *a = c->arena;

	o->host.memory_swappiness = copy(a, &o->memory_swappiness, sizeof(o->memory_swappiness));
	o->host.oom_kill_disable = copy(a, &o->oom_kill_disable, sizeof(o->oom_kill_disable));
	o->host.pids_limit = copy(a, &o->pids_limit, sizeof(o->pids_limit));
	if (o->has_init)
		o->host.init = copy(a, &o->init, sizeof(o->init));
	if (o->has_stop_timeout)
		o->config.stop_timeout = copy(a, &o->stop_timeout, sizeof(o->stop_timeout));
}

static void finish_command(struct cli *c, struct run_opts *o, const struct str_list *args)
{
	o->config.image = args->v[0];
	for (size_t i = 1; i < args->n; i++)
		str_list_add(c->arena, &o->config.cmd, args->v[i]);
	if (o->has_entrypoint)
		str_list_add(c->arena, &o->config.entrypoint, o->entrypoint);
}

int run_config_finish(struct cli *c, struct run_opts *o, const struct str_list *args, struct err *e)
{
	if (o->use_api_socket)
		return fail(e, "--use-api-socket is not supported by this version: use -v "
			       "/var/run/docker.sock:/var/run/docker.sock");
	if (!o->disable_content_trust)
		return fail(e, "--disable-content-trust=false: content trust is not supported");
	if (!str_empty(o->config.mac_address) && spec_mac(o->config.mac_address, e))
		return -1;
	finish_streams(o);
	if (o->memory_swappiness < -1 || o->memory_swappiness > 100)
		return err_set(e, ERR_INVALID,
			"invalid value: %lld. Valid memory swappiness range is 0-100",
			(long long)o->memory_swappiness);
	finish_command(c, o, args);
	if (finish_volumes(c, o, e) || finish_ports(c, o, e) || finish_devices(c, o, e) ||
		finish_env(c, o, e) || finish_labels(c, o, e) || check_modes(o, e) ||
		spec_restart(c->arena, o->restart, &o->host.restart_policy, e) ||
		finish_drivers(c, o, e) || finish_health(c, o, e))
		return -1;
	o->host.links = o->links;
	normalize_caps(c, &o->host.cap_add);
	normalize_caps(c, &o->host.cap_drop);
	o->host.kernel_memory = 0; /* gone since API 1.42 */
	finish_pointers(c, o);
	if (o->host.auto_remove && !str_empty(o->host.restart_policy.name) &&
		!str_eq(o->host.restart_policy.name, "no"))
		return fail(e, "conflicting options: cannot specify both --restart and --rm");
	return finish_networks(c, o, e);
}

const char *run_config_body(struct cli *c, const struct run_opts *o)
{
	struct winsize ws = { 0 };
	struct host_config host = o->host;
	struct jsonw w;
	own_buf b = { 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	host.console_size = arena_printf(c->arena, "[%u,%u]", ws.ws_row, ws.ws_col);
	buf_init(&b, BODY_MAX);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	bind_encode_members(&w, container_config_fields, &o->config);
	jsonw_key(&w, "HostConfig");
	bind_encode(&w, host_config_fields, &host);
	jsonw_key(&w, "NetworkingConfig");
	bind_encode(&w, networking_config_fields, &o->networking);
	jsonw_obj_end(&w);
	return arena_strndup(c->arena, b.data, b.len);
}
