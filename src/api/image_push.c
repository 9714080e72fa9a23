/* SPDX-License-Identifier: Apache-2.0 */
/* POST /images/{name}/push. */
#include "image/push.h"

#include <string.h>

#include "base/slice.h"
#include "images.h"
#include "registry_auth.h"
#include "routes.h"
#include "stream.h"

struct pushing {
	struct call *call;
	struct image_push_opts opts;
};

static int run(
	void *arg, const struct image_progress_out *out, struct canceller *canceller, struct err *e)
{
	struct pushing *p = arg;

	p->opts.progress = *out;
	p->opts.canceller = canceller;
	return image_push(p->call->api->config.images, &p->opts, e);
}

/* An image here has one platform; asking for another is refused before anything is sent. */
static int check_platform(struct call *c, const struct oci_ref *ref, struct err *e)
{
	struct oci_platform *want;
	struct image_info info;
	const char *id, *name = oci_ref_familiar(c->arena, ref);

	if (images_platform(c, "platform", API_V(1, 46), &want, e))
		return -1;
	if (!want)
		return 0;
	return image_resolve(c->api->config.images, c->arena, name, &id, e) ||
			       image_inspect(c->api->config.images, c->arena, id, &info, e) ||
			       images_check_platform(&info, oci_ref_full(c->arena, ref), want, e)
		       ? -1
		       : 0;
}

int image_post_push(struct call *c, struct err *e)
{
	struct pushing p = { .call = c };
	struct stream_work work = { .run = run, .arg = &p };
	const char *tag = call_param(c, "tag");
	bool is_done = false;
	struct oci_ref ref;

	if (oci_ref_parse(c->arena, c->id, &ref, e) ||
		(*tag && oci_ref_set_tag(c->arena, &ref, tag, e)) || check_platform(c, &ref, e))
		return -1;
	p.opts = (struct image_push_opts){ .ref = &ref,
		.settings = call_registries(c),
		.auth = registry_auth_of(c),
		.layer_program = c->api->config.layer_program,
		.uploads_most = call_registries(c)->uploads };
	if (stream_run(c, &work, &is_done, e))
		return -1;
	if (is_done)
		images_publish(c, "push", oci_ref_familiar(c->arena, &ref),
			oci_ref_familiar_name(c->arena, &ref));
	return 0;
}
