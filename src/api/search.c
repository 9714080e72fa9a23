/* SPDX-License-Identifier: Apache-2.0 */
/* GET /images/search: what the index finds, filtered as dockerd filters it. */
#include <string.h>

#include "base/slice.h"
#include "image/registry.h"
#include "registry_auth.h"
#include "routes.h"

#define LIMIT_DEFAULT 25
#define LIMIT_MOST    100

struct wanted {
	bool wants_official, official;
	bool is_automated;
	int64_t stars;
};

static int read_filters(struct call *c, struct wanted *out, struct err *e)
{
	static const char *const known[] = { "is-automated", "is-official", "stars", NULL };
	struct filters f;

	*out = (struct wanted){ 0 };
	if (call_filters(c, &f, e) || filters_check(&f, known, e) ||
		filters_bool(&f, "is-automated", false, &out->is_automated, e) ||
		filters_bool(&f, "is-official", false, &out->official, e))
		return -1;
	out->wants_official = filters_get(&f, "is-official") != NULL;
	const struct str_list *stars = filters_get(&f, "stars");
	for (size_t i = 0; stars && i < stars->n; i++) {
		int64_t n;
		if (!parse_i64(slice_str(stars->v[i]), &n))
			return err_set(e, ERR_INVALID, "invalid filter 'stars=[%s]'", stars->v[i]);
		out->stars = n > out->stars ? n : out->stars;
	}
	return 0;
}

/* No image is marked as automated any more, so asking for such finds nothing. */
static bool is_wanted(const struct wanted *want, const struct registry_hit *hit)
{
	return !want->is_automated &&
	       (!want->wants_official || hit->is_official == want->official) &&
	       hit->stars >= want->stars;
}

static void write_hit(struct jsonw *w, const struct registry_hit *hit)
{
	jsonw_obj(w);
	jsonw_ki64(w, "star_count", hit->stars);
	jsonw_kbool(w, "is_official", hit->is_official);
	jsonw_kstr(w, "name", hit->name);
	jsonw_kbool(w, "is_automated", false);
	jsonw_kstr(w, "description", hit->description);
	jsonw_obj_end(w);
}

int registry_get_search(struct call *c, struct err *e)
{
	struct registry_hits hits;
	struct wanted want;
	own_buf body = { 0 };
	struct jsonw w;
	int64_t limit;

	if (call_i64(c, "limit", 0, &limit, e))
		return -1;
	if (limit == 0)
		limit = LIMIT_DEFAULT;
	if (limit < 1 || limit > LIMIT_MOST)
		return err_set(e, ERR_INVALID, "limit %lld is outside the range of [1, %d]",
			(long long)limit, LIMIT_MOST);
	if (read_filters(c, &want, e))
		return -1;
	if (registry_search(call_registries(c), registry_auth_of(c), c->arena,
		    call_param(c, "term"), (unsigned)limit, &hits, e)) {
		if (e->kind == ERR_UNAVAILABLE)
			e->kind = ERR_INTERNAL;
		return -1;
	}
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	jsonw_arr(&w);
	for (size_t i = 0; i < hits.n; i++)
		if (is_wanted(&want, &hits.v[i]))
			write_hit(&w, &hits.v[i]);
	jsonw_arr_end(&w);
	return call_reply(c, 200, &body);
}
