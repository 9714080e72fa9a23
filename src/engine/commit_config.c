/* SPDX-License-Identifier: Apache-2.0 */
#include "commit_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "dockerfile/config.h"
#include "env_list.h"
#include "sys/signals.h"

#define JSON_MOST (16 * 1024 * 1024)

static int check_signal(const char *text, struct err *e)
{
	int sig;

	return signal_parse(text, &sig, e);
}

int commit_config_change(
	struct arena *a, struct container_config *c, const struct str_list *changes, struct err *e)
{
	struct dockerfile_target target = { .arena = a, .config = c, .check_signal = check_signal };

	return dockerfile_change(changes, &target, e);
}

/* --- Merging ------------------------------------------------------------------------------------- */

static void merge_str(const char **to, const char *from)
{
	if (str_empty(*to))
		*to = from;
}

static void merge_set(struct arena *a, struct str_list *to, const struct str_list *from)
{
	if (!to->n)
		*to = *from;
	for (size_t i = 0; i < from->n; i++)
		if (!str_list_has(to, from->v[i]))
			str_list_add(a, to, from->v[i]);
}

/* An image always has labels, if none. */
static void merge_labels(struct arena *a, struct str_map *to, const struct str_map *from)
{
	struct str_map all = { 0 };

	all.keys = arena_array(a, 0, sizeof(*all.keys));
	all.v = arena_array(a, 0, sizeof(*all.v));
	for (size_t i = 0; i < to->n; i++)
		str_map_set(a, &all, to->keys[i], to->v[i]);
	for (size_t i = 0; i < from->n; i++)
		if (!str_map_get(to, from->keys[i]))
			str_map_set(a, &all, from->keys[i], from->v[i]);
	*to = all;
}

/* A command of its own does without the container's entrypoint only if it has one of its own, too. */
static void merge_command(struct container_config *c, const struct container_config *ctr)
{
	if (c->entrypoint.n)
		return;
	if (!c->cmd.n) {
		c->cmd = ctr->cmd;
		c->args_escaped = ctr->args_escaped;
	}
	if (!c->entrypoint.v)
		c->entrypoint = ctr->entrypoint;
}

static void merge_i64(int64_t *to, int64_t from)
{
	if (!*to)
		*to = from;
}

static void merge_health(
	struct arena *a, struct container_config *c, const struct health_config *ctr)
{
	struct health_config *h = c->healthcheck;

	if (!ctr)
		return;
	if (!h) {
		h = c->healthcheck = ARENA_NEW(a, struct health_config);
		*h = *ctr;
		return;
	}
	if (!h->test.n)
		h->test = ctr->test;
	merge_i64(&h->interval_ns, ctr->interval_ns);
	merge_i64(&h->timeout_ns, ctr->timeout_ns);
	merge_i64(&h->start_period_ns, ctr->start_period_ns);
	merge_i64(&h->start_interval_ns, ctr->start_interval_ns);
	merge_i64(&h->retries, ctr->retries);
}

void commit_config_merge(
	struct arena *a, struct container_config *c, const struct container_config *ctr)
{
	merge_str(&c->user, ctr->user);
	merge_set(a, &c->exposed_ports, &ctr->exposed_ports);
	if (c->env.n)
		env_add_missing(a, &c->env, &ctr->env);
	else
		c->env = ctr->env;
	merge_labels(a, &c->labels, &ctr->labels);
	merge_command(c, ctr);
	merge_health(a, c, ctr->healthcheck);
	merge_str(&c->working_dir, ctr->working_dir);
	merge_set(a, &c->volumes, &ctr->volumes);
	merge_str(&c->stop_signal, ctr->stop_signal);
}

/* --- Writing ------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_set(struct arena *a, struct str_list *l)
{
	struct str_list sorted = { 0 };

	if (!l->v)
		return;
	sorted.v = arena_array(a, 0, sizeof(*sorted.v));
	for (size_t i = 0; i < l->n; i++)
		str_list_add(a, &sorted, l->v[i]);
	if (sorted.n)
		qsort(sorted.v, sorted.n, sizeof(*sorted.v), by_text);
	*l = sorted;
}

static void sort_map(struct arena *a, struct str_map *m)
{
	struct str_list keys = { m->keys, m->n };
	struct str_map sorted = { 0 };

	if (!m->keys)
		return;
	sort_set(a, &keys);
	sorted.keys = arena_array(a, 0, sizeof(*sorted.keys));
	sorted.v = arena_array(a, 0, sizeof(*sorted.v));
	for (size_t i = 0; i < keys.n; i++)
		str_map_set(a, &sorted, keys.v[i], str_map_get(m, keys.v[i]));
	*m = sorted;
}

const char *commit_config_json(struct arena *a, const struct container_config *c)
{
	struct container_config sorted = *c;
	struct jsonw w;
	own_buf text = { 0 };

	sort_set(a, &sorted.exposed_ports);
	sort_set(a, &sorted.volumes);
	sort_map(a, &sorted.labels);
	buf_init(&text, JSON_MOST);
	jsonw_init(&w, &text, NULL);
	w.escape_html = true;
	bind_encode(&w, container_config_fields, &sorted);
	return arena_strdup(a, text.data);
}
