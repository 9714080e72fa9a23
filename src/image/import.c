/* SPDX-License-Identifier: Apache-2.0 */
#include "image/import.h"

#include "base/clock.h"
#include "new_image.h"

static int unpack(struct intake *in, const struct image_import *i, struct intake_place *place,
	struct layer_done *done, struct err *e)
{
	static const char *const args[] = { "unpack", NULL };
	const struct intake_unpacking unpacking = { .program = worker_program(
							    in->arena, i->layer_program),
		.folder = &in->folder,
		.n = 1,
		.stream = i->fd,
		.args = args };
	struct worker worker = WORKER_NONE;

	int rc = intake_unpack(&unpacking, place, &worker, e);
	if (rc == 0)
		rc = worker_await(&worker, NULL, NULL, done, e);
	worker_stop(&worker);
	if (rc == 0 && i->is_cut && *i->is_cut)
		return err_set(e, ERR_INVALID, "unexpected EOF");
	return rc;
}

static int take_in(struct intake *in, const struct image_import *i, const char **id, struct err *e)
{
	struct oci_history history = { 0 };
	struct intake_place place;
	struct layer_done done;
	char now[CLOCK_TEXT];

	if (unpack(in, i, &place, &done, e))
		return -1;
	struct new_image n = { .architecture = i->platform.architecture,
		.variant = i->platform.variant,
		.os = i->platform.os,
		.os_version = i->platform.os_version,
		.comment = i->comment,
		.docker_version = i->docker_version,
		.created = clock_rfc3339(now, clock_now_ns()),
		.config = i->config,
		.container_config = i->container_config,
		.history = { &history, 1 } };
	history.created = n.created;
	history.comment = i->comment;
	str_list_add(in->arena, &n.diff_ids, done.diff_id);
	const struct new_image_parts parts = {
		.image = &n, .place = &place, .size = done.size, .name = i->name
	};
	return new_image_take(in, &parts, id, e);
}

int image_import(struct image_store *s, struct arena *a, const struct image_import *i,
	const char **id, struct err *e)
{
	struct intake in = { .store = s, .arena = a, .action = "import" };

	int rc = intake_open(&in, e) || take_in(&in, i, id, e) ? -1 : 0;
	intake_close(&in);
	return rc;
}
