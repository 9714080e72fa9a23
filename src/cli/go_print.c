/* SPDX-License-Identifier: Apache-2.0 */
/* fmt's %v, strconv.Quote and the text of a time. Verbs with flags and widths are go_printf.c's. */
#include "go_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "utf8.h"

/* Pointers below the top print as addresses, which nobody can compare. */
#define SOME_ADDRESS "0xc000000000"

/* Shortest digits that read back as f, as d.ddde±xx; returns the exponent. */
static int shortest(char out[40], double f)
{
	for (int prec = 0; prec < 17; prec++) {
		snprintf(out, 40, "%.*e", prec, f);
		if (strtod(out, NULL) == f)
			break;
	}
	return (int)strtol(strchr(out, 'e') + 1, NULL, 10);
}

void go_print_float(struct buf *out, double f)
{
	char text[40];
	int exp10;

	if (isnan(f)) {
		buf_str(out, "NaN");
		return;
	}
	if (isinf(f)) {
		buf_str(out, f > 0 ? "+Inf" : "-Inf");
		return;
	}
	exp10 = shortest(text, f);
	/* strconv's 'g' with the shortest precision: exponents outside [-4, 6) are written */
	if (f != 0 && (exp10 < -4 || exp10 >= 6)) {
		buf_str(out, text);
		return;
	}
	for (int prec = 0; prec < 25; prec++) {
		snprintf(text, sizeof(text), "%.*f", prec, f);
		if (strtod(text, NULL) == f)
			break;
	}
	buf_str(out, text);
}

static void quote_rune(struct buf *out, uint32_t c, struct slice raw)
{
	static const char shorts[] = "\aa\bb\ff\nn\rr\tt\vv\\\\\"\"";
	const char *s;

	for (s = shorts; *s; s += 2) {
		if ((uint32_t)*s == c) {
			buf_char(out, '\\');
			buf_char(out, s[1]);
			return;
		}
	}
	if (c == UTF8_BROKEN && raw.n == 1)
		buf_fmt(out, "\\x%02x", (unsigned char)raw.p[0]);
	else if (utf8_is_print(c))
		buf_add(out, raw.p, raw.n);
	else if (c < 0x80)
		buf_fmt(out, "\\x%02x", c);
	else if (c < 0x10000)
		buf_fmt(out, "\\u%04x", c);
	else
		buf_fmt(out, "\\U%08x", c);
}

void go_quote(struct buf *out, struct slice s)
{
	buf_char(out, '"');
	for (size_t len; s.n > 0; s.p += len, s.n -= len) {
		uint32_t c = utf8_next(s, &len);

		quote_rune(out, c, (struct slice){ s.p, len });
	}
	buf_char(out, '"');
}

void go_print_time(struct buf *out, const char *rfc3339)
{
	int64_t ns;
	char text[CLOCK_TEXT];
	const char *dot, *zone;

	if (rfc3339 == NULL || rfc3339[0] == '\0')
		rfc3339 = "0001-01-01T00:00:00Z";
	if (str_starts(rfc3339, "0001-01-01T00:00:00")) {
		buf_str(out, "0001-01-01 00:00:00 +0000 UTC");
		return;
	}
	if (!clock_parse_rfc3339(slice_str(rfc3339), &ns)) {
		buf_str(out, rfc3339);
		return;
	}
	/* another zone is kept: 2024-01-02T03:04:05+02:00 prints "… +0200 +0200" */
	zone = strpbrk(rfc3339 + 19, "+-");
	if (zone && strlen(zone) == 6 && strcmp(zone + 1, "00:00") != 0) {
		dot = rfc3339 + 19;
		buf_fmt(out, "%.10s %.8s%.*s %.3s%s %.3s%s", rfc3339, rfc3339 + 11,
			(int)(zone - dot), dot, zone, zone + 4, zone, zone + 4);
		return;
	}
	clock_rfc3339(text, ns);
	buf_fmt(out, "%.10s %.*s +0000 UTC", text, (int)strlen(text) - 12, text + 11);
}

struct printing {
	struct buf *out;
	struct arena *a;
	bool names; /* %+v: members of structs are named */
};

static void print_at(struct printing *p, struct go_val v, int depth);

static void print_slice(struct printing *p, struct go_val v, int depth)
{
	size_t n = go_len(v);

	buf_char(p->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(p->out, ' ');
		print_at(p, go_at(v, i), depth + 1);
	}
	buf_char(p->out, ']');
}

static void print_map(struct printing *p, struct go_val v, int depth)
{
	struct str_list keys = go_keys(p->a, v);

	buf_str(p->out, "map[");
	for (size_t i = 0; i < keys.n; i++) {
		struct go_val value = GO_NONE;

		go_entry(v, keys.v[i], &value);
		buf_fmt(p->out, "%s%s:", i ? " " : "", keys.v[i]);
		print_at(p, value, depth + 1);
	}
	buf_char(p->out, ']');
}

static void print_struct(struct printing *p, struct go_val v, int depth)
{
	buf_char(p->out, '{');
	for (const struct go_field *f = v.type->fields; f->name; f++) {
		struct go_val value = GO_NONE;

		if (f != v.type->fields)
			buf_char(p->out, ' ');
		if (p->names)
			buf_fmt(p->out, "%s:", f->name);
		go_field(v, f->name, &value);
		print_at(p, value, depth + 1);
	}
	buf_char(p->out, '}');
}

static void print_pointer(struct printing *p, struct go_val v, int depth)
{
	enum go_kind kind = v.type->elem->kind;

	if (v.node == NULL) {
		buf_str(p->out, "<nil>");
	} else if (depth == 0 && (kind == GO_STRUCT || kind == GO_MAP || kind == GO_SLICE)) {
		buf_char(p->out, '&');
		print_at(p, go_elem(v), depth + 1);
	} else {
		buf_str(p->out, SOME_ADDRESS);
	}
}

static void print_at(struct printing *p, struct go_val v, int depth)
{
	struct slice s;

	if (v.type == NULL) {
		buf_str(p->out, "<nil>");
		return;
	}
	switch (v.type->kind) {
	case GO_BOOL:
		buf_str(p->out, v.b ? "true" : "false");
		break;
	case GO_INT:
		buf_fmt(p->out, "%lld", (long long)v.i);
		break;
	case GO_UINT:
		buf_fmt(p->out, "%llu", (unsigned long long)v.u);
		break;
	case GO_FLOAT:
		go_print_float(p->out, v.f);
		break;
	case GO_STRING:
	case GO_NUMBER:
		s = go_text(p->a, v);
		buf_add(p->out, s.p, s.n);
		break;
	case GO_SLICE:
		print_slice(p, v, depth);
		break;
	case GO_MAP:
		print_map(p, v, depth);
		break;
	case GO_STRUCT:
		print_struct(p, v, depth);
		break;
	case GO_PTR:
		print_pointer(p, v, depth);
		break;
	case GO_ANY:
		print_at(p, go_elem(v), depth);
		break;
	case GO_TIME:
		go_print_time(p->out, json_str(v.node, NULL));
		break;
	case GO_OBJECT:
		buf_str(p->out, SOME_ADDRESS);
		break;
	}
}

void go_print(struct buf *out, struct arena *a, struct go_val v)
{
	struct printing p = { out, a, false };

	print_at(&p, v, 0);
}

void go_print_named(struct buf *out, struct arena *a, struct go_val v)
{
	struct printing p = { out, a, true };

	print_at(&p, v, 0);
}
