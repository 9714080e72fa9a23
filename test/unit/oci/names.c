/* SPDX-License-Identifier: Apache-2.0 */
/* References, digests, platforms: the names things go by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "oci/digest.h"
#include "oci/platform.h"
#include "oci/reference.h"

#define HEX64 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void familiar_names_become_full_ones(void **state)
{
	static const struct {
		const char *text, *full, *familiar;
	} rows[] = {
		{ "alpine", "docker.io/library/alpine", "alpine" },
		{ "alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20" },
		{ "docker.io/alpine", "docker.io/library/alpine", "alpine" },
		{ "index.docker.io/library/alpine:x", "docker.io/library/alpine:x", "alpine:x" },
		{ "me/app", "docker.io/me/app", "me/app" },
		{ "library/a/b", "docker.io/library/a/b", "library/a/b" },
		{ "localhost/app:1", "localhost/app:1", "localhost/app:1" },
		{ "localhost:5000/app", "localhost:5000/app", "localhost:5000/app" },
		{ "reg.example.com/a/b_c/d__e-f--g.h:T_a.g-1",
			"reg.example.com/a/b_c/d__e-f--g.h:T_a.g-1",
			"reg.example.com/a/b_c/d__e-f--g.h:T_a.g-1" },
		{ "[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x" },
		{ "[fe80::1]/x:1", "[fe80::1]/x:1", "[fe80::1]/x:1" },
		{ "UPPER/app", "UPPER/app", "UPPER/app" },
		{ "a@sha256:" HEX64, "docker.io/library/a@sha256:" HEX64, "a@sha256:" HEX64 },
		{ "a:1@sha256:" HEX64, "docker.io/library/a:1@sha256:" HEX64, "a:1@sha256:" HEX64 },
	};
	own_arena a = arena_new();
	struct oci_ref r;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(oci_ref_parse(a, rows[i].text, &r, &e), 0);
		assert_string_equal(oci_ref_full(a, &r), rows[i].full);
		assert_string_equal(oci_ref_familiar(a, &r), rows[i].familiar);
		/* what users are shown parses back to the same thing */
		struct oci_ref again;
		assert_int_equal(oci_ref_parse(a, rows[i].familiar, &again, &e), 0);
		assert_string_equal(oci_ref_full(a, &again), rows[i].full);
	}
}

static void malformed_references_are_refused_in_dockers_words(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "", "invalid reference format" },
		{ "a b", "invalid reference format" },
		{ "-a", "invalid reference format" },
		{ "a..b", "invalid reference format" },
		{ "a___b", "invalid reference format" },
		{ "a/", "invalid reference format" },
		{ "/a", "invalid reference format" },
		{ "a:", "invalid reference format" },
		{ "a:-x", "invalid reference format" },
		{ "a@sha256:12", "invalid reference format" },
		{ "a@", "invalid reference format" },
		{ "-x.com/a", "invalid reference format" },
		{ "x.com:port/a", "invalid reference format" },
		{ "[::1/a", "invalid reference format" },
		{ "https://x.com/a", "invalid reference format" },
		{ "X", "invalid reference format: repository name (library/X) must be lowercase" },
		{ "a/B:c", "invalid reference format: repository name (a/B) must be lowercase" },
		{ HEX64, "invalid repository name (" HEX64
			 "), cannot specify 64-byte hexadecimal strings" },
		{ "a@md5:00000000000000000000000000000000", "unsupported digest algorithm" },
		{ "a@sha256:00000000000000000000000000000000", "invalid checksum digest length" },
	};
	own_arena a = arena_new();
	struct oci_ref r;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(oci_ref_parse(a, rows[i].text, &r, &e), -1);
		assert_string_equal(e.msg, rows[i].message);
		assert_int_equal(e.kind, ERR_INVALID);
	}
}

static void names_and_tags_have_their_longest(void **state)
{
	own_arena a = arena_new();
	struct oci_ref r;
	struct err e;
	char name[400], tag[200];

	memset(name, 'a', sizeof(name));
	name[2] = '/';
	name[255] = 0;
	assert_int_equal(oci_ref_parse(a, name, &r, &e), 0);
	name[255] = 'a';
	name[256] = 0;
	assert_int_equal(oci_ref_parse(a, name, &r, &e), -1);
	assert_string_equal(e.msg, "repository name must not be more than 255 characters");
	memset(tag, 't', sizeof(tag));
	tag[128] = 0;
	assert_true(oci_ref_is_tag(tag));
	tag[128] = 't';
	tag[129] = 0;
	assert_false(oci_ref_is_tag(tag));
}

