/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: there are no named ones in this version, so lists are empty and every name is unknown. */
#include "base/slice.h"
#include "routes.h"

static int reply_text(struct call *c, const char *text)
{
	own_buf body = { 0 };

	buf_init(&body, 256);
	buf_str(&body, text);
	return call_reply(c, 200, &body);
}

int volume_list(struct call *c, struct err *e)
{
	static const char *const allowed[] = { "dangling", "driver", "label", "name", NULL };
	struct filters f;

	if (call_filters(c, &f, e) || filters_check(&f, allowed, e))
		return -1;
	return reply_text(c, "{\"Volumes\":[],\"Warnings\":null}");
}

/* Also for removal: with force a missing volume counts as removed. */
int volume_get(struct call *c, struct err *e)
{
	if (str_eq(c->rq->method, "DELETE") && call_bool(c, "force"))
		return call_reply_empty(c, 204);
	return err_set(e, ERR_NOT_FOUND, "get %s: no such volume", c->id);
}

int volume_prune(struct call *c, struct err *e)
{
	static const char *const allowed[] = { "label", "label!", "all", NULL };
	struct filters f;

	if (call_filters(c, &f, e) || filters_check(&f, allowed, e))
		return -1;
	return reply_text(c, "{\"VolumesDeleted\":null,\"SpaceReclaimed\":0}");
}
