/* SPDX-License-Identifier: Apache-2.0 */
/* tags/list, page after page, until there is no next one; only pages of the same registry are fetched. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/slice.h"
#include "link.h"
#include "oci/reference.h"
#include "work.h"

#define PAGES_MOST 10000
#define PAGE_MOST  (4 * 1024 * 1024)

struct tags {
	struct work *w;
	struct buf text; /* one tag a line */
};

static int add_page(struct tags *t, const struct exchange_answer *answer, struct err *e)
{
	own_json doc = json_parse(answer->body.data, answer->body.len, e);
	const struct json *list;

	if (!doc)
		return err_in(e, "list of tags");
	list = json_get(doc, "tags");
	for (size_t i = 0; i < json_len(list); i++) {
		const char *tag = json_str(json_at(list, i), "");
		/* What is no tag cannot be asked for, and would be printed. */
		if (oci_ref_is_tag(tag))
			buf_fmt(&t->text, "%s\n", tag);
	}
	return buf_ok(&t->text) ? 0 : err_set(e, ERR_INVALID, "list of tags is too long");
}

static int list_pages(
	struct tags *t, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	const char *home = exchange_origin(c->arena, ep->url), *next = NULL;

	buf_clear(&t->text);
	for (int n = 0; n < PAGES_MOST; n++) {
		struct exchange_request rq = {
			.method = "GET", .stream = -1, .body_most = PAGE_MOST, .url = next
		};
		struct exchange_answer answer;
		char code[64];

		int rc = session_get(
			c, ep, next ? NULL : session_path(c, "tags/list"), &rq, &answer, code, e);
		rc = rc ? work_explain(t->w, code, e) : add_page(t, &answer, e);
		const char *link = link_next(c->arena, answer.link), *here = rq.url;
		next = rc == 0 && link ? exchange_resolve(c->arena, here, link) : NULL;
		exchange_answer_done(&answer);
		if (rc || !link)
			return rc;
		if (!next || !str_eq(home, exchange_origin(c->arena, next)))
			return err_set(e, ERR_INVALID,
				"list of tags: the next page is not at the registry");
		if (strcmp(next, here) == 0)
			return err_set(e, ERR_INVALID, "list of tags: a page leads to itself");
	}
	return err_set(e, ERR_INVALID, "list of tags has more than %d pages", PAGES_MOST);
}

static int try_list(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	return list_pages(arg, c, ep, e);
}

int work_list_tags(struct work *w, struct err *e)
{
	struct tags t = { .w = w };
	struct session_attempt at = { SESSION_RESOLVE, false, try_list, NULL, &t };
	size_t room;

	if (work_room(w, &room, e))
		return -1;
	buf_init(&t.text, room);
	int rc = session_try(&w->call, &at, e);
	if (rc == 0)
		rc = work_put_text(w, t.text.data, t.text.len, e);
	buf_done(&t.text);
	return rc;
}
