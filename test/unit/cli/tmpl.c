/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates over a typed value, a raw document and an object with methods. Every expectation was taken
 * from docker 28.2.2 (test/cli compares many more with the client itself).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/go_types.h"
#include "cli/tmpl.h"

static const char doc_text[] =
	"{\"Id\":\"abc\",\"Name\":\"/c1\",\"Args\":[\"-c\",\"x\"],\"RestartCount\":2,\"SizeRw\":7,"
	"\"State\":{\"Status\":\"running\",\"Running\":true,\"Pid\":42,\"StartedAt\":\"t\"},"
	"\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/a\",\"RW\":true},{\"Source\":\"/b\"}],"
	"\"HostConfig\":{\"Memory\":5,\"NanoCpus\":1500000000,\"PidsLimit\":9},"
	"\"Config\":{\"Env\":[\"A=1\",\"B=<2>\"],\"Labels\":{\"z\":\"26\",\"a\":\"1\"}},"
	"\"NetworkSettings\":{\"Ports\":{\"80/tcp\":[{\"HostIp\":\"::\",\"HostPort\":\"8080\"}],"
	"\"9/udp\":null}},\"Extra\":{\"n\":1e3,\"big\":18446744073709551615,\"null\":null}}";

struct expect {
	const char *template, *result;
};

/* What the template gives, or the error. */
static char *render(struct arena *a, const char *text, struct go_val data, unsigned options)
{
	struct err e = { 0 };
	struct tmpl *t = tmpl_parse(a, "", text, &e);
	own_buf out = { 0 };

	buf_init(&out, 1 << 20);
	if (t == NULL || tmpl_exec(t, data, options, &out, &e))
		return arena_strdup(a, e.msg);
	return arena_strndup(a, out.data, out.len);
}

static void check(const struct expect *v, size_t n, const struct go_type *type, unsigned options)
{
	own_arena a = arena_new();
	struct err e;
	own_json doc = json_parse(doc_text, sizeof(doc_text) - 1, &e);

	assert_non_null(doc);
	for (size_t i = 0; i < n; i++) {
		struct go_val data = go_unwrap(go_of(type, doc));

		assert_string_equal(render(a, v[i].template, data, options), v[i].result);
	}
}
#define CHECK(v, type, options) check(v, sizeof(v) / sizeof(v[0]), type, options)

static void typed_values_print_as_go_prints_them(void **state)
{
	static const struct expect v[] = {
		{ "{{.Name}} {{.ID}} {{.RestartCount}}", "/c1 abc 2" },
		{ "{{.State}}", "{running true false false false false 42 0  t  <nil>}" },
		{ "{{.Args}} {{.Mounts}}", "[-c x] [{bind  /a    true } {  /b    false }]" },
		{ "{{.Config.Labels}} {{.Config.Volumes}}", "map[a:1 z:26] map[]" },
		{ "{{.HostConfig.PidsLimit}} {{.HostConfig.MemorySwappiness}}", "9 <nil>" },
		{ "{{.HostConfig.NanoCPUs}}", "1500000000" },
		{ "{{.Config.Labels.none}}", "<no value>" },
		{ "{{index .Config.Labels \"none\"}}|", "|" },
		{ "{{json .State}}",
			"{\"Status\":\"running\",\"Running\":true,\"Paused\":false,"
			"\"Restarting\":false,\"OOMKilled\":false,\"Dead\":false,\"Pid\":42,"
			"\"ExitCode\":0,\"Error\":\"\",\"StartedAt\":\"t\",\"FinishedAt\":\"\"}" },
		{ "{{json .Config.Env}} {{json .Config.Labels}}",
			"[\"A=1\",\"B=<2>\"] {\"a\":\"1\",\"z\":\"26\"}" },
		{ "{{printf \"%T %T\" .State .Mounts}}",
			"*container.State []container.MountPoint" },
	};

	CHECK(v, &container_inspect_response_type, 0);
}

static void unknown_fields_name_the_type(void **state)
{
	static const struct expect v[] = {
		{ "{{.Foo}}",
			"template: :1:2: executing \"\" at <.Foo>: can't evaluate field Foo in "
			"type container.InspectResponse" },
		{ "a\n  {{.State.Foo}}",
			"template: :2:10: executing \"\" at <.State.Foo>: can't evaluate field Foo "
			"in type *container.State" },
		{ "{{.State.Health.Status}}",
			"template: :1:8: executing \"\" at <.State.Health.Status>: nil pointer "
			"evaluating *container.Health.Status" },
		{ "{{.Id}}", "template: :1:2: executing \"\" at <.Id>: can't evaluate field Id in "
			     "type container.InspectResponse" },
	};

	CHECK(v, &container_inspect_response_type, 0);
}

