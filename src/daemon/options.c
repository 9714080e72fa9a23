/* SPDX-License-Identifier: Apache-2.0 */
/* The flags as one table, and what is checked whoever said it. daemon.json is config_file.c's. */
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/opt.h"
#include "base/slice.h"
#include "engine/engine.h"
#include "image/registry.h"
#include "options_int.h"

#define FILE_MAX       (1024 * 1024)
#define SYSTEMD_DRIVER "native.cgroupdriver=systemd"
#define ROW(t, sh, name, meta, member, help) \
	OPT_CHANGED(t, sh, name, meta, struct options, member, given.member, help)

const struct opt options_table[] = {
	OPT(BOOL, 'h', "help", NULL, struct options, help, "Print usage"),
	OPT(BOOL, 'v', "version", NULL, struct options, version,
		"Print version information and quit"),
	OPT(BOOL, 0, "validate", NULL, struct options, validate,
		"Validate daemon configuration and exit"),
	OPT(BOOL, 0, "fsck", NULL, struct options, fsck,
		"Check the images in the data root and exit"),
	OPT(BOOL, 0, "repair", NULL, struct options, repair, "With --fsck: repair what is found"),
	ROW(STR, 0, "config-file", "string", config_file, "Daemon configuration file"),
	ROW(BOOL, 'D', "debug", NULL, debug, "Enable debug mode"),
	ROW(STR, 'l', "log-level", "string", log_level,
		"Set the logging level (\"debug\"|\"info\"|\"warn\"|\"error\"|\"fatal\")"),
	ROW(STR, 0, "log-format", "string", log_format,
		"Set the logging format (\"text\"|\"json\")"),
	ROW(STR, 0, "data-root", "string", data_root, "Root directory of persistent state"),
	ROW(STR, 0, "exec-root", "string", exec_root, "Root directory for execution state files"),
	ROW(STR, 'p', "pidfile", "string", pidfile, "Path to use for daemon PID file"),
	ROW(LIST, 'H', "host", "list", hosts, "Daemon socket(s) to connect to"),
	ROW(STR, 'G', "group", "string", group, "Group for the unix socket"),
	ROW(LIST, 0, "label", "list", labels, "Set key=value labels to the daemon"),
	ROW(INT, 0, "shutdown-timeout", "int", shutdown_timeout_s,
		"Set how many seconds requests may still take at shutdown"),
	ROW(STR, 0, "cgroup-parent", "string", cgroup_parent,
		"Set parent cgroup for all containers"),
	ROW(STR, 0, "default-runtime", "string", default_runtime,
		"Default OCI runtime for containers"),
	ROW(LIST, 0, "exec-opt", "list", exec_opts, "Runtime execution options"),
	ROW(STR, 's', "storage-driver", "string", storage_driver, "Storage driver to use"),
	ROW(BOOL, 0, "init", NULL, init,
		"Run an init in the container to forward signals and reap processes"),
	ROW(BOOL, 0, "live-restore", NULL, live_restore,
		"Containers outlive the daemon (cannot be switched off)"),
	ROW(LIST, 0, "default-ulimit", "ulimit", default_ulimits, "Default ulimits for containers"),
	ROW(STR, 0, "log-driver", "string", log_driver, "Default driver for container logs"),
	ROW(LIST, 0, "log-opt", "map", log_opts, "Default log driver options for containers"),
	ROW(LIST, 0, "dns", "list", dns, "DNS server to use"),
	ROW(LIST, 0, "dns-opt", "list", dns_opts, "DNS options to use"),
	ROW(LIST, 0, "dns-search", "list", dns_search, "DNS search domains to use"),
	ROW(STR, 'b', "bridge", "string", bridge,
		"Attach containers to a network bridge (\"none\": no bridge)"),
	ROW(STR, 0, "bip", "string", bip, "IPv4 address for the default bridge"),
	ROW(STR, 0, "fixed-cidr", "string", fixed_cidr,
		"IPv4 subnet for the default bridge network"),
	ROW(STR, 0, "default-gateway", "ip", default_gateway,
		"Default gateway IPv4 address for the default bridge network"),
	ROW(STR, 0, "ip", "ip", ip, "Host IP for port publishing from the default bridge network"),
	ROW(INT, 0, "mtu", "int", mtu, "Set the MTU for the default \"bridge\" network"),
	ROW(BOOL, 0, "iptables", NULL, iptables, "Enable addition of firewall rules"),
	ROW(BOOL, 0, "ip-forward", NULL, ip_forward,
		"Enable IP forwarding in system configuration"),
	ROW(BOOL, 0, "ip-forward-no-drop", NULL, ip_forward_no_drop,
		"Do not set the filter-FORWARD policy to DROP when enabling IP forwarding"),
	ROW(BOOL, 0, "ip-masq", NULL, ip_masq,
		"Enable IP masquerading for the default bridge network"),
	ROW(BOOL, 0, "icc", NULL, icc,
		"Enable inter-container communication for the default bridge network"),
	ROW(LIST, 0, "registry-mirror", "list", mirrors, "Preferred registry mirror"),
	ROW(LIST, 0, "insecure-registry", "list", insecure,
		"Enable insecure registry communication"),
	ROW(LIST, 0, "allow-nondistributable-artifacts", "list", nondistributable,
		"Allow push of nondistributable artifacts to registry"),
	ROW(INT, 0, "max-concurrent-downloads", "int", downloads,
		"Set the max concurrent downloads"),
	ROW(INT, 0, "max-concurrent-uploads", "int", uploads, "Set the max concurrent uploads"),
	ROW(INT, 0, "max-download-attempts", "int", attempts,
		"Set the max download attempts for each pull"),
	ROW(STR, 0, "http-proxy", "string", http_proxy,
		"HTTP proxy URL to use for outgoing traffic"),
	ROW(STR, 0, "https-proxy", "string", https_proxy,
		"HTTPS proxy URL to use for outgoing traffic"),
	ROW(STR, 0, "no-proxy", "string", no_proxy,
		"Comma-separated list of hosts or IP addresses for which the proxy is skipped"),
	OPT_END,
};

