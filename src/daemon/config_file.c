/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon.json: a directive is a flag's long name (a few are spelled in the plural), its value that of the
 * flag's row. What the file says and a flag says too is a conflict, never a merge.
 */
#include <string.h>

#include "base/json.h"
#include "base/slice.h"
#include "options.h"
#include "options_int.h"

/* Directives spelled otherwise than their flag. */
static const struct {
	const char *key, *flag;
} spellings[] = {
	{ "hosts", "host" },
	{ "labels", "label" },
	{ "exec-opts", "exec-opt" },
	{ "dns-opts", "dns-opt" },
	{ "log-opts", "log-opt" },
	{ "default-ulimits", "default-ulimit" },
	{ "registry-mirrors", "registry-mirror" },
	{ "insecure-registries", "insecure-registry" },
};

/* Flags that no file may contain. */
static const char *const flags_only[] = { "help", "version", "validate", "config-file",
	"http-proxy", "https-proxy", "no-proxy" };
/* Directives of the object "proxies", named as their flags. */
static const char *const proxies[] = { "http-proxy", "https-proxy", "no-proxy" };
#define PROXIES "proxies"

static const char *flag_of(const char *key)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (strcmp(spellings[i].key, key) == 0)
			return spellings[i].flag;
		if (strcmp(spellings[i].flag, key) == 0)
			return NULL;
	}
	for (size_t i = 0; i < sizeof(flags_only) / sizeof(flags_only[0]); i++)
		if (strcmp(flags_only[i], key) == 0)
			return NULL;
	return key;
}

static const struct opt *find_row(const char *flag)
{
	for (const struct opt *o = options_table; flag && o->type; o++)
		if (strcmp(o->name, flag) == 0)
			return o;
	return NULL;
}

static const struct opt *row_of(const char *key)
{
	return find_row(flag_of(key));
}

static const struct opt *proxy_row(const char *key)
{
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++)
		if (strcmp(proxies[i], key) == 0)
			return find_row(key);
	return NULL;
}

static int wrong_kind(const char *key, const char *want, struct err *e)
{
	return err_set(e, ERR_INVALID, "%s: a %s is expected", key, want);
}

/* {"nofile":{"Name":"nofile","Soft":1,"Hard":2}} becomes "nofile=1:2", {"k":"v"} "k=v". */
static int read_pairs(struct arena *a, const char *key, const struct json *value,
	struct str_list *out, struct err *e)
{
	for (struct json_iter it = json_iter(value); json_next(&it);) {
		if (json_type(it.value) == JSON_STR)
			str_list_add(
				a, out, arena_printf(a, "%s=%s", it.key, json_str(it.value, "")));
		else if (json_type(it.value) == JSON_OBJ)
			str_list_add(a, out,
				arena_printf(a, "%s=%lld:%lld", it.key,
					(long long)json_i64(json_get_ci(it.value, "Soft"), -1),
					(long long)json_i64(json_get_ci(it.value, "Hard"), -1)));
		else
			return wrong_kind(key, "map of strings", e);
	}
	return 0;
}

static int read_list(struct arena *a, const char *key, const struct json *value,
	struct str_list *out, struct err *e)
{
	if (json_type(value) == JSON_OBJ)
		return read_pairs(a, key, value, out, e);
	if (json_type(value) != JSON_ARR)
		return wrong_kind(key, "list of strings", e);
	for (size_t i = 0; i < json_len(value); i++) {
		if (json_type(json_at(value, i)) != JSON_STR)
			return wrong_kind(key, "list of strings", e);
		str_list_add(a, out, json_str(json_at(value, i), ""));
	}
	return 0;
}

static int read_value(struct arena *a, const char *key, const struct json *value,
	const struct opt *row, struct options *out, struct err *e)
{
	void *into = (char *)out + row->offset;
	enum json_type type = json_type(value);

	switch (row->type) {
	case OPT_T_BOOL:
		*(bool *)into = json_bool(value, false);
		return type == JSON_BOOL ? 0 : wrong_kind(key, "boolean", e);
	case OPT_T_INT:
		*(int64_t *)into = json_i64(value, 0);
		return type == JSON_INT ? 0 : wrong_kind(key, "number", e);
	case OPT_T_STR:
		*(const char **)into = arena_strdup(a, json_str(value, ""));
		return type == JSON_STR ? 0 : wrong_kind(key, "string", e);
	default:
		return read_list(a, key, value, into, e);
	}
}

