/* SPDX-License-Identifier: Apache-2.0 */
/* --device, --gpus, --ulimit, block I/O rates, --cpus, --sysctl, --restart, --security-opt. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/unit.h"
#include "spec.h"

#define PROFILE_MAX ((size_t)16 << 20)

/* --- devices --- */

static bool is_device_mode(const char *s)
{
	bool seen[128] = { false };

	if (*s == '\0')
		return false;
	for (; *s; s++) {
		if ((*s != 'r' && *s != 'w' && *s != 'm') || seen[(int)*s])
			return false;
		seen[(int)*s] = true;
	}
	return true;
}

/* path.Clean for what people type: no doubled or trailing slash, no "." parts. */
static const char *clean(struct arena *a, const char *path)
{
	own_buf b = { 0 };

	buf_init(&b, 1 << 16);
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		const char *cut;

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			cut = strrchr(b.data, '/');
			b.len = cut ? (size_t)(cut - b.data) : 0;
			b.data[b.len] = '\0';
		} else if (n > 0 && !(n == 1 && *p == '.')) {
			buf_fmt(&b, "%s%.*s", b.len || *path == '/' ? "/" : "", (int)n, p);
		}
		p += n + (p[n] == '/');
	}
	if (b.len == 0)
		return *path == '/' ? "/" : ".";
	return arena_strndup(a, b.data, b.len);
}

int spec_device(struct arena *a, const char *text, struct device_mapping *out, struct err *e)
{
	struct str_list part = { 0 };
	const char *inside;

	for (const char *p = text; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL)
		str_list_add(a, &part, arena_strndup(a, p, strcspn(p, ":")));
	if (part.n > 3 || *part.v[0] == '\0')
		return err_set(e, ERR_INVALID, "bad format for path: %s", text);
	*out = (struct device_mapping){ part.v[0], NULL, "rwm" };
	inside = part.v[0];
	if (part.n == 2 && is_device_mode(part.v[1])) {
		out->cgroup_permissions = part.v[1];
		out->path_on_host = clean(a, part.v[0]);
	} else if (part.n >= 2) {
		inside = part.v[1];
		out->path_in_container = part.n == 2 ? clean(a, inside) : inside;
	} else {
		out->path_on_host = clean(a, part.v[0]);
	}
	if (part.n == 3) {
		if (!is_device_mode(part.v[2]))
			return err_set(e, ERR_INVALID, "bad mode specified: %s", part.v[2]);
		out->cgroup_permissions = part.v[2];
	}
	if (*inside != '/')
		return err_set(e, ERR_INVALID, "%s is not an absolute path", inside);
	if (str_empty(out->path_in_container))
		out->path_in_container = out->path_on_host;
	return 0;
}

static bool is_cdi_word(struct slice s, const char *inner)
{
	if (s.n == 0 || !isalnum((unsigned char)s.p[0]) || !isalnum((unsigned char)s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!isalnum((unsigned char)s.p[i]) && (!s.p[i] || !strchr(inner, s.p[i])))
			return false;
	}
	return true;
}

bool spec_device_is_cdi(const char *text)
{
	struct slice kind, name, vendor, class;

	return *text != '/' && slice_cut(slice_str(text), '=', &kind, &name) &&
	       slice_cut(kind, '/', &vendor, &class) && vendor.n && class.n &&
	       isalpha((unsigned char)*vendor.p) && isalpha((unsigned char)*class.p) &&
	       is_cdi_word(vendor, "_-.") && is_cdi_word(class, "_-.") && is_cdi_word(name, "_-.:");
}

