/* SPDX-License-Identifier: Apache-2.0 */
/* A row per option of json-file. */
#include "log_options.h"

#include <string.h>
#include <strings.h>

#include "base/jsonw.h"
#include "base/slice.h"

struct log_read {
	struct arena *arena;
	const struct container_config *config;
	struct log_options *out;
	struct str_map attrs;
};

struct log_opt {
	const char *name;
	int (*set)(struct log_read *r, const char *value, struct err *e);
};

/* go-units FromHumanSize: powers of 1000, "10m", "1.5gb" without the fraction. */
static bool parse_size(const char *text, int64_t *out)
{
	static const char *const suffixes[] = { "", "k", "m", "g", "t" };
	size_t digits = strspn(text, "0123456789"), n = strlen(text);
	struct slice unit = { text + digits, n - digits };
	uint64_t value;

	if (!parse_u64((struct slice){ text, digits }, &value))
		return false;
	if (unit.n && (unit.p[unit.n - 1] == 'b' || unit.p[unit.n - 1] == 'B'))
		unit.n--;
	for (int i = 0; i < 5; i++, value *= 1000) {
		if (value > INT64_MAX / 1000)
			return false;
		if (unit.n == strlen(suffixes[i]) &&
			strncasecmp(unit.p, suffixes[i], unit.n) == 0) {
			*out = (int64_t)value;
			return true;
		}
	}
	return false;
}

static int set_max_size(struct log_read *r, const char *value, struct err *e)
{
	if (str_eq(value, "-1"))
		return 0;
	if (!parse_size(value, &r->out->max_bytes))
		return err_set(
			e, ERR_INVALID, "invalid value for max-size: invalid size: '%s'", value);
	if (r->out->max_bytes <= 0)
		return err_set(e, ERR_INVALID, "max-size must be a positive number");
	return 0;
}

static int set_max_file(struct log_read *r, const char *value, struct err *e)
{
	if (!parse_u32(slice_str(value), &r->out->max_files))
		return err_set(e, ERR_INVALID,
			"invalid value for max-file: strconv.Atoi: parsing \"%s\": invalid syntax",
			value);
	if (r->out->max_files < 1)
		return err_set(e, ERR_INVALID, "max-file cannot be less than 1");
	return 0;
}

static int set_labels(struct log_read *r, const char *value, struct err *e)
{
	struct slice rest = slice_str(value), one;

	(void)e;
	for (bool more = *value; more;) {
		more = slice_cut(rest, ',', &one, &rest);
		const char *key = arena_strndup(r->arena, one.p, one.n);
		const char *label = str_map_get(&r->config->labels, key);

		if (label)
			str_map_set(r->arena, &r->attrs, key, label);
	}
	return 0;
}

static int set_env(struct log_read *r, const char *value, struct err *e)
{
	struct slice rest = slice_str(value), one, key, val;

	(void)e;
	for (bool more = *value; more;) {
		more = slice_cut(rest, ',', &one, &rest);
		for (size_t i = 0; i < r->config->env.n; i++) {
			slice_cut(slice_str(r->config->env.v[i]), '=', &key, &val);
			if (key.n == one.n && memcmp(key.p, one.p, key.n) == 0)
				str_map_set(r->arena, &r->attrs,
					arena_strndup(r->arena, key.p, key.n),
					arena_strndup(r->arena, val.p, val.n));
		}
	}
	return 0;
}

static int not_available(const char *name, const char *value, struct err *e)
{
	return err_set(e, ERR_NOT_IMPLEMENTED, "log option %s=%s is not available in this version",
		name, value);
}

static int set_compress(struct log_read *r, const char *value, struct err *e)
{
	(void)r;
	return str_eq(value, "false") ? 0 : not_available("compress", value, e);
}

static int set_mode(struct log_read *r, const char *value, struct err *e)
{
	(void)r;
	return str_eq(value, "blocking") ? 0 : not_available("mode", value, e);
}

static int set_tag(struct log_read *r, const char *value, struct err *e)
{
	(void)r;
	return *value ? not_available("tag", value, e) : 0;
}

static int set_labels_regex(struct log_read *r, const char *value, struct err *e)
{
	(void)r;
	return *value ? not_available("labels-regex", value, e) : 0;
}

static int set_env_regex(struct log_read *r, const char *value, struct err *e)
{
	(void)r;
	return *value ? not_available("env-regex", value, e) : 0;
}

static const struct log_opt log_opts[] = {
	{ "max-size", set_max_size },
	{ "max-file", set_max_file },
	{ "labels", set_labels },
	{ "env", set_env },
	{ "compress", set_compress },
	{ "mode", set_mode },
	{ "tag", set_tag },
	{ "labels-regex", set_labels_regex },
	{ "env-regex", set_env_regex },
};

static const char *const known_drivers[] = { "local", "syslog", "journald", "gelf", "fluentd",
	"awslogs", "gcplogs", "splunk", "etwlogs", NULL };

static int check_driver(const char *type, struct err *e)
{
	for (const char *const *d = known_drivers; *d; d++)
		if (str_eq(*d, type))
			return err_set(e, ERR_NOT_IMPLEMENTED,
				"log driver %s is not available in this version: use json-file or none",
				type);
	return err_set(e, ERR_INVALID, "logger: no log driver named '%s' is registered", type);
}

static int set_option(struct log_read *r, const char *name, const char *value, struct err *e)
{
	for (size_t i = 0; i < sizeof(log_opts) / sizeof(*log_opts); i++)
		if (str_eq(name, log_opts[i].name))
			return log_opts[i].set(r, value, e);
	return err_set(e, ERR_INVALID, "unknown log opt '%s' for json-file log driver", name);
}

static const char *attrs_text(struct arena *a, const struct str_map *attrs)
{
	struct jsonw w;

	if (!attrs->n)
		return NULL;
	own_buf b = { 0 };
	buf_init(&b, 64 * 1024);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	for (size_t i = 0; i < attrs->n; i++)
		jsonw_kstr(&w, attrs->keys[i], attrs->v[i]);
	jsonw_obj_end(&w);
	return arena_strndup(a, b.data, b.len);
}

int log_options_parse(struct arena *a, const struct log_config *log,
	const struct container_config *config, struct log_options *out, struct err *e)
{
	struct log_read r = { a, config, out, { 0 } };

	*out = (struct log_options){ .max_bytes = -1, .max_files = 1 };
	if (str_eq(log->type, "none"))
		return 0;
	if (!str_empty(log->type) && !str_eq(log->type, "json-file"))
		return check_driver(log->type, e);
	out->keeps_file = true;
	for (size_t i = 0; i < log->config.n; i++)
		if (set_option(&r, log->config.keys[i], log->config.v[i], e))
			return -1;
	out->attrs = attrs_text(a, &r.attrs);
	return 0;
}
