/* SPDX-License-Identifier: Apache-2.0 */
/* version: docker's own template over the client's and the server's data. */
#include <string.h>

#include "base/jsonw.h"
#include "client_info.h"
#include "cmds.h"
#include "columns.h"
#include "go_types.h"
#include "listing.h"
#include "tmpl.h"

#define BAD_TEMPLATE_CODE 64

static const struct go_type server_ptr = GO_PTR_TO(&types_version_type);
static const struct go_field info_fields[] = {
	{ "Client", NULL, &client_version_type, 0 },
	{ "Server", NULL, &server_ptr, 0 },
	{ 0 },
};
static const struct go_type info_type = GO_STRUCT_OF("system.versionInfo", info_fields);

/* Details of other components come sorted by name, as docker sorts them. */
static const char default_template[] =
	"{{with .Client -}}\n"
	"Client:{{if ne .Platform nil}}{{if ne .Platform.Name \"\"}} {{.Platform.Name}}{{end}}{{end}}\n"
	" Version:\t{{.Version}}\n"
	" API version:\t{{.APIVersion}}{{if ne .APIVersion .DefaultAPIVersion}} (downgraded from "
	"{{.DefaultAPIVersion}}){{end}}\n"
	" Go version:\t{{.GoVersion}}\n"
	" Git commit:\t{{.GitCommit}}\n"
	" Built:\t{{.BuildTime}}\n"
	" OS/Arch:\t{{.Os}}/{{.Arch}}\n"
	" Context:\t{{.Context}}\n"
	"{{- end}}\n"
	"{{- if ne .Server nil}}{{with .Server}}\n\n"
	"Server:{{if ne .Platform.Name \"\"}} {{.Platform.Name}}{{end}}\n"
	" {{- range $component := .Components}}\n"
	" {{$component.Name}}:\n"
	"  {{- if eq $component.Name \"Engine\" }}\n"
	"  Version:\t{{.Version}}\n"
	"  API version:\t{{index .Details \"ApiVersion\"}} (minimum version {{index .Details "
	"\"MinAPIVersion\"}})\n"
	"  Go version:\t{{index .Details \"GoVersion\"}}\n"
	"  Git commit:\t{{index .Details \"GitCommit\"}}\n"
	"  Built:\t{{index .Details \"BuildTime\"}}\n"
	"  OS/Arch:\t{{index .Details \"Os\"}}/{{index .Details \"Arch\"}}\n"
	"  Experimental:\t{{index .Details \"Experimental\"}}\n"
	"  {{- else }}\n"
	"  Version:\t{{$component.Version}}\n"
	"  {{- range $key, $value := $component.Details}}\n"
	"  {{$key}}:\t{{$value}}\n"
	"   {{- end}}\n"
	"  {{- end}}\n"
	" {{- end}}\n"
	" {{- end}}{{- end}}";

struct version_opts {
	struct opts_common common;
	const char *format;
};

static const struct opt version_opts[] = {
	OPT(STR, 'f', "format", "string", struct version_opts, format, INSPECT_FORMAT_HELP),
	OPT_END,
};

/* --- the server's part --- */

static void copy_member(struct jsonw *w, const char *key, const struct json *value)
{
	own_buf b = { 0 };

	buf_init(&b, CLI_BODY_MAX);
	json_print(value, NULL, &b);
	jsonw_key(w, key);
	jsonw_raw(w, b.data);
}

/* The engine's details, with its build time in the form the client's has. */
static void write_details(struct cli *c, struct jsonw *w, const struct json *details)
{
	jsonw_obj(w);
	for (struct json_iter it = json_iter(details); json_next(&it);) {
		const char *text = json_str(it.value, "");

		jsonw_kstr(w, it.key,
			str_eq(it.key, "BuildTime") ? client_info_date(c->arena, text) : text);
	}
	jsonw_obj_end(w);
}

