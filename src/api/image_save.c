/* SPDX-License-Identifier: Apache-2.0 */
/* Saving images. What is wrong is known before the answer begins, but for damaged layers. */
#include "image/save.h"

#include <string.h>

#include "archive_stream.h"
#include "base/slice.h"
#include "images.h"
#include "routes.h"

static int write_images(void *arg, int fd, struct err *e)
{
	return image_save_write(arg, fd, e);
}

/* `docker save a b` asks by names=a&names=b; one image also has a path of its own. */
static void add_names(struct call *c, struct str_list *out)
{
	if (!str_empty(c->id))
		str_list_add(c->arena, out, c->id);
	for (size_t i = 0; str_empty(c->id) && i < c->query.n; i++)
		if (strcmp(c->query.v[i].key, "names") == 0)
			str_list_add(c->arena, out, c->query.v[i].value);
}

int image_get_archive(struct call *c, struct err *e)
{
	struct image_save_opts opts = { .layer_program = c->api->config.layer_program };
	struct str_list names = { 0 }, ids = { 0 };
	struct oci_platform *platform;
	struct image_save *images;
	bool is_whole;

	if (images_platform(c, "platform", API_V(1, 48), &platform, e))
		return -1;
	opts.platform = platform;
	add_names(c, &names);
	if (image_save_open(c->api->config.images, &names, &opts, &images, e))
		return -1;
	const struct archive_stream stream = {
		.what = "save", .type = "application/x-tar", .write = write_images, .arg = images
	};
	int rc = archive_stream_send(c, &stream, &is_whole, e);
	if (rc == 0 && is_whole)
		image_save_ids(images, &ids, c->arena);
	for (size_t i = 0; i < ids.n; i++)
		images_publish(c, "save", ids.v[i], ids.v[i]);
	image_save_close(images);
	return rc;
}
