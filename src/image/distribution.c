/* SPDX-License-Identifier: Apache-2.0 */
#include "distribution.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/slice.h"

#define BY_DIFF_ID   "distribution/v2metadata-by-diffid/sha256/"
#define BY_DIGEST    "distribution/diffid-by-digest/sha256/"
#define SOURCES_MOST 50 /* dockerd's maxMetadata */
#define FILE_MOST    (1024 * 1024)
#define PATH_SIZE    160

static void add_member(struct jsonw *w, const char *key, const char *value)
{
	if (!str_empty(value))
		jsonw_kstr(w, key, value);
}

/* The digest of the credentials as Go writes them (dockerd's authConfigKeyInput). */
void distribution_key(const struct registry_auth *auth, char out[DISTRIBUTION_KEY_SIZE])
{
	static const struct registry_auth none;
	struct jsonw w;
	own_buf text = { 0 };

	if (!auth)
		auth = &none;
	buf_init(&text, FILE_MOST);
	jsonw_init(&w, &text, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	add_member(&w, "username", auth->username);
	add_member(&w, "password", auth->password);
	add_member(&w, "identitytoken", auth->identity_token);
	add_member(&w, "registrytoken", auth->registry_token);
	jsonw_obj_end(&w);
	sha_digest(text.data, text.len, out);
}

static void compute_hmac(
	const struct distribution_source *source, const char *key, char out[SHA_HEX + 1])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	own_buf text = { 0 };

	*out = 0;
	if (!*key)
		return;
	buf_init(&text, FILE_MOST);
	buf_str(&text, source->digest);
	buf_str(&text, source->repository);
	if (!HMAC(EVP_sha256(), key, (int)strlen(key), (unsigned char *)text.data, text.len, mac,
		    &n))
		abort();
	for (unsigned i = 0; i < n && i < SHA_HEX / 2; i++)
		snprintf(out + i * 2, 3, "%02x", mac[i]);
}

bool distribution_is_keyed(const struct distribution_source *source, const char *key)
{
	char hmac[SHA_HEX + 1];

	compute_hmac(source, key, hmac);
	return strcmp(hmac, source->hmac) == 0;
}

static const char *by_diff_id(char path[PATH_SIZE], const char *diff_id)
{
	snprintf(path, PATH_SIZE, BY_DIFF_ID "%.64s", oci_digest_hex(diff_id));
	return path;
}

void distribution_sources(struct image_store *s, struct arena *a, const char *diff_id,
	struct distribution_sources *out)
{
	char path[PATH_SIZE];
	struct err ignored;

	*out = (struct distribution_sources){ NULL, 0 };
	own_json doc = json_read(s->image_fd, by_diff_id(path, diff_id), FILE_MOST, &ignored);
	for (size_t i = 0; i < json_len(doc) && json_type(doc) == JSON_ARR; i++) {
		struct json *item = json_at(doc, i);
		const char *digest = json_str(json_get_ci(item, "Digest"), "");
		if (!oci_digest_is_sha256(digest))
			continue;
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = (struct distribution_source){
			.digest = arena_strdup(a, digest),
			.repository = arena_strdup(
				a, json_str(json_get_ci(item, "SourceRepository"), "")),
			.hmac = arena_strdup(a, json_str(json_get_ci(item, "HMAC"), "")),
		};
	}
}

static int write_sources(struct image_store *s, const char *diff_id,
	const struct distribution_sources *l, struct err *e)
{
	char path[PATH_SIZE];
	struct jsonw w;
	own_buf text = { 0 };

	buf_init(&text, FILE_MOST);
	jsonw_init(&w, &text, NULL);
	jsonw_arr(&w);
	for (size_t i = l->n > SOURCES_MOST ? l->n - SOURCES_MOST : 0; i < l->n; i++) {
		jsonw_obj(&w);
		jsonw_kstr(&w, "Digest", l->v[i].digest);
		jsonw_kstr(&w, "SourceRepository", l->v[i].repository);
		jsonw_kstr(&w, "HMAC", l->v[i].hmac);
		jsonw_obj_end(&w);
	}
	jsonw_arr_end(&w);
	if (fs_mkdir_p(s->image_fd, BY_DIFF_ID, 0755, e))
		return -1;
	return fs_replace(
		s->image_fd, by_diff_id(path, diff_id), text.data, text.len, 0644, FS_NO_SYNC, e);
}