static void latest_is_added_only_to_bare_names(void **state)
{
	own_arena a = arena_new();
	struct oci_ref r;
	struct err e;

	assert_int_equal(oci_ref_parse(a, "alpine", &r, &e), 0);
	oci_ref_default_tag(&r);
	assert_string_equal(oci_ref_familiar(a, &r), "alpine:latest");
	assert_int_equal(oci_ref_parse(a, "alpine@sha256:" HEX64, &r, &e), 0);
	oci_ref_default_tag(&r);
	assert_null(r.tag);
	assert_int_equal(oci_ref_set_tag(a, &r, "v1", &e), 0);
	assert_string_equal(oci_ref_familiar(a, &r), "alpine:v1");
	assert_int_equal(oci_ref_set_tag(a, &r, "v 1", &e), -1);
	assert_string_equal(e.msg, "invalid tag format");
}

static void ids_parse_where_any_reference_may_stand(void **state)
{
	own_arena a = arena_new();
	struct oci_ref r;
	struct err e;

	assert_int_equal(oci_ref_parse_any(a, HEX64, &r, &e), 0);
	assert_null(r.path);
	assert_string_equal(r.digest, "sha256:" HEX64);
	assert_int_equal(oci_ref_parse_any(a, "sha256:" HEX64, &r, &e), 0);
	assert_string_equal(oci_ref_full(a, &r), "sha256:" HEX64);
	assert_int_equal(oci_ref_parse_any(a, "sha256:12", &r, &e), 0);
	assert_string_equal(oci_ref_familiar(a, &r), "sha256:12"); /* image sha256 with tag 12 */
}

static void digests_are_checked_for_form_and_length(void **state)
{
	struct err e;

	assert_int_equal(oci_digest_check(slice_str("sha256:" HEX64), &e), 0);
	assert_true(oci_digest_is_sha256("sha256:" HEX64));
	assert_false(oci_digest_is_sha256(NULL));
	assert_false(oci_digest_is_sha256("sha256:" HEX64 "0"));
	assert_false(oci_digest_is_sha256("sha512:" HEX64));
	assert_string_equal(oci_digest_hex("sha256:" HEX64), HEX64);
	assert_int_equal(oci_digest_check(slice_str(HEX64), &e), -1);
	assert_string_equal(e.msg, "invalid checksum digest format");
	assert_int_equal(oci_digest_check(slice_str("sha256:ab"), &e), -1);
	assert_string_equal(e.msg, "invalid checksum digest length");
	assert_int_equal(oci_digest_check(slice_str("md5:ab"), &e), -1);
	assert_string_equal(e.msg, "unsupported digest algorithm");
	char upper[OCI_DIGEST_SIZE] = "sha256:" HEX64;
	upper[8] = 'A';
	assert_int_equal(oci_digest_check(slice_str(upper), &e), -1);
}

/* image-spec config.md: ChainID(L0|L1) = sha256("L0 L1"); the sum is sha256sum's */
static void chain_ids_fold_diff_ids(void **state)
{
	static const char *const ids[] = {
		"sha256:0000000000000000000000000000000000000000000000000000000000000000",
		"sha256:1111111111111111111111111111111111111111111111111111111111111111",
	};
	char one[OCI_DIGEST_SIZE], both[OCI_DIGEST_SIZE], want[OCI_DIGEST_SIZE];
	char text[2 * OCI_DIGEST_SIZE];

	oci_chain_id_all(ids, 1, one);
	assert_string_equal(one, ids[0]);
	oci_chain_id_all(ids, 2, both);
	snprintf(text, sizeof(text), "%s %s", ids[0], ids[1]);
	sha_digest(text, strlen(text), want);
	assert_string_equal(both, want);
	assert_string_equal(
		both, "sha256:f94b891e05f6e37c90d87edfd5bb98a02d618a437c35f3a94b3b00e48e894631");
	oci_chain_id(one, ids[1], one);
	assert_string_equal(one, want);
	oci_chain_id_all(ids, 0, both);
	assert_string_equal(both, "");
}

