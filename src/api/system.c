/* SPDX-License-Identifier: Apache-2.0 */
/* _ping and version. info is in info.c, events in events.c. */
#include <sys/utsname.h>

#include "base/slice.h"
#include "oci/platform.h"
#include "routes.h"

#define PLATFORM "tare " TARE_VERSION

int system_ping(struct call *c, struct err *e)
{
	bool is_head = str_eq(c->rq->method, "HEAD");
	struct err ignored;

	http_set_header(c->rq, "Cache-Control", "no-cache, no-store, must-revalidate");
	http_set_header(c->rq, "Pragma", "no-cache");
	/* 1: clients shall use the classic builder; BuildKit's is another protocol altogether. */
	http_set_header(c->rq, "Builder-Version", "1");
	http_set_header(c->rq, "Swarm", "inactive");
	http_respond(
		c->rq, 200, "text/plain; charset=utf-8", slice_str(is_head ? "" : "OK"), &ignored);
	return 0;
}

int system_options(struct call *c, struct err *e)
{
	return call_reply_empty(c, 200);
}

static void component(struct jsonw *w, const char *name, const char *version,
	const struct utsname *u, const char *arch)
{
	jsonw_obj(w);
	jsonw_kstr(w, "Name", name);
	jsonw_kstr(w, "Version", version);
	jsonw_key(w, "Details");
	jsonw_obj(w);
	jsonw_kstr(w, "ApiVersion", API_VERSION);
	jsonw_kstr(w, "Arch", arch);
	jsonw_kstr(w, "Experimental", "false");
	jsonw_kstr(w, "GitCommit", TARE_VERSION);
	jsonw_kstr(w, "GoVersion", "none");
	jsonw_kstr(w, "KernelVersion", u->release);
	jsonw_kstr(w, "MinAPIVersion", API_MIN_VERSION);
	jsonw_kstr(w, "Os", "linux");
	jsonw_obj_end(w);
	jsonw_obj_end(w);
}

int system_version(struct call *c, struct err *e)
{
	struct oci_platform host;
	struct utsname u;
	struct jsonw w;
	own_buf body = { 0 };

	uname(&u);
	oci_platform_host(&host);
	buf_init(&body, 65536);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_key(&w, "Platform");
	jsonw_obj(&w);
	jsonw_kstr(&w, "Name", PLATFORM);
	jsonw_obj_end(&w);
	jsonw_key(&w, "Components");
	jsonw_arr(&w);
	component(&w, "Engine", API_DOCKER, &u, host.architecture);
	jsonw_arr_end(&w);
	jsonw_kstr(&w, "Version", API_DOCKER);
	jsonw_kstr(&w, "ApiVersion", API_VERSION);
	jsonw_kstr(&w, "MinAPIVersion", API_MIN_VERSION);
	jsonw_kstr(&w, "GitCommit", TARE_VERSION);
	jsonw_kstr(&w, "GoVersion", "none");
	jsonw_kstr(&w, "Os", "linux");
	jsonw_kstr(&w, "Arch", host.architecture);
	jsonw_kstr(&w, "KernelVersion", u.release);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}
