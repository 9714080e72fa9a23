/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "layerdb.h"
#include "oci/reference.h"
#include "store_int.h"

static int parse_target(
	struct arena *a, const char *repo, const char *tag, struct oci_ref *out, struct err *e)
{
	if (oci_ref_parse(a, repo, out, e))
		return -1;
	if (out->digest)
		return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
	if (tag && *tag)
		return oci_ref_set_tag(a, out, tag, e);
	oci_ref_default_tag(out);
	return 0;
}

static int refuse_ambiguous(const char *repo_name, struct err *e)
{
	if (strcmp(repo_name, "sha256") != 0)
		return 0;
	return err_set(e, ERR_INVALID,
		"refusing to create an ambiguous tag using digest algorithm as name");
}

const char *image_tag_name(struct arena *a, const char *repo, const char *tag, struct err *e)
{
	struct oci_ref ref = { 0 };

	if (oci_ref_parse(a, repo, &ref, e))
		return NULL;
	if (ref.digest) {
		err_set(e, ERR_INVALID, "cannot import digest reference");
		return NULL;
	}
	if (parse_target(a, repo, tag, &ref, e) ||
		refuse_ambiguous(oci_ref_familiar_name(a, &ref), e))
		return NULL;
	return refs_key(a, &ref);
}

int image_tag(struct image_store *s, struct arena *a, const char *id, const char *repo,
	const char *tag, const char **name, struct err *e)
{
	struct oci_ref ref = { 0 };
	char now[CLOCK_TEXT];

	if (store_read(s, e) || parse_target(a, repo, tag, &ref, e))
		return -1;
	const char *repo_name = oci_ref_familiar_name(a, &ref);
	if (refuse_ambiguous(repo_name, e))
		return -1;
	const char *full = refs_key(a, &ref);
	if (image_store_settle(s, e))
		return err_in(e, "tag %s", full);
	own_lock change = lock_take(&s->change);
	{
		own_lock guard = lock_take(&s->lock);
		if (!store_find_image(s, id))
			return store_no_image(id, e);
	}
	struct refs *refs = refs_clone(s->refs);
	refs_set(refs, repo_name, full, id);
	if (store_replace_refs(s, refs, e) ||
		imagedb_set_meta(s, id, "lastUpdated", clock_rfc3339(now, clock_now_ns()), e))
		return err_in(e, "tag %s", full);
	if (name)
		*name = full;
	return 0;
}
