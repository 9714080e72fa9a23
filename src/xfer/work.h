/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the daemon being carried out, and the functions that do it: one for each row of enum xfer_call_type. */
#ifndef TARE_XFER_WORK_H
#define TARE_XFER_WORK_H

#include "proto.h"
#include "session.h"

struct work {
	struct session_call call;
	const struct xfer_call *rq; /* its texts end with NUL */
	int fds[XFER_FDS];	    /* -1: not given */
	int64_t bytes;		    /* so far; what is reported */
	struct xfer_done done;
};

int work_get_manifest(struct work *w, struct err *e);
int work_head_manifest(struct work *w, struct err *e);
int work_put_manifest(struct work *w, struct err *e);
int work_list_tags(struct work *w, struct err *e);
int work_get_referrers(struct work *w, struct err *e);
int work_fetch_blob(struct work *w, struct err *e);
int work_get_blob(struct work *w, struct err *e);
int work_find_blob(struct work *w, struct err *e);
int work_mount_blob(struct work *w, struct err *e);
int work_upload_blob(struct work *w, struct err *e);
int work_login(struct work *w, struct err *e);
int work_search(struct work *w, struct err *e);
int work_fetch_url(struct work *w, struct err *e);

/* Room for text in the call's memory file: its size. */
int work_room(const struct work *w, size_t *out, struct err *e);
/* Puts text there and counts it in done. */
int work_put_text(struct work *w, const char *text, size_t n, struct err *e);
/* Reads what the call brought along; in the call's arena, NUL behind it. */
int work_take_text(struct work *w, const char **out, struct err *e);

/*
 * Replaces what a registry says about what was asked for by what dockerd says then (feature row B24): "pull
 * access denied for x, …", "manifest for x:tag not found: …". Returns -1.
 */
int work_explain(const struct work *w, const char *code, struct err *e);
/* A header's media type without parameters; "" when it is no such thing. */
void work_media_type(const char *header, char out[XFER_TYPE_SIZE]);
/* A well-formed digest of a header, else "". */
void work_digest(const char *header, char out[OCI_DIGEST_SIZE]);

#endif