/* ^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$ */
int spec_device_cgroup_rule(const char *text, struct err *e)
{
	const char *p = text;
	size_t n = strcspn(p, " ");
	bool ok = n == 1 && strchr("acb", *p) && p[1] == ' ';

	for (int i = 0; ok && i < 2; i++) {
		p += i == 0 ? 2 : 0;
		n = *p == '*' ? 1 : strspn(p, "0123456789");
		ok = n > 0 && p[n] == (i == 0 ? ':' : ' ');
		p += n + 1;
	}
	n = ok ? strspn(p, "rwm") : 0;
	if (ok && n >= 1 && n <= 3 && p[n] == '\0')
		return 0;
	return err_set(e, ERR_INVALID, "invalid device cgroup format '%s'", text);
}

/* --- gpus --- */

static int gpu_count(const char *s, int64_t *out, struct err *e)
{
	struct err why;

	*out = -1;
	if (str_eq(s, "all"))
		return 0;
	if (spec_atoi(s, out, &why))
		return err_set(e, ERR_INVALID,
			"invalid count (%s): value must be either \"all\" or an integer: %s", s,
			why.msg);
	return 0;
}

static struct str_list split_commas(struct arena *a, const char *s)
{
	struct str_list out = { 0 };

	for (const char *p = s; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		str_list_add(a, &out, arena_strndup(a, p, strcspn(p, ",")));
	return out;
}

static const char *capabilities(struct arena *a, const char *list)
{
	struct str_list all = list ? split_commas(a, list) : (struct str_list){ 0 };
	struct jsonw w;
	own_buf b = { 0 };

	str_list_add(a, &all, "gpu");
	buf_init(&b, 1 << 16);
	jsonw_init(&w, &b, NULL);
	jsonw_arr(&w);
	jsonw_arr(&w);
	for (size_t i = 0; i < all.n; i++)
		jsonw_str(&w, all.v[i]);
	jsonw_arr_end(&w);
	jsonw_arr_end(&w);
	return arena_strndup(a, b.data, b.len);
}

static int gpu_options(struct arena *a, const char *text, struct device_request *out, struct err *e)
{
	struct str_list fields = { 0 };

	if (spec_csv(a, text, &fields, e))
		return err_in(e, "failed to read gpu options");
	for (size_t i = 0; i < fields.n; i++) {
		struct slice k, v;

		slice_cut(slice_str(fields.v[i]), '=', &k, &v);
		str_map_set(
			a, &out->options, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p, v.n));
	}
	return 0;
}

static int gpu_field(struct arena *a, const char *field, struct str_list *seen,
	struct device_request *out, struct err *e)
{
	struct slice k, v;
	bool has_value = slice_cut(slice_str(field), '=', &k, &v);
	const char *key = arena_strndup(a, k.p, k.n), *value = arena_strndup(a, v.p, v.n);

	if (str_list_has(seen, key))
		return err_set(
			e, ERR_INVALID, "gpu request key '%s' can be specified only once", key);
	str_list_add(a, seen, key);
	if (!has_value)
		str_list_add(a, seen, "count");
	if (!has_value || str_eq(key, "count"))
		return gpu_count(has_value ? value : key, &out->count, e);
	if (str_eq(key, "driver"))
		out->driver = value;
	else if (str_eq(key, "device"))
		out->device_ids = split_commas(a, value);
	else if (str_eq(key, "capabilities"))
		out->capabilities = capabilities(a, value);
	else if (str_eq(key, "options"))
		return gpu_options(a, value, out, e);
	else
		return err_set(e, ERR_INVALID, "unexpected key '%s' in '%s'", key, field);
	return 0;
}

int spec_gpus(struct arena *a, const char *text, struct device_request *out, struct err *e)
{
	struct str_list fields = { 0 }, seen = { 0 };

	*out = (struct device_request){ 0 };
	out->options.keys = arena_array(a, 1, sizeof(*out->options.keys));
	if (spec_csv(a, text, &fields, e))
		return -1;
	for (size_t i = 0; i < fields.n; i++) {
		if (gpu_field(a, fields.v[i], &seen, out, e))
			return -1;
	}
	if (!str_list_has(&seen, "count") && out->device_ids.n == 0)
		out->count = 1;
	if (out->capabilities == NULL)
		out->capabilities = capabilities(a, NULL);
	return 0;
}

