/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, copying and writing the API's objects, against documents as docker writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/container.h"
#include "model/copy.h"
#include "model/exec.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static const char *encoded(const struct bind_field *fields, const void *in)
{
	struct jsonw w;
	own_buf b;

	buf_init(&b, 1 << 20);
	jsonw_init(&w, &b, NULL);
	bind_encode(&w, fields, in);
	return arena_strndup(a, b.data, b.len);
}

static void an_empty_config_has_go_s_zero_values(void **state)
{
	struct container_config c = { 0 };

	(void)state;
	assert_string_equal(encoded(container_config_fields, &c),
		"{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,"
		"\"AttachStdout\":false,\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,"
		"\"StdinOnce\":false,\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Volumes\":null,"
		"\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":null}");
}

static void host_config_keeps_what_may_be_null(void **state)
{
	struct host_config h = { 0 };
	const char *text = encoded(host_config_fields, &h);

	(void)state;
	assert_non_null(strstr(text, "\"PidsLimit\":null"));
	assert_non_null(strstr(text, "\"MemorySwappiness\":null"));
	assert_non_null(strstr(text, "\"OomKillDisable\":null"));
	assert_non_null(strstr(text, "\"CapAdd\":null"));
	assert_non_null(strstr(text, "\"Ulimits\":[]"));
	assert_null(strstr(text, "\"Init\""));
	assert_null(strstr(text, "\"Mounts\""));
}

static const char create_body[] =
	"{\"Image\":\"busybox\",\"Cmd\":\"ls\",\"Env\":[\"A=1\"],\"ExposedPorts\":{\"80/tcp\":{}},"
	"\"StopTimeout\":3,\"HostConfig\":{\"Memory\":8388608,\"PidsLimit\":0,\"Init\":true,"
	"\"ConsoleSize\":[24,80],\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/s\",\"Target\":\"/t\","
	"\"BindOptions\":{\"Propagation\":\"rslave\"}}],\"Ulimits\":[{\"Name\":\"nofile\",\"Hard\":2,"
	"\"Soft\":1}],\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}},"
	"\"NetworkingConfig\":{\"EndpointsConfig\":{\"default\":{\"Aliases\":[\"x\"]}}}}";

static void decode(struct create_request *rq)
{
	struct err e;
	own_json doc = json_parse(create_body, strlen(create_body), &e);

	assert_non_null(doc);
	assert_int_equal(create_request_decode(a, doc, rq, &e), 0);
}

static void a_create_body_is_taken_apart(void **state)
{
	struct create_request rq;
	uint32_t height, width;

	(void)state;
	decode(&rq);
	assert_string_equal(rq.config.image, "busybox");
	assert_int_equal(rq.config.cmd.n, 1);
	assert_string_equal(rq.config.cmd.v[0], "ls");
	assert_int_equal(*rq.config.stop_timeout, 3);
	assert_int_equal(rq.host_config->memory, 8388608);
	assert_true(*rq.host_config->init);
	assert_int_equal(*rq.host_config->pids_limit, 0);
	assert_string_equal(rq.host_config->mounts.v[0].bind->propagation, "rslave");
	assert_string_equal(rq.host_config->port_bindings.v[0].v[0].host_port, "8080");
	assert_string_equal(rq.networking_config->endpoints.keys[0], "default");
	assert_true(host_config_console_size(rq.host_config->console_size, &height, &width));
	assert_int_equal(height, 24);
	assert_int_equal(width, 80);
}

/* The copy must still read right when the memory of the original is gone. */
static void a_copy_owns_all_of_itself(void **state)
{
	struct create_request rq;
	struct container_config config;
	struct host_config host;
	struct arena *keep = arena_new(), *first = a;

	(void)state;
	decode(&rq);
	const char *before = arena_strdup(keep, encoded(host_config_fields, rq.host_config));
	const char *config_before =
		arena_strdup(keep, encoded(container_config_fields, &rq.config));
	model_copy(keep, container_config_fields, &rq.config, &config, sizeof(config));
	model_copy(keep, host_config_fields, rq.host_config, &host, sizeof(host));
	arena_free(first);
	a = arena_new();
	assert_string_equal(encoded(host_config_fields, &host), before);
	assert_string_equal(encoded(container_config_fields, &config), config_before);
	arena_free(keep);
}

static void the_wrong_kind_of_value_names_its_member(void **state)
{
	static const char body[] = "{\"Image\":7}";
	struct create_request rq;
	struct err e;
	own_json doc = json_parse(body, strlen(body), &e);

	(void)state;
	assert_int_equal(create_request_decode(a, doc, &rq, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_non_null(strstr(e.msg, "Image"));
}

static void a_create_body_is_written_in_one_object(void **state)
{
	struct create_request rq, again;
	struct jsonw w;
	struct err e;
	own_buf b;

	(void)state;
	decode(&rq);
	buf_init(&b, 1 << 20);
	jsonw_init(&w, &b, NULL);
	create_request_encode(&w, &rq);
	own_json doc = json_parse(b.data, b.len, &e);
	assert_non_null(doc);
	assert_int_equal(create_request_decode(a, doc, &again, &e), 0);
	assert_string_equal(again.config.env.v[0], "A=1");
	assert_string_equal(again.networking_config->endpoints.v[0].aliases.v[0], "x");
}

static void an_unfinished_exec_has_no_exit_code(void **state)
{
	struct exec_inspect x = { .id = "i", .process.entrypoint = "ls" };

	(void)state;
	assert_string_equal(encoded(exec_inspect_fields, &x),
		"{\"ID\":\"i\",\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":{\"tty\":false,"
		"\"entrypoint\":\"ls\",\"arguments\":[]},\"OpenStdin\":false,\"OpenStderr\":false,"
		"\"OpenStdout\":false,\"CanRemove\":false,\"ContainerID\":\"\",\"DetachKeys\":\"\","
		"\"Pid\":0}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_empty_config_has_go_s_zero_values, setup, teardown),
		cmocka_unit_test_setup_teardown(
			host_config_keeps_what_may_be_null, setup, teardown),
		cmocka_unit_test_setup_teardown(a_create_body_is_taken_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_copy_owns_all_of_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_wrong_kind_of_value_names_its_member, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_create_body_is_written_in_one_object, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_unfinished_exec_has_no_exit_code, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
