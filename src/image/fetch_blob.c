/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network, file, hash, inflate and untar of one blob at the same time: tare-xfer writes the bytes into the file and into
 * tare-layer's pipe. The layer is believed when tare-layer has said that the bytes hash to the digest, and the
 * tar in them to the diff id.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "blobs.h"
#include "fetch_int.h"

#define PIPE_BYTES (1024 * 1024)

static int report(void *arg, int64_t bytes, struct err *e)
{
	return fetch_advance(arg, bytes, e);
}

/* The pipe into a worker of its own. */
static int start_worker(struct fetch *f, struct worker *w, int *to, struct err *e)
{
	const char *args[] = { "unpack-blob", f->spec.digest, NULL };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "pipe");
	own_fd from = ends[0];
	own_fd write_end = ends[1];
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(write_end, F_SETPIPE_SZ, PIPE_BYTES);
	struct intake_unpacking u = { f->spec.program, &f->folder, ++f->n_places, from, args };
	if (intake_unpack(&u, &f->place, w, e))
		return -1;
	*to = take_fd(&write_end);
	return 0;
}

/*
 * When loading failed because the worker broke down, its word counts. It cannot have seen the end of the pipe yet, whose
 * writing end is held here.
 */
static void ask_worker(struct worker *w, struct err *e)
{
	struct pollfd p = { .fd = w->socket, .events = POLLIN };
	struct layer_done done;
	struct err why;

	if (poll(&p, 1, 0) == 1 && worker_await(w, NULL, NULL, &done, &why))
		*e = why;
}

static int load(struct fetch *f, struct worker *w, int file, int64_t at, struct err *e)
{
	struct registry_fetch blob = {
		.digest = f->spec.digest,
		.size = f->spec.size,
		.urls = f->spec.urls,
		.file = file,
		.offset = at,
		.report = report,
		.arg = f,
	};
	own_fd to = -1;

	if (fault_point("pull.worker", e) || start_worker(f, w, &to, e))
		return -1;
	blob.pipe = fcntl(to, F_DUPFD_CLOEXEC, 0); /* closed by who gets it */
	if (blob.pipe < 0)
		return err_sys(e, "duplicate pipe");
	if (registry_fetch_blob(f->spec.source->registry, &blob, e)) {
		ask_worker(w, e);
		return -1;
	}
	return fault_point("pull.loaded", e);
}

static int verify(struct fetch *f, struct worker *w, struct err *e)
{
	struct layer_done done;

	if (worker_await(w, NULL, NULL, &done, e) || fault_point("pull.unpacked", e))
		return -1;
	f->size = done.size;
	if (strcmp(done.diff_id, f->spec.diff_id) != 0)
		return err_set(
			e, ERR_INVALID, "layers from manifest don't match image configuration");
	return 0;
}

/* *is_again: the bytes were wrong, and some were of an earlier try. */
static int fetch_once(struct fetch *f, bool *is_again, struct err *e)
{
	struct worker w = WORKER_NONE;
	int64_t at;
	own_fd file = blobs_open(f->table->store, f->spec.digest, f->spec.size, &at);

	*is_again = false;
	fetch_enter(f, FETCH_LOADING);
	if (load(f, &w, file, at, e)) {
		worker_stop(&w);
		return -1;
	}
	fetch_enter(f, FETCH_VERIFYING);
	int rc = verify(f, &w, e);
	worker_stop(&w);
	if (rc && e->kind == ERR_INVALID) {
		*is_again = at > 0;
		blobs_remove(f->table->store, f->spec.digest);
	}
	return rc;
}

int fetch_blob(struct fetch *f, struct err *e)
{
	bool is_again;

	if (intake_folder_make(f->table->store, &f->folder, e))
		return -1;
	int rc = fetch_once(f, &is_again, e);
	return rc && is_again ? fetch_once(f, &is_again, e) : rc;
}
