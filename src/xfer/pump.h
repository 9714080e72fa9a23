/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread in which libcurl moves bytes. Whoever wants something of a server prepares a handle and waits
 * here until it is done; connections are kept and shared by all. Callbacks run in this thread and must not block:
 * they pause their transfer and name the descriptor that will let it go on.
 */
#ifndef TARE_XFER_PUMP_H
#define TARE_XFER_PUMP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct pump;

struct transfer {
	CURL *easy;  /* the caller's; CURLOPT_PRIVATE and the progress callback are the pump's */
	int channel; /* given up when its other end closes; -1: never */
	unsigned stall_s; /* given up after so long without a byte, pauses apart; 0: never */
	/* Told in the pump's thread some ten times a second while bytes move; -1 gives up. NULL: nobody. */
	int (*report)(void *arg);
	void *arg;

	/* While a callback has paused it: goes on once fd is ready for what (POLLIN, POLLOUT). */
	int wait_fd;
	short wait_for;

	CURLcode result;
	bool is_abandoned, is_stalled; /* why, when result is CURLE_ABORTED_BY_CALLBACK */
	char text[CURL_ERROR_SIZE];

	/* the pump's own */
	bool is_done;
	curl_off_t seen;
	int64_t moved_ns, reported_ns;
	struct transfer *next;
};

struct pump *pump_new(struct err *e);
/* Blocks until the transfer is over. From any thread. */
void pump_run(struct pump *p, struct transfer *t);

#endif