static void platforms_parse_and_normalise(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "linux/amd64", "linux/amd64" },
		{ "linux/x86_64", "linux/amd64" },
		{ "Linux/AARCH64", "linux/arm64" },
		{ "linux/arm64/v8", "linux/arm64" },
		{ "linux/arm", "linux/arm/v7" },
		{ "linux/armhf", "linux/arm/v7" },
		{ "linux/armel", "linux/arm/v6" },
		{ "linux/arm/6", "linux/arm/v6" },
		{ "linux/amd64/v1", "linux/amd64" },
		{ "linux/amd64/v3", "linux/amd64/v3" },
		{ "i386", "linux/386" },
		{ "riscv64", "linux/riscv64" },
		{ "macos/arm64", "darwin/arm64" },
		{ "windows(10.0.17763)/amd64", "windows/amd64" },
	};
	own_arena a = arena_new();
	struct oci_platform p;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(oci_platform_parse(a, rows[i].text, &p, &e), 0);
		assert_string_equal(oci_platform_text(a, &p), rows[i].want);
	}
	assert_int_equal(oci_platform_parse(a, "windows(10.0.17763)/amd64", &p, &e), 0);
	assert_string_equal(p.os_version, "10.0.17763");
	assert_int_equal(oci_platform_parse(a, "linux", &p, &e), 0);
	assert_int_equal(oci_platform_parse(a, "foo", &p, &e), -1);
	assert_string_equal(
		e.msg, "\"foo\": unknown operating system or architecture: invalid argument");
	assert_int_equal(oci_platform_parse(a, "linux/a/b/c", &p, &e), -1);
	assert_int_equal(oci_platform_parse(a, "linux/", &p, &e), -1);
	assert_int_equal(oci_platform_parse(a, "*", &p, &e), -1);
	assert_int_equal(oci_platform_parse(a, "", &p, &e), -1);
}

static int score(const char *want, const char *have)
{
	own_arena a = arena_new();
	struct oci_platform w, h;
	struct err e;

	assert_int_equal(oci_platform_parse(a, want, &w, &e), 0);
	assert_int_equal(oci_platform_parse(a, have, &h, &e), 0);
	return oci_platform_score(&w, &h);
}

static void the_nearest_platform_scores_best(void **state)
{
	assert_true(score("linux/amd64", "linux/amd64") > score("linux/amd64", "linux/386"));
	assert_true(score("linux/amd64", "linux/386") > 0);
	assert_int_equal(score("linux/amd64", "linux/amd64/v3"), 0);
	assert_true(
		score("linux/amd64/v3", "linux/amd64/v2") > score("linux/amd64/v3", "linux/amd64"));
	assert_int_equal(score("linux/amd64", "linux/arm64"), 0);
	assert_int_equal(score("linux/amd64", "windows/amd64"), 0);
	assert_true(score("linux/arm/v7", "linux/arm/v7") > score("linux/arm/v7", "linux/arm/v6"));
	assert_true(score("linux/arm/v7", "linux/arm/v6") > score("linux/arm/v7", "linux/arm/v5"));
	assert_int_equal(score("linux/arm/v6", "linux/arm/v7"), 0);
	assert_true(score("linux/arm64", "linux/arm/v8") > score("linux/arm64", "linux/arm/v7"));
	assert_true(score("linux/arm64", "linux/arm64") > score("linux/arm64", "linux/arm/v8"));
	assert_true(score("linux/riscv64", "linux/riscv64") > 0);
	assert_int_equal(score("linux/386", "linux/amd64"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(familiar_names_become_full_ones),
		cmocka_unit_test(malformed_references_are_refused_in_dockers_words),
		cmocka_unit_test(names_and_tags_have_their_longest),
		cmocka_unit_test(latest_is_added_only_to_bare_names),
		cmocka_unit_test(ids_parse_where_any_reference_may_stand),
		cmocka_unit_test(digests_are_checked_for_form_and_length),
		cmocka_unit_test(chain_ids_fold_diff_ids),
		cmocka_unit_test(platforms_parse_and_normalise),
		cmocka_unit_test(the_nearest_platform_scores_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
