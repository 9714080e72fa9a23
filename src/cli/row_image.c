/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of an image, in images and in system df. */
#include "base/unit.h"
#include "listing.h"
#include "rows.h"

static struct go_val size_text(struct arena *a, int64_t bytes, int precision)
{
	char text[UNIT_TEXT];

	return go_str(arena_strdup(a, unit_size(text, (double)bytes, precision)));
}

static struct go_val col_containers(void *self, struct arena *a, const struct slice *arg)
{
	const struct image_row *r = self;
	int64_t n = json_i64(json_get_ci(r->img, "Containers"), 0);

	return go_str(n == -1 ? "N/A" : arena_printf(a, "%lld", (long long)n));
}

static struct go_val col_created_at(void *self, struct arena *a, const struct slice *arg)
{
	const struct image_row *r = self;

	return go_str(listing_local_time(a, json_i64(json_get_ci(r->img, "Created"), 0)));
}

static struct go_val col_created_since(void *self, struct arena *a, const struct slice *arg)
{
	const struct image_row *r = self;

	return go_str(listing_ago(a, json_i64(json_get_ci(r->img, "Created"), 0)));
}

static struct go_val col_digest(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct image_row *)self)->digest);
}

static struct go_val col_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct image_row *r = self;
	const char *id = json_str(json_get_ci(r->img, "Id"), "");

	return go_str(r->trunc ? listing_short_id(a, id) : id);
}

static struct go_val col_repository(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct image_row *)self)->repo);
}

static struct go_val col_shared_size(void *self, struct arena *a, const struct slice *arg)
{
	int64_t n = json_i64(json_get_ci(((const struct image_row *)self)->img, "SharedSize"), 0);

	return n == -1 ? go_str("N/A") : size_text(a, n, 4);
}

static struct go_val col_size(void *self, struct arena *a, const struct slice *arg)
{
	return size_text(
		a, json_i64(json_get_ci(((const struct image_row *)self)->img, "Size"), 0), 3);
}

static struct go_val col_tag(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct image_row *)self)->tag);
}

static struct go_val col_unique_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *img = ((const struct image_row *)self)->img;
	int64_t size = json_i64(json_get_ci(img, "Size"), 0);
	int64_t shared = json_i64(json_get_ci(img, "SharedSize"), 0);

	return size == -1 || shared == -1 ? go_str("N/A") : size_text(a, size - shared, 4);
}

static struct go_val col_virtual_size(void *self, struct arena *a, const struct slice *arg)
{
	return size_text(
		a, json_i64(json_get_ci(((const struct image_row *)self)->img, "Size"), 0), 4);
}

static const struct go_method row_methods[] = {
	{ "Containers", "CONTAINERS", col_containers, false },
	{ "CreatedAt", "CREATED AT", col_created_at, false },
	{ "CreatedSince", "CREATED", col_created_since, false },
	{ "Digest", "DIGEST", col_digest, false },
	{ "ID", "IMAGE ID", col_id, false },
	{ "Repository", "REPOSITORY", col_repository, false },
	{ "SharedSize", "SHARED SIZE", col_shared_size, false },
	{ "Size", "SIZE", col_size, false },
	{ "Tag", "TAG", col_tag, false },
	{ "UniqueSize", "UNIQUE SIZE", col_unique_size, false },
	{ "VirtualSize", "SIZE", col_virtual_size, false },
	{ 0 },
};
const struct go_type image_row_type = { GO_OBJECT, "*formatter.imageContext", NULL, NULL,
	row_methods };

const char *image_row_raw(struct arena *a, bool digest)
{
	return arena_printf(a,
		"repository: {{ .Repository }}\ntag: {{.Tag}}\n%simage_id: {{.ID}}\n"
		"created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n",
		digest ? "digest: {{.Digest}}\n" : "");
}

bool image_row_is_dangling(const struct json *img)
{
	const struct json *tags = json_get_ci(img, "RepoTags");
	const struct json *digests = json_get_ci(img, "RepoDigests");

	if (json_len(tags) == 0 && json_len(digests) == 0)
		return true;
	return json_len(tags) == 1 && str_eq(json_str(json_at(tags, 0), ""), "<none>:<none>") &&
	       json_len(digests) == 1 && str_eq(json_str(json_at(digests, 0), ""), "<none>@<none>");
}
