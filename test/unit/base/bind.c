/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bind.h"

struct port {
	const char *ip;
	uint16_t number;
};

static const struct bind_field port_fields[] = {
	BIND(STR, struct port, ip, "HostIp", 0),
	BIND(U16, struct port, number, "HostPort", BIND_OMITEMPTY),
	BIND_END,
};

struct ports {
	struct port *v;
	size_t n;
};

struct thing {
	const char *name;
	bool on;
	bool *maybe;
	int64_t *limit;
	double ratio;
	struct str_list cmd, env, set;
	struct str_map labels;
	struct port main, *spare;
	struct ports list;
	struct {
		const char **keys;
		struct ports *v;
		size_t n;
	} bindings;
	const char *raw, *rest;
};

static const struct bind_field thing_fields[] = {
	BIND(STR, struct thing, name, "Name", 0),
	BIND(BOOL, struct thing, on, "On", 0),
	BIND(BOOLP, struct thing, maybe, "Maybe", 0),
	BIND(I64P, struct thing, limit, "Limit", 0),
	BIND(F64, struct thing, ratio, "Ratio", BIND_OMITEMPTY),
	BIND(STRS1, struct thing, cmd, "Cmd", 0),
	BIND(STRS, struct thing, env, "Env", BIND_EMPTY_LIST),
	BIND(SET, struct thing, set, "Set", BIND_OMITEMPTY),
	BIND(STRMAP, struct thing, labels, "Labels", 0),
	BIND_NEST(OBJ, struct thing, main, "Main", 0, port_fields, struct port),
	BIND_NEST(OBJP, struct thing, spare, "Spare", 0, port_fields, struct port),
	BIND_NEST(OBJS, struct thing, list, "List", 0, port_fields, struct port),
	BIND_NEST(OBJSMAP, struct thing, bindings, "Bindings", 0, port_fields, struct port),
	BIND(RAW, struct thing, raw, "Raw", BIND_OMITEMPTY),
	BIND(REST, struct thing, rest, NULL, 0),
	BIND_END,
};

static int decode(struct arena *a, const char *text, struct thing *out, struct err *e)
{
	own_json j = json_parse(text, strlen(text), e);

	return j ? bind_decode(a, j, thing_fields, out, e) : -1;
}

static void encode(const struct thing *t, struct buf *b)
{
	struct jsonw w;

	jsonw_init(&w, b, NULL);
	bind_encode(&w, thing_fields, t);
}

static void everything_survives_the_round_trip(void **state)
{
	static const char text[] =
		"{\"Name\":\"n\",\"On\":true,\"Maybe\":false,\"Limit\":-1,\"Ratio\":0.5,\"Cmd\":[\"a\"],"
		"\"Env\":[],\"Set\":{\"80/tcp\":{}},\"Labels\":{\"a\":\"1\",\"b\":\"2\"},"
		"\"Main\":{\"HostIp\":\"::1\",\"HostPort\":65535},\"Spare\":{\"HostIp\":\"\"},"
		"\"List\":[{\"HostIp\":\"x\"}],\"Bindings\":{\"1/udp\":null,\"80/tcp\":[{\"HostIp\":\"y\"}]},"
		"\"Raw\":{\"k\":[1,2]},\"Unknown\":{\"z\":1,\"a\":null}}";
	own_arena a = arena_new();
	struct thing t = { 0 };
	struct err e;
	own_buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(decode(a, text, &t, &e), 0);
	encode(&t, &b);
	assert_string_equal(b.data, text);
}

static void absent_is_null_unless_told_otherwise(void **state)
{
	struct thing t = { 0 };
	own_buf b;

	(void)state;
	buf_init(&b, 4096);
	encode(&t, &b);
	assert_string_equal(b.data,
		"{\"Name\":\"\",\"On\":false,\"Maybe\":null,\"Limit\":null,\"Cmd\":null,\"Env\":[],"
		"\"Labels\":null,\"Main\":{\"HostIp\":\"\"},\"Spare\":null,\"List\":null,\"Bindings\":null}");
}

static void keys_match_in_any_case_and_a_lone_string_is_a_list(void **state)
{
	own_arena a = arena_new();
	struct thing t = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(decode(a, "{\"name\":\"x\",\"CMD\":\"sh -c\"}", &t, &e), 0);
	assert_string_equal(t.name, "x");
	assert_int_equal(t.cmd.n, 1);
	assert_string_equal(t.cmd.v[0], "sh -c");
}

static void wrong_kinds_name_the_member(void **state)
{
	own_arena a = arena_new();
	struct thing t = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(decode(a, "{\"Main\":{\"HostPort\":70000}}", &t, &e), -1);
	assert_string_equal(e.msg,
		"json: cannot unmarshal number into Go struct field Main.HostPort of type uint16");
	assert_int_equal(decode(a, "{\"Env\":\"x\"}", &t, &e), -1);
	assert_string_equal(
		e.msg, "json: cannot unmarshal string into Go struct field Env of type []string");
	assert_int_equal(e.kind, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_survives_the_round_trip),
		cmocka_unit_test(absent_is_null_unless_told_otherwise),
		cmocka_unit_test(keys_match_in_any_case_and_a_lone_string_is_a_list),
		cmocka_unit_test(wrong_kinds_name_the_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
