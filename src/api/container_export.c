/* SPDX-License-Identifier: Apache-2.0 */
/* GET /containers/{name}/export: a container's files as one tar. */
#include "engine/export.h"

#include "archive_stream.h"
#include "routes.h"

struct export
{
	struct engine_export *container;
	const char *layer_program;
};

static int write_files(void *arg, int fd, struct err *e)
{
	struct export *x = arg;

	return engine_export_write(x->container, x->layer_program, fd, e);
}

int container_get_export(struct call *c, struct err *e)
{
	struct export x = { .layer_program = c->api->config.layer_program };
	const struct archive_stream stream = { .what = "export",
		.type = "application/octet-stream",
		.write = write_files,
		.arg = &x };
	bool is_whole;

	if (engine_export_open(c->api->config.engine, c->id, &x.container, e))
		return -1;
	int rc = archive_stream_send(c, &stream, &is_whole, e);
	engine_export_close(x.container);
	return rc;
}