static const struct opt *const tables[] = { options_table, NULL };

static const struct options defaults = {
	.config_file = OPTIONS_CONFIG_FILE,
	.log_level = "info",
	.log_format = "text",
	.data_root = "/var/lib/tare",
	.exec_root = "/var/run/tare",
	.pidfile = "/var/run/docker.pid",
	.group = "docker",
	.shutdown_timeout_s = 15,
	.live_restore = true,
	.log_driver = "json-file",
	.iptables = true,
	.ip_forward = true,
	.ip_masq = true,
	.icc = true,
	.downloads = 3,
	.uploads = 5,
	.attempts = 5,
};

int options_parse(struct arena *a, int argc, char **argv, struct options *out, struct err *e)
{
	struct str_list rest = { 0 };

	*out = defaults;
	if (opt_parse(a, tables, OPT_INTERSPERSED, argc, argv, out, &rest, e))
		return -1;
	if (rest.n > 0)
		return err_set(
			e, ERR_INVALID, "\"tared\" accepts no arguments.\nSee 'tared --help'.");
	return 0;
}

void options_help(struct buf *out)
{
	buf_str(out,
		"\nUsage:  tared [OPTIONS]\n\nA self-sufficient runtime for containers.\n\nOptions:\n");
	opt_help(tables, out);
}

/* One of a NULL-terminated list of words, or the error text with the value. */
static int one_of(const char *value, const char *const *words, const char *text, struct err *e)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0)
			return 0;
	return err_set(e, ERR_INVALID, "%s: %s", text, value);
}

bool options_systemd_cgroup(const struct options *o)
{
	return o->exec_opts.n && strcmp(o->exec_opts.v[o->exec_opts.n - 1], SYSTEMD_DRIVER) == 0;
}

static int check_exec_opts(const struct options *o, struct err *e)
{
	for (size_t i = 0; i < o->exec_opts.n; i++) {
		const char *opt = o->exec_opts.v[i];

		if (strcmp(opt, "native.cgroupdriver=cgroupfs") == 0 ||
			strcmp(opt, SYSTEMD_DRIVER) == 0)
			continue;
		if (!strchr(opt, '='))
			return err_set(e, ERR_INVALID, "invalid option: \"%s\"", opt);
		if (!str_starts(opt, "native.cgroupdriver="))
			return err_set(e, ERR_INVALID, "Unknown option: \"%.*s\"",
				(int)(strchr(opt, '=') - opt), opt);
		return err_set(e, ERR_INVALID, "native.cgroupdriver option %s not supported",
			opt + strlen("native.cgroupdriver="));
	}
	return 0;
}