static bool is_same(const struct distribution_source *a, const struct distribution_source *b)
{
	return strcmp(a->digest, b->digest) == 0 && strcmp(a->repository, b->repository) == 0 &&
	       strcmp(a->hmac, b->hmac) == 0;
}

/* Takes equal entries out, the others keep their order. */
static bool drop(struct distribution_sources *l, const struct distribution_source *source)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!is_same(&l->v[i], source))
			l->v[n++] = l->v[i];
	bool has_changed = n != l->n;
	l->n = n;
	return has_changed;
}

static int add(struct image_store *s, const char *diff_id, const struct distribution_source *source,
	struct err *e)
{
	own_arena a = arena_new();
	struct distribution_sources l, all;
	char path[PATH_SIZE];

	{
		own_lock change = lock_take(&s->change);
		distribution_sources(s, a, diff_id, &l);
		/* The usual case, nothing new: no write. */
		if (!l.n || !is_same(&l.v[l.n - 1], source)) {
			drop(&l, source);
			all.v = arena_array(a, l.n + 1, sizeof(*all.v));
			for (all.n = 0; all.n < l.n; all.n++)
				all.v[all.n] = l.v[all.n];
			all.v[all.n++] = *source;
			if (write_sources(s, diff_id, &all, e))
				return -1;
		}
	}
	struct err unreadable;
	snprintf(path, sizeof(path), BY_DIGEST "%.64s", oci_digest_hex(source->digest));
	const char *now = fs_read_str(a, s->image_fd, path, OCI_DIGEST_SIZE, &unreadable);
	if (now && strcmp(now, diff_id) == 0)
		return 0;
	if (fs_mkdir_p(s->image_fd, BY_DIGEST, 0755, e))
		return -1;
	return fs_replace(s->image_fd, path, diff_id, strlen(diff_id), 0644, FS_NO_SYNC, e);
}

void distribution_add(struct image_store *s, const char *diff_id, const char *digest,
	const char *repository, const char *key)
{
	struct distribution_source source = { digest, repository, "" };
	char hmac[SHA_HEX + 1];
	struct err e;

	compute_hmac(&source, key, hmac);
	source.hmac = hmac;
	if (add(s, diff_id, &source, &e))
		log_warn("layer %s: %s, ignoring", diff_id, e.msg);
}

void distribution_remove(
	struct image_store *s, const char *diff_id, const struct distribution_source *source)
{
	own_arena a = arena_new();
	struct distribution_sources l;
	char path[PATH_SIZE];
	struct err e;
	own_lock change = lock_take(&s->change);

	distribution_sources(s, a, diff_id, &l);
	if (!drop(&l, source))
		return;
	if (l.n == 0)
		unlinkat(s->image_fd, by_diff_id(path, diff_id), 0);
	else if (write_sources(s, diff_id, &l, &e))
		log_warn("layer %s: %s, ignoring", diff_id, e.msg);
}

/* Leading parts between slashes that two paths have in common. */
static int count_common(const char *a, const char *b)
{
	int n = 0;

	for (;;) {
		size_t i = strcspn(a, "/"), j = strcspn(b, "/");
		if (i != j || memcmp(a, b, i) != 0)
			return n;
		n++;
		if (!a[i] || !b[j])
			return n;
		a += i + 1;
		b += j + 1;
	}
}

static bool is_better(const struct distribution_source *a, const struct distribution_source *b,
	const char *repository, const char *key)
{
	bool has_a = distribution_is_keyed(a, key), has_b = distribution_is_keyed(b, key);

	if (has_a != has_b)
		return has_a;
	return count_common(a->repository, repository) > count_common(b->repository, repository);
}

/* At most 50: by insertion, from the youngest on, which keeps equals in that order. */
void distribution_sort(struct distribution_sources *l, const char *repository, const char *key)
{
	for (size_t i = 0; i < l->n / 2; i++) {
		struct distribution_source t = l->v[i];
		l->v[i] = l->v[l->n - 1 - i];
		l->v[l->n - 1 - i] = t;
	}
	for (size_t i = 1; i < l->n; i++) {
		struct distribution_source t = l->v[i];
		size_t at = i;
		for (; at > 0 && is_better(&t, &l->v[at - 1], repository, key); at--)
			l->v[at] = l->v[at - 1];
		l->v[at] = t;
	}
}
