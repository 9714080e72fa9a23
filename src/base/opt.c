/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing argv by tables. opt_help.c prints the same tables. */
#include "opt.h"

#include <stdio.h>
#include <string.h>

#include "slice.h"
#include "unit.h"

struct parse {
	struct opt_ctx ctx;
	const struct opt *const *tables;
	bool go; /* Go's flag package, not pflag */
	int argc, at;
	char **argv;
};

static const struct opt *find_long(const struct parse *p, struct slice name)
{
	for (const struct opt *const *t = p->tables; *t; t++)
		for (const struct opt *o = *t; o->type; o++)
			if (o->name && slice_eq(name, o->name))
				return o;
	return NULL;
}

static const struct opt *find_short(const struct parse *p, char c)
{
	for (const struct opt *const *t = p->tables; *t; t++)
		for (const struct opt *o = *t; o->type; o++)
			if (o->shorthand == c)
				return o;
	return NULL;
}

/* The value as Go's %q shows it, cut where an error text ends anyway. */
static void quote(char *out, size_t max, const char *value)
{
	size_t n = 0;

	for (; *value && n + 5 < max; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			out[n++] = '\\';
		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, max - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

/* "-m, --memory" or "--memory", as error texts name an option; Go names it as it was typed. */
static int invalid_value(const struct parse *p, const struct opt *o, const char *typed,
	const char *value, const struct err *why, struct err *e)
{
	char text[ERR_MSG_MAX], quoted[ERR_MSG_MAX];

	snprintf(text, sizeof(text), "%s", why->msg);
	quote(quoted, sizeof(quoted), value);
	if (p->go && o->type == OPT_T_BOOL)
		return err_set(e, ERR_INVALID, "invalid boolean value \"%s\" for -%s: parse error",
			quoted, typed);
	if (p->go)
		return err_set(e, ERR_INVALID, "invalid value \"%s\" for flag -%s: %s", quoted,
			typed, o->type == OPT_T_FUNC ? text : "parse error");
	if (o->shorthand)
		return err_set(e, ERR_INVALID, "invalid argument \"%s\" for \"-%c, --%s\" flag: %s",
			quoted, o->shorthand, o->name, text);
	return err_set(e, ERR_INVALID, "invalid argument \"%s\" for \"--%s\" flag: %s", quoted,
		o->name, text);
}

static int set_bool(bool *out, const char *v, struct err *e)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(v, yes[i]) && strcmp(v, no[i]))
			continue;
		*out = strcmp(v, yes[i]) == 0;
		return 0;
	}
	return err_set(e, ERR_INVALID, "strconv.ParseBool: parsing \"%s\": invalid syntax", v);
}

static int set_number(const struct opt *o, void *out, const char *v, struct err *e)
{
	if (o->type == OPT_T_INT ? parse_i64(slice_str(v), out) : parse_u64(slice_str(v), out))
		return 0;
	return err_set(e, ERR_INVALID, "strconv.Parse%s: parsing \"%s\": invalid syntax",
		o->type == OPT_T_INT ? "Int" : "Uint", v);
}

static void add_csv(struct arena *a, struct str_list *l, const char *v)
{
	struct slice rest = slice_str(v), one;

	while (rest.n) {
		slice_cut(rest, ',', &one, &rest);
		str_list_add(a, l, arena_strndup(a, one.p, one.n));
	}
}

static int set_value(
	struct parse *p, const struct opt *o, const char *typed, const char *v, struct err *e)
{
	char *out = (char *)p->ctx.into + o->offset;
	struct err why;
	int rc = 0;

	switch (o->type) {
	case OPT_T_BOOL:
		rc = set_bool((bool *)out, v, &why);
		break;
	case OPT_T_STR:
		*(const char **)out = arena_strdup(p->ctx.arena, v);
		break;
	case OPT_T_INT:
	case OPT_T_UINT:
		rc = set_number(o, out, v, &why);
		break;
	case OPT_T_LIST:
		str_list_add(p->ctx.arena, (struct str_list *)out, v);
		break;
	case OPT_T_CSV:
		add_csv(p->ctx.arena, (struct str_list *)out, v);
		break;
	case OPT_T_BYTES:
		rc = unit_parse_bytes(v, (int64_t *)out, &why);
		break;
	case OPT_T_DURATION:
		rc = unit_parse_duration(v, (int64_t *)out, &why);
		break;
	case OPT_T_FUNC:
		rc = o->set(&p->ctx, v, &why);
		break;
	case OPT_T_END:
		break;
	}
	if (rc)
		return invalid_value(p, o, typed, v, &why, e);
	if (o->changed_offset != OPT_NO_CHANGED)
		*((bool *)((char *)p->ctx.into + o->changed_offset)) = true;
	return 0;
}

