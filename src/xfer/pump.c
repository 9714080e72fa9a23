/* SPDX-License-Identifier: Apache-2.0 */
/* curl_multi, a list of what is under way, and a poll over libcurl's descriptors and ours. */
#include "pump.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

#define POLL_MS		1000
#define REPORT_EVERY_NS (100 * 1000000LL)
#define CONNECTIONS	32
#define DESCRIPTORS	256 /* two for each of 64 calls, and room */

struct pump {
	CURLM *multi;
	pthread_mutex_t lock; /* guards coming and every is_done */
	pthread_cond_t done;
	struct transfer *coming;
	struct transfer *running; /* the pump's thread only */
};

static bool is_hung_up(int channel)
{
	struct pollfd p = { .fd = channel, .events = 0 };

	return channel >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* libcurl calls this with every piece and at least once a second. */
static int watch(
	void *arg, curl_off_t dl_all, curl_off_t dl_now, curl_off_t ul_all, curl_off_t ul_now)
{
	struct transfer *t = arg;
	int64_t now = clock_monotonic_ns();

	(void)dl_all, (void)ul_all;
	if (dl_now + ul_now != t->seen || t->wait_fd >= 0) {
		t->seen = dl_now + ul_now;
		t->moved_ns = now;
	} else if (t->stall_s && now - t->moved_ns > t->stall_s * 1000000000LL) {
		t->is_stalled = true;
		return 1;
	}
	if (now - t->reported_ns < REPORT_EVERY_NS)
		return 0;
	t->reported_ns = now;
	if (is_hung_up(t->channel) || (t->report && t->report(t->arg)))
		t->is_abandoned = true;
	return t->is_abandoned;
}

static void take_in(struct pump *p)
{
	pthread_mutex_lock(&p->lock);
	struct transfer *t = p->coming;
	p->coming = NULL;
	pthread_mutex_unlock(&p->lock);
	while (t) {
		struct transfer *next = t->next;
		t->next = p->running;
		p->running = t;
		if (curl_multi_add_handle(p->multi, t->easy))
			abort(); /* a handle that is in already: our bug */
		t = next;
	}
}

static void finish(struct pump *p, struct transfer *t, CURLcode result)
{
	for (struct transfer **at = &p->running; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	curl_multi_remove_handle(p->multi, t->easy);
	pthread_mutex_lock(&p->lock);
	t->result = result;
	t->is_done = true;
	pthread_cond_broadcast(&p->done);
	pthread_mutex_unlock(&p->lock);
}

static void collect(struct pump *p)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(p->multi, &left))) {
		struct transfer *t = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		finish(p, t, msg->data.result);
	}
}

/* Lets go on what was paused and may, and gives up what nobody waits for any more. */
static void look_after(struct pump *p)
{
	struct transfer *next;

	for (struct transfer *t = p->running; t; t = next) {
		struct pollfd f = { .fd = t->wait_fd, .events = t->wait_for };

		next = t->next;
		if (is_hung_up(t->channel)) {
			t->is_abandoned = true;
			finish(p, t, CURLE_ABORTED_BY_CALLBACK);
		} else if (t->wait_fd >= 0 && poll(&f, 1, 0) > 0) {
			t->wait_fd = -1;
			curl_easy_pause(t->easy, CURLPAUSE_CONT);
		}
	}
}

static unsigned gather(const struct pump *p, struct curl_waitfd *out)
{
	unsigned n = 0;

	for (const struct transfer *t = p->running; t && n + 2 <= DESCRIPTORS; t = t->next) {
		if (t->channel >= 0)
			out[n++] = (struct curl_waitfd){ .fd = t->channel };
		if (t->wait_fd >= 0)
			out[n++] = (struct curl_waitfd){ .fd = t->wait_fd,
				.events = t->wait_for == POLLIN ? CURL_WAIT_POLLIN
								: CURL_WAIT_POLLOUT };
	}
	return n;
}

static void run(void *arg)
{
	struct pump *p = arg;
	struct curl_waitfd fds[DESCRIPTORS];
	int n_running;

	for (;;) {
		take_in(p);
		look_after(p);
		if (curl_multi_perform(p->multi, &n_running))
			abort();
		collect(p);
		curl_multi_poll(p->multi, fds, gather(p, fds), POLL_MS, NULL);
	}
}

struct pump *pump_new(struct err *e)
{
	struct pump *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->multi = curl_multi_init();
	if (!p->multi)
		abort();
	curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
	curl_multi_setopt(p->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->done, NULL);
	if (thread_detach(run, p, e)) {
		curl_multi_cleanup(p->multi);
		free(p);
		return NULL;
	}
	return p;
}

void pump_run(struct pump *p, struct transfer *t)
{
	t->is_done = t->is_abandoned = t->is_stalled = false;
	t->wait_fd = -1;
	t->seen = 0;
	t->moved_ns = t->reported_ns = clock_monotonic_ns();
	t->text[0] = 0;
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->text);
	curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
	pthread_mutex_lock(&p->lock);
	t->next = p->coming;
	p->coming = t;
	pthread_mutex_unlock(&p->lock);
	curl_multi_wakeup(p->multi);
	pthread_mutex_lock(&p->lock);
	while (!t->is_done)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}
