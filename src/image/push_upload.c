/* SPDX-License-Identifier: Apache-2.0 */
/* tare-layer's bytes go to tare-xfer through a pipe; what they hash to is known when the last one is written. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/io.h"
#include "push_int.h"
#include "worker.h"

#define PIPE_BYTES   (1024 * 1024)
#define RETRY_STEP_S 5 /* dockerd waits 5, 10, 15 … seconds */
#define FORM	     "gzip"

struct upload {
	struct push *push;
	struct push_layer *layer;
	struct worker worker;
	struct layer_assembled made;
};

void push_tell(struct push *p)
{
	p->news++;
	pthread_cond_broadcast(&p->changed);
}

void push_set_phase(struct push *p, struct push_layer *l, enum push_phase phase)
{
	own_lock guard = lock_take(&p->lock);

	l->phase = phase;
	push_tell(p);
}

static int advance(struct upload *u, int64_t bytes, struct err *e)
{
	own_lock guard = lock_take(&u->push->lock);

	if (u->push->is_cancelled)
		return err_set(e, ERR_CANCELLED, "context canceled");
	u->layer->bytes = bytes;
	push_tell(u->push);
	return 0;
}

/* One message; *is_over when it was the last. */
static int hear(struct upload *u, bool *is_over, struct err *e)
{
	struct layer_msg msg;

	*is_over = false;
	if (worker_receive(&u->worker, &msg, e))
		return -1;
	if (msg.type == LAYER_MSG_PROGRESS)
		return advance(u, msg.progress, e);
	if (msg.type != LAYER_MSG_ASSEMBLED)
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	*is_over = true;
	u->made = msg.assembled;
	u->made.digest[sizeof(u->made.digest) - 1] = 0;
	if (!oci_digest_is_sha256(u->made.digest) || u->made.size < 0)
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	return advance(u, u->made.tar_size, e);
}

/* While bytes flow: the worker's messages must not pile up. */
static int report(void *arg, int64_t bytes, struct err *e)
{
	struct upload *u = arg;
	struct pollfd p = { .fd = u->worker.socket, .events = POLLIN };
	bool is_over = false;

	(void)bytes; /* packed; the client is told of the layer's own */
	while (!*u->made.digest && u->worker.socket >= 0 && poll(&p, 1, 0) == 1)
		if (hear(u, &is_over, e))
			return -1;
	return 0;
}

static int tell_digest(void *arg, const char **digest, struct err *e)
{
	struct upload *u = arg;
	bool is_over = *u->made.digest;

	while (!is_over)
		if (hear(u, &is_over, e))
			return -1;
	*digest = u->made.digest;
	return 0;
}

static int open_layer(
	struct push *p, const struct push_layer *l, int *dir, int *split, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "layerdb/sha256/%s/tar-split.json.gz",
		oci_digest_hex(l->chain_id));
	*split = openat(p->store->image_fd, path, O_RDONLY | O_CLOEXEC);
	if (*split < 0)
		return err_sys(e, "open tar-split of layer %s", l->diff_id);
	snprintf(path, sizeof(path), "%s/diff", l->cache_id);
	*dir = openat(p->store->overlay_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir < 0 ? err_sys(e, "open layer %s", l->diff_id) : 0;
}

/* The worker, writing into a pipe whose reading end is *from. */
static int start_worker(struct upload *u, int *from, struct err *e)
{
	static const char *const args[] = { "assemble", FORM, NULL };
	own_fd dir = -1;
	own_fd split = -1;
	int ends[2];

	if (open_layer(u->push, u->layer, &dir, &split, e))
		return -1;
	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "pipe");
	own_fd read_end = ends[0];
	own_fd write_end = ends[1];
	fcntl(write_end, F_SETPIPE_SZ, PIPE_BYTES);
	struct worker_fds fds = { split, dir, write_end };
	if (worker_spawn(u->push->program, args, &fds, &u->worker, e))
		return -1;
	*from = take_fd(&read_end);
	return 0;
}

static int upload_once(struct push *p, struct push_layer *l, struct err *e)
{
	struct upload u = { .push = p, .layer = l, .worker = WORKER_NONE };
	own_fd from = -1;

	if (fault_point("push.worker", e) || start_worker(&u, &from, e))
		return -1;
	struct registry_upload up = {
		.in = from, .digest = tell_digest, .report = report, .arg = &u
	};
	int rc = registry_upload_blob(p->registry, &up, e);
	if (rc == 0 && !*u.made.digest)
		rc = err_set(e, ERR_INTERNAL, "layer %s was not uploaded whole", l->diff_id);
	worker_stop(&u.worker);
	if (rc)
		return -1;
	own_lock guard = lock_take(&p->lock);
	memcpy(l->digest, u.made.digest, sizeof(l->digest));
	l->blob_size = u.made.size;
	return 0;
}

/* Waits, telling the client; false when the push was cancelled. */
static bool wait_to_retry(struct push *p, struct push_layer *l, unsigned seconds)
{
	own_lock guard = lock_take(&p->lock);

	for (; seconds && !p->is_cancelled; seconds--) {
		struct timespec until;
		l->tries++;
		l->retry_seconds = seconds;
		push_tell(p);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		while (!p->is_cancelled &&
			pthread_cond_timedwait(&p->changed, &p->lock, &until) != ETIMEDOUT)
			;
	}
	return !p->is_cancelled;
}

int push_upload(struct push *p, struct push_layer *l, struct err *e)
{
	for (unsigned try = 1;; try++) {
		if (upload_once(p, l, e) == 0)
			return 0;
		if (e->kind != ERR_UNAVAILABLE || try >= p->attempts ||
			!wait_to_retry(p, l, try * RETRY_STEP_S))
			return -1;
	}
}

/* --- Small blobs ----------------------------------------------------------------------------------- */

static int known_digest(void *arg, const char **digest, struct err *e)
{
	(void)e;
	*digest = arg;
	return 0;
}

int push_small_blob(struct push *p, const char *digest, const char *text, size_t n, struct err *e)
{
	int64_t size;

	if (registry_find_blob(p->registry, digest, &size, e) == 0 && size >= 0)
		return 0;
	if (canceller_check(p->opts->canceller, e))
		return -1;
	for (unsigned try = 1;; try++) {
		own_fd fd = memfd_create("blob", MFD_CLOEXEC);
		if (fd < 0 || io_write(fd, text, n, e) || lseek(fd, 0, SEEK_SET) < 0)
			return err_sys(e, "make memory file");
		struct registry_upload up = {
			.in = fd, .digest = known_digest, .arg = (void *)digest
		};
		if (registry_upload_blob(p->registry, &up, e) == 0)
			return 0;
		if (e->kind != ERR_UNAVAILABLE || try >= p->attempts)
			return -1;
	}
}