/* What the flag said, for the conflict's text. */
static void add_value(struct buf *out, const struct opt *row, const struct options *o)
{
	const void *from = (const char *)o + row->offset;
	const struct str_list *list = from;

	if (row->type == OPT_T_BOOL) {
		buf_str(out, *(const bool *)from ? "true" : "false");
	} else if (row->type == OPT_T_INT) {
		buf_fmt(out, "%lld", (long long)*(const int64_t *)from);
	} else if (row->type == OPT_T_STR) {
		buf_str(out, *(const char *const *)from);
	} else {
		buf_char(out, '[');
		for (size_t i = 0; i < list->n; i++)
			buf_fmt(out, "%s%s", i ? " " : "", list->v[i]);
		buf_char(out, ']');
	}
}

static void add_conflict(struct buf *out, const char *key, const struct opt *row,
	const struct json *value, const struct options *o)
{
	buf_fmt(out, "%s%s: (from flag: ", out->len ? ", " : "", key);
	add_value(out, row, o);
	buf_str(out, ", from file: ");
	if (json_type(value) == JSON_STR)
		buf_str(out, json_str(value, ""));
	else
		json_print(value, NULL, out);
	buf_char(out, ')');
}

struct faults {
	struct buf *unknown, *twice;
	size_t n_unknown; /* a name may be empty */
};

static void look_for_faults(
	const struct json *doc, const struct options *o, bool in_proxies, struct faults *f)
{
	for (struct json_iter it = json_iter(doc); json_next(&it);) {
		const struct opt *row = in_proxies ? proxy_row(it.key) : row_of(it.key);

		if (!in_proxies && strcmp(it.key, PROXIES) == 0)
			look_for_faults(it.value, o, true, f);
		else if (!row)
			buf_fmt(f->unknown, "%s%s", f->n_unknown++ ? ", " : "", it.key);
		else if (row->changed_offset != OPT_NO_CHANGED &&
			 *(const bool *)((const char *)o + row->changed_offset))
			add_conflict(f->twice, it.key, row, it.value, o);
	}
}

/* Names the directives nobody knows, then those said twice. */
static int find_faults(const struct json *doc, const struct options *o, struct err *e)
{
	own_buf unknown = { 0 }, twice = { 0 };
	struct faults faults = { &unknown, &twice, 0 };

	buf_init(&unknown, 4096);
	buf_init(&twice, 4096);
	look_for_faults(doc, o, false, &faults);
	if (faults.n_unknown)
		return err_set(e, ERR_INVALID,
			"the following directives don't match any configuration option: %s",
			unknown.data);
	if (twice.len)
		return err_set(e, ERR_INVALID,
			"the following directives are specified both as a flag and in the configuration "
			"file: %s",
			twice.data);
	return 0;
}

static int read_proxies(
	struct arena *a, const struct json *value, struct options *out, struct err *e)
{
	if (json_type(value) != JSON_OBJ)
		return wrong_kind(PROXIES, "map of strings", e);
	for (struct json_iter it = json_iter(value); json_next(&it);)
		if (read_value(a, it.key, it.value, proxy_row(it.key), out, e))
			return -1;
	return 0;
}

static int merge(struct arena *a, const struct json *doc, struct options *out, struct err *e)
{
	if (json_type(doc) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "an object is expected");
	if (find_faults(doc, out, e))
		return -1;
	for (struct json_iter it = json_iter(doc); json_next(&it);)
		if (strcmp(it.key, PROXIES) == 0
				? read_proxies(a, it.value, out, e)
				: read_value(a, it.key, it.value, row_of(it.key), out, e))
			return -1;
	return 0;
}

int options_merge(
	struct arena *a, const char *path, const char *text, struct options *out, struct err *e)
{
	own_json doc = NULL;
	struct slice trimmed = slice_trim(slice_str(text));
	int rc = 0;

	/* An empty file says nothing. */
	if (trimmed.n > 0) {
		doc = json_parse(trimmed.p, trimmed.n, e);
		rc = doc ? merge(a, doc, out, e) : -1;
	}
	return rc ? err_in(e, "unable to configure the Docker daemon with file %s", path) : 0;
}