static void raw_documents_keep_keys_and_numbers(void **state)
{
	static const struct expect v[] = {
		{ "{{.Id}} {{.Extra.n}} {{.Extra.big}}", "abc 1e3 18446744073709551615" },
		{ "{{.State.Pid}} {{.Extra.null}}", "42 <no value>" },
		{ "{{.Foo}}", "template: :1:2: executing \"\" at <.Foo>: map has no entry for key "
			      "\"Foo\"" },
		{ "{{.Id.x}}",
			"template: :1:5: executing \"\" at <.Id.x>: can't evaluate field x in "
			"type interface {}" },
		{ "{{json .Extra}}", "{\"big\":18446744073709551615,\"n\":1e3,\"null\":null}" },
		{ "{{.Args}} {{len .Args}} {{index .Args 1}}", "[-c x] 2 x" },
		{ "{{join .Args \",\"}}",
			"template: :1:7: executing \"\" at <.Args>: wrong type for value; expected "
			"[]string; got []interface {}" },
	};

	CHECK(v, &go_any_type, TMPL_MISSING_KEY_ERROR);
}

static void control_structures(void **state)
{
	static const struct expect v[] = {
		{ "{{if .State.Running}}up{{else}}down{{end}}", "up" },
		{ "{{if eq .State.Pid 1}}a{{else if gt .State.Pid 40}}b{{else}}c{{end}}", "b" },
		{ "{{range $i, $m := .Mounts}}{{$i}}{{$m.Source}} {{end}}", "0/a 1/b " },
		{ "{{range .ExecIDs}}x{{else}}none{{end}}", "none" },
		{ "{{range $k, $v := .Config.Labels}}{{$k}}{{$v}};{{end}}", "a1;z26;" },
		{ "{{range 4}}{{if eq . 1}}{{continue}}{{end}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}",
			"02" },
		{ "{{with .State}}{{.Pid}}{{end}}{{with .ExecIDs}}x{{else}}y{{end}}", "42y" },
		{ "{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2" },
		{ "{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .Name}}", "</c1>" },
		{ "{{block \"b\" .State}}{{.Pid}}{{end}}", "42" },
		{ "a {{- .Name -}} b{{/* c */}}", "a/c1b" },
		{ "{{range .Mounts}}{{$.Name}}{{end}}", "/c1/c1" },
	};

	CHECK(v, &container_inspect_response_type, 0);
}

static void functions(void **state)
{
	static const struct expect v[] = {
		{ "{{upper .Name}} {{title \"ab cd\"}} {{lower \"\xc3\x84\"}}",
			"/C1 Ab Cd \xc3\xa4" },
		{ "{{join .Args \"+\"}} {{split \"a,b\" \",\"}} {{truncate \"abc\" 2}}",
			"-c+x [a b] ab" },
		{ "{{pad \"x\" 1 2}}|{{pad \"\" 5 5}}|", " x  ||" },
		{ "{{.Name | printf \"%s-%5d|%-4q\" \"a\" 7}}", "a-    7|\"/c1\"" },
		{ "{{printf \"%05.1f %x %+d %v %t\" 2.25 \"hi\" 3 nil true}}",
			"002.2 6869 +3 <nil> true" },
		{ "{{printf \"%d\" \"x\"}}{{printf \"%s\"}}{{printf \"\" 1}}",
			"%!d(string=x)%!s(MISSING)%!(EXTRA int=1)" },
		{ "{{print 1 2 \"a\" 3}} {{len .Name}} {{slice .Name 1 2}}", "1 2a3 3 c" },
		{ "{{and 1 0 2}} {{or 0 \"\" \"x\"}} {{not 0}} {{eq 1 2 1}} {{lt \"a\" \"b\"}}",
			"0 x true true true" },
		{ "{{html \"<&>\"}} {{js \"a'b\"}} {{urlquery \"a b/\"}}",
			"&lt;&amp;&gt; a\\'b a+b%2F" },
		{ "{{1000000.0}} {{0.1}} {{0x1F}} {{'a'}} {{`r`}}", "1e+06 0.1 31 97 r" },
		{ "{{eq .Name 1}}",
			"template: :1:2: executing \"\" at <eq .Name 1>: error calling eq: "
			"incompatible types for comparison" },
		{ "{{upper 5}}",
			"template: :1:8: executing \"\" at <5>: expected string; found 5" },
		{ "{{index .Args 9}}", "template: :1:2: executing \"\" at <index .Args 9>: error "
				       "calling index: index out of range: 9" },
		{ "{{len 1 2}}",
			"template: :1:2: executing \"\" at <len>: wrong number of args for "
			"len: want 1 got 2" },
	};

	CHECK(v, &container_inspect_response_type, 0);
}

