/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-xfer: spawned by the image room, one process for one repository; speaks to registries for the daemon, which
 * has neither TLS nor an HTTP client for strangers. How it is called is in proto.h, what with in config.h.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "calls.h"
#include "confine.h"
#include "insecure.h"
#include "proto.h"

static int read_config(struct arena *a, struct xfer_config *out, struct err *e)
{
	own_buf text = { 0 };
	own_json doc = NULL;
	char piece[65536];
	ssize_t n;

	buf_init(&text, XFER_CONFIG_MOST);
	while ((n = pread(XFER_FD_CONFIG, piece, sizeof(piece), (off_t)text.len)) > 0)
		buf_add(&text, piece, (size_t)n);
	close(XFER_FD_CONFIG);
	if (n < 0 || !buf_ok(&text))
		return err_set(e, ERR_INTERNAL, "configuration cannot be read");
	doc = json_parse(text.data, text.len, e);
	int rc = doc ? bind_decode(a, doc, xfer_config_fields, out, e) : -1;
	explicit_bzero(text.data, text.len);
	explicit_bzero(piece, sizeof(piece));
	return rc;
}

static int run(struct arena *a, struct err *e)
{
	struct xfer_config config = { .path = "", .familiar_name = "", .user_agent = "" };

	if (confine_secrets(e) || read_config(a, &config, e) || confine_all(e))
		return -1;
	if (curl_global_init(CURL_GLOBAL_ALL))
		return err_set(e, ERR_INTERNAL, "libcurl cannot be used");
	insecure_settle(a, &config);
	struct session *s = session_new(&config, e);
	return s ? calls_serve(s, XFER_FD_SOCKET, e) : -1;
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct err e;

	(void)argv;
	if (argc != 1 || fcntl(XFER_FD_CONFIG, F_GETFD) < 0) {
		fprintf(stderr, "tare-xfer is run by tared only\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	/* Threads of calls nobody waits for any more may be anywhere: no destructor runs beside them. */
	if (run(a, &e)) {
		fprintf(stderr, "tare-xfer: %s\n", e.msg);
		_exit(1);
	}
	_exit(0);
}
