/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composed specs against golden files in spec.golden/. To see a changed spec, run with SPEC_GOLDEN_WRITE=1 and
 * look at the difference before keeping it.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "engine/defaults.h"
#include "engine/spec.h"
#include "sys/caps.h"

#define ID "aaaa000000000000000000000000000000000000000000000000000000000001"

static struct arena *a;
static struct container *c;
static struct spec_input in;

static int setup(void **state)
{
	static const char *const none[] = { "/proc/kcore" };
	struct container_config *config;

	(void)state;
	a = arena_new();
	c = ctr_new(ID, "/data", "/run/tare");
	config = &c->config;
	config->hostname = "aaaa00000000";
	c->path = "sleep";
	str_list_add(c->arena, &c->args, "100");
	c->cgroup_path = "/docker/" ID;
	defaults_host(c->arena, &c->host, false);
	c->host.masked_paths = (struct str_list){ (const char **)none, 1 }; /* not this machine's */
	in = (struct spec_input){ .ctr = c,
		.rootfs = "/data/overlay2/x/merged",
		.netns = "/run/tare/netns/0123456789ab",
		.caps = caps_docker_default() };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ctr_unref(c);
	arena_free(a);
	return 0;
}

static char *folder(void)
{
	const char *slash = strrchr(__FILE__, '/');

	return arena_printf(a, "%.*s/spec.golden", (int)(slash - __FILE__), __FILE__);
}

static void assert_golden(const char *name)
{
	struct oci_spec spec;
	struct err e;
	own_buf raw, text;

	buf_init(&raw, 1 << 20);
	buf_init(&text, 1 << 20);
	if (spec_compose(a, &in, &spec, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(oci_spec_check(&spec, &e), 0);
	oci_spec_write(&spec, &raw);
	own_json doc = json_parse(raw.data, raw.len, &e);
	assert_non_null(doc);
	json_print(doc, "  ", &text);

	int dir = open(folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	if (getenv("SPEC_GOLDEN_WRITE")) {
		buf_char(&text, '\n');
		assert_int_equal(
			fs_replace(dir, name, text.data, text.len, 0644, FS_NO_SYNC, &e), 0);
	} else {
		const char *want = fs_read_str(a, dir, name, 1 << 20, &e);

		assert_non_null(want);
		assert_string_equal(text.data, want);
	}
	close(dir);
}

static void an_ordinary_run(void **state)
{
	(void)state;
	assert_golden("ordinary.json");
}

static void a_terminal_a_user_and_limits(void **state)
{
	static struct ulimit nofile = { "nofile", -1, 1024 };
	int64_t pids = 20;

	(void)state;
	c->config.tty = true;
	c->config.working_dir = "/srv";
	c->config.domainname = "example.org";
	str_list_add(c->arena, &c->config.env, "PATH=/opt/bin");
	str_list_add(c->arena, &c->config.env, "GREETING=hello");
	c->host.console_size = "[24,80]";
	c->host.memory = 64 << 20;
	c->host.memory_swap = 128 << 20;
	c->host.nano_cpus = 500000000;
	c->host.cpu_shares = 512;
	c->host.cpuset_cpus = "0";
	c->host.pids_limit = &pids;
	c->host.ulimits = (struct ulimit_list){ &nofile, 1 };
	c->host.oom_score_adj = 100;
	in.user = (struct oci_user){ .uid = 1000, .gid = 1000 };
	in.security.no_new_privileges = true;
	in.init = "/usr/libexec/tare/tare-init";
	assert_golden("limits.json");
}

static void mounts_of_all_kinds(void **state)
{
	static struct ctr_mount mounts[] = {
		{ .type = "bind",
			.source = "/s",
			.destination = "/d/deep/er",
			.rw = true,
			.propagation = "rprivate" },
		{ .type = "bind", .source = "/ro", .destination = "/d", .propagation = "rslave" },
		{ .type = "bind",
			.source = "/top",
			.destination = "/top",
			.propagation = "rprivate",
			.ro_top_only = true },
		{ .type = "volume",
			.source = "/data/volumes/v/_data",
			.destination = "/v",
			.rw = true },
		{ .type = "tmpfs", .destination = "/t", .options = "size=1048576,mode=700" },
		{ .type = "bind",
			.source = "/h",
			.destination = "/etc/hosts",
			.rw = true,
			.propagation = "rprivate" },
	};

	(void)state;
	c->mounts = (struct ctr_mounts){ mounts, 6 };
	c->host.readonly_rootfs = true;
	str_map_set(c->arena, &c->host.tmpfs, "/run", "rw,exec,size=64m");
	c->host.ipc_mode = "shareable";
	in.shm_path = "/data/containers/" ID "/mounts/shm";
	assert_golden("mounts.json");
}

static void everything_of_the_host(void **state)
{
	static const struct oci_device device = {
		.type = "c", .path = "/dev/fuse", .major = 10, .minor = 229
	};
	static struct oci_device devices[1];

	(void)state;
	devices[0] = device;
	const struct oci_device_list list = { devices, 1 };
	c->host.privileged = true;
	c->host.masked_paths = c->host.readonly_paths = (struct str_list){ 0 };
	c->host.pid_mode = c->host.ipc_mode = c->host.uts_mode = "host";
	c->host.network_mode = "host";
	in.netns = "";
	in.caps = UINT64_C(0x1ffffffffff);
	in.host_devices = &list;
	assert_golden("privileged.json");
}

static void no_network_joined_pid_device_rules(void **state)
{
	static struct device_mapping null = { "/dev/null", "/dev/nothing", "r" };

	(void)state;
	in.netns = NULL;
	in.pidns = "/proc/42/ns/pid";
	in.seccomp = "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}";
	in.apparmor = "docker-default";
	c->host.ipc_mode = "none";
	c->host.cgroupns_mode = "private";
	c->host.devices = (struct device_mapping_list){ &null, 1 };
	str_list_add(c->arena, &c->host.device_cgroup_rules, "c 42:* rwm");
	str_map_set(c->arena, &c->host.sysctls, "net.ipv4.ip_forward", "1");
	str_map_set(c->arena, &c->host.annotations, "org.example", "yes");
	assert_golden("isolated.json");
}

static void a_device_that_is_none_is_named(void **state)
{
	static struct device_mapping bad = { "/no/such/device", "", "rwm" };
	struct oci_spec spec;
	struct err e;

	(void)state;
	c->host.devices = (struct device_mapping_list){ &bad, 1 };
	assert_int_equal(spec_compose(a, &in, &spec, &e), -1);
	assert_string_equal(e.msg, "error gathering device information while adding custom device "
				   "\"/no/such/device\": no such file or directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_ordinary_run),
		TEST(a_terminal_a_user_and_limits),
		TEST(mounts_of_all_kinds),
		TEST(everything_of_the_host),
		TEST(no_network_joined_pid_device_rules),
		TEST(a_device_that_is_none_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