/* --- limits --- */

int spec_ulimit(struct arena *a, const char *text, struct ulimit *out, struct err *e)
{
	static const char *const names[] = { "core", "cpu", "data", "fsize", "locks", "memlock",
		"msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending",
		"stack" };
	struct slice name, values, soft, hard;
	bool known = false, has_hard;

	if (!slice_cut(slice_str(text), '=', &name, &values))
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known = known || slice_eq(name, names[i]);
	if (!known)
		return err_set(e, ERR_INVALID, "invalid ulimit type: %.*s", (int)name.n, name.p);
	has_hard = slice_cut(values, ':', &soft, &hard);
	if (memchr(hard.p ? hard.p : "", ':', hard.n))
		return err_set(e, ERR_INVALID,
			"too many limit value arguments - %.*s, can only have up to two, "
			"`soft[:hard]`",
			(int)values.n, values.p);
	out->name = arena_strndup(a, name.p, name.n);
	if (has_hard && spec_int(arena_strndup(a, hard.p, hard.n), &out->hard, e))
		return -1;
	if (spec_int(arena_strndup(a, soft.p, soft.n), &out->soft, e))
		return -1;
	if (!has_hard)
		out->hard = out->soft;
	if (out->hard == -1 || (out->soft != -1 && out->soft <= out->hard))
		return 0;
	if (out->soft == -1)
		return err_set(e, ERR_INVALID,
			"ulimit soft limit must be less than or equal to hard limit: soft: -1 "
			"(unlimited), hard: %lld",
			(long long)out->hard);
	return err_set(e, ERR_INVALID,
		"ulimit soft limit must be less than or equal to hard limit: %lld > %lld",
		(long long)out->soft, (long long)out->hard);
}

/* "/dev/x:rest" */
static int device_and(
	struct arena *a, const char *text, const char **path, const char **rest, struct err *e)
{
	struct slice k, v;

	if (!slice_cut(slice_str(text), ':', &k, &v) || k.n == 0)
		return err_set(e, ERR_INVALID, "bad format: %s", text);
	if (!slice_starts(k, "/dev/"))
		return err_set(e, ERR_INVALID, "bad format for device path: %s", text);
	*path = arena_strndup(a, k.p, k.n);
	*rest = arena_strndup(a, v.p, v.n);
	return 0;
}

int spec_weight_device(struct arena *a, const char *text, struct weight_device *out, struct err *e)
{
	const char *rest;
	uint64_t weight;
	struct err why;

	if (device_and(a, text, &out->path, &rest, e))
		return -1;
	if (spec_uint(rest, 16, &weight, &why) || (weight > 0 && (weight < 10 || weight > 1000)))
		return err_set(e, ERR_INVALID, "invalid weight for device: %s", text);
	out->weight = (uint16_t)weight;
	return 0;
}

int spec_throttle_device(struct arena *a, const char *text, bool is_bytes,
	struct throttle_device *out, struct err *e)
{
	const char *rest;
	int64_t rate = 0;
	struct err why;

	if (device_and(a, text, &out->path, &rest, e))
		return -1;
	if (is_bytes && unit_parse_bytes(rest, &rate, &why) == 0 && rate >= 0) {
		out->rate = (uint64_t)rate;
		return 0;
	}
	if (is_bytes)
		return err_set(e, ERR_INVALID,
			"invalid rate for device: %s. The correct format is "
			"<device-path>:<number>[<unit>]. Number must be a positive integer. Unit is "
			"optional and can be kb, mb, or gb",
			text);
	if (spec_uint(rest, 64, &out->rate, &why))
		return err_set(e, ERR_INVALID,
			"invalid rate for device: %s. The correct format is "
			"<device-path>:<number>. Number must be a positive integer",
			text);
	return 0;
}

