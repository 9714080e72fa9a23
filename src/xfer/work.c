/* SPDX-License-Identifier: Apache-2.0 */
/* What the functions of work.h share. */
#include "work.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"

int work_room(const struct work *w, size_t *out, struct err *e)
{
	struct stat st;

	if (fstat(w->fds[XFER_TEXT], &st))
		return err_sys(e, "stat text");
	*out = (size_t)st.st_size;
	return 0;
}

int work_put_text(struct work *w, const char *text, size_t n, struct err *e)
{
	for (size_t at = 0; at < n;) {
		ssize_t done = pwrite(w->fds[XFER_TEXT], text + at, n - at, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_sys(e, "write text");
		at += (size_t)done;
	}
	w->done.n = n;
	return 0;
}

int work_take_text(struct work *w, const char **out, struct err *e)
{
	size_t room, at = 0;

	if (work_room(w, &room, e))
		return -1;
	if (w->rq->n > room)
		return err_set(e, ERR_INTERNAL, "text is shorter than said");
	char *text = arena_alloc(w->call.arena, w->rq->n + 1);
	while (at < w->rq->n) {
		ssize_t n = pread(w->fds[XFER_TEXT], text + at, w->rq->n - at, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, "read text");
		at += (size_t)n;
	}
	*out = text;
	return 0;
}

int work_explain(const struct work *w, const char *code, struct err *e)
{
	const struct xfer_config *c = w->call.session->config;
	const char *what = w->rq->what;

	if (c->for_push || !*c->familiar_name)
		return -1;
	if (strcmp(code, "DENIED") == 0)
		err_in(e,
			"pull access denied for %s, repository does not exist or may require 'docker login'",
			c->familiar_name);
	else if (strcmp(code, "MANIFEST_UNKNOWN") == 0)
		err_in(e, "manifest for %s%s%s not found", c->familiar_name,
			strchr(what, ':') ? "@" : ":", what);
	else if (strcmp(code, "NAME_UNKNOWN") == 0)
		err_in(e, "repository %s not found", c->familiar_name);
	else
		return -1;
	e->kind = ERR_NOT_FOUND;
	return -1;
}

void work_media_type(const char *header, char out[XFER_TYPE_SIZE])
{
	struct slice type, rest;

	out[0] = 0;
	slice_cut(slice_str(header), ';', &type, &rest);
	type = slice_trim(type);
	if (type.n == 0 || type.n >= XFER_TYPE_SIZE)
		return;
	for (size_t i = 0; i < type.n; i++)
		if ((unsigned char)type.p[i] <= 32 || (unsigned char)type.p[i] >= 127)
			return;
	memcpy(out, type.p, type.n);
	out[type.n] = 0;
}

void work_digest(const char *header, char out[OCI_DIGEST_SIZE])
{
	out[0] = 0;
	if (header && oci_digest_is_sha256(header))
		memcpy(out, header, OCI_DIGEST_SIZE);
}