static int check_runtime(const struct options *o, struct err *e)
{
	for (size_t i = 0; o->default_runtime && engine_runtimes[i]; i++)
		if (strcmp(o->default_runtime, engine_runtimes[i]) == 0)
			return 0;
	if (!o->default_runtime)
		return 0;
	return err_set(e, ERR_INVALID, "specified default runtime '%s' does not exist",
		o->default_runtime);
}

int options_check(const struct options *o, struct err *e)
{
	static const char *const levels[] = { "debug", "info", "warn", "error", "fatal", NULL };
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const drivers[] = { "json-file", "none", NULL };
	static const char *const storage[] = { "overlay2", NULL };
	own_arena a = arena_new();
	struct registry_settings registries;
	struct ulimit_list ulimits;
	struct log_config log;

	if (one_of(o->log_level, levels, "invalid logging level", e) ||
		one_of(o->log_format, formats, "invalid log format", e) ||
		one_of(o->log_driver, drivers, "logger: no log driver named", e) ||
		(o->storage_driver &&
			one_of(o->storage_driver, storage, "driver not supported", e)))
		return -1;
	if (o->repair && !o->fsck)
		return err_set(e, ERR_INVALID, "--repair goes with --fsck only");
	if (!o->live_restore)
		return err_set(e, ERR_INVALID,
			"live-restore cannot be switched off: containers always outlive tared");
	if (o->mtu < 0 || o->mtu > 65535)
		return err_set(e, ERR_INVALID, "invalid default MTU: %lld", (long long)o->mtu);
	if (o->shutdown_timeout_s < -1)
		return err_set(e, ERR_INVALID, "invalid shutdown timeout: %lld",
			(long long)o->shutdown_timeout_s);
	for (size_t i = 0; i < o->labels.n; i++)
		if (!strchr(o->labels.v[i], '='))
			return err_set(e, ERR_INVALID, "bad attribute format: %s", o->labels.v[i]);
	if (check_exec_opts(o, e) || check_runtime(o, e))
		return -1;
	return options_ulimits(a, o, &ulimits, e) || options_log(a, o, &log, e) ||
			       options_registries(a, o, &registries, e)
		       ? -1
		       : 0;
}

int options_read(struct arena *a, int argc, char **argv, struct options *out, struct err *e)
{
	own_buf text = { 0 };

	if (options_parse(a, argc, argv, out, e))
		return -1;
	if (out->help || out->version)
		return 0;
	buf_init(&text, FILE_MAX);
	/* The default file may be missing, one that was named may not. */
	if (fs_read(AT_FDCWD, out->config_file, FILE_MAX, &text, e)) {
		if (e->kind != ERR_NOT_FOUND || out->given.config_file)
			return err_set(e, ERR_INVALID,
				"unable to configure the Docker daemon with file %s: open %s: %s",
				out->config_file, out->config_file,
				strerror(e->sys ? e->sys : ENOENT));
	} else if (options_merge(a, out->config_file, text.data, out, e)) {
		return -1;
	}
	return options_check(out, e);
}

int options_ulimits(
	struct arena *a, const struct options *o, struct ulimit_list *out, struct err *e)
{
	*out = (struct ulimit_list){ 0 };
	for (size_t i = 0; i < o->default_ulimits.n; i++) {
		const char *text = o->default_ulimits.v[i];
		struct slice name, values, soft, hard;
		struct ulimit u;

		if (!slice_cut(slice_str(text), '=', &name, &values) || name.n == 0)
			return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
		if (!slice_cut(values, ':', &soft, &hard))
			hard = soft;
		if (!parse_i64(soft, &u.soft) || !parse_i64(hard, &u.hard))
			return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
		if (u.hard != -1 && (u.soft == -1 || u.soft > u.hard))
			return err_set(e, ERR_INVALID,
				"ulimit soft limit must be less than or equal to hard limit: %lld > %lld",
				(long long)u.soft, (long long)u.hard);
		u.name = arena_strndup(a, name.p, name.n);
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = u;
	}
	return 0;
}

int options_log(struct arena *a, const struct options *o, struct log_config *out, struct err *e)
{
	*out = (struct log_config){ .type = o->log_driver };
	for (size_t i = 0; i < o->log_opts.n; i++) {
		struct slice key, value;

		slice_cut(slice_str(o->log_opts.v[i]), '=', &key, &value);
		if (key.n == 0)
			return err_set(e, ERR_INVALID, "invalid log opt: %s", o->log_opts.v[i]);
		str_map_set(a, &out->config, arena_strndup(a, key.p, key.n),
			arena_strndup(a, value.p, value.n));
	}
	return 0;
}
