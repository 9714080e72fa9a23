/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing and applying the filters of the container list. */
#include "list_filter.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/slice.h"
#include "status.h"

static const char *const names[] = { "ancestor", "before", "exited", "expose", "health", "id",
	"is-task", "isolation", "label", "name", "network", "publish", "since", "status", "volume",
	NULL };

static int created_of(
	struct engine *eng, const struct filters *f, const char *name, int64_t *ns, struct err *e)
{
	const struct str_list *values = filters_get(f, name);

	for (size_t i = 0; values && i < values->n; i++) {
		own_ctr c = registry_find(eng->registry, values->v[i], e);

		if (!c)
			return -1;
		*ns = c->created_ns;
	}
	return 0;
}

static int check_statuses(const struct filters *f, struct err *e)
{
	const struct str_list *values = filters_get(f, "status");

	for (size_t i = 0; values && i < values->n; i++)
		if (ctr_state_find(values->v[i]) == CTR_N_STATES)
			return err_set(e, ERR_INVALID, "invalid filter 'status=%s'", values->v[i]);
	return 0;
}

static int check_exit_codes(const struct filters *f, struct err *e)
{
	const struct str_list *values = filters_get(f, "exited");
	int64_t code;

	for (size_t i = 0; values && i < values->n; i++)
		if (!parse_i64(slice_str(values->v[i]), &code))
			return err_set(e, ERR_INVALID, "invalid filter 'exited=%s'", values->v[i]);
	return 0;
}

static int check_health(const struct filters *f, struct err *e)
{
	const struct str_list *values = filters_get(f, "health");
	const char *words[] = { "none", "starting", "healthy", "unhealthy" };
	const struct str_list known = { words, 4 };

	for (size_t i = 0; values && i < values->n; i++)
		if (!str_list_has(&known, values->v[i]))
			return err_set(e, ERR_INVALID, "unrecognized filter value for health: %s",
				values->v[i]);
	return 0;
}

/* An image that is not there matches nothing, which is no error. */
static void find_images(
	struct engine *eng, struct arena *a, const struct filters *f, struct str_list *out)
{
	const struct str_list *values = filters_get(f, "ancestor");
	struct err ignored;
	const char *id;

	for (size_t i = 0; values && i < values->n; i++)
		if (image_resolve(eng->images, a, values->v[i], &id, &ignored) == 0)
			str_list_add(a, out, id);
}

static void find_networks(
	struct engine *eng, struct arena *a, const struct filters *f, struct str_list *out)
{
	const struct str_list *values = filters_get(f, "network");
	struct net_network net;
	struct err ignored;

	for (size_t i = 0; values && i < values->n; i++)
		if (net_find_network(eng->net, a, values->v[i], &net, &ignored) == 0)
			str_list_add(a, out, net.name);
}

int list_filter_init(struct engine *eng, struct arena *a, const struct filters *f,
	struct list_filter *out, struct err *e)
{
	*out = (struct list_filter){ .f = f };
	if (filters_check(f, names, e) || check_statuses(f, e) || check_exit_codes(f, e) ||
		check_health(f, e) || created_of(eng, f, "before", &out->before_ns, e) ||
		created_of(eng, f, "since", &out->since_ns, e) ||
		filters_bool(f, "is-task", false, &out->is_task, e))
		return -1;
	out->wants_all = filters_get(f, "status") != NULL;
	find_images(eng, a, f, &out->image_ids);
	find_networks(eng, a, f, &out->network_ids);
	return 0;
}

/* ---- one container against one filter ---- */

static bool matches_pattern(const char *pattern, const char *text)
{
	regex_t re;

	if (str_eq(pattern, text))
		return true;
	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	bool yes = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return yes;
}

static bool any_pattern(const struct str_list *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (matches_pattern(patterns->v[i], text))
			return true;
	return false;
}

struct match {
	const struct list_filter *lf;
	const struct container *c;
	const struct str_list *values;
};

static bool match_name(const struct match *m)
{
	char slashed[512];

	snprintf(slashed, sizeof(slashed), "/%s", m->c->name);
	return any_pattern(m->values, m->c->name) || any_pattern(m->values, slashed);
}

static bool match_id(const struct match *m)
{
	return any_pattern(m->values, m->c->id);
}

static bool match_ancestor(const struct match *m)
{
	return str_list_has(&m->lf->image_ids, m->c->image_id);
}

static bool match_exited(const struct match *m)
{
	char code[24];

	snprintf(code, sizeof(code), "%" PRId64, m->c->life.exit_code);
	return !ctr_state_runs(m->c->life.state) && m->c->life.started_ns != CLOCK_NEVER &&
	       str_list_has(m->values, code);
}

static bool match_expose(const struct match *m)
{
	struct arena *a = arena_new();
	struct port_summary_list have, want;
	bool yes = false;

	status_exposed_ports(a, &m->c->config.exposed_ports, &have);
	status_exposed_ports(a, m->values, &want);
	for (size_t i = 0; i < have.n && !yes; i++)
		for (size_t k = 0; k < want.n && !yes; k++)
			yes = have.v[i].private_port == want.v[k].private_port &&
			      str_eq(have.v[i].type, want.v[k].type);
	arena_free(a);
	return yes;
}

static bool match_none(const struct match *m)
{
	(void)m;
	return false;
}

static bool match_health(const struct match *m)
{
	enum health_status s = health_is_checked(&m->c->config) ? m->c->health.status : HEALTH_NONE;

	return str_list_has(m->values, health_status_name(s));
}

static bool match_task(const struct match *m)
{
	return !m->lf->is_task;
}

static bool match_isolation(const struct match *m)
{
	return str_list_has(m->values, m->c->host.isolation ? m->c->host.isolation : "");
}

static bool match_network(const struct match *m)
{
	for (size_t i = 0; i < m->c->wanted.n; i++)
		if (str_list_has(&m->lf->network_ids, m->c->wanted.keys[i]))
			return true;
	return false;
}

static bool match_status(const struct match *m)
{
	return str_list_has(m->values, ctr_state_name(m->c->life.state));
}

static bool match_volume(const struct match *m)
{
	for (size_t i = 0; i < m->c->mounts.n; i++) {
		const struct ctr_mount *v = &m->c->mounts.v[i];

		if (str_list_has(m->values, v->destination) || str_list_has(m->values, v->source) ||
			(!str_empty(v->name) && str_list_has(m->values, v->name)))
			return true;
	}
	return false;
}

static const struct {
	const char *name;
	bool (*match)(const struct match *m);
} rows[] = {
	{ "name", match_name },
	{ "id", match_id },
	{ "ancestor", match_ancestor },
	{ "exited", match_exited },
	{ "expose", match_expose },
	{ "publish", match_none },
	{ "health", match_health },
	{ "is-task", match_task },
	{ "isolation", match_isolation },
	{ "network", match_network },
	{ "status", match_status },
	{ "volume", match_volume },
};

bool list_filter_match(const struct list_filter *lf, const struct container *c)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct match m = { lf, c, filters_get(lf->f, rows[i].name) };

		if (m.values && !rows[i].match(&m))
			return false;
	}
	if ((lf->before_ns && c->created_ns >= lf->before_ns) ||
		(lf->since_ns && c->created_ns <= lf->since_ns))
		return false;
	return filters_match_labels(lf->f, "label", &c->config.labels);
}