static bool write_component(struct cli *c, struct jsonw *w, const struct json *one)
{
	bool is_engine = str_eq(json_str(json_get_ci(one, "Name"), ""), "Engine");

	jsonw_obj(w);
	for (struct json_iter it = json_iter(one); json_next(&it);) {
		if (is_engine && str_eq(it.key, "Details")) {
			jsonw_key(w, "Details");
			write_details(c, w, it.value);
		} else {
			copy_member(w, it.key, it.value);
		}
	}
	jsonw_obj_end(w);
	return is_engine;
}

/* Engines that name no component "Engine" get one made of the old members. */
static void write_engine(struct cli *c, struct jsonw *w, const struct json *server)
{
	static const char *const keys[] = { "ApiVersion", "MinAPIVersion", "GitCommit", "GoVersion",
		"Os", "Arch" };

	jsonw_obj(w);
	jsonw_kstr(w, "Name", "Engine");
	jsonw_kstr(w, "Version", json_str(json_get_ci(server, "Version"), ""));
	jsonw_key(w, "Details");
	jsonw_obj(w);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		jsonw_kstr(w, keys[i], json_str(json_get_ci(server, keys[i]), ""));
	jsonw_kstr(w, "BuildTime",
		client_info_date(c->arena, json_str(json_get_ci(server, "BuildTime"), "")));
	jsonw_kstr(w, "Experimental",
		json_bool(json_get_ci(server, "Experimental"), false) ? "true" : "false");
	jsonw_obj_end(w);
	jsonw_obj_end(w);
}

static void write_server(struct cli *c, struct jsonw *w, const struct json *server)
{
	const struct json *components = json_get_ci(server, "Components");
	bool has_engine = false;

	jsonw_obj(w);
	for (struct json_iter it = json_iter(server); json_next(&it);) {
		if (!str_eq(it.key, "Components"))
			copy_member(w, it.key, it.value);
	}
	jsonw_key(w, "Components");
	jsonw_arr(w);
	for (size_t i = 0; i < json_len(components); i++)
		has_engine = write_component(c, w, json_at(components, i)) || has_engine;
	if (!has_engine)
		write_engine(c, w, server);
	jsonw_arr_end(w);
	jsonw_obj_end(w);
}

/* --- the command --- */

static int show(struct cli *c, const struct tmpl *t, const char *data, struct err *e)
{
	static const struct columns layout = { .min_width = 20, .padding = 1 };
	own_json doc = json_parse(data, strlen(data), e);
	own_buf text = { 0 };
	int rc;

	if (doc == NULL)
		return -1;
	buf_init(&text, CLI_BODY_MAX);
	rc = tmpl_exec(t, go_of(&info_type, doc), 0, &text, e);
	buf_char(&text, '\n');
	columns_write(&c->out, &layout, text.data, text.len);
	return rc;
}

static int run_version(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct version_opts *o = opts;
	const char *format = str_empty(o->format) ? default_template : o->format;
	struct tmpl *t =
		tmpl_parse(c->arena, "version", str_eq(format, "json") ? "{{json .}}" : format, e);
	own_json server = NULL;
	const char *api_version = NULL;
	struct err server_error = { 0 }, ignored;
	struct jsonw w;
	own_buf b = { 0 };
	int rc;

	if (t == NULL) {
		c->exit_code = BAD_TEMPLATE_CODE;
		return err_in(e, "template parsing error");
	}
	rc = cli_get_json(c, "/version", &server, &server_error);
	if (c->client)
		api_version = client_api_version(c->client, &ignored);
	buf_init(&b, CLI_BODY_MAX);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	jsonw_key(&w, "Client");
	jsonw_obj(&w);
	client_info_write(&w, api_version ? api_version : CLIENT_API_MAX);
	jsonw_obj_end(&w);
	if (server) {
		jsonw_key(&w, "Server");
		write_server(c, &w, server);
	}
	jsonw_obj_end(&w);
	if (show(c, t, b.data, e) && rc == 0)
		return -1;
	if (rc)
		*e = server_error;
	return rc;
}

const struct command_impl version_impl = {
	.run = run_version,
	.opts = version_opts,
	.opts_size = sizeof(struct version_opts),
};