static int parse_long(struct parse *p, const char *arg, struct err *e)
{
	struct slice name, value;
	bool has_value = slice_cut(slice_str(arg + 2), '=', &name, &value);
	const struct opt *o = find_long(p, name);

	if (name.n == 0 || name.p[0] == '-' || name.p[0] == '=')
		return err_set(e, ERR_INVALID, "bad flag syntax: %s", arg);
	if (!o)
		return err_set(e, ERR_INVALID, "unknown flag: --%.*s", (int)name.n, name.p);
	if (has_value)
		return set_value(p, o, o->name, value.p, e);
	if (o->type == OPT_T_BOOL)
		return set_value(p, o, o->name, "true", e);
	if (p->at >= p->argc)
		return err_set(e, ERR_INVALID, "flag needs an argument: --%s", o->name);
	return set_value(p, o, o->name, p->argv[p->at++], e);
}

/* A bundle: booleans until one that takes a value, which takes the rest. */
static int parse_short(struct parse *p, const char *arg, struct err *e)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct opt *o = find_short(p, *c);
		if (!o)
			return err_set(
				e, ERR_INVALID, "unknown shorthand flag: '%c' in -%s", *c, c);
		if (c[1] == '=')
			return set_value(p, o, o->name, c + 2, e);
		if (o->type == OPT_T_BOOL) {
			if (set_value(p, o, o->name, "true", e))
				return -1;
			continue;
		}
		if (c[1])
			return set_value(p, o, o->name, c + 1, e);
		if (p->at >= p->argc)
			return err_set(
				e, ERR_INVALID, "flag needs an argument: '%c' in -%s", *c, c);
		return set_value(p, o, o->name, p->argv[p->at++], e);
	}
	return 0;
}

/* -name, --name, -n, each with or without =value. */
static int parse_go(struct parse *p, const char *arg, struct err *e)
{
	struct slice name, value;
	bool has_value = slice_cut(slice_str(arg + (arg[1] == '-' ? 2 : 1)), '=', &name, &value);

	if (name.n == 0 || name.p[0] == '-' || name.p[0] == '=')
		return err_set(e, ERR_INVALID, "bad flag syntax: %s", arg);
	const struct opt *o = find_long(p, name);
	if (!o && name.n == 1)
		o = find_short(p, name.p[0]);
	if (!o)
		return err_set(e, ERR_INVALID, "flag provided but not defined: -%.*s", (int)name.n,
			name.p);
	const char *typed = arena_strndup(p->ctx.arena, name.p, name.n);
	if (has_value)
		return set_value(p, o, typed, value.p, e);
	if (o->type == OPT_T_BOOL)
		return set_value(p, o, typed, "true", e);
	if (p->at >= p->argc)
		return err_set(e, ERR_INVALID, "flag needs an argument: -%s", typed);
	return set_value(p, o, typed, p->argv[p->at++], e);
}

static int parse_one(struct parse *p, const char *arg, struct err *e)
{
	if (p->go)
		return parse_go(p, arg, e);
	return arg[1] == '-' ? parse_long(p, arg, e) : parse_short(p, arg, e);
}

int opt_parse(struct arena *a, const struct opt *const *tables, enum opt_order order, int argc,
	char **argv, void *into, struct str_list *rest, struct err *e)
{
	bool go = order == OPT_GO_INTERSPERSED || order == OPT_GO_STOP_AT_ARGUMENT;
	bool stops = order == OPT_STOP_AT_ARGUMENT || order == OPT_GO_STOP_AT_ARGUMENT;
	struct parse p = { { a, into }, tables, go, argc, 0, argv };

	while (p.at < argc) {
		const char *arg = argv[p.at++];
		if (strcmp(arg, "--") == 0)
			break;
		if (arg[0] == '-' && arg[1]) {
			if (parse_one(&p, arg, e))
				return -1;
			continue;
		}
		str_list_add(a, rest, arg);
		if (stops)
			break;
	}
	while (p.at < argc)
		str_list_add(a, rest, argv[p.at++]);
	return 0;
}
