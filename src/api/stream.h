/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are a stream of JSON objects with CR LF behind each (feature row B6), and work whose client may go away
 * meanwhile.
 */
#ifndef TARE_API_STREAM_H
#define TARE_API_STREAM_H

#include "call.h"
#include "image/canceller.h"
#include "image/progress.h"

/* Ends body, one object, and sends it; the answer begins with the first one. */
int stream_send(struct call *c, struct buf *body, struct err *e);
/* {"stream":text} */
int stream_text(struct call *c, const char *text, struct err *e);
/* {"status":…,"progressDetail":{…},["progress":…,]"id":…}; current and total 0: no numbers. */
int stream_progress(struct call *c, const struct image_progress *p, struct err *e);
/* {"errorDetail":{"message":…},"error":…}: what failed after the answer had begun. */
void stream_fail(struct call *c, const struct err *fault);

struct stream_work {
	/* Runs in a thread of its own. */
	int (*run)(void *arg, const struct image_progress_out *out, struct canceller *canceller,
		struct err *e);
	void *arg;
};

/*
 * Runs it and sends its progress; when the client goes away it is cancelled. -1 when it failed before it said
 * anything: then the answer is the caller's. *is_done (may be NULL): it succeeded.
 */
int stream_run(struct call *c, const struct stream_work *w, bool *is_done, struct err *e);

#endif
