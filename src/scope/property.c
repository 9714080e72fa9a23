/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit's properties as lines of fields parted by tabs, which is how tare-runtime hands them over:
 *
 *     VERSION TYPE NAME VALUE…
 *
 * VERSION is the first systemd that knows the property (0: all of them). TYPE is a D-Bus signature: s, b, t, u, i, x, as, au,
 * a(ss) (VALUEs in pairs), or ay (one VALUE in hexadecimal digits).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scope_int.h"

#define VALUE_MOST 4096

/* The next tab-parted field of *line. False at its end. */
static bool next_field(struct slice *line, struct slice *out)
{
	if (!line->p)
		return false;
	if (!slice_cut(*line, '\t', out, line))
		line->p = NULL;
	return true;
}

static int append_string(sd_bus_message *m, struct slice value)
{
	char text[VALUE_MOST];

	if (value.n >= sizeof(text))
		return -ENAMETOOLONG;
	snprintf(text, sizeof(text), "%.*s", (int)value.n, value.p);
	return sd_bus_message_append_basic(m, 's', text);
}

static int append_bool(sd_bus_message *m, struct slice value)
{
	int claim = slice_eq(value, "true");

	return sd_bus_message_append_basic(m, 'b', &claim);
}

static int append_u64(sd_bus_message *m, struct slice value)
{
	uint64_t n;

	return parse_u64(value, &n) ? sd_bus_message_append_basic(m, 't', &n) : -EINVAL;
}

static int append_u32(sd_bus_message *m, struct slice value)
{
	uint32_t n;

	return parse_u32(value, &n) ? sd_bus_message_append_basic(m, 'u', &n) : -EINVAL;
}

static int append_i32(sd_bus_message *m, struct slice value)
{
	int64_t n;

	if (!parse_i64(value, &n) || n < INT32_MIN || n > INT32_MAX)
		return -EINVAL;
	return sd_bus_message_append_basic(m, 'i', &(int32_t){ (int32_t)n });
}

static int append_i64(sd_bus_message *m, struct slice value)
{
	int64_t n;

	return parse_i64(value, &n) ? sd_bus_message_append_basic(m, 'x', &n) : -EINVAL;
}

static int digit_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int append_bytes(sd_bus_message *m, struct slice value)
{
	unsigned char bytes[VALUE_MOST];

	if (value.n % 2 || value.n / 2 > sizeof(bytes))
		return -EINVAL;
	for (size_t i = 0; i < value.n; i += 2) {
		int high = digit_value(value.p[i]), low = digit_value(value.p[i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i / 2] = (unsigned char)(high << 4 | low);
	}
	return sd_bus_message_append_array(m, 'y', bytes, value.n / 2);
}

static int append_pair(sd_bus_message *m, struct slice first, struct slice *rest)
{
	struct slice second;
	int rc = sd_bus_message_open_container(m, 'r', "ss");

	if (rc >= 0)
		rc = append_string(m, first);
	if (rc >= 0)
		rc = next_field(rest, &second) ? append_string(m, second) : -EINVAL;
	return rc < 0 ? rc : sd_bus_message_close_container(m);
}

static const struct value_type {
	const char *signature;
	int (*append)(sd_bus_message *m, struct slice value);
	const char *element; /* of a list; NULL: one value */
} types[] = {
	{ "s", append_string, NULL },
	{ "b", append_bool, NULL },
	{ "t", append_u64, NULL },
	{ "u", append_u32, NULL },
	{ "i", append_i32, NULL },
	{ "x", append_i64, NULL },
	{ "ay", append_bytes, NULL },
	{ "as", append_string, "s" },
	{ "au", append_u32, "u" },
	{ "a(ss)", NULL, "(ss)" },
};

static int append_list(sd_bus_message *m, const struct value_type *t, struct slice rest)
{
	struct slice value;
	int rc = sd_bus_message_open_container(m, 'a', t->element);

	/* An empty list is a line without values, so one field that says nothing is none. */
	while (rc >= 0 && next_field(&rest, &value) && (value.n || rest.p))
		rc = t->append ? t->append(m, value) : append_pair(m, value, &rest);
	return rc < 0 ? rc : sd_bus_message_close_container(m);
}

static int append_variant(sd_bus_message *m, const struct value_type *t, struct slice rest)
{
	struct slice value;
	int rc = sd_bus_message_open_container(m, 'v', t->signature);

	if (rc < 0)
		return rc;
	if (t->element)
		rc = append_list(m, t, rest);
	else
		rc = next_field(&rest, &value) ? t->append(m, value) : -EINVAL;
	return rc < 0 ? rc : sd_bus_message_close_container(m);
}

static int append_line(sd_bus_message *m, unsigned version, struct slice line, struct err *e)
{
	struct slice rest = line, since, signature, name;
	uint32_t first;

	if (!next_field(&rest, &since) || !next_field(&rest, &signature) ||
		!next_field(&rest, &name) || !parse_u32(since, &first))
		return err_set(e, ERR_INVALID, "not a property: %.*s", (int)line.n, line.p);
	if (first > version)
		return 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!slice_eq(signature, types[i].signature))
			continue;
		int rc = sd_bus_message_open_container(m, 'r', "sv");
		if (rc >= 0)
			rc = append_string(m, name);
		if (rc >= 0)
			rc = append_variant(m, &types[i], rest);
		if (rc >= 0)
			rc = sd_bus_message_close_container(m);
		return rc < 0 ? scope_error(rc, NULL, "property", e) : 0;
	}
	return err_set(e, ERR_INVALID, "unknown type of property: %.*s", (int)line.n, line.p);
}

int scope_append_properties(sd_bus_message *m, unsigned version, struct slice text, struct err *e)
{
	struct slice line;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (line.n && append_line(m, version, line, e))
			return err_in(e, "%.*s", (int)line.n, line.p);
	}
	return 0;
}
