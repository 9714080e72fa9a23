/* SPDX-License-Identifier: Apache-2.0 */
/* info: the server's own account of itself, in docker's layout. */
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/unit.h"
#include "client_info.h"
#include "cmds.h"
#include "go_types.h"
#include "listing.h"
#include "tmpl.h"

#define BAD_TEMPLATE_CODE 64

/* --- as Go types --- */

static const struct go_type plugins_type = GO_LIST_OF(&go_any_type);
static const struct go_field client_fields[] = {
	{ "Debug", NULL, &go_bool_type, 0 },
	{ "clientVersion", NULL, &client_version_type, GO_EMBEDDED },
	{ "Plugins", NULL, &plugins_type, 0 },
	{ "Warnings", NULL, &go_strings_type, 0 },
	{ 0 },
};
static const struct go_type client_type = GO_STRUCT_OF("system.clientInfo", client_fields);
static const struct go_type client_ptr = GO_PTR_TO(&client_type);
static const struct go_type server_ptr = GO_PTR_TO(&system_info_type);
static const struct go_field info_fields[] = {
	{ "Info", NULL, &server_ptr, GO_EMBEDDED },
	{ "ServerErrors", NULL, &go_strings_type, GO_OMITEMPTY },
	{ "UserName", NULL, &go_string_type, GO_NOT_JSON },
	{ "ClientInfo", NULL, &client_ptr, GO_OMITEMPTY },
	{ "ClientErrors", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type info_type = GO_STRUCT_OF("system.dockerInfo", info_fields);
/* The same without the server: what a template may use without asking it. */
static const struct go_field sparse_fields[] = {
	{ "ClientInfo", NULL, &client_ptr, GO_OMITEMPTY },
	{ "ClientErrors", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type sparse_type = GO_STRUCT_OF("system.sparseInfo", sparse_fields);

/* --- the printed form: one table of lines --- */

enum line_kind {
	LINE_ALWAYS, /* label value, empty or not */
	LINE_NONEMPTY,
	LINE_LIST,   /* label, then one a line below */
	LINE_JOINED, /* label and the list on one line */
	LINE_BYTES,
	LINE_FN,
};

struct line {
	enum line_kind kind;
	const char *label;
	const char *path; /* "Plugins.Volume" */
	void (*fn)(struct cli *c, const struct json *info);
};

static const struct json *at(const struct json *j, const char *path)
{
	char key[64];

	while (path && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		j = json_get_ci(j, key);
		path += n + (path[n] == '.');
	}
	return j;
}

/* Any scalar as Go prints it; missing is the zero of what stands there. */
static const char *scalar(struct arena *a, const struct json *j)
{
	switch (json_type(j)) {
	case JSON_BOOL:
		return json_bool(j, false) ? "true" : "false";
	case JSON_INT:
		return arena_printf(a, "%lld", (long long)json_i64(j, 0));
	default:
		return json_str(j, "");
	}
}

static void add_pairs(struct cli *c, const struct json *pairs, const char *lead)
{
	for (size_t i = 0; i < json_len(pairs); i++)
		buf_fmt(&c->out, "%s%s: %s\n", lead, json_str(json_at(json_at(pairs, i), 0), ""),
			json_str(json_at(json_at(pairs, i), 1), ""));
}

static void add_driver_status(struct cli *c, const struct json *info)
{
	add_pairs(c, json_get_ci(info, "DriverStatus"), "  ");
	add_pairs(c, json_get_ci(info, "SystemStatus"), " ");
}

static void add_authorization(struct cli *c, const struct json *info)
{
	const struct json *list = at(info, "Plugins.Authorization");

	if (json_len(list) == 0)
		return;
	buf_str(&c->out, "  Authorization:");
	for (size_t i = 0; i < json_len(list); i++)
		buf_fmt(&c->out, " %s", json_str(json_at(list, i), ""));
	buf_char(&c->out, '\n');
}

static void add_devices(struct cli *c, const struct json *info)
{
	const struct json *list = json_get_ci(info, "DiscoveredDevices");

	if (json_len(list) > 0)
		buf_str(&c->out, " Discovered Devices:\n");
	for (size_t i = 0; i < json_len(list); i++)
		buf_fmt(&c->out, "  %s: %s\n",
			json_str(json_get_ci(json_at(list, i), "Source"), ""),
			json_str(json_get_ci(json_at(list, i), "ID"), ""));
}

static void add_swarm(struct cli *c, const struct json *info)
{
	const struct json *swarm = json_get_ci(info, "Swarm");
	const char *state = json_str(json_get_ci(swarm, "LocalNodeState"), "");

	buf_fmt(&c->out, " Swarm: %s\n", state);
	if (str_eq(state, "inactive") || str_eq(state, "locked") || *state == '\0')
		return;
	buf_fmt(&c->out, "  NodeID: %s\n", json_str(json_get_ci(swarm, "NodeID"), ""));
	buf_fmt(&c->out, "  Is Manager: %s\n",
		scalar(c->arena, json_get_ci(swarm, "ControlAvailable")));
	buf_fmt(&c->out, "  Node Address: %s\n", json_str(json_get_ci(swarm, "NodeAddr"), ""));
}

static void add_runtimes(struct cli *c, const struct json *info)
{
	const struct json *runtimes = json_get_ci(info, "Runtimes");

	if (json_len(runtimes) == 0)
		return;
	buf_str(&c->out, " Runtimes:");
	for (struct json_iter it = json_iter(runtimes); json_next(&it);)
		buf_fmt(&c->out, " %s", it.key);
	buf_fmt(&c->out, "\n Default Runtime: %s\n",
		json_str(json_get_ci(info, "DefaultRuntime"), ""));
}

/* "name=seccomp,profile=builtin" */
static void add_security(struct cli *c, const char *text)
{
	struct slice rest = slice_str(text), one, k, v;
	bool more = true;

	while (more) {
		more = slice_cut(rest, ',', &one, &rest);
		if (!slice_cut(one, '=', &k, &v))
			buf_fmt(&c->out, "  %.*s\n", (int)one.n, one.p);
		else if (slice_eq(k, "name"))
			buf_fmt(&c->out, "  %.*s\n", (int)v.n, v.p);
		else if (slice_eq(k, "profile"))
			buf_fmt(&c->out, "   Profile: %.*s\n", (int)v.n, v.p);
	}
}

static void add_linux(struct cli *c, const struct json *info)
{
	const struct json *security = json_get_ci(info, "SecurityOptions");

	if (!str_eq(json_str(json_get_ci(info, "OSType"), ""), "linux"))
		return;
	buf_fmt(&c->out, " Init Binary: %s\n", json_str(json_get_ci(info, "InitBinary"), ""));
	buf_fmt(&c->out, " containerd version: %s\n",
		json_str(at(info, "ContainerdCommit.ID"), ""));
	buf_fmt(&c->out, " runc version: %s\n", json_str(at(info, "RuncCommit.ID"), ""));
	buf_fmt(&c->out, " init version: %s\n", json_str(at(info, "InitCommit.ID"), ""));
	if (json_len(security) > 0)
		buf_str(&c->out, " Security Options:\n");
	for (size_t i = 0; i < json_len(security); i++)
		add_security(c, json_str(json_at(security, i), ""));
}

static void add_debug(struct cli *c, const struct json *info)
{
	static const struct {
		const char *label, *key;
	} lines[] = { { "File Descriptors", "NFd" }, { "Goroutines", "NGoroutines" },
		{ "System Time", "SystemTime" }, { "EventsListeners", "NEventsListener" } };

	if (!json_bool(json_get_ci(info, "Debug"), false) && !c->globals.debug)
		return;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		buf_fmt(&c->out, "  %s: %s\n", lines[i].label,
			scalar(c->arena, json_get_ci(info, lines[i].key)));
}

static void add_registries(struct cli *c, const struct json *info)
{
	const struct json *config = json_get_ci(info, "RegistryConfig");
	const struct json *cidrs = json_get_ci(config, "InsecureRegistryCIDRs");
	const struct json *indexes = json_get_ci(config, "IndexConfigs");
	const struct json *mirrors = json_get_ci(config, "Mirrors");

	if (json_len(cidrs) > 0 || json_len(indexes) > 0) {
		buf_str(&c->out, " Insecure Registries:\n");
		for (struct json_iter it = json_iter(indexes); json_next(&it);) {
			if (!json_bool(json_get_ci(it.value, "Secure"), false))
				buf_fmt(&c->out, "  %s\n",
					json_str(json_get_ci(it.value, "Name"), ""));
		}
		for (size_t i = 0; i < json_len(cidrs); i++)
			buf_fmt(&c->out, "  %s\n", json_str(json_at(cidrs, i), ""));
	}
	if (json_len(mirrors) > 0)
		buf_str(&c->out, " Registry Mirrors:\n");
	for (size_t i = 0; i < json_len(mirrors); i++)
		buf_fmt(&c->out, "  %s\n", json_str(json_at(mirrors, i), ""));
}

static void add_pools(struct cli *c, const struct json *info)
{
	const struct json *pools = json_get_ci(info, "DefaultAddressPools");

	if (json_len(pools) > 0)
		buf_str(&c->out, " Default Address Pools:\n");
	for (size_t i = 0; i < json_len(pools); i++)
		buf_fmt(&c->out, "   Base: %s, Size: %lld\n",
			json_str(json_get_ci(json_at(pools, i), "Base"), ""),
			(long long)json_i64(json_get_ci(json_at(pools, i), "Size"), 0));
}

static const struct line lines[] = {
	{ LINE_ALWAYS, " Containers:", "Containers", NULL },
	{ LINE_ALWAYS, "  Running:", "ContainersRunning", NULL },
	{ LINE_ALWAYS, "  Paused:", "ContainersPaused", NULL },
	{ LINE_ALWAYS, "  Stopped:", "ContainersStopped", NULL },
	{ LINE_ALWAYS, " Images:", "Images", NULL },
	{ LINE_NONEMPTY, " Server Version:", "ServerVersion", NULL },
	{ LINE_NONEMPTY, " Storage Driver:", "Driver", NULL },
	{ LINE_FN, NULL, NULL, add_driver_status },
	{ LINE_NONEMPTY, " Logging Driver:", "LoggingDriver", NULL },
	{ LINE_NONEMPTY, " Cgroup Driver:", "CgroupDriver", NULL },
	{ LINE_NONEMPTY, " Cgroup Version:", "CgroupVersion", NULL },
	{ LINE_LIST, " Plugins:", NULL, NULL },
	{ LINE_JOINED, "  Volume:", "Plugins.Volume", NULL },
	{ LINE_JOINED, "  Network:", "Plugins.Network", NULL },
	{ LINE_FN, NULL, NULL, add_authorization },
	{ LINE_JOINED, "  Log:", "Plugins.Log", NULL },
	{ LINE_LIST, " CDI spec directories:", "CDISpecDirs", NULL },
	{ LINE_FN, NULL, NULL, add_devices },
	{ LINE_FN, NULL, NULL, add_swarm },
	{ LINE_FN, NULL, NULL, add_runtimes },
	{ LINE_FN, NULL, NULL, add_linux },
	{ LINE_NONEMPTY, " Kernel Version:", "KernelVersion", NULL },
	{ LINE_NONEMPTY, " Operating System:", "OperatingSystem", NULL },
	{ LINE_NONEMPTY, " OSType:", "OSType", NULL },
	{ LINE_NONEMPTY, " Architecture:", "Architecture", NULL },
	{ LINE_ALWAYS, " CPUs:", "NCPU", NULL },
	{ LINE_BYTES, " Total Memory:", "MemTotal", NULL },
	{ LINE_NONEMPTY, " Name:", "Name", NULL },
	{ LINE_NONEMPTY, " ID:", "ID", NULL },
	{ LINE_ALWAYS, " Docker Root Dir:", "DockerRootDir", NULL },
	{ LINE_ALWAYS, " Debug Mode:", "Debug", NULL },
	{ LINE_FN, NULL, NULL, add_debug },
	{ LINE_NONEMPTY, " HTTP Proxy:", "HttpProxy", NULL },
	{ LINE_NONEMPTY, " HTTPS Proxy:", "HttpsProxy", NULL },
	{ LINE_NONEMPTY, " No Proxy:", "NoProxy", NULL },
	{ LINE_LIST, " Labels:", "Labels", NULL },
	{ LINE_ALWAYS, " Experimental:", "ExperimentalBuild", NULL },
	{ LINE_FN, NULL, NULL, add_registries },
	{ LINE_ALWAYS, " Live Restore Enabled:", "LiveRestoreEnabled", NULL },
	{ LINE_NONEMPTY, " Product License:", "ProductLicense", NULL },
	{ LINE_FN, NULL, NULL, add_pools },
};

static void add_line(struct cli *c, const struct line *l, const struct json *info)
{
	const struct json *v = l->path ? at(info, l->path) : NULL;
	char text[UNIT_TEXT];

	switch (l->kind) {
	case LINE_ALWAYS:
		buf_fmt(&c->out, "%s %s\n", l->label, scalar(c->arena, v));
		break;
	case LINE_NONEMPTY:
		if (*scalar(c->arena, v))
			buf_fmt(&c->out, "%s %s\n", l->label, scalar(c->arena, v));
		break;
	case LINE_LIST:
		if (l->path == NULL || json_len(v) > 0)
			buf_fmt(&c->out, "%s\n", l->label);
		for (size_t i = 0; i < json_len(v); i++)
			buf_fmt(&c->out, "  %s\n", json_str(json_at(v, i), ""));
		break;
	case LINE_JOINED:
		buf_fmt(&c->out, "%s ", l->label);
		for (size_t i = 0; i < json_len(v); i++)
			buf_fmt(&c->out, "%s%s", i ? " " : "", json_str(json_at(v, i), ""));
		buf_char(&c->out, '\n');
		break;
	case LINE_BYTES:
		buf_fmt(&c->out, "%s %s\n", l->label, unit_bytes(text, (double)json_i64(v, 0)));
		break;
	case LINE_FN:
		l->fn(c, info);
		break;
	}
}

/* info NULL: the server said error, or nothing. */
static int show(struct cli *c, const struct json *info, const char *error)
{
	buf_fmt(&c->out,
		"Client: tare %s\n Version:    %s\n Context:    default\n Debug Mode: %s\n",
		TARE_VERSION, CLI_VERSION, c->globals.debug ? "true" : "false");
	buf_str(&c->out, "\nServer:\n");
	if (info) {
		const struct json *warnings = json_get_ci(info, "Warnings");

		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			add_line(c, &lines[i], info);
		buf_char(&c->out, '\n');
		for (size_t i = 0; i < json_len(warnings); i++)
			cli_warn(c, "%s", json_str(json_at(warnings, i), ""));
	}
	if (error)
		cli_warn(c, "ERROR: %s", error);
	return error ? -1 : 0;
}

/* --- --format --- */

/* {the server's members…, "ClientInfo": {…}} */
static struct json *combined(struct cli *c, const char *server, const char *error, struct err *e)
{
	struct slice members = slice_trim(slice_str(server));
	struct jsonw w;
	own_buf b = { 0 };

	buf_init(&b, CLI_BODY_MAX);
	buf_char(&b, '{');
	if (members.n > 2) {
		buf_add(&b, members.p + 1, members.n - 2);
		buf_char(&b, ',');
	}
	if (error) {
		buf_str(&b, "\"ServerErrors\":[");
		go_json(&b, c->arena, go_str(error), false);
		buf_str(&b, "],");
	}
	buf_str(&b, "\"ClientInfo\":");
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	jsonw_kbool(&w, "Debug", c->globals.debug);
	client_info_write(&w, NULL);
	jsonw_key(&w, "Plugins");
	jsonw_arr(&w);
	jsonw_arr_end(&w);
	jsonw_obj_end(&w);
	buf_char(&b, '}');
	return json_parse(b.data, b.len, e);
}

/* A template that only speaks of the client needs no server. */
static bool needs_server(struct cli *c, const char *format)
{
	struct err ignored;
	struct tmpl *t;
	struct json *doc;
	own_buf out = { 0 };
	bool rc;

	if (str_empty(format) || str_eq(format, "json") || str_eq(format, "{{json .}}"))
		return true;
	t = tmpl_parse(c->arena, "", format, &ignored);
	doc = combined(c, "", NULL, &ignored);
	buf_init(&out, CLI_BODY_MAX);
	rc = t == NULL || doc == NULL || strchr(format, '.') == NULL ||
	     tmpl_exec(t, go_of(&sparse_type, doc), 0, &out, &ignored);
	json_free(doc);
	return rc;
}

struct info_opts {
	struct opts_common common;
	const char *format;
};

static const struct opt info_opts[] = {
	OPT(STR, 'f', "format", "string", struct info_opts, format, INSPECT_FORMAT_HELP),
	OPT_END,
};

static int show_format(
	struct cli *c, const char *format, const char *server, const char *error, struct err *e)
{
	struct tmpl *t =
		tmpl_parse(c->arena, "", str_eq(format, "json") ? "{{json .}}" : format, e);
	own_json doc = NULL;
	int rc;

	if (t == NULL) {
		c->exit_code = BAD_TEMPLATE_CODE;
		return err_in(e, "template parsing error");
	}
	doc = combined(c, server, error, e);
	if (doc == NULL)
		return -1;
	rc = tmpl_exec(t, go_of(&info_type, doc), 0, &c->out, e);
	buf_char(&c->out, '\n');
	return rc;
}

static int run_info(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct info_opts *o = opts;
	struct err why = { 0 }, render;
	own_buf body = { 0 };
	own_json info = NULL;
	const char *error = NULL;
	bool lost = false;
	int rc = 0;

	buf_init(&body, CLI_BODY_MAX);
	if (needs_server(c, o->format)) {
		if (cli_client(c, e) == NULL)
			return -1;
		rc = client_call(c->client, "GET", "/info", NULL, &body, &why) < 0 ? -1 : 0;
		lost = rc && !str_starts(why.msg, "Error response from daemon");
		error = rc && !lost ? why.msg : NULL;
		if (rc == 0)
			info = json_parse(body.data, body.len, &why);
	}
	if (!str_empty(o->format)) {
		if (error)
			cli_warn(c, "%s", error);
		rc = show_format(c, o->format, body.data, error, &render);
	} else {
		rc = show(c, info, error);
		err_set(&render, ERR_INTERNAL, "errors pretty printing info");
	}
	if (rc && lost)
		return err_set(e, why.kind, "%s\n%s", why.msg, render.msg);
	*e = lost ? why : render;
	return rc || lost ? -1 : 0;
}

const struct command_impl info_impl = {
	.run = run_info,
	.opts = info_opts,
	.opts_size = sizeof(struct info_opts),
};
