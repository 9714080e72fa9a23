/* SPDX-License-Identifier: Apache-2.0 */
/* Handing clients over to a monitor, or parking them until there is one. */
#include "engine/attach.h"

#include <stdlib.h>
#include <string.h>

#include "attach_int.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/slice.h"
#include "engine_int.h"

static int allowed(struct container *c, enum ctr_verb verb, const char *name, struct err *e)
{
	own_lock guard = lock_take(&c->lock);

	return ctr_allow(c, verb, name, e);
}

int attach_parse_keys(
	const char *text, unsigned char out[MONITOR_KEYS_MAX], size_t *n, struct err *e)
{
	int count = str_empty(text) ? 0 : monitor_parse_keys(text, out, e);

	if (count < 0)
		return err_set(e, ERR_INVALID, "Invalid detach keys (%s) provided", text);
	*n = (size_t)count;
	return 0;
}

uint32_t attach_flags(const struct engine_client *client, bool tty)
{
	return (client->is_stdin ? MONITOR_STDIN : 0) | (client->is_stdout ? MONITOR_STDOUT : 0) |
	       (client->is_stderr ? MONITOR_STDERR : 0) |
	       (tty || client->is_raw ? 0 : MONITOR_FRAMED);
}

int engine_attach_check(struct engine *eng, const char *name, const char *detach_keys,
	struct engine_stdio *out, struct err *e)
{
	unsigned char keys[MONITOR_KEYS_MAX];
	size_t n_keys;
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c || attach_parse_keys(detach_keys, keys, &n_keys, e) ||
		allowed(c, CTR_ATTACH, name, e))
		return -1;
	memcpy(out->id, c->id, sizeof(out->id));
	out->tty = c->config.tty;
	return 0;
}

int attach_to_monitor(const char *run_dir, struct engine_client *client, bool tty, struct err *e)
{
	unsigned char keys[MONITOR_KEYS_MAX];
	struct monitor_attach at = { .fd = client->fd,
		.flags = attach_flags(client, tty),
		.keys = keys,
		.early = client->early,
		.n_early = client->n_early };
	struct monitor *m;

	if (attach_parse_keys(client->detach_keys, keys, &at.n_keys, e) ||
		monitor_connect(run_dir, &m, e))
		return -1;
	int rc = monitor_attach(m, &at, e);
	monitor_close(m);
	if (rc)
		return -1;
	close(take_fd(&client->fd));
	return 0;
}

static int park(struct container *c, struct engine_client *client, struct err *e)
{
	struct ctr_parked *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	if (attach_parse_keys(client->detach_keys, p->keys, &p->n_keys, e)) {
		free(p);
		return -1;
	}
	p->flags = attach_flags(client, c->config.tty);
	p->n_early = client->n_early;
	p->early = malloc(client->n_early ? client->n_early : 1);
	if (!p->early)
		abort();
	if (client->n_early)
		memcpy(p->early, client->early, client->n_early);
	p->fd = take_fd(&client->fd);

	own_lock guard = lock_take(&c->lock);
	list_append(&c->parked, &p->link);
	return 0;
}

int engine_attach(struct engine *eng, const char *name, struct engine_client *client, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	own_lock verb = lock_take(&c->verb);
	if (allowed(c, CTR_ATTACH, name, e))
		return -1;
	client->is_stdin = client->is_stdin && c->config.open_stdin;
	if (!client->is_stdin)
		client->n_early = 0;
	if (client->n_greeting && io_write(client->fd, client->greeting, client->n_greeting, e))
		return -1;
	bool runs = ctr_life(c).pid != 0;
	if (runs ? attach_to_monitor(c->run_dir, client, c->config.tty, e) : park(c, client, e))
		return -1;
	ctr_event(eng, c, "attach", NULL);
	return 0;
}

int resize_by_monitor(const char *run_dir, uint16_t rows, uint16_t columns, struct err *e)
{
	struct monitor *m;

	if (monitor_connect(run_dir, &m, e))
		return -1;
	int rc = monitor_resize(m, rows, columns, e);
	monitor_close(m);
	return rc;
}

int engine_resize(
	struct engine *eng, const char *name, uint16_t rows, uint16_t columns, struct err *e)
{
	own_arena a = arena_new();
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c || allowed(c, CTR_RESIZE, name, e))
		return -1;
	if (resize_by_monitor(c->run_dir, rows, columns, e))
		return e->kind == ERR_NOT_FOUND
			       ? err_set(e, ERR_CONFLICT, "container %s is not running", c->id)
			       : -1;
	struct str_map extra = { 0 };
	str_map_set(a, &extra, "height", arena_printf(a, "%u", rows));
	str_map_set(a, &extra, "width", arena_printf(a, "%u", columns));
	ctr_event(eng, c, "resize", &extra);
	return 0;
}
