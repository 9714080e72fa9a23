/* SPDX-License-Identifier: Apache-2.0 */
/* config.v2.json: what is written reads back the same; what Docker wrote is understood and kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/persist.h"

#define ID "aaaa000000000000000000000000000000000000000000000000000000000001"

static const char from_docker[] =
	"{\"StreamConfig\":{},\"State\":{\"Running\":false,\"Paused\":false,\"Restarting\":false,"
	"\"OOMKilled\":true,\"RemovalInProgress\":false,\"Dead\":false,\"Pid\":0,\"ExitCode\":137,"
	"\"Error\":\"\",\"StartedAt\":\"2024-01-02T03:04:05.1Z\","
	"\"FinishedAt\":\"2024-01-02T03:05:05.1Z\",\"Health\":null},\"ID\":\"" ID "\","
	"\"Created\":\"2024-01-02T03:04:04Z\",\"Managed\":false,\"Path\":\"sleep\","
	"\"Args\":[\"100\"],\"Config\":{\"Hostname\":\"aaaa00000000\",\"Image\":\"alpine\","
	"\"Cmd\":[\"sleep\",\"100\"],\"Labels\":{}},\"Image\":\"sha256:ff\","
	"\"NetworkSettings\":{\"Bridge\":\"\",\"SandboxID\":\"\",\"SandboxKey\":\"\","
	"\"HairpinMode\":false,\"Networks\":{\"bridge\":{\"IPAMConfig\":null,\"Aliases\":[\"x\"],"
	"\"NetworkID\":\"nn\",\"EndpointID\":\"\"}},\"Service\":null,\"Ports\":null,"
	"\"HasSwarmEndpoint\":false},\"LogPath\":\"/l\",\"Name\":\"/c1\",\"Driver\":\"overlay2\","
	"\"OS\":\"linux\",\"RestartCount\":2,\"HasBeenStartedBefore\":true,"
	"\"HasBeenManuallyStopped\":true,\"MountPoints\":{\"/d\":{\"Source\":\"/s\","
	"\"Destination\":\"/d\",\"RW\":false,\"Name\":\"\",\"Driver\":\"\",\"Type\":\"bind\","
	"\"Relabel\":\"ro\",\"Propagation\":\"rprivate\",\"Spec\":{\"Type\":\"bind\","
	"\"Source\":\"/s\",\"Target\":\"/d\",\"ReadOnly\":true},"
	"\"SkipMountpointCreation\":false}},\"SecretReferences\":null,\"MountLabel\":\"\","
	"\"SeccompProfile\":\"\",\"NoNewPrivileges\":false,"
	"\"LocalLogCacheMeta\":{\"HaveNotifyEnabled\":false}}";

static const char *written(struct arena *a, const struct container *c)
{
	own_buf b;

	buf_init(&b, 1 << 20);
	persist_write_config(c, &b);
	return arena_strndup(a, b.data, b.len);
}

static struct container *loaded(const char *text)
{
	struct container *c = ctr_new(ID, "/data", "/run");
	struct err e;

	if (persist_read_config(c, text, strlen(text), &e) == 0)
		return c;
	print_message("%s\n", e.msg);
	ctr_unref(c);
	return NULL;
}

static void docker_s_file_is_understood(void **state)
{
	struct container *c = loaded(from_docker);

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->name, "c1");
	assert_string_equal(c->path, "sleep");
	assert_int_equal(c->life.state, CTR_EXITED);
	assert_int_equal(c->life.exit_code, 137);
	assert_true(c->life.oom_killed);
	assert_int_equal(c->life.restart_count, 2);
	assert_true(c->life.was_stopped_by_hand);
	assert_int_equal(c->life.finished_ns - c->life.started_ns, INT64_C(60000000000));
	assert_int_equal(c->mounts.n, 1);
	assert_false(c->mounts.v[0].rw);
	assert_string_equal(c->mounts.v[0].mode, "ro");
	assert_false(c->mounts.v[0].makes_source);
	assert_int_equal(c->wanted.n, 1);
	assert_string_equal(c->wanted.keys[0], "bridge");
	assert_string_equal(c->wanted.v[0].aliases.v[0], "x");
	assert_int_equal(c->n_endpoints, 0);
	ctr_unref(c);
}

static void unknown_members_are_carried_along(void **state)
{
	struct arena *a = arena_new();
	struct container *c = loaded(from_docker);
	const char *text = written(a, c);

	(void)state;
	assert_non_null(strstr(text, "\"Managed\":false"));
	assert_non_null(strstr(text, "\"SecretReferences\":null"));
	assert_non_null(strstr(text, "\"HasSwarmEndpoint\":false"));
	assert_non_null(strstr(text, "\"NoNewPrivileges\":false"));
	ctr_unref(c);
	arena_free(a);
}

static void what_is_written_reads_back_the_same(void **state)
{
	struct arena *a = arena_new();
	struct container *c = loaded(from_docker);

	(void)state;
	c->life.state = CTR_RUNNING;
	c->life.pid = 42;
	c->endpoints = calloc(1, sizeof(*c->endpoints));
	c->n_endpoints = 1;
	*c->endpoints = (struct net_endpoint){ .id = "ep",
		.network_id = "nn",
		.network = "bridge",
		.ctr_ifname = "eth0",
		.mac = "02:42:ac:11:00:02",
		.ipv4 = "172.17.0.2",
		.ipv4_prefix_len = 16,
		.gateway = "172.17.0.1" };
	const char *first = written(a, c);
	struct container *again = loaded(first);

	assert_non_null(again);
	assert_int_equal(again->life.state, CTR_RUNNING);
	assert_int_equal(again->life.pid, 42);
	assert_int_equal(again->n_endpoints, 1);
	assert_string_equal(again->endpoints->ipv4, "172.17.0.2");
	assert_int_equal(again->endpoints->ipv4_prefix_len, 16);
	assert_string_equal(again->endpoints->gateway, "172.17.0.1");
	assert_string_equal(again->endpoints->mac, "02:42:ac:11:00:02");
	assert_string_equal(written(a, again), first);
	ctr_unref(again);
	ctr_unref(c);
	arena_free(a);
}

static void a_damaged_file_is_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"ID\":\"" ID "\"}",
		"{\"ID\":\"" ID "\",\"Path\":\"x\"}",
		"{\"ID\":\"other\",\"Path\":\"x\",\"Name\":\"/c1\"}",
		"{\"ID\":\"" ID "\",\"Path\":\"x\",\"Name\":\"/../c1\"}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(loaded(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker_s_file_is_understood),
		cmocka_unit_test(unknown_members_are_carried_along),
		cmocka_unit_test(what_is_written_reads_back_the_same),
		cmocka_unit_test(a_damaged_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
