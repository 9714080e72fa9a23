/* SPDX-License-Identifier: Apache-2.0 */
/* Networks on disk: one JSON file each, named by the network's id, in Docker's inspect words. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/bind.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/log.h"
#include "base/slice.h"
#include "net/net_int.h"

#define STATE_MAX (64 * 1024)
#define SUFFIX	  ".json"

struct state {
	const char *name, *id, *created, *scope, *driver;
};

static const struct bind_field state_fields[] = {
	BIND(STR, struct state, name, "Name", 0),
	BIND(STR, struct state, id, "Id", 0),
	BIND(STR, struct state, created, "Created", 0),
	BIND(STR, struct state, scope, "Scope", 0),
	BIND(STR, struct state, driver, "Driver", 0),
	BIND_END,
};

static int take_state(struct arena *a, const struct json *doc, struct network *w, struct err *e)
{
	struct state s = { 0 };

	if (bind_decode(a, doc, state_fields, &s, e) < 0)
		return -1;
	if (!str_eq(s.name, w->name) || !str_eq(s.driver, network_driver(w->kind)))
		return err_set(e, ERR_NOT_FOUND, "state of another network");
	if (str_empty(s.id) || strlen(s.id) != ID_HEX || !id_is_hex(s.id, ID_HEX))
		return err_set(e, ERR_INVALID, "Id of network %s is no id", w->name);
	if (!s.created || !clock_parse_rfc3339(slice_str(s.created), &w->created_ns))
		return err_set(e, ERR_INVALID, "Created of network %s is no date", w->name);
	memcpy(w->id, s.id, ID_HEX + 1);
	return 0;
}

int state_parse(const char *text, size_t n, struct network *w, struct err *e)
{
	own_arena a = arena_new();
	own_json doc = json_parse(text, n, e);

	return doc ? take_state(a, doc, w, e) : -1;
}

static int write_state(int dir, const struct network *w, struct err *e)
{
	char created[CLOCK_TEXT], name[ID_HEX + sizeof(SUFFIX)];
	struct state s = {
		.name = w->name,
		.id = w->id,
		.created = clock_rfc3339_nine(created, w->created_ns),
		.scope = "local",
		.driver = network_driver(w->kind),
	};
	own_buf text = { 0 };
	struct jsonw out;

	buf_init(&text, STATE_MAX);
	jsonw_init(&out, &text, NULL);
	bind_encode(&out, state_fields, &s);
	memcpy(name, w->id, ID_HEX);
	memcpy(name + ID_HEX, SUFFIX, sizeof(SUFFIX));
	/* No fsync: a predefined network that is lost with the power is made anew. */
	return fs_replace(dir, name, text.data, text.len, 0600, FS_NO_SYNC, e);
}

/* Whether dir/name holds w's state (which is then taken). A broken file is skipped. */
static bool read_state(int dir, const char *name, struct network *w)
{
	own_buf text = { 0 };
	struct err e;

	buf_init(&text, STATE_MAX);
	if (fs_read(dir, name, STATE_MAX, &text, &e) == 0 &&
		state_parse(text.data, text.len, w, &e) == 0)
		return true;
	if (e.kind != ERR_NOT_FOUND)
		log_warn("network state %s: %s, ignoring", name, e.msg);
	return false;
}

int state_load(int dir, struct network *w, struct err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return err_sys(e, "read network states");
	for (const struct dirent *ent; (ent = readdir(d));) {
		if (str_ends(ent->d_name, SUFFIX) && read_state(dir, ent->d_name, w))
			return 0;
	}
	id_hex64(w->id);
	w->created_ns = clock_now_ns();
	return write_state(dir, w, e);
}
