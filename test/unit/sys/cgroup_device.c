/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules, reduced, and run as the BPF program they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oci/resources.h"
#include "sys/cgroup_device_int.h"
#include "sys/device.h"

/* Executes the few instructions such programs are made of. */
static bool allows(
	const struct bpf_code *c, char type, uint32_t major, uint32_t minor, uint32_t access)
{
	uint32_t ctx[3] = { access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		major, minor };
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < c->n; pc++) {
		const struct bpf_insn *i = &c->v[pc];
		uint64_t with = i->code & BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm;
		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			r[i->dst_reg] = ctx[i->off / 4];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = with;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= with;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= with;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
		case BPF_JMP | BPF_JNE | BPF_X:
			pc += r[i->dst_reg] != with ? (size_t)i->off : 0;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			pc += (uint32_t)r[i->dst_reg] != (uint32_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += r[i->dst_reg] == with ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return r[0] != 0;
		default:
			fail_msg("instruction %x", i->code);
		}
	}
	fail_msg("ran off the end");
	return false;
}

enum { R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, M = BPF_DEVCG_ACC_MKNOD };

static void compile(struct arena *a, const char *json, struct device_policy *p, struct bpf_code *c)
{
	struct oci_resources r;
	struct err e;
	char *text = arena_printf(a, "{\"devices\":%s}", json);

	for (char *q = text; (q = strchr(q, '\'')); q++)
		*q = '"';
	assert_int_equal(oci_resources_parse(a, text, strlen(text), &r, &e), 0);
	assert_int_equal(device_policy_reduce(a, &r.devices, p, &e), 0);
	device_policy_bpf(a, p, c);
}

static void what_is_not_allowed_is_refused(void **state)
{
	own_arena a = arena_new();
	struct device_policy p;
	struct bpf_code c;

	compile(a,
		"[{'allow':false,'access':'rwm'},{'allow':true,'type':'c','major':1,'minor':3,'access':'rwm'},"
		"{'allow':true,'type':'b','major':8,'access':'r'},{'allow':true,'type':'c','access':'m'}]",
		&p, &c);
	assert_true(allows(&c, 'c', 1, 3, R | W));
	assert_true(allows(&c, 'c', 1, 3, M));
	assert_false(allows(&c, 'c', 1, 5, R));
	assert_false(allows(&c, 'b', 1, 3, R));
	assert_true(allows(&c, 'b', 8, 77, R));
	assert_false(allows(&c, 'b', 8, 77, R | W));
	assert_true(allows(&c, 'c', 99, 99, M));
	assert_false(allows(&c, 'b', 99, 99, M));
}

static void a_later_rule_takes_back_what_an_earlier_one_gave(void **state)
{
	own_arena a = arena_new();
	struct device_policy p;
	struct bpf_code c;

	compile(a,
		"[{'allow':true,'type':'c','major':10,'minor':200,'access':'rwm'},"
		"{'allow':false,'type':'c','major':10,'minor':200,'access':'w'}]",
		&p, &c);
	assert_int_equal(p.n, 1);
	assert_true(allows(&c, 'c', 10, 200, R));
	assert_false(allows(&c, 'c', 10, 200, R | W));
	/* giving in two steps is giving both */
	compile(a,
		"[{'allow':true,'type':'c','major':4,'minor':1,'access':'r'},"
		"{'allow':true,'type':'c','major':4,'minor':1,'access':'w'}]",
		&p, &c);
	assert_true(allows(&c, 'c', 4, 1, R | W));
	/* "a" forgets everything before it */
	compile(a, "[{'allow':true,'type':'c','major':4,'minor':1},{'allow':false}]", &p, &c);
	assert_int_equal(p.n, 0);
	assert_false(allows(&c, 'c', 4, 1, R));
}

/* --privileged: everything but what is named */
static void everything_may_be_allowed_with_exceptions(void **state)
{
	own_arena a = arena_new();
	struct device_policy p;
	struct bpf_code c;

	compile(a, "[{'allow':true},{'allow':false,'type':'b','major':8,'minor':0,'access':'w'}]",
		&p, &c);
	assert_true(p.allow_by_default);
	assert_true(allows(&c, 'c', 1, 1, R | W | M));
	assert_true(allows(&c, 'b', 8, 0, R));
	assert_false(allows(&c, 'b', 8, 0, R | W));
	assert_true(allows(&c, 'b', 8, 1, W));
}

static void large_numbers_are_no_wildcards(void **state)
{
	own_arena a = arena_new();
	struct device_policy p;
	struct bpf_code c;

	compile(a, "[{'allow':true,'type':'c','major':4294967295,'minor':2147483648}]", &p, &c);
	assert_true(allows(&c, 'c', UINT32_MAX, 2147483648u, R));
	assert_false(allows(&c, 'c', 1, 2147483648u, R));
	assert_false(allows(&c, 'c', UINT32_MAX, 1, R));
}

static void default_rules_cover_the_default_devices(void **state)
{
	own_arena a = arena_new();
	struct oci_device_rule_list rules = { (struct oci_device_rule *)device_default_rules,
		device_n_default_rules };
	struct device_policy p;
	struct bpf_code c;
	struct err e;

	assert_int_equal(device_policy_reduce(a, &rules, &p, &e), 0);
	device_policy_bpf(a, &p, &c);
	for (size_t i = 0; i < device_n_defaults; i++)
		assert_true(allows(&c, 'c', (uint32_t)device_defaults[i].major,
			(uint32_t)device_defaults[i].minor, R | W | M));
	assert_true(allows(&c, 'c', 136, 12, R | W));
	assert_false(allows(&c, 'c', 1, 1, R)); /* /dev/mem */
	assert_false(allows(&c, 'b', 254, 0, R));
	assert_true(allows(&c, 'b', 254, 0, M));
}

static void the_kernels_list_reads_back(void **state)
{
	own_arena a = arena_new();
	struct device_policy p;
	struct err e;
	char text[64];

	assert_int_equal(device_policy_parse(a, "a *:* rwm\n", &p, &e), 0);
	assert_true(p.allow_by_default && p.n == 0);
	assert_int_equal(device_policy_parse(a, "c 1:3 rwm\nb *:* m\n", &p, &e), 0);
	assert_int_equal(p.n, 2);
	device_exception_text(&p.v[0], text);
	assert_string_equal(text, "c 1:3 rwm");
	device_exception_text(&p.v[1], text);
	assert_string_equal(text, "b *:* m");
	assert_int_equal(device_policy_parse(a, "", &p, &e), 0);
	assert_int_equal(device_policy_parse(a, "c 1 rwm\n", &p, &e), -1);
}

static void malformed_rules_are_refused(void **state)
{
	own_arena a = arena_new();
	int64_t below = -2;
	struct oci_device_rule bad[] = { { .type = "x" }, { .type = "c", .access = "rx" },
		{ .type = "c", .major = &below }, { .type = "cc" } };
	struct device_policy p;
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		struct oci_device_rule_list l = { &bad[i], 1 };
		assert_int_equal(device_policy_reduce(a, &l, &p, &e), -1);
		assert_int_equal(e.kind, ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_allowed_is_refused),
		cmocka_unit_test(a_later_rule_takes_back_what_an_earlier_one_gave),
		cmocka_unit_test(everything_may_be_allowed_with_exceptions),
		cmocka_unit_test(large_numbers_are_no_wildcards),
		cmocka_unit_test(default_rules_cover_the_default_devices),
		cmocka_unit_test(the_kernels_list_reads_back),
		cmocka_unit_test(malformed_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
