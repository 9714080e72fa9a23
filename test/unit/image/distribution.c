/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of layers' blobs, in dockerd's files. */
#include "image/distribution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/push_int.h"
#include "store_make.h"

#define DIFF   "sha256:0bfd05e617132d2ebba2d83e074649178e2a57a67eedb9ae254d031bfe28503d"
#define DIGEST "sha256:3a6f830ee6a1af1bc8dc388ba74b6121fef6bce0dc8b367f30fa9c9fc306243a"
#define FILE_OF_DIFF                                               \
	"image/overlay2/distribution/v2metadata-by-diffid/sha256/" \
	"0bfd05e617132d2ebba2d83e074649178e2a57a67eedb9ae254d031bfe28503d"

static void scratch_begin(struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->a = arena_new();
	snprintf(m->dir, sizeof(m->dir), "/tmp/tare-unit-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->root = open(m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m->store = image_store_open(m->dir, &m->e);
	assert_non_null(m->store);
}

static void scratch_end(struct made *m)
{
	image_store_close(m->store);
	close(m->root);
	fs_remove_tree(AT_FDCWD, m->dir, &m->e);
	arena_free(m->a);
}

/* as dockerd 20.10 wrote it for a push without credentials */
static void the_hmac_is_dockerds(void **state)
{
	char key[DISTRIBUTION_KEY_SIZE];
	struct distribution_source source = { DIGEST, "127.0.0.1:5000/test/a",
		"fe03648edfc85c44f529de1581682a8bf77d128db32682b77fd1d4b36de211a2" };

	(void)state;
	distribution_key(NULL, key);
	assert_string_equal(
		key, "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
	assert_true(distribution_is_keyed(&source, key));
	assert_false(distribution_is_keyed(&source, ""));
	source.hmac = "";
	assert_false(distribution_is_keyed(&source, key));
	assert_true(distribution_is_keyed(&source, ""));
}

static void the_key_is_of_the_credentials_as_go_writes_them(void **state)
{
	struct registry_auth auth = { .username = "a<b", .password = "p", .server_address = "x" };
	char key[DISTRIBUTION_KEY_SIZE], want[OCI_DIGEST_SIZE];
	static const char text[] = "{\"username\":\"a\\u003cb\",\"password\":\"p\"}";

	(void)state;
	distribution_key(&auth, key);
	sha_digest(text, strlen(text), want);
	assert_string_equal(key, want);
}

static void entries_are_kept_youngest_last(void **state)
{
	struct distribution_sources l;
	struct made m;

	(void)state;
	scratch_begin(&m);
	distribution_add(m.store, DIFF, DIGEST, "docker.io/library/a", "");
	distribution_add(m.store, DIFF, DIGEST, "docker.io/library/b", "");
	distribution_add(m.store, DIFF, DIGEST, "docker.io/library/a", "");
	assert_string_equal(fs_read_str(m.a, m.root, FILE_OF_DIFF, 4096, &m.e),
		"[{\"Digest\":\"" DIGEST
		"\",\"SourceRepository\":\"docker.io/library/b\",\"HMAC\":\"\"},"
		"{\"Digest\":\"" DIGEST
		"\",\"SourceRepository\":\"docker.io/library/a\",\"HMAC\":\"\"}]");
	distribution_sources(m.store, m.a, DIFF, &l);
	assert_int_equal(l.n, 2);
	distribution_remove(m.store, DIFF, &l.v[0]);
	distribution_remove(m.store, DIFF, &l.v[1]);
	assert_false(fs_exists(m.root, FILE_OF_DIFF));
	scratch_end(&m);
}

static void fifty_entries_stay(void **state)
{
	struct distribution_sources l;
	struct made m;

	(void)state;
	scratch_begin(&m);
	for (int i = 0; i < 53; i++)
		distribution_add(m.store, DIFF, DIGEST, arena_printf(m.a, "r.io/x%d", i), "");
	distribution_sources(m.store, m.a, DIFF, &l);
	assert_int_equal(l.n, 50);
	assert_string_equal(l.v[0].repository, "r.io/x3");
	assert_string_equal(l.v[49].repository, "r.io/x52");
	scratch_end(&m);
}

static void what_cannot_be_read_is_as_good_as_none(void **state)
{
	static const char *const texts[] = { "", "{}", "[", "[1]", "[{\"Digest\":\"md5:x\"}]",
		"null" };
	struct distribution_sources l;
	struct made m;

	(void)state;
	scratch_begin(&m);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		made_put(&m, FILE_OF_DIFF, texts[i]);
		distribution_sources(m.store, m.a, DIFF, &l);
		assert_int_equal(l.n, 0);
	}
	distribution_add(m.store, DIFF, DIGEST, "r.io/x", "");
	distribution_sources(m.store, m.a, DIFF, &l);
	assert_int_equal(l.n, 1);
	scratch_end(&m);
}

/* the same credentials, then the nearer path, then the younger */
static void the_best_source_comes_first(void **state)
{
	struct distribution_source v[] = {
		{ DIGEST, "r.io/team/old", "" },
		{ DIGEST, "r.io/other/x", "" },
		{ DIGEST, "r.io/team/young", "" },
		{ DIGEST, "127.0.0.1:5000/test/a",
			"fe03648edfc85c44f529de1581682a8bf77d128db32682b77fd1d4b36de211a2" },
	};
	struct distribution_sources l = { v, 4 };
	char key[DISTRIBUTION_KEY_SIZE];

	(void)state;
	distribution_key(NULL, key);
	distribution_sort(&l, "r.io/team/app", key);
	assert_string_equal(l.v[0].repository, "127.0.0.1:5000/test/a");
	assert_string_equal(l.v[1].repository, "r.io/team/young");
	assert_string_equal(l.v[2].repository, "r.io/team/old");
	assert_string_equal(l.v[3].repository, "r.io/other/x");
}

static void a_layer_is_mounted_from_the_same_registry_only(void **state)
{
	own_arena a = arena_new();
	struct oci_ref ref = { "r.io", "team/app", "1", NULL };
	struct image_push_opts opts = { .ref = &ref };
	struct push p = { .opts = &opts, .repository = "r.io/team/app" };
	struct distribution_source v[] = {
		{ DIGEST, "docker.io/library/x", "" },
		{ DIGEST, "r.io/team/app", "" },
		{ DIGEST, "r.io/base", "" },
		{ DIGEST, "", "" },
	};
	struct distribution_sources all = { v, 4 }, out;

	(void)state;
	push_candidates(&p, a, &all, 4, &out);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.v[0].repository, "r.io/base");
	push_candidates(&p, a, &all, 0, &out);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hmac_is_dockerds),
		cmocka_unit_test(the_key_is_of_the_credentials_as_go_writes_them),
		cmocka_unit_test(entries_are_kept_youngest_last),
		cmocka_unit_test(fifty_entries_stay),
		cmocka_unit_test(what_cannot_be_read_is_as_good_as_none),
		cmocka_unit_test(the_best_source_comes_first),
		cmocka_unit_test(a_layer_is_mounted_from_the_same_registry_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
