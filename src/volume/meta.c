/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a volume besides its data. opts.json is dockerd's file for the local driver's options and is written as
 * it writes it, so that dockerd mounts such a volume, too. dockerd keeps labels in a database of all volumes; we keep
 * them beside the volume, in the form one entry has there (meta.json).
 */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "base/bind.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/slice.h"
#include "volume_int.h"

#define META	  "meta.json"
#define OPTS	  "opts.json"
#define META_MOST (4 * 1024 * 1024)

struct meta {
	const char *name, *driver;
	struct str_map labels, options;
};

static const struct bind_field meta_fields[] = {
	BIND(STR, struct meta, name, "Name", 0),
	BIND(STR, struct meta, driver, "Driver", 0),
	BIND(STRMAP, struct meta, labels, "Labels", 0),
	BIND(STRMAP, struct meta, options, "Options", 0),
	BIND_END,
};

struct opts {
	const char *type, *o, *device;
};

static const struct bind_field opts_fields[] = {
	BIND(STR, struct opts, type, "MountType", 0),
	BIND(STR, struct opts, o, "MountOpts", 0),
	BIND(STR, struct opts, device, "MountDevice", 0),
	BIND_END,
};

static int decode(struct arena *a, const char *text, const struct bind_field *fields, void *out,
	struct err *e)
{
	struct json *doc = json_parse(text, strlen(text), e);
	int rc = doc ? bind_decode(a, doc, fields, out, e) : -1;

	json_free(doc);
	return rc;
}

/* 1 when the file is not there. */
static int read_file(struct volume_store *s, struct entry *v, const char *name,
	const struct bind_field *fields, void *out, struct err *e)
{
	own_arena a = arena_new();
	const char *path = arena_printf(a, "%s/%s", v->name, name);
	const char *text = fs_read_str(a, s->dir, path, META_MOST, e);

	if (!text)
		return e->kind == ERR_NOT_FOUND ? 1 : -1;
	return decode(v->arena, text, fields, out, e) ? err_in(e, "volume %s: %s", v->name, name)
						      : 0;
}

/* A name of 64 digits is an invented one unless a file says otherwise. */
static bool is_invented(const char *name)
{
	return strlen(name) == ID_HEX && id_is_hex(name, ID_HEX);
}

static void set_if(struct entry *v, const char *key, const char *value)
{
	if (!str_empty(value))
		str_map_set(v->arena, &v->options, key, value);
}

int volume_meta_read(struct volume_store *s, struct entry *v, struct err *e)
{
	struct meta meta = { 0 };
	struct opts opts = { 0 };
	int rc = read_file(s, v, META, meta_fields, &meta, e);

	if (rc == 0) {
		v->labels = meta.labels;
		v->options = meta.options;
		return 0;
	}
	if (rc < 0 || (rc = read_file(s, v, OPTS, opts_fields, &opts, e)) < 0)
		return -1;
	if (is_invented(v->name))
		str_map_set(v->arena, &v->labels, VOLUME_ANONYMOUS, "");
	set_if(v, "type", opts.type);
	set_if(v, "o", opts.o);
	set_if(v, "device", opts.device);
	return 0;
}

static int write_file(int dir, const char *name, const struct bind_field *fields, const void *in,
	enum fs_sync sync, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	buf_init(&body, META_MOST);
	jsonw_init(&w, &body, NULL);
	bind_encode(&w, fields, in);
	return fs_replace(dir, name, body.data, body.len, 0600, sync, e);
}

int volume_meta_write(int dir, const struct entry *v, enum fs_sync sync, struct err *e)
{
	struct meta meta = {
		.name = v->name, .driver = VOLUME_DRIVER, .labels = v->labels, .options = v->options
	};
	struct opts opts = {
		.type = str_map_get(&v->options, "type"),
		.o = str_map_get(&v->options, "o"),
		.device = str_map_get(&v->options, "device"),
	};

	if (v->options.n && write_file(dir, OPTS, opts_fields, &opts, sync, e))
		return -1;
	/* Most volumes are fully described by their names. */
	if (v->options.n == 0 && is_invented(v->name) && v->labels.n == 1 &&
		str_eq(str_map_get(&v->labels, VOLUME_ANONYMOUS), ""))
		return 0;
	if (v->options.n == 0 && !is_invented(v->name) && v->labels.n == 0)
		return 0;
	return write_file(dir, META, meta_fields, &meta, sync, e);
}
