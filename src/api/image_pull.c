/* SPDX-License-Identifier: Apache-2.0 */
/* POST /images/create: pulling, unless there is no image to pull from but something to import. */
#include "image/pull.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "engine/events.h"
#include "images.h"
#include "registry_auth.h"
#include "routes.h"
#include "stream.h"

struct pulling {
	struct call *call;
	struct image_pull_opts opts;
	struct oci_ref ref;
};

/* fromImage and tag as dockerd puts them together. */
static int parse_reference(struct call *c, struct oci_ref *out, struct err *e)
{
	char *name = arena_strdup(c->arena, call_param(c, "fromImage"));
	const char *tag = call_param(c, "tag");
	size_t n = strlen(name);
	struct err no_digest;

	/* pull -a may send a name that ends in a colon. */
	if (n && name[n - 1] == ':')
		name[n - 1] = 0;
	if (oci_ref_parse(c->arena, name, out, e))
		return -1;
	if (!*tag)
		return 0;
	if (oci_digest_check(slice_str(tag), &no_digest) == 0) {
		out->tag = NULL;
		out->digest = tag;
		return 0;
	}
	return oci_ref_set_tag(c->arena, out, tag, e);
}

/* What was asked for may be there for one platform only, which is another one: told, but no failure. */
static int warn_of_platform(struct pulling *p, const struct image_progress_out *out, struct err *e)
{
	struct call *c = p->call;
	struct image_info info;
	const char *id;
	struct err why;

	if (!p->opts.platform || (!p->ref.tag && !p->ref.digest))
		return 0;
	const char *name = oci_ref_familiar(c->arena, &p->ref);
	if (image_resolve(c->api->config.images, c->arena, name, &id, &why) ||
		image_inspect(c->api->config.images, c->arena, id, &info, &why) ||
		images_check_platform(
			&info, oci_ref_full(c->arena, &p->ref), p->opts.platform, &why) == 0)
		return 0;
	struct image_progress warning = { .type = IMAGE_PROGRESS_MESSAGE,
		.text = arena_printf(c->arena, "WARNING: %s", why.msg) };
	return out->report(out->arg, &warning, e);
}

static int run(
	void *arg, const struct image_progress_out *out, struct canceller *canceller, struct err *e)
{
	struct pulling *p = arg;

	p->opts.progress = *out;
	p->opts.canceller = canceller;
	if (image_pull(p->call->api->config.images, &p->opts, e))
		return -1;
	return warn_of_platform(p, out, e);
}

static int pull(struct call *c, struct err *e)
{
	struct pulling p = { .call = c };
	struct stream_work work = { .run = run, .arg = &p };
	struct oci_platform *platform = NULL;
	const char *text = call_param(c, "platform");
	bool is_done = false;

	if (*text && c->version >= API_V(1, 32)) {
		platform = ARENA_NEW(c->arena, struct oci_platform);
		if (oci_platform_parse(c->arena, text, platform, e))
			return -1;
	}
	if (parse_reference(c, &p.ref, e))
		return -1;
	p.opts = (struct image_pull_opts){ .ref = &p.ref,
		.platform = platform,
		.settings = call_registries(c),
		.auth = registry_auth_of(c),
		.layer_program = c->api->config.layer_program,
		.downloads_most = call_registries(c)->downloads };
	if (stream_run(c, &work, &is_done, e))
		return -1;
	if (is_done)
		images_publish(c, "pull", oci_ref_familiar(c->arena, &p.ref),
			oci_ref_familiar_name(c->arena, &p.ref));
	return 0;
}

int image_post_create(struct call *c, struct err *e)
{
	return *call_param(c, "fromImage") ? pull(c, e) : image_import_create(c, e);
}
