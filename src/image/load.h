/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading images from an archive: docker-archive (both shapes), OCI layout; the whole plain or compressed
 * by gzip, zstd, xz or bzip2, each layer plain, gzip or zstd (xz, bzip2). The bytes are read by tare-layer
 * processes, never here. Nothing is visible before all digests are verified; the reference comes last;
 * after a failure, or kill -9 and the next image_store_open, nothing is left.
 */
#ifndef TARE_IMAGE_LOAD_H
#define TARE_IMAGE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/image.h"
#include "oci/platform.h"

enum image_load_type {
	IMAGE_LOAD_PROGRESS, /* layer: current of total bytes ({"status":"Loading layer","progressDetail":…,"id":…}) */
	IMAGE_LOAD_STREAM, /* text: one finished line with its \n ({"stream":text}) */
	IMAGE_LOAD_IMAGE,  /* image_id is in the store now (event "load") */
	IMAGE_LOAD_TAGGED, /* image_id got the name text (event "tag") */
};

/* Strings live as long as the call. */
struct image_load_event {
	enum image_load_type type;
	char layer[13];		/* PROGRESS: first 12 hex digits of the diff id */
	int64_t current, total; /* PROGRESS: bytes of the layer as it lies in the archive */
	const char *text;	/* STREAM: "Loaded image: alpine:latest\n"; TAGGED: familiar name */
	const char *image_id;	/* IMAGE, TAGGED */
};

struct image_load_opts {
	bool quiet; /* no PROGRESS events */
	const struct oci_platform
		*platform; /* NULL: all images of the archive (an OCI index: the host's) */
	const char *
		layer_program; /* tare-layer's path; NULL: beside this program, else ../libexec/tare */
	/*
	 * Called in the thread of image_load, without locks held; -1 (with e) cancels the load, which
	 * then fails with that error. For PROGRESS at most some ten times a second and layer.
	 */
	int (*report)(void *arg, const struct image_load_event *ev, struct err *e);
	void *arg;
};

/*
 * Reads the archive from fd until its end and takes its images in. fd may be a pipe, a socket or a file and
 * stays the caller's; when the other end goes away early the load fails with "unexpected EOF" and leaves nothing.
 * Blocks until done: several loads may run at once. A body that needs de-chunking is fed through a pipe
 * by a second thread, which must expect EPIPE when the load fails early.
 * Errors are the archive's fault (ERR_INVALID) or ours; dockerd reports all of them after "200 OK" inside the
 * stream.
 */
int image_load(struct image_store *s, int fd, const struct image_load_opts *opts, struct err *e);

#endif
