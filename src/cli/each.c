/* SPDX-License-Identifier: Apache-2.0 */
/* A client belongs to one thread: each helper thread dials its own. */
#include "each.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/thread.h"

#define MAX_PARALLEL 50

struct work {
	struct cli *c;
	struct each_call *calls;
	size_t n;
	atomic_size_t next;
};

static void call_one(struct client *client, struct each_call *call)
{
	call->rc = client_call(client, call->method, call->path, NULL, NULL, &call->e) < 0 ? -1 : 0;
}

static void worker(void *arg)
{
	struct work *w = arg;
	struct client_spec spec = { .host = client_host(w->c->client), .assume_latest = true };
	struct client *client = NULL;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n) {
		struct each_call *call = &w->calls[i];

		if (client == NULL)
			client = client_new(&spec, &call->e);
		if (client == NULL)
			call->rc = -1;
		else
			call_one(client, call);
	}
	client_free(client);
}

int each_run(struct cli *c, struct each_call *calls, size_t n, struct err *e)
{
	struct work w = { .c = c, .calls = calls, .n = n };
	pthread_t threads[MAX_PARALLEL];
	size_t n_threads = 0;
	struct client *client = cli_client(c, e);
	size_t i;

	if (client == NULL)
		return -1;
	while (n_threads + 1 < n && n_threads < MAX_PARALLEL) {
		struct err ignored;

		if (thread_start(&threads[n_threads], worker, &w, &ignored))
			break;
		n_threads++;
	}
	while ((i = atomic_fetch_add(&w.next, 1)) < n)
		call_one(client, &calls[i]);
	while (n_threads > 0)
		thread_join(threads[--n_threads]);
	return 0;
}

int each_report(struct cli *c, const struct each_call *calls, size_t n, struct err *e)
{
	struct cli_errors errors;

	cli_errors_init(&errors);
	for (size_t i = 0; i < n; i++) {
		if (calls[i].rc)
			cli_errors_add(&errors, calls[i].e.msg);
		else
			buf_fmt(&c->out, "%s\n", calls[i].name);
	}
	return cli_errors_end(c, &errors, e);
}