int spec_cpus(const char *text, int64_t *nano, struct err *e)
{
	const char *p = text + (*text == '-' || *text == '+');
	size_t whole = strspn(p, "0123456789");
	const char *fraction = p[whole] == '.' ? p + whole + 1 : p + whole;
	size_t digits = strspn(fraction, "0123456789"), used = digits;
	int64_t v = 0;

	if (fraction[digits] || (whole == 0 && digits == 0) || whole > 9)
		return err_set(e, ERR_INVALID, "failed to parse %s as a rational number", text);
	while (used > 0 && fraction[used - 1] == '0')
		used--;
	if (used > 9)
		return err_set(e, ERR_INVALID, "value is too precise");
	for (size_t i = 0; i < whole; i++)
		v = v * 10 + (p[i] - '0');
	for (size_t i = 0; i < 9; i++)
		v = v * 10 + (i < used ? fraction[i] - '0' : 0);
	*nano = *text == '-' ? -v : v;
	return 0;
}

int spec_sysctl(const char *text, struct err *e)
{
	static const char *const names[] = { "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",
		"kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
		"kernel.shm_rmid_forced" };
	struct slice k, v;
	bool ok = slice_cut(slice_str(text), '=', &k, &v) && k.n > 0;
	bool known = slice_starts(k, "net.") || slice_starts(k, "fs.mqueue.");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known = known || slice_eq(k, names[i]);
	if (ok && known)
		return 0;
	return err_set(e, ERR_INVALID, "sysctl '%.*s' is not allowed", (int)strlen(text), text);
}

/* --- policy and profiles --- */

int spec_restart(struct arena *a, const char *text, struct restart_policy *out, struct err *e)
{
	struct slice name, count;
	bool has_colon = slice_cut(slice_str(text), ':', &name, &count);
	struct err why;

	*out = (struct restart_policy){ .name = "" };
	if (has_colon && name.n == 0)
		return err_set(e, ERR_INVALID,
			"invalid restart policy format: no policy provided before colon");
	out->name = arena_strndup(a, name.p, name.n);
	if (count.n > 0 &&
		spec_atoi(arena_strndup(a, count.p, count.n), &out->maximum_retry_count, &why))
		return err_set(e, ERR_INVALID,
			"invalid restart policy format: maximum retry count must be an integer");
	return 0;
}

static int read_profile(struct arena *a, const char *path, const char **out, struct err *e)
{
	own_buf text = { 0 }, compact = { 0 };
	own_json doc = NULL;
	struct err why;

	buf_init(&text, PROFILE_MAX);
	if (fs_read(AT_FDCWD, path, PROFILE_MAX, &text, &why))
		return err_set(e, ERR_INVALID, "opening seccomp profile (%s) failed: open %s: %s",
			path, path,
			why.sys == ENOENT ? "no such file or directory" : strerror(why.sys));
	doc = json_parse(text.data, text.len, &why);
	if (doc == NULL)
		return err_set(e, ERR_INVALID,
			"compacting json for seccomp profile (%s) failed: %s", path, why.msg);
	buf_init(&compact, PROFILE_MAX);
	json_print(doc, NULL, &compact);
	*out = arena_printf(a, "seccomp=%s", compact.data);
	return 0;
}

int spec_security_opt(struct arena *a, const char *text, const char **out, struct err *e)
{
	struct slice k, v;
	bool ok = slice_cut(slice_str(text), '=', &k, &v);

	*out = text;
	if (slice_eq(k, "no-new-privileges"))
		return 0;
	if (!ok)
		ok = slice_cut(slice_str(text), ':', &k, &v);
	if (!ok || v.n == 0)
		return err_set(e, ERR_INVALID, "Invalid --security-opt: \"%s\"", text);
	if (!slice_eq(k, "seccomp") || slice_eq(v, "builtin") || slice_eq(v, "unconfined"))
		return 0;
	return read_profile(a, arena_strndup(a, v.p, v.n), out, e);
}
