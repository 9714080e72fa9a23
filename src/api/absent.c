/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this daemon is not. Without swarm and without plugins the answers are dockerd's own; what a
 * later version brings is refused with a sentence that says what to do instead.
 */
#include "routes.h"

int absent_feature(struct call *c, struct err *e)
{
	const struct route *r = c->route;

	return err_set(e, ERR_NOT_IMPLEMENTED, "%s is not available in this version of tare%s%s",
		r->what, r->hint ? ": " : "", r->hint ? r->hint : "");
}

int absent_swarm(struct call *c, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE,
		"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" "
		"to connect this node to swarm and try again.");
}

int absent_swarm_leave(struct call *c, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "This node is not part of a swarm");
}

int absent_swarm_join(struct call *c, struct err *e)
{
	return err_set(e, ERR_NOT_IMPLEMENTED, "swarm mode is not supported by tare");
}

int absent_plugins(struct call *c, struct err *e)
{
	struct filters f;
	own_buf body = { 0 };

	if (call_filters(c, &f, e))
		return -1;
	buf_init(&body, 16);
	buf_str(&body, "[]");
	return call_reply(c, 200, &body);
}

int absent_plugin(struct call *c, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "plugin \"%s\" not found", c->id);
}

int absent_plugin_change(struct call *c, struct err *e)
{
	return err_set(e, ERR_NOT_IMPLEMENTED, "plugins are not supported by tare");
}

/* There is no build cache, so nothing of it is left over. */
int absent_build_cache(struct call *c, struct err *e)
{
	own_buf body = { 0 };

	buf_init(&body, 64);
	buf_str(&body, "{\"CachesDeleted\":null,\"SpaceReclaimed\":0}");
	return call_reply(c, 200, &body);
}