static void parse_errors(void **state)
{
	static const struct expect v[] = {
		{ "{{.Name", "template: :1: unclosed action" },
		{ "{{", "template: :1: unclosed action" },
		{ "{{.", "template: :1: illegal number syntax: \".\"" },
		{ "{{}}", "template: :1: missing value for command" },
		{ "\n{{if}}", "template: :2: missing value for if" },
		{ "{{if .Name}}", "template: :1: unexpected EOF" },
		{ "{{end}}", "template: :1: unexpected {{end}}" },
		{ "{{foo}}", "template: :1: function \"foo\" not defined" },
		{ "{{$x}}", "template: :1: undefined variable \"$x\"" },
		{ "{{\"a}}", "template: :1: unterminated quoted string" },
		{ "{{.Name)}}", "template: :1: unexpected right paren" },
		{ "{{(.Name}}", "template: :1: unclosed left paren" },
		{ "{{1 | 2}}", "template: :1: non executable command in pipeline stage 2" },
		{ "{{break}}", "template: :1: {{break}} outside {{range}}" },
		{ "{{/* x", "template: :1: unclosed comment" },
		{ "{{1a}}", "template: :1: bad number syntax: \"1a\"" },
	};

	CHECK(v, &container_inspect_response_type, 0);
}

static void endless_templates_end(void **state)
{
	static const struct expect v[] = {
		{ "{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}",
			"template: :1:25: executing \"t\" at <{{template \"t\"}}>: exceeded maximum "
			"template depth (100)" },
	};
	own_arena a = arena_new();
	char deep[4096];

	CHECK(v, &container_inspect_response_type, 0);
	memset(deep, '(', sizeof(deep));
	memcpy(deep, "{{", 2);
	deep[sizeof(deep) - 1] = '\0';
	assert_non_null(strstr(render(a, deep, GO_NONE, 0), "exceeded maximum depth"));
	assert_non_null(
		strstr(render(a, "{{range 99999999999}}x{{end}}", GO_NONE, 0), "too much output"));
}

/* --- objects: the rows of lists --- */

static struct go_val name(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(self);
}

static struct go_val label(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(arena_printf(a, "label %.*s", (int)arg->n, arg->p));
}

static void objects_answer_by_methods_and_give_headers(void **state)
{
	static const struct go_method methods[] = {
		{ "Label", NULL, label, true },
		{ "Name", "NAME", name, false },
		{ 0 },
	};
	static const struct go_type type = { GO_OBJECT, "*x.Row", NULL, NULL, methods };
	struct go_val row = go_object(&type, "n<1>");
	own_arena a = arena_new();

	assert_string_equal(render(a, "{{.Name}} {{.Label \"k\"}} {{\"p\" | .Label}}", row, 0),
		"n<1> label k label p");
	assert_string_equal(render(a, "{{json .}}", row, 0), "{\"Name\":\"n\\u003c1\\u003e\"}");
	assert_string_equal(render(a, "{{.Foo}}", row, 0),
		"template: :1:2: executing \"\" at <.Foo>: can't evaluate field Foo in type *x.Row");
	assert_string_equal(render(a, "{{.Label}}", row, 0),
		"template: :1:2: executing \"\" at <.Label>: wrong number of args for Label: want 1 got 0");
	assert_string_equal(render(a, "{{.Name}} {{upper .Name}} {{.Label \"a.b-c_d\"}} {{.Foo}}",
				    row, TMPL_HEADER),
		"NAME NAME b c d <no value>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typed_values_print_as_go_prints_them),
		cmocka_unit_test(unknown_fields_name_the_type),
		cmocka_unit_test(raw_documents_keep_keys_and_numbers),
		cmocka_unit_test(control_structures),
		cmocka_unit_test(functions),
		cmocka_unit_test(parse_errors),
		cmocka_unit_test(endless_templates_end),
		cmocka_unit_test(objects_answer_by_methods_and_give_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
