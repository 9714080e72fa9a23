/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h's questions as calls, and what is checked of the answers: digests on our own copy of the text. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "registry_int.h"

static int verify(const char *want, const char *text, size_t n, struct err *e)
{
	char have[OCI_DIGEST_SIZE];

	sha_digest(text, n, have);
	if (strcmp(want, have) == 0)
		return 0;
	return err_set(
		e, ERR_INVALID, "content does not match digest: expected %s, got %s", want, have);
}

/* A call whose answer is a text, of at most `most` bytes. */
static int get_text(struct registry *r, struct registry_call *c, struct arena *a, size_t most,
	struct registry_document *out, struct err *e)
{
	struct xfer_done done;
	own_fd text = registry_make_text(most, NULL, e);

	if (text < 0)
		return -1;
	c->text = text;
	if (registry_run(r, c, &done, e))
		return -1;
	*out = (struct registry_document){ .n = done.n };
	out->text = registry_read_text(a, text, done.n, most, e);
	if (!out->text)
		return -1;
	out->media_type = arena_strdup(a, done.media_type);
	sha_digest(out->text, out->n, out->digest);
	return 0;
}

/* --- manifests ----------------------------------------------------------------------------------- */

int registry_get_manifest(struct registry *r, struct arena *a, const char *what,
	struct registry_document *out, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_GET_MANIFEST);

	if (registry_put(c.rq.what, sizeof(c.rq.what), what, e) ||
		get_text(r, &c, a, REGISTRY_DOCUMENT_MOST, out, e))
		return -1;
	if (strchr(what, ':') && strcmp(what, out->digest) != 0)
		return err_set(e, ERR_INVALID, "manifest verification failed for digest %s", what);
	return 0;
}

int registry_head_manifest(struct registry *r, struct arena *a, const char *what,
	struct registry_document *out, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_HEAD_MANIFEST);
	struct xfer_done done;

	if (registry_put(c.rq.what, sizeof(c.rq.what), what, e) || registry_run(r, &c, &done, e))
		return -1;
	if (done.size < 0 || !oci_digest_is_sha256(done.digest))
		return err_set(e, ERR_INVALID, "registry does not say the digest of %s", what);
	*out = (struct registry_document){ .media_type = arena_strdup(a, done.media_type),
		.n = (size_t)done.size };
	memcpy(out->digest, done.digest, OCI_DIGEST_SIZE);
	return 0;
}

int registry_put_manifest(
	struct registry *r, const char *what, const struct registry_document *doc, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_PUT_MANIFEST);
	struct xfer_done done;
	char digest[OCI_DIGEST_SIZE];
	own_fd text = registry_make_text(doc->n, doc->text, e);

	c.text = text;
	c.rq.n = doc->n;
	if (text < 0 || registry_put(c.rq.what, sizeof(c.rq.what), what, e) ||
		registry_put(c.rq.media_type, sizeof(c.rq.media_type), doc->media_type, e) ||
		registry_run(r, &c, &done, e))
		return -1;
	sha_digest(doc->text, doc->n, digest);
	if (*done.digest && strcmp(done.digest, digest) != 0)
		return err_set(e, ERR_INVALID,
			"registry has the manifest under another digest: %s instead of %s",
			done.digest, digest);
	return 0;
}

int registry_list_tags(struct registry *r, struct arena *a, struct str_list *out, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_LIST_TAGS);
	struct registry_document doc;
	struct slice one, rest;

	*out = (struct str_list){ 0 };
	if (get_text(r, &c, a, REGISTRY_DOCUMENT_MOST, &doc, e))
		return -1;
	rest = (struct slice){ doc.text, doc.n };
	while (rest.n > 0) {
		slice_cut(rest, '\n', &one, &rest);
		const char *tag = arena_strndup(a, one.p, one.n);
		if (oci_ref_is_tag(tag))
			str_list_add(a, out, tag);
	}
	return 0;
}

int registry_get_referrers(struct registry *r, struct arena *a, const char *digest,
	const char *artifact_type, struct registry_document *out, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_GET_REFERRERS);

	if (registry_put(c.rq.what, sizeof(c.rq.what), digest, e) ||
		registry_put(c.rq.media_type, sizeof(c.rq.media_type),
			artifact_type ? artifact_type : "", e))
		return -1;
	return get_text(r, &c, a, REGISTRY_DOCUMENT_MOST, out, e);
}

/* --- blobs --------------------------------------------------------------------------------------- */

/* The URLs of a foreign layer, one a line. What has a line end is none. */
static int make_urls(const struct str_list *urls, uint64_t *n, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, 65536);
	for (size_t i = 0; urls && i < urls->n; i++)
		if (!strpbrk(urls->v[i], "\r\n"))
			buf_fmt(&text, "%s\n", urls->v[i]);
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "layer has too many URLs");
	*n = text.len;
	return registry_make_text(text.len, text.data, e);
}

int registry_fetch_blob(struct registry *r, const struct registry_fetch *f, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_FETCH_BLOB);
	struct xfer_done done;
	own_fd pipe = f->pipe;
	own_fd urls = -1;

	c.rq.size = f->size;
	c.rq.offset = f->offset;
	c.file = f->file;
	c.report = f->report;
	c.arg = f->arg;
	if (registry_put(c.rq.what, sizeof(c.rq.what), f->digest, e))
		return -1;
	if (f->urls && f->urls->n > 0) {
		urls = make_urls(f->urls, &c.rq.n, e);
		if (urls < 0)
			return -1;
		c.text = urls;
	}
	c.pipe = take_fd(&pipe);
	int rc = registry_run(r, &c, &done, e);
	if (c.pipe >= 0)
		close(c.pipe); /* it did not even go on its way */
	return rc;
}

int registry_get_blob(struct registry *r, struct arena *a, const char *digest, size_t most,
	struct registry_document *out, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_GET_BLOB);

	if (registry_put(c.rq.what, sizeof(c.rq.what), digest, e) ||
		get_text(r, &c, a, most, out, e))
		return -1;
	return verify(digest, out->text, out->n, e);
}

int registry_find_blob(struct registry *r, const char *digest, int64_t *size, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_FIND_BLOB);
	struct xfer_done done;

	if (registry_put(c.rq.what, sizeof(c.rq.what), digest, e) || registry_run(r, &c, &done, e))
		return -1;
	*size = done.size < 0 ? -1 : done.size;
	return 0;
}

int registry_mount_blob(struct registry *r, const char *digest, const char *from_path,
	bool *is_mounted, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_MOUNT_BLOB);
	struct xfer_done done;

	if (registry_put(c.rq.what, sizeof(c.rq.what), digest, e) ||
		registry_put(c.rq.from, sizeof(c.rq.from), from_path, e) ||
		registry_run(r, &c, &done, e))
		return -1;
	*is_mounted = done.is_mounted != 0;
	return 0;
}

int registry_upload_blob(struct registry *r, const struct registry_upload *u, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_UPLOAD_BLOB);
	struct xfer_done done;

	c.file = u->in;
	c.digest = u->digest;
	c.report = u->report;
	c.arg = u->arg;
	return registry_run(r, &c, &done, e);
}
